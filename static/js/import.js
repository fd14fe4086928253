// While an import runs, the page asks how far it has come. The import goes on without this page.
(() => {
  const form = document.querySelector("form[data-progress]");
  if (!form) return;
  const told = document.querySelector("[data-told]"), bar = told.querySelector("progress");
  const ask = async () => {
    try {
      const answer = await fetch(form.dataset.progress, { headers: { Accept: "application/json" } });
      const { done, total } = await answer.json();
      if (total) { bar.max = total; bar.value = done; }
    } catch { /* the next question may be answered */ }
    setTimeout(ask, 500);
  };
  form.addEventListener("submit", () => {
    form.closest(".acts").hidden = true;
    told.hidden = false;
    ask();
  });
})();
