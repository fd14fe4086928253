"""A patient on a telephone, in the quiet theme: invited, answering in pieces, interrupted in every way, and heard."""

import gzip
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.system.looking import faults
from tests.system.screens import opened, sign_in
from tests.system.server import Server

PHONE = {"width": 360, "height": 740}
LOCALES = {"en": "en-GB", "tr": "tr-TR"}
PASSWORD = "seven quiet stones by the river"
MOST_TABS = 60
MOST_BYTES = 60_000
WAYS = [
    pytest.param("en", "touch"),
    pytest.param("tr", "keyboard", marks=pytest.mark.full),
    pytest.param("en", "keyboard", marks=pytest.mark.full),
    pytest.param("tr", "touch", marks=pytest.mark.full),
]


@dataclass(frozen=True, slots=True)
class Hand:
    """A page used by touch alone or by keyboard alone."""

    page: Page
    way: str

    def press(self, target: Locator) -> None:
        if self.way == "touch":
            target.tap()
            return
        self.reach(target)
        self.page.keyboard.press("Enter")

    def reach(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(MOST_TABS):
            if target.evaluate("e => e === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{target} cannot be reached with the keyboard")

    def write(self, target: Locator, text: str) -> None:
        if self.way == "touch":
            target.tap()
        else:
            self.reach(target)
            self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def answer(self, value: str) -> str:
        """Choose an answer on a page with one question; return the question's name."""
        name = self.page.locator("[data-field]").get_attribute("data-field")
        if self.way == "touch":
            self.page.locator(f".answers label:has(input[value='{value}'])").tap()
        elif value.isdigit():
            for digit in value:
                self.page.keyboard.press(digit)
        else:  # the first answer has the focus; the last is one step back from it
            self.page.keyboard.press("ArrowUp")
            expect(self.page.locator(f".answers input[value='{value}']")).to_be_checked()
            self.page.keyboard.press("Enter")
        return str(name)


def phone(browser, server: Server, language: str, way: str) -> tuple[BrowserContext, Hand]:
    """A telephone of its own, dim as its owner needs it."""
    context = browser.new_context(viewport=PHONE, locale=LOCALES[language], has_touch=way == "touch")
    context.add_cookies([{"name": "theme", "value": "quiet", "domain": "localhost", "path": "/"}])
    page = context.new_page()
    return context, Hand(page, way)


def invite(page: Page, server: Server, email: str) -> tuple[str, str]:
    """Invite a patient of whom a visit is due, as a clinician would; return the patient's id and the link."""
    page.goto(f"{server.url}/worklist")
    due = page.locator("section[aria-labelledby='visits'] tr", has=page.locator("a.btn"))
    row = due.filter(has_text=re.compile("left|closes")).filter(has_not_text=re.compile("2 weeks|1 month")).last
    patient = str(row.locator("th a").get_attribute("href")).split("/")[2]
    page.goto(f"{server.url}/patients/{patient}/invitation")
    page.fill("[name=email]", email)
    page.locator("form.record button.main, form.sheet button.main").first.click()
    link = page.locator(".link-to-copy").inner_text()
    return patient, "/invitation/" + link.rpartition("/")[2]


def enter(hand: Hand, server: Server, email: str) -> None:
    """Sign in with address and password."""
    hand.page.goto(f"{server.url}/login")
    hand.write(hand.page.locator("[name=email]"), email)
    hand.write(hand.page.locator("[name=password]"), PASSWORD)
    hand.press(hand.page.locator("form:has([name=password]) button.btn").first)
    hand.page.wait_for_url(re.compile("/me"))


def at_question(page: Page, number: int) -> None:
    """Wait for a question and for the script that keeps its answer."""
    page.wait_for_url(re.compile(rf"q={number}$"), timeout=60000, wait_until="commit")
    page.locator("[data-advice]:visible").wait_for(timeout=60000)


def saved_is(page: Page, state: str) -> None:
    expect(page.locator("[data-saved]")).to_have_attribute("data-state", state, timeout=20000)


def forget_session(context: BrowserContext) -> None:
    """What the browser has after the session ended elsewhere: everything but who it is."""
    context.clear_cookies(name=re.compile("outcomes"))


def accept(hand: Hand, server: Server, link: str, language: str) -> None:
    """The first sign-in, from the link, in the language and the theme of the telephone."""
    page = hand.page
    page.goto(server.url + link)
    hand.write(page.locator("[name=password]"), PASSWORD)
    hand.press(page.locator("form:has([name=password]) button.btn"))
    page.wait_for_url(re.compile("/me$"))
    html = page.locator("html")
    assert (html.get_attribute("lang"), html.get_attribute("data-theme")) == (language, "quiet")
    assert faults(page) == []


def begin(hand: Hand) -> int:
    """From the own page to the first open question; return how many questions there are."""
    page = hand.page
    hand.press(page.locator(".ask .btn.main"))
    page.wait_for_url(re.compile("/questionnaires$"))
    hand.press(page.locator(".ask form .btn.main"))
    page.locator("[data-advice]:visible").wait_for()
    return int(str(page.locator("progress").get_attribute("max")))


def answer_in_pieces(context: BrowserContext, hand: Hand, server: Server, email: str) -> dict[str, str]:
    """Three answers: one in peace, one while the server is gone, one while the session has ended."""
    page, given = hand.page, {}
    given[hand.answer("7")] = "7"
    at_question(page, 2)
    server.kill()
    given[hand.answer("3")] = "3"
    saved_is(page, "unsaved")
    server.start()
    at_question(page, 3)
    forget_session(context)
    given[hand.answer("2")] = "2"
    expect(page.locator("[data-signed-out]")).to_be_visible(timeout=20000)
    enter(Hand(context.new_page(), hand.way), server, email)
    page.bring_to_front()
    at_question(page, 4)
    hand.press(page.locator("[value=stop]"))
    page.wait_for_url(re.compile("/questionnaires$"))
    return given


def finish(hand: Hand, count: int) -> dict[str, str]:
    """Answer what is left and send everything."""
    page, given = hand.page, {}
    for number in range(4, count + 1):
        choice = "no" if number == count else "5"
        given[hand.answer(choice)] = choice
        if number < count:
            at_question(page, number + 1)
    page.wait_for_url(re.compile("q=end$"))
    assert faults(page) == []
    hand.press(page.locator("form[action$=send] .btn.main"))
    page.wait_for_url(re.compile("/questionnaires(#.*)?$"))
    assert page.locator(".told-list li").count() == 1
    assert faults(page) == []
    return given


def review(clinician: Page, server: Server, patient: str) -> list[str]:
    """Look at what came in, with a word to the patient; return the numbers that were answered."""
    clinician.goto(f"{server.url}/worklist")
    clinician.locator(f"section[aria-labelledby='reports'] a[href^='/patients/{patient}/reports/']").click()
    told = clinician.locator("section[aria-labelledby='answers'] td[data-th]")
    told.first.wait_for()
    numbers = [re.match(r"\d+", text) for text in told.all_inner_texts()]
    clinician.locator("[name=note]").fill("Dinlenin. Rest first.")
    clinician.locator("form.record button.main").click()
    clinician.wait_for_url(re.compile("/worklist"))
    return sorted(found.group() for found in numbers if found)


@pytest.mark.parametrize(("language", "way"), WAYS)
def test_from_the_invitation_to_being_heard(browser, server, language, way):
    email = f"{language}.{way}@example.org"
    with opened(browser, 1280) as (clinician, _):
        sign_in(clinician, server, "clinician")
        patient, link = invite(clinician, server, email)

        context, hand = phone(browser, server, language, way)
        accept(hand, server, link, language)
        count = begin(hand)
        assert count > 3
        assert faults(hand.page) == []
        given = answer_in_pieces(context, hand, server, email)
        context.close()

        context, hand = phone(browser, server, language, way)  # another device
        enter(hand, server, email)
        assert begin(hand) == count
        assert hand.page.locator("progress").get_attribute("value") == "3"
        given |= finish(hand, count)
        assert review(clinician, server, patient) == sorted(each for each in given.values() if each.isdigit())

        hand.page.goto(f"{server.url}/me")
        expect(hand.page.locator("blockquote").first).to_contain_text("Dinlenin. Rest first.")
        assert hand.page.get_by_text(re.compile("looked at this on|tarihinde baktı")).count() > 0
        context.close()


def test_without_a_script_too(browser, server):
    """The demo's patient answers, stops and goes on in a browser that runs no script."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, server, "patient")
    page.goto(f"{server.url}/me/questionnaires")
    page.locator(".ask form .btn.main").first.click()
    before = page.locator("progress").get_attribute("value")
    page.locator(".answers label").nth(2).click()
    page.locator(".acts button[value=next]").click()
    assert int(page.locator("progress").get_attribute("value")) == int(before) + 1
    page.locator("[value=stop]").click()
    expect(page.locator("[role=status]").first).to_contain_text("kept for 30 days")
    context.close()


BAD = """<!doctype html><html lang="en"><head><title>x</title><style>
body { background: #2a2927; color: #4a4237; } a { transition: color 1s; } button { height: 20px; } p { width: 900px; }
</style></head><body><main><h1>Pale</h1><p>Pale text</p><a href="/">On</a><button>Small</button></main></body></html>"""


def test_the_look_sees_what_is_wrong(browser):
    """The harness itself: a page with every fault is told of each."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.set_content(BAD)
    told = " ".join(faults(page))
    for fault in ("axe", "contrast", "sideways", "moves", "small"):
        assert fault in told
    page.set_content("<main></main>")
    assert faults(page) == ["no text on this page"]
    context.close()


@pytest.mark.parametrize("path", ["/me", "/me/questionnaires/month_24?q=1"])
def test_the_first_view_is_light_and_the_charts_come_after_it(browser, server, path):
    """What a telephone fetches until the page is loaded, each part compressed; what draws comes later."""
    context = browser.new_context(viewport=PHONE, locale="en-GB")
    sign_in(context.new_page(), server, "patient")
    page, got = context.new_page(), []  # a page of its own: what the front door still fetches is none of it
    page.on("response", lambda response: got.append(response))  # noqa: PLW0108 - a method takes no attributes
    page.goto(f"{server.url}{path}", wait_until="load")
    first = list(got)
    sizes = {response.url: len(gzip.compress(response.body())) for response in first if response.ok}
    assert len(sizes) > len(("page", "tokens", "base", "parts", "screens", "portal"))
    assert sum(size for url, size in sizes.items() if "plotly" not in url) < MOST_BYTES
    if path == "/me":
        assert not page.locator("script[src*=plotly]").count()
        page.locator("[data-figure]").first.scroll_into_view_if_needed()
        page.locator("svg.main-svg").first.wait_for(timeout=60000, state="attached")
        ready = page.evaluate("performance.timing.loadEventStart - performance.timing.navigationStart")
        asked = page.evaluate(
            "performance.getEntriesByType('resource').find(each => each.name.includes('plotly')).startTime"
        )
        assert asked >= ready - 1
    context.close()
