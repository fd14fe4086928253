// Charts: draws every [data-figure] from its JSON in the theme's colours, and finds room for the labels.
// The figure is a plain Plotly dict; `layout.meta` says which labels may move (`places`) and which ticks matter most
// (`keep`). The still picture inside the element stays until the drawing is there, and for print.
(() => {
  const CONFIG = { showSendToCloud: false, plotlyServerURL: "", displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: false, showTips: false };
  const SIZE = 13, LINE = 1.3 * SIZE, CLEARANCE = 3, TICK_GAP = 6, BEAD = 6, EDGE = 2;
  // how bad it is to write over a thin line, over data, over a bar or another label, and outside the picture
  const RULE = 1, STROKE = 4, BOX = 8, OUTSIDE = 100;
  const root = document.documentElement;
  const pen = document.createElement("canvas").getContext("2d");
  const plain = document.createElement("textarea");

  // ---- colours: var(--token) becomes the theme's own value
  const tokens = () => {
    const style = getComputedStyle(root), known = new Map();
    return name => {
      if (!known.has(name)) known.set(name, style.getPropertyValue(name).trim());
      return known.get(name);
    };
  };
  const resolve = (value, of) => {
    if (typeof value === "string") {
      const token = /^var\((--[\w-]+)\)$/.exec(value);
      return token ? of(token[1]) : value;
    }
    if (Array.isArray(value)) return typeof value[0] === "number" ? value : value.map(each => resolve(each, of));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each, of)]));
  };

  // ---- geometry: values to pixels, and what touches what
  const frameOf = (layout, width, height) => {
    const m = layout.margin, w = width - m.l - m.r, h = height - m.t - m.b;
    const share = (v, axis, ref) => ref === "paper" ? v : (v - axis.range[0]) / (axis.range[1] - axis.range[0]);
    return {
      width, height,
      x: (v, ref) => m.l + share(v, layout.xaxis, ref) * w,
      y: (v, ref) => m.t + (1 - share(v, layout.yaxis, ref)) * h,
    };
  };
  const linesOf = text => text.split("<br>").map(part => { plain.innerHTML = part; return plain.value; });
  const wide = text => Math.max(...linesOf(text).map(line => pen.measureText(line).width));
  const boxOf = (note, at) => {
    const x = at.x(note.x, note.xref) + (note.xshift || 0), y = at.y(note.y, note.yref) - (note.yshift || 0);
    const w = wide(note.text), h = LINE * linesOf(note.text).length;
    const left = x - w * { left: 0, center: 0.5, right: 1 }[note.xanchor], top = y - h * { top: 0, middle: 0.5, bottom: 1 }[note.yanchor];
    return [left, top, left + w, top + h];
  };
  const grown = ([a, b, c, d]) => [a - CLEARANCE, b, c + CLEARANCE, d];
  const inside = (box, at) => box[0] >= 0 && box[1] >= 0 && box[2] <= at.width - EDGE && box[3] <= at.height;
  const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
  // whether a line, thickened by its reach, enters a box (Liang and Barsky)
  const crosses = (box, [ax, ay, bx, by, reach]) => {
    const x0 = box[0] - reach, y0 = box[1] - reach, x1 = box[2] + reach, y1 = box[3] + reach;
    if (Math.max(ax, bx) < x0 || Math.min(ax, bx) > x1 || Math.max(ay, by) < y0 || Math.min(ay, by) > y1) return false;
    let start = 0, end = 1;
    for (const [delta, low, high] of [[bx - ax, x0 - ax, x1 - ax], [by - ay, y0 - ay, y1 - ay]]) {
      if (!delta) continue;
      start = Math.max(start, Math.min(low / delta, high / delta));
      end = Math.min(end, Math.max(low / delta, high / delta));
    }
    return start <= end;
  };

  // ---- labels: the place that touches least
  const takenBy = (plot, at) => {
    const lines = [], boxes = [], side = plot.layout.yaxis;
    if (side.visible !== false) side.tickvals.forEach((value, i) => {
      const y = at.y(value), right = plot.layout.margin.l - 4 - (side.ticks ? side.ticklen : 0);
      boxes.push([right - wide(side.ticktext[i]), y - LINE / 2, right, y + LINE / 2]);
    });
    for (const s of plot.layout.shapes) {
      if (s.type === "line" && s.name !== "backdrop") lines.push([at.x(s.x0, s.xref), at.y(s.y0, s.yref), at.x(s.x1, s.xref), at.y(s.y1, s.yref), 0, RULE]);
    }
    for (const trace of plot.data) {
      if (trace.type === "bar") {
        if (trace.orientation !== "h") trace.x.forEach((x, i) => boxes.push([at.x(x - 0.4), Math.min(at.y(trace.y[i]), at.y(0)), at.x(x + 0.4), Math.max(at.y(trace.y[i]), at.y(0))]));
        continue;
      }
      if (trace.fill) continue;
      let last = null;
      trace.x.forEach((x, i) => {
        const here = x === null || trace.y[i] === null ? null : [at.x(x), at.y(trace.y[i])];
        if (here && last && trace.mode.includes("lines")) lines.push([...last, ...here, 2, STROKE]);
        if (here && trace.mode.includes("markers")) lines.push([...here, ...here, trace.marker.size / 2 + 1, STROKE]);
        last = here;
      });
    }
    const harm = box => boxes.filter(b => overlap(box, b)).length * BOX + lines.reduce((sum, l) => sum + (crosses(box, l) ? l[5] : 0), 0);
    return { boxes, harm: (box, at) => harm(grown(box)) + (inside(box, at) ? 0 : OUTSIDE) };
  };
  const least = (choices, harm) => {
    const harms = choices.map(harm), best = Math.min(...harms);
    return [choices[harms.indexOf(best)], best];
  };
  // a text along a line: small boxes stand for it
  const beads = (note, at) => {
    const x = at.x(note.x) + note.xshift, y = at.y(note.y) - note.yshift, half = wide(note.text) / 2, turn = note.textangle * Math.PI / 180;
    return [-1, -0.5, 0, 0.5, 1].map(s => [x + s * half * Math.cos(turn), y + s * half * Math.sin(turn)]).map(([a, b]) => [a - BEAD, b - BEAD, a + BEAD, b + BEAD]);
  };
  const slanted = (note, rule, taken, at) => {
    const choices = rule.along.flatMap(([x0, y0, x1, y1, lift]) => {
      const turn = Math.atan2(at.y(y1) - at.y(y0), at.x(x1) - at.x(x0));
      return rule.shares.map(s => ({ ...note, x: x0 + (x1 - x0) * s, y: y0 + (y1 - y0) * s, textangle: turn * 180 / Math.PI, xshift: lift * Math.sin(turn), yshift: lift * Math.cos(turn) }));
    });
    return least(choices, c => beads(c, at).reduce((sum, box) => sum + taken.harm(box, at), 0))[0];
  };
  const stand = (note, rule, taken, at) => {
    if (!rule) return note;
    if (rule.along) return slanted(note, rule, taken, at);
    const choices = rule.wishes.map(wish => ({ ...note, text: rule.text, ...wish }));
    const [best, harm] = least(choices, c => taken.harm(boxOf(c, at), at));
    return rule.bearable !== null && harm > rule.bearable ? null : best;
  };
  const placed = (plot, at) => {
    const { annotations, meta } = plot.layout, taken = takenBy(plot, at), rules = new Map(meta.places.map(p => [p.note, p])), made = [];
    const order = annotations.map((note, i) => [note, rules.get(i)]).sort((a, b) => Boolean(a[1]) - Boolean(b[1]));
    for (const [note, rule] of order) {
      const stood = stand(note, rule, taken, at);
      if (!stood) continue;
      taken.boxes.push(grown(boxOf(stood, at)));
      made.push(stood);
    }
    return made;
  };
  // a number under the axis gives way to a more important one; its tick stays
  const thinned = (axis, keep, at) => {
    if (!axis.tickvals) return axis;
    const order = keep.length ? keep : axis.tickvals.map((_, i) => i), taken = [], chosen = new Set();
    for (const i of order) {
      const middle = at.x(axis.tickvals[i]), half = (wide(axis.ticktext[i]) + TICK_GAP) / 2;
      if (taken.some(([a, b]) => middle - half < b && a < middle + half)) continue;
      taken.push([middle - half, middle + half]);
      chosen.add(i);
    }
    return { ...axis, ticktext: axis.ticktext.map((text, i) => chosen.has(i) ? text : "") };
  };

  // ---- drawing
  const read = async el => {
    if (!el.dataset.src) return JSON.parse(document.getElementById(el.dataset.from).textContent);
    const answer = await fetch(el.dataset.src, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${el.dataset.src}: ${answer.status}`);
    const told = await answer.json();
    return told.plot || told;
  };
  const kept = new WeakMap(), widths = new WeakMap();
  const plotOf = el => {
    if (!kept.has(el)) kept.set(el, read(el));
    return kept.get(el);
  };
  const calm = el => "still" in el.dataset || root.dataset.theme === "quiet" || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const follow = event => {
    const link = event.points.map(p => p.customdata).find(d => typeof d === "string" && d.startsWith("/"));
    if (!link) return;
    const url = new URL(link, location.origin);
    if (url.origin === location.origin) location.assign(url);
  };
  const stage = el => {
    const there = el.querySelector(".drawing");
    if (there) return there;
    const made = document.createElement("div");
    made.className = "drawing";
    el.append(made);
    return made;
  };
  const listen = live => {
    if (live.dataset.listens) return;
    live.dataset.listens = "yes";
    live.on("plotly_click", follow);
    live.on("plotly_hover", event => live.classList.toggle("opens", event.points.some(p => typeof p.customdata === "string")));
    live.on("plotly_unhover", () => live.classList.remove("opens"));
  };
  const draw = async el => {
    const width = el.clientWidth;
    if (!width || !window.Plotly) return;
    widths.set(el, width);
    const plot = await plotOf(el), { layout } = plot;
    if (layout.meta.tall) el.style.height = `${layout.height}px`;
    const height = el.clientHeight, of = tokens(), at = frameOf(layout, width, height);
    pen.font = `${SIZE}px ${of("--font") || "sans-serif"}`;
    const told = resolve({ ...layout, width, height, annotations: placed(plot, at), xaxis: thinned(layout.xaxis, layout.meta.keep, at) }, of);
    const live = stage(el);
    el.classList.add("drawn");
    const fixed = calm(el);
    if (live.dataset.calm && live.dataset.calm !== String(fixed)) { window.Plotly.purge(live); delete live.dataset.listens; }
    live.dataset.calm = String(fixed);
    await window.Plotly.react(live, resolve(plot.data, of), told, { ...CONFIG, staticPlot: fixed });
    listen(live);
    el.classList.add("done");
  };
  // one after the other, so that the page stays awake; a figure that cannot be drawn keeps its still picture
  let line = Promise.resolve();
  const queue = el => {
    line = line.then(() => draw(el)).catch(error => { el.classList.remove("drawn"); console.warn(`figure ${el.dataset.figure}: ${error.message}`); });
  };
  const all = () => document.querySelectorAll("[data-figure]").forEach(queue);

  // the first drawing at once; afterwards when the width has settled
  const changed = new Set();
  let wait;
  const widened = new ResizeObserver(entries => {
    for (const { target } of entries) {
      if (!widths.has(target)) queue(target);
      else if (target.clientWidth !== widths.get(target)) changed.add(target);
    }
    clearTimeout(wait);
    wait = setTimeout(() => { changed.forEach(queue); changed.clear(); }, 120);
  });
  const start = () => document.querySelectorAll("[data-figure]").forEach(el => widened.observe(el));
  addEventListener("themechange", all);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  if (window.Plotly) start();
  else addEventListener("DOMContentLoaded", start);
})();
