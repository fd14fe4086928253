// A patient's questions. Every answer goes to the server at once; what is not saved yet stays, is marked and is sent
// again. On a page with one question a tap or a digit also brings the next; arrow keys only choose.
(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const one = form.dataset.one !== undefined;
  const waiting = new Map();
  let sending = null, timer = 0, pause = 0, leaving = false;
  const saved = document.querySelector("[data-saved]"), out = document.querySelector("[data-signed-out]");
  const advice = document.querySelector("[data-advice]");
  if (advice) advice.hidden = false;

  const say = (text, state) => {
    if (!saved) return;
    saved.dataset.state = state;
    if (saved.textContent !== text) saved.textContent = text;
  };
  const fresh = async () => {
    const answer = await fetch(form.dataset.tokenFrom, { headers: { Accept: "application/json" } });
    if (!answer.ok) return false;
    const { token, member } = await answer.json();
    if (member !== form.dataset.member) return false;
    document.querySelectorAll("input[name=csrf_token]").forEach(e => { e.value = token; });
    return true;
  };
  const put = fields => fetch(form.dataset.keep, {
    method: "PUT",
    headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.namedItem("csrf_token").value },
    body: JSON.stringify({ fields }),
  });
  const refused = answer => [400, 401, 403].includes(answer.status);

  const attempt = async batch => {
    try {
      let answer = await put(Object.fromEntries(batch));
      if (refused(answer) && await fresh()) answer = await put(Object.fromEntries(batch));
      if (out) out.hidden = !refused(answer);
      return answer.ok ? await answer.json() : null;
    } catch { return null; }
  };
  const round = async () => {
    const batch = new Map(waiting), told = await attempt(batch);
    if (!told) {
      say(form.dataset.unsaved, "unsaved");
      pause = Math.min(pause ? pause * 2 : 1000, 15000);
      timer = setTimeout(send, pause);
      return false;
    }
    pause = 0;
    batch.forEach((value, name) => { if (waiting.get(name) === value) waiting.delete(name); });
    if (waiting.size) return round();
    say(told.saved, "saved");
    document.querySelectorAll("[data-left]").forEach(e => { e.textContent = told.left; });
    document.querySelectorAll("[data-bar]").forEach(e => { e.value = told.done; });
    return true;
  };
  // one request after another; resolves to whether everything is on the server
  const send = () => {
    clearTimeout(timer);
    if (!waiting.size) return Promise.resolve(true);
    sending ||= round().finally(() => { sending = null; });
    return sending;
  };
  const keep = (name, value) => {
    waiting.set(name, value);
    say(form.dataset.saving, "unsaved");
    return send();
  };

  let moving = false;
  // the answer is kept first; only then the page moves on, so a lost connection loses nothing
  const onward = async (name, value) => {
    moving = true;
    while (moving && !(await keep(name, value))) await new Promise(done => setTimeout(done, 1000));
    if (moving) location.assign(form.dataset.next);
  };

  const box = name => [...form.querySelectorAll("[data-field]")].find(e => e.dataset.field === name);
  const nextBox = name => {
    const all = [...form.querySelectorAll("[data-field]")], after = all[all.indexOf(box(name)) + 1];
    (after?.querySelector(":checked") || after?.querySelector("[data-answer]") || form.querySelector(".btn.main")).focus();
  };
  const choose = (name, digits) => {
    const all = [...form.querySelectorAll("input[type=radio]")].filter(e => e.name === name);
    const hit = all.find(e => e.value === digits);
    if (hit) { hit.checked = true; hit.focus(); }
    return hit && { hit, more: all.some(e => e.value.length > digits.length && e.value.startsWith(digits)) };
  };
  // "1" may be the beginning of "10": it waits a moment for its second digit
  let typed = { name: "", digits: "", timer: 0 };
  const done = (name, value) => {
    typed = { name: "", digits: "", timer: 0 };
    if (one) onward(name, value);
    else { keep(name, value); nextBox(name); }
  };
  const digit = (name, key) => {
    clearTimeout(typed.timer);
    const found = choose(name, typed.name === name ? typed.digits + key : key) || choose(name, key);
    if (!found) return;
    const { hit, more } = found;
    if (!more) { done(name, hit.value); return; }
    keep(name, hit.value);
    typed = { name, digits: hit.value, timer: setTimeout(() => done(name, hit.value), 900) };
  };

  form.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
    if (/^(TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.matches("input:not([type=radio])")) return;
    const name = event.target.closest("[data-field]")?.dataset.field || (one && form.querySelector("[data-field]").dataset.field);
    if (name) { event.preventDefault(); digit(name, event.key); }
  });
  let tapped = false;
  form.addEventListener("pointerdown", event => { tapped = Boolean(event.target.closest("label")); });
  form.addEventListener("change", event => {
    const { name, value, type } = event.target;
    if (!name || name === "csrf_token") return;
    box(name)?.querySelectorAll(".err").forEach(e => { e.hidden = true; });
    if (type === "radio" && tapped && one) onward(name, value);
    else keep(name, value);
    tapped = false;
  });
  let writing = 0;
  form.addEventListener("input", event => {
    if (event.target.tagName !== "TEXTAREA") return;
    clearTimeout(writing);
    writing = setTimeout(() => keep(event.target.name, event.target.value), 600);
  });
  form.addEventListener("submit", () => { leaving = true; moving = false; clearTimeout(typed.timer); });
  addEventListener("beforeunload", event => { if (waiting.size && !leaving) event.preventDefault(); });
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
  addEventListener("online", send);
  if (one && !document.querySelector("[role=alert]:not([hidden])")) form.querySelector(":checked, [data-answer]")?.focus();
})();
