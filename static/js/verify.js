// While a verification runs, the page asks how far it has come, and is shown anew at its end.
(() => {
  const told = document.querySelector("[data-verifying]");
  if (!told) return;
  const bar = told.querySelector("progress");
  const ask = async () => {
    try {
      const answer = await fetch(told.dataset.verifying, { headers: { Accept: "application/json" } });
      const { done, total, running } = await answer.json();
      if (!running) { location.reload(); return; }
      if (total) { bar.max = total; bar.value = done; }
    } catch { /* the next question may be answered */ }
    setTimeout(ask, 700);
  };
  ask();
})();
