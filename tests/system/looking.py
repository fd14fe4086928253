"""What a page in the browser must be for tired eyes: enough contrast on every text, and nothing that moves."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}
ENOUGH = 4.5

# Every text that is shown, with the ratio of its colour to the ground on which it stands (WCAG 2.2, 1.4.3).
CONTRASTS = """
() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const part = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const ground = e => {
    for (let at = e; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || /^(SCRIPT|STYLE|TITLE|DESC)$/i.test(e.tagName)) continue;
    if (!e.checkVisibility({ visibilityProperty: true })) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (box.width < 2 || box.height < 2) continue;
    const colour = rgb(e instanceof SVGElement ? style.fill : style.color);
    found.push([text.slice(0, 40), ratio(colour, ground(e))]);
  }
  return found;
}
"""

MOVING = """
() => {
  const moves = e => {
    const s = getComputedStyle(e);
    return s.animationName !== "none" || s.transitionDuration.split(",").some(each => parseFloat(each) > 0);
  };
  const moving = [...document.querySelectorAll("*")].filter(moves).map(e => e.outerHTML.slice(0, 80));
  return [...document.getAnimations().map(String), ...moving];
}
"""

SMALL = """
() => [...document.querySelectorAll("main button, main a, main label:has(input)")]
  .filter(e => e.checkVisibility() && !e.closest("p, .numbers, .vh") && !e.matches(".vh"))
  .map(e => [e.textContent.trim().slice(0, 30), e.getBoundingClientRect()])
  .filter(([, box]) => box.width > 2 && (box.height < 44 || box.width < 24))
  .map(([text, box]) => `${text}: ${Math.round(box.width)} x ${Math.round(box.height)}`)
"""


def faults(page: Page) -> list[str]:
    """Everything on this page that axe, a tired eye or an unsure finger would complain of."""
    found = Axe().run(page, options=TAGS).response["violations"]
    axe = [f"axe {each['id']}: {[node['target'] for node in each['nodes']][:3]}" for each in found]
    texts = page.evaluate(CONTRASTS)
    if not texts:
        return ["no text on this page"]
    pale = [f"contrast {ratio:.2f}: {text}" for text, ratio in texts if ratio < ENOUGH]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    sideways = [f"scrolls sideways by {wide} px"] if wide > 0 else []
    moving, small = page.evaluate(MOVING), page.evaluate(SMALL)
    return [*axe, *pale, *sideways, *(f"moves: {each}" for each in moving), *(f"small: {each}" for each in small)]
