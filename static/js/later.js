// Loads what draws the charts after the page itself is there: text comes first on a slow connection, and the still
// pictures stand meanwhile.
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
  if (document.readyState === "complete") load();
  else addEventListener("load", load);
})();
