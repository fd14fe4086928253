// While an import runs, the page asks how far it has come. The import goes on without this page.
(() => {
  const form = document.querySelector("form[data-progress]");
  if (!form) return;
  const bar = form.querySelector("progress"), told = form.querySelector("[data-told]");
  const ask = async () => {
    try {
      const answer = await fetch(form.dataset.progress, { headers: { Accept: "application/json" } });
      const { done, total } = await answer.json();
      if (total) { bar.max = total; bar.value = done; }
    } catch { /* the next question may be answered */ }
    setTimeout(ask, 500);
  };
  form.addEventListener("submit", () => {
    form.querySelector("button").disabled = true;
    bar.hidden = told.hidden = false;
    ask();
  });
})();
