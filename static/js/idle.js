// Nobody here: the page is blanked and left, for the lock (staff) or the front door (patients, who are warned before).
// While somebody is at it the server hears so once a minute, and other tabs of this browser at once.
(() => {
  const { idle, go, awake, warn } = document.currentScript.dataset;
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel("idle") : null;
  const warning = () => document.querySelector("[data-idle-warning]");
  let last = Date.now(), told = Date.now(), gone = false;

  const alive = () => {
    last = Date.now();
    const box = warning();
    if (box) box.hidden = true;
  };
  const leave = () => {
    if (gone) return;
    gone = true;
    document.body.style.display = "none";
    location.replace(`${go}?next=${encodeURIComponent(location.pathname + location.search)}`);
  };
  const tell = () => {
    told = Date.now();
    fetch(awake, { headers: { Accept: "application/json" } }).catch(() => {});
  };
  const look = () => {
    const rest = Number(idle) * 1000 - (Date.now() - last), box = warning();
    if (rest <= 0) leave();
    else if (warn && box && rest <= Number(warn) * 1000) box.hidden = false;
  };
  const active = () => {
    if (Date.now() - last >= Number(idle) * 1000) { look(); return; }
    const warned = warning() && !warning().hidden;
    alive();
    if (tabs) tabs.postMessage(0);
    if (warned || Date.now() - told >= 65000) tell();
  };
  for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) addEventListener(kind, active, { passive: true, capture: true });
  if (tabs) tabs.onmessage = alive;
  addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 5000);
})();
