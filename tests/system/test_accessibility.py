"""Every screen of a patient, measured for tired eyes, unsure fingers, a keyboard alone, and a page made larger.

axe walks the same screens in test_screens.py; here is what axe cannot see. The table of docs/accessibility.md names
these tests, criterion by criterion.
"""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.system.looking import CONTRASTS, ENOUGH, MOVING, SMALL
from tests.system.screens import SCREENS, THEMES, WIDTHS, Screen, sign_in

PHONE, SMALLEST, HALF = (360, 740), (320, 640), (640, 450)
OPEN = tuple(screen for screen in SCREENS if screen.role is None)
OWN = (
    *(screen for screen in SCREENS if screen.role == "patient"),
    Screen("me-others", "patient", "/me?others=fatigue"),
)
ENOUGH_FOR_EDGES = 3
FEWEST_SCREENS, FEWEST_STOPS, FEWEST_TEXTS = 10, 60, 400

# What hangs over the side, and text that its own box cuts off (1.4.10, 1.4.12, 1.4.4). Tables and charts may be reels.
LOST = """
() => {
  const root = document.documentElement, found = [];
  if (root.scrollWidth > root.clientWidth) found.push(`scrolls sideways by ${root.scrollWidth - root.clientWidth} px`);
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || e.closest(".vh, .skip, svg, .plot, .reel, textarea, input")) continue;
    const style = getComputedStyle(e), cuts = /hidden|clip/.test(style.overflowX + style.overflowY);
    const more = e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1;
    if (cuts && more) found.push(`cut off: ${e.outerHTML.slice(0, 60)}`);
  }
  return found;
}
"""

# The user's own spacing (1.4.12): set as a browser's extension would, past the page's policy on styles.
SPACED = """
() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
"""
LARGER = """
() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("html { font-size: 200% !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
"""

# Where the focus stands: whether it is seen, whether something lies over it, and its place in the document.
FOCUS = """
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const seen = [e, e.nextElementSibling, e.parentElement].filter(Boolean).some(each => {
    const s = getComputedStyle(each);
    return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
  });
  const box = e.getBoundingClientRect(), x = box.left + box.width / 2;
  const places = [0.5, 0.2, 0.8].map(share => document.elementFromPoint(x, box.top + box.height * share));
  const label = e.labels && e.labels[0];
  const whole = at => at === document.documentElement || at === document.body || at.id === "main";
  const own = at => e.contains(at) || (at.contains(e) && !whole(at)) || (label && label.contains(at));
  const free = places.some(at => at && own(at));
  const all = [...document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex]")];
  return { what: e.outerHTML.slice(0, 70), seen, free, place: all.indexOf(e) };
}
"""
STOPS = """
() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
  .filter(e => e.type !== "hidden" && e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }) && !e.disabled)
  .filter((e, i, all) => e.type !== "radio" || all.findIndex(o => o.name === e.name && o.type === "radio") === i).length
"""


@contextmanager
def patient(browser, server, size=PHONE, theme="quiet", language="en", **more):
    """A patient's browser in one look."""
    locale = {"en": "en-GB", "tr": "tr-TR"}[language]
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale, **more)
    context.add_cookies([{"name": "theme", "value": theme, "domain": "localhost", "path": "/"}])
    page = context.new_page()
    sign_in(page, server, "patient", language)
    yield page
    context.close()


def told(page, server, screens, look):
    """What a look finds, screen by screen."""
    found = {}
    for screen in screens:
        answer = page.goto(server.url + screen.path, wait_until="load")
        assert answer.status == 200, screen
        faults = look(page)
        if faults:
            found[screen.name] = faults
    return found


def test_there_are_screens_to_look_at():
    assert len(OWN) >= FEWEST_SCREENS
    assert PHONE[0] in WIDTHS


# The edges of what is pressed and filled in, against the ground on which they stand (1.4.11).
EDGES = """
() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const part = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const ground = e => {
    for (let at = e.parentElement; at; at = at.parentElement) {
      const [r, g, b, a = 1] = rgb(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const pressed = "main .btn, main .input, main .answers label > span, main .taps button, main input[type=checkbox]";
  return [...document.querySelectorAll(pressed)].filter(e => e.checkVisibility()).map(e => {
    const s = getComputedStyle(e), fill = rgb(s.backgroundColor);
    const sides = [rgb(s.borderTopColor), ...(fill[3] === 0 ? [] : [fill])].map(c => ratio(c, ground(e)));
    return [e.outerHTML.slice(0, 60), Math.max(...sides)];
  });
}
"""


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_and_edge_stands_out_every_target_is_large_enough_and_nothing_moves(browser, server, theme):
    """Nothing moves in the quiet theme; in the others for whoever told the system that motion is too much."""
    texts, edges, more = [], [], {} if theme == "quiet" else {"reduced_motion": "reduce"}

    def look(page):
        found, pressed = page.evaluate(CONTRASTS), page.evaluate(EDGES)
        texts.extend(found)
        edges.extend(pressed)
        pale = [f"{ratio:.2f}: {text}" for text, ratio in found if ratio < ENOUGH]
        thin = [f"edge {ratio:.2f}: {what}" for what, ratio in pressed if ratio < ENOUGH_FOR_EDGES]
        return [*pale, *thin, *page.evaluate(SMALL), *page.evaluate(MOVING)]

    with patient(browser, server, theme=theme, language="tr" if theme == "dark" else "en", **more) as page:
        assert told(page, server, OWN, look) == {}
    assert len(texts) >= FEWEST_TEXTS
    assert len(edges) >= FEWEST_STOPS


@pytest.mark.parametrize("language", ["en", pytest.param("tr", marks=pytest.mark.full)])
def test_nothing_is_lost_at_320_pixels_nor_with_more_room_between_letters(browser, server, language):
    def look(page):
        narrow = page.evaluate(LOST)
        page.evaluate(SPACED)
        return [*narrow, *(f"spaced: {each}" for each in page.evaluate(LOST))]

    with patient(browser, server, SMALLEST, language=language) as page:
        assert told(page, server, (*OWN, *OPEN[1:]), look) == {}


def test_nothing_is_lost_at_twice_the_size(browser, server):
    def look(page):
        zoomed = page.evaluate(LOST)
        page.evaluate(LARGER)
        return [*zoomed, *(f"letters: {each}" for each in page.evaluate(LOST))]

    with patient(browser, server, HALF, device_scale_factor=2) as page:
        assert told(page, server, OWN, look) == {}


LINKS = """
() => {
  const places = new Map();
  for (const e of document.querySelectorAll("a[href]")) {
    const words = (e.getAttribute("aria-label") || e.textContent).trim().replace(/\\s+/g, " ");
    places.set(words, new Set([...(places.get(words) || []), e.getAttribute("href")]));
  }
  return [...places].filter(([words, to]) => !words || to.size > 1).map(([words, to]) => `${words}: ${[...to]}`);
}
"""


QUESTION = "/me/questionnaires/month_24?q=1"


def test_a_digit_answers_only_where_the_focus_is_in_the_question(browser, server):
    with patient(browser, server) as page:
        page.goto(server.url + QUESTION)
        page.locator("[data-advice]:visible").wait_for()
        page.locator("header a.brand").focus()
        page.keyboard.press("7")
        page.locator(".far").click()
        page.keyboard.press("7")
        page.wait_for_timeout(300)
        assert page.locator(".answers input:checked").count() == 0
        assert page.url.endswith(QUESTION)


def test_it_is_said_before_that_a_tap_brings_the_next_question(browser, server):
    with patient(browser, server) as page:
        page.goto(server.url + QUESTION)
        advice = page.get_by_text("it is saved and the next question comes")
        expect(advice).to_be_visible()
        page.locator(".answers input").first.focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator(".answers input:checked")).to_have_count(1)
        assert page.url.endswith(QUESTION)


def tabbed(page):
    """Walk a page with the Tab key alone: every stop there is, in order, each seen and with nothing over it."""
    expected, stops, faults = page.evaluate(STOPS), [], []
    for _ in range(2 * expected + 6):  # a date has several parts, and once round the focus leaves the page
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        if at is None or (stops and at["place"] == stops[-1]):
            continue
        if at["place"] in stops:
            break
        stops.append(at["place"])
        faults += [f"not seen: {at['what']}"] * (not at["seen"]) + [f"covered: {at['what']}"] * (not at["free"])
    begun = stops.index(min(stops)) if stops else 0
    order = [*stops[begun:], *stops[:begun]]  # a page may begin with the focus on its first answer
    if order != sorted(order):
        faults.append("the order of the focus is not that of the page")
    if len(stops) < expected:
        faults.append(f"{len(stops)} stops of {expected}")
    return faults, len(stops)


def test_the_keyboard_alone_reaches_everything_in_order_and_sees_where_it_is(browser, server):
    count = 0

    def look(page):
        nonlocal count
        faults, stops = tabbed(page)
        count += stops
        return faults

    with patient(browser, server) as page:
        assert told(page, server, OWN, look) == {}
    assert count >= FEWEST_STOPS


COVERED = """<!doctype html><html lang="en"><body><a href="/a">One</a><button tabindex="2">Two</button>
<a href="/b" class="last">Three</a><p class="wide">Wide</p><p class="cut">Cut off at the side</p></body></html>"""

FAULTS = """
a { outline: none !important } .wide { width: 900px } .cut { width: 20px; overflow: hidden; white-space: nowrap }
.last { position: fixed; top: 0; left: 0; z-index: -1 }
body::before { content: ''; position: fixed; inset: 0 0 auto; height: 80px; background: #fff }
"""


def test_the_walk_sees_what_is_wrong(browser):
    """The harness itself: a page with each fault is told of it."""
    page = browser.new_page(viewport={"width": 320, "height": 400})
    page.set_content(COVERED)
    page.add_style_tag(content=FAULTS)
    faults, _ = tabbed(page)
    text = " ".join([*faults, *page.evaluate(LOST)])
    for fault in ("not seen", "covered", "order", "sideways", "cut off"):
        assert fault in text
    page.close()


def test_an_error_is_named_beside_its_field_and_nothing_typed_is_lost(browser, server):
    with patient(browser, server) as page:
        page.goto(f"{server.url}/me/events")
        page.locator("[name=started_on]").fill("2026-11-20")
        page.locator("main form.asking button").first.click()
        field = page.locator("[name=text]")
        expect(field).to_have_attribute("aria-invalid", "true")
        described = str(field.get_attribute("aria-describedby")).split()
        assert any(page.locator(f"[id='{each}']").inner_text().strip() for each in described)
        expect(page.locator("main [role=alert] a[href='#text']")).to_be_visible()
        assert page.locator("[name=started_on]").input_value() == "2026-11-20"


HELP = """
() => [...document.querySelectorAll("body > header a, body > header button, body > footer span, body > footer button")]
  .map(e => `${e.tagName} ${e.textContent.trim()}`)
"""


def test_help_and_navigation_stand_in_the_same_place_and_links_of_the_same_words_lead_to_the_same(browser, server):
    seen, titles = {}, {}

    def look(page):
        seen.setdefault(tuple(page.evaluate(HELP)), page.url)
        titles.setdefault(page.title(), page.url)
        first = page.evaluate("document.querySelector('a[href]').getAttribute('href')")
        tongue = page.evaluate("document.querySelector('footer [lang]:not(:empty):last-child').lang")
        return page.evaluate(LINKS) + ([] if (first, tongue) == ("#main", "tr") else [f"{first} {tongue}"])

    with patient(browser, server) as page:
        assert told(page, server, OWN, look) == {}
    assert len(seen) == 1
    assert len(titles) == len(OWN) - 1  # the own page with others is the own page
    ((order, _),) = seen.items()
    assert any("not medical advice" in each for each in order)


def test_signing_in_asks_for_no_puzzle_and_lets_a_password_be_pasted(browser, server):
    page = browser.new_page()
    page.goto(f"{server.url}/login")
    password = page.locator("[name=password]")
    assert password.get_attribute("autocomplete") == "current-password"
    assert str(page.locator("[name=email]").get_attribute("autocomplete")).split()[0] in {"username", "email"}
    password.evaluate("e => { e.focus(); document.execCommand('insertText', false, 'pasted') }")
    assert password.input_value() == "pasted"
    assert password.get_attribute("onpaste") is None
    assert page.locator("img, canvas, iframe").count() == 0
    assert page.locator("[data-passkey], a[href*=forgotten], a[href*=link], form[action*=link]").count() > 0
    page.close()


def test_without_a_script_the_own_page_says_and_shows_everything(browser, server):
    with patient(browser, server, java_script_enabled=False) as page:
        page.goto(f"{server.url}/me")
        figures = page.locator("[data-figure] svg.still")
        assert figures.count() >= 3
        expect(figures.first).to_be_visible()
        page.locator("button[value='hide.fatigue']").click()
        expect(page.locator("#part-fatigue [data-figure]")).to_have_count(0)
        expect(page.locator("#part-fatigue h2")).to_be_visible()
        page.locator("button[value='show.fatigue']").click()
        expect(page.locator("#part-fatigue svg.still").first).to_be_visible()


def test_still_pictures_fetch_no_library_and_are_remembered(browser, server):
    with patient(browser, server) as page:
        page.goto(f"{server.url}/me")
        page.locator("button[value='still']").click()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{server.url}/me")
        page.locator("[data-figure]").first.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        assert [url for url in asked if "plotly" in url] == []
        expect(page.locator("[data-figure] svg.still").first).to_be_visible()
