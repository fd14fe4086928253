// The visit form: digits answer and move on; every answer is saved as a draft on the server, which sends back
// the live scores. What is not yet saved stays in the page, is marked, and is sent again. So is the visit as a whole:
// it is sent under one key until the server has answered, and only then is the page left.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const words = form.dataset;
  const waiting = new Map();
  let sequence = Number(form.dataset.sequence), sending = false, pause = 0, timer = 0, leaving = false, whole = null;

  const parts = (root, name) => root.querySelectorAll(`[data-live="${name}"]`);
  const say = (name, text, root = document) => parts(root, name).forEach(e => { e.textContent = text; });
  const marked = (state, name = "saved") => parts(document, name).forEach(e => { e.dataset.state = state; });

  // one field's present value; a group of radios or a lone checkbox counts as one field
  const valueOf = name => {
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList) return field.value;
    if (field.type === "checkbox") return field.checked ? field.value : "";
    return field.value;
  };

  const show = live => {
    if (!waiting.size) { say("saved", live.saved); marked("saved"); }  // what was typed meanwhile is still to be sent
    say("day", live.day);
    say("count", live.count);
    const bar = form.querySelector("progress[data-live-bar]");
    if (bar) bar.value = live.answered;
    for (const [key, score] of Object.entries(live.scales)) {
      const box = form.querySelector(`[data-score="${CSS.escape(key)}"]`);
      if (!box) continue;
      say("value", score.value, box);
      say("verdict", score.verdict, box);
      say("sentence", score.sentence, box);
      parts(box, "value").forEach(e => e.classList.toggle("none", !score.measured));
      box.querySelectorAll("[data-live-band]").forEach(e => e.toggleAttribute("hidden", !score.meter.banded));
      const dot = box.querySelector("[data-live-dot]");
      if (!dot) continue;
      dot.toggleAttribute("hidden", score.meter.dot === null);
      if (score.meter.dot !== null) dot.setAttribute("transform", `translate(${score.meter.dot} 20)`);
    }
  };

  // a line that says nothing any more counts as cut
  const patience = () => AbortSignal.timeout(20000);

  const fresh = async () => {
    const answer = await fetch(form.dataset.tokenFrom, { signal: patience(), headers: { Accept: "application/json" } });
    if (!answer.ok) return false;
    const { token, member } = await answer.json();
    if (member !== form.dataset.member) return false;
    form.elements.namedItem("csrf_token").value = token;
    return true;
  };

  const put = fields => fetch(form.dataset.draft, {
    method: "PUT",
    signal: patience(),
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.namedItem("csrf_token").value },
    body: JSON.stringify({ fields, sequence }),
  });

  const again = () => {
    pause = Math.min(pause ? pause * 2 : 1000, 15000);
    timer = setTimeout(send, pause);
  };

  const send = async () => {
    clearTimeout(timer);
    if (whole) { sendWhole(); return; }
    if (sending || !waiting.size) return;
    sending = true;
    const batch = new Map(waiting);
    sequence += 1;
    let answer = null, live = null;
    try {
      answer = await put(Object.fromEntries(batch));
      if ([400, 401, 403].includes(answer.status) && await fresh()) answer = await put(Object.fromEntries(batch));
      if (answer.ok) live = await answer.json();  // an answer that was cut off halfway is none
    } catch { answer = null; }
    sending = false;
    if (whole) { batch.clear(); sendWhole(); return; }
    const out = document.querySelector("[data-signed-out]");
    if (answer && answer.ok) {
      batch.forEach((value, name) => { if (waiting.get(name) === value) waiting.delete(name); });
      pause = 0;
      if (out) out.hidden = true;
      show(live);
      if (waiting.size) send();
      return;
    }
    marked("unsaved");
    say("saved", words.unsaved);
    if (out && answer && [400, 401, 403].includes(answer.status)) out.hidden = false;
    again();
  };

  // the visit as a whole: whatever goes wrong on the way, it is the same visit when it is sent again
  const post = () => fetch(location.pathname, {
    method: "POST",
    signal: patience(),
    headers: { Accept: "application/json" },
    body: new URLSearchParams([...new FormData(form), ...whole]),
  });

  const leave = () => { leaving = true; waiting.clear(); };

  const sendWhole = async () => {
    clearTimeout(timer);
    if (sending || !whole) return;
    sending = true;
    marked("unsaved", "whole");
    say("whole", words.whole);
    let answer = null, done = null;
    try {
      answer = await post();
      if ([400, 401, 403].includes(answer.status) && await fresh()) answer = await post();
      if (answer.ok && !answer.redirected) done = (await answer.json()).done;
    } catch { answer = null; }
    sending = false;
    if (done) { leave(); location.assign(done); return; }
    const out = document.querySelector("[data-signed-out]");
    if (answer && (answer.redirected || [400, 401, 403].includes(answer.status))) {
      if (out) out.hidden = false;
    } else if (answer && answer.status >= 400 && answer.status < 500) {
      // refused: the page that says why is shown by sending it as a form does
      const extra = whole.map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      leave();
      form.append(...extra);
      form.submit();
      return;
    }
    say("whole", words.cut);
    say("saved", words.unsaved);
    marked("unsaved");
    again();
  };

  const keep = name => {
    if (!name || name === "csrf_token" || name === "idempotency_key" || name === "version") return;
    waiting.set(name, valueOf(name));
    marked("unsaved");
    say("saved", words.saving);
    clearTimeout(timer);
    timer = setTimeout(send, 150);
  };

  const clear = field => {
    const box = field.closest("[data-field]");
    if (!box) return;
    box.classList.remove("bad");
    box.querySelectorAll(".err").forEach(e => { e.hidden = true; });
  };

  // the next question: the first input of the next group, in the order of the page
  const stops = () => {
    const seen = new Set();
    return [...form.querySelectorAll("[data-answer]")].filter(e => {
      if (e.closest("[hidden]") || seen.has(e.name)) return false;
      seen.add(e.name);
      return true;
    });
  };
  const next = name => {
    const list = stops(), after = list[list.findIndex(e => e.name === name) + 1];
    const group = after && form.elements.namedItem(after.name);
    const chosen = group instanceof RadioNodeList && [...group].find(e => e.checked);
    (chosen || after || form.querySelector("[data-save]")).focus();
  };

  const choose = (name, value) => {
    const group = form.elements.namedItem(name), list = group instanceof RadioNodeList ? [...group] : [group];
    const hit = list.find(e => e.value === value);
    if (!hit) return null;
    hit.checked = true;
    hit.focus();
    hit.dispatchEvent(new Event("change", { bubbles: true }));
    return { hit, more: list.some(e => e.value.length > value.length && e.value.startsWith(value)) };
  };

  // "1" may be the beginning of "10": it waits a moment for its second digit
  let typed = { name: "", digits: "", timer: 0 };
  const digit = (name, key) => {
    clearTimeout(typed.timer);
    const digits = typed.name === name ? typed.digits + key : key;
    const done = choose(name, digits) || choose(name, key);
    if (!done) return false;
    typed = { name: "", digits: "", timer: 0 };
    if (!done.more) next(name);
    else typed = { name, digits: done.hit.value, timer: setTimeout(() => { typed = { name: "", digits: "", timer: 0 }; if (document.activeElement?.name === name) next(name); }, 700) };
    return true;
  };

  form.addEventListener("change", event => { keep(event.target.name); clear(event.target); });
  form.addEventListener("input", event => { if (event.target.type === "text" || event.target.tagName === "TEXTAREA") keep(event.target.name); });
  form.addEventListener("keydown", event => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.type === "radio" && event.target.dataset.answer !== undefined && /^[0-9]$/.test(event.key)) {
      if (digit(event.target.name, event.key)) event.preventDefault();
    } else if (event.key === "Enter" && event.target.type === "text") {
      event.preventDefault();
      next(event.target.name);
    }
  });
  form.addEventListener("submit", event => {
    const button = event.submitter;
    if (button && button.name === "switch") { leaving = true; return; }
    event.preventDefault();
    whole = button && button.name ? [[button.name, button.value]] : [];
    sendWhole();
  });
  addEventListener("beforeunload", event => { if ((waiting.size || whole) && !leaving) event.preventDefault(); });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
  addEventListener("online", send);
  document.querySelectorAll("[data-leave]").forEach(e => e.addEventListener("click", () => { send(); }));
  const first = form.querySelector(".bad [data-answer]") || stops().find(e => !valueOf(e.name));
  if (!document.querySelector(".summary:focus") && first) first.focus({ preventScroll: !document.querySelector(".bad") });
})();
