// Loads what draws the charts after the page itself is there, and only once a chart comes into view: text comes first
// on a slow connection, and the still pictures stand meanwhile, for good where the browser is asked to save data.
(() => {
  const list = [...document.querySelectorAll("meta[name=later]")].map(e => e.content);
  const load = () => {
    const next = list.shift();
    if (!next) return;
    const script = document.createElement("script");
    script.src = next;
    script.addEventListener("load", load);
    document.head.append(script);
  };
  const watch = () => {
    if (navigator.connection?.saveData) return;
    const seen = new IntersectionObserver(entries => {
      if (!entries.some(each => each.isIntersecting)) return;
      seen.disconnect();
      load();
    });
    document.querySelectorAll("[data-figure]").forEach(each => seen.observe(each));
  };
  if (document.readyState === "complete") watch();
  else addEventListener("load", watch);
})();
