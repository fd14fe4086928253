"""The page's script in a real browser under the strict policy: colours, labels, clicks, and nothing else."""

import json
import os
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import pytest
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import sync_playwright

from outcomes.terms import Language
from outcomes.voice import Voice
from outcomes.web.security import HEADERS
from tests.figures.scenes import SCENES
from tests.figures.test_hostile_labels import HOSTILE, figures
from tests.house.source import ROOT
from tests.system.browser import launch, usable

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAGE = """{% from "parts/figure.html" import figure, drawing %}<!doctype html><html lang="en" data-theme="light">
<head><meta charset="utf-8"><title>Figures</title><link rel="icon" href="data:,">
{% for sheet in ("tokens", "base", "parts", "screens") %}<link rel="stylesheet" href="/static/css/{{ sheet }}.css">
{% endfor %}{{ drawing() }}</head><body><main>
{% for each in figures %}{{ figure(each, kind, id="f" ~ loop.index, calm=calm, src=src) }}{% endfor %}</main>
</body></html>"""


class Handler(SimpleHTTPRequestHandler):
    """Serves the pages of a test, the style sheets and scripts, and plotly.js, with the headers of the program."""

    pages: dict[str, str]

    def __init__(self, *args, pages, **kwargs):
        self.pages = pages
        super().__init__(*args, directory=str(ROOT), **kwargs)

    def translate_path(self, path):
        if path.startswith("/static/plotly"):
            return str(Path(find_spec("plotly").origin).parent / "package_data/plotly.min.js")
        return super().translate_path(path)

    def do_GET(self):
        page = self.pages.get(self.path)
        if page is None:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page.encode())

    def end_headers(self):
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_):
        """Say nothing."""


def render(drawn, *, kind="cohort", calm=False, src=None):
    voice = Voice(Language.ENGLISH)
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"), extensions=["jinja2.ext.i18n"], autoescape=True
    )
    environment.install_gettext_callables(voice.say, voice.count, newstyle=True)
    environment.globals["static_url"] = "/static/{}".format
    return environment.from_string(PAGE).render(figures=drawn, kind=kind, calm=calm, src=src)


@pytest.fixture(scope="module")
def browser():
    lacking = usable()
    if lacking and os.environ.get("CI"):
        pytest.fail(lacking)
    if lacking:
        pytest.skip(lacking)
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def address():
    voice = Voice(Language.ENGLISH)
    everything = [scene(voice) for scene in SCENES.values()]
    pages = {
        "/all": render(everything),
        "/calm": render([SCENES["waterfall"](voice)], calm=True),
        "/one": render([SCENES["waterfall"](voice)]),
        "/fetched": render([SCENES["waterfall"](voice)], src="/waterfall.json"),
        "/waterfall.json": json.dumps(SCENES["waterfall"](voice).plot),
        "/lacking": render([SCENES["waterfall"](voice)], src="/absent.json"),
        "/hostile": render([figure for text in HOSTILE for figure in figures(text)], kind="person"),
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, pages=pages))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def opened(browser, address):
    contexts = []

    def visit(path, *, figures=1, width=1280, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(address + path)
        if figures and settings.get("java_script_enabled", True):
            page.locator(".plot.done").nth(figures - 1).wait_for(state="attached")
        return page

    yield visit
    for context in contexts:
        context.close()


def test_every_figure_is_drawn_without_a_complaint_or_a_door_to_the_cloud(opened):
    page = opened("/all", figures=len(SCENES))
    assert page.complaints == []
    assert page.locator(".modebar-btn, [data-title*='hare'], a[href*='plotly']").count() == 0
    assert page.locator("[style*='var(']").count() == 0
    assert page.locator(".plot.drawn > .still:visible").count() == 0


def test_without_a_script_the_still_pictures_stand(opened):
    page = opened("/all", java_script_enabled=False)
    assert page.locator(".plot > .still:visible").count() == len(SCENES)


def test_in_print_the_still_pictures_stand(opened):
    page = opened("/one")
    page.emulate_media(media="print")
    assert page.locator(".plot > .still").is_visible()
    assert not page.locator(".plot > .drawing").is_visible()


def test_a_figure_may_be_fetched(opened):
    page = opened("/fetched")
    assert page.locator("script[type='application/json']").count() == 0
    assert page.locator(".drawing .bars .point").count() == 28


def test_a_figure_that_cannot_be_fetched_keeps_its_still_picture(opened):
    page = opened("/lacking", figures=0)
    page.wait_for_timeout(300)
    assert page.locator(".plot > .still").is_visible()
    assert page.locator(".plot > .drawing").count() == 0


def bar(page):
    return page.locator(".drawing .bars .point path").first.evaluate("bar => getComputedStyle(bar).fill")


def test_colours_follow_the_theme(opened):
    page = opened("/one")
    assert bar(page) == "rgb(160, 76, 10)"
    page.evaluate("document.documentElement.dataset.theme = 'dark'; dispatchEvent(new Event('themechange'))")
    page.locator(".drawing .bars .point path[style*='rgb(235, 166, 92)']").first.wait_for()
    assert bar(page) == "rgb(235, 166, 92)"


def test_a_click_on_a_bar_opens_its_person(opened):
    page = opened("/one")
    box = page.locator(".drawing .bars .point path").last.bounding_box()
    with page.expect_navigation(url="**/patients/*"):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.parametrize("link", ["//example.org/", "/\\\\example.org", "https://example.org/", "javascript:alert(1)"])
def test_a_click_never_leaves_the_program(opened, link):
    page = opened("/one")
    page.evaluate(
        "link => document.querySelector('.drawing').emit('plotly_click', { points: [{ customdata: link }] })", link
    )
    page.wait_for_timeout(50)
    assert page.url.endswith("/one")


def test_a_calm_figure_answers_no_pointer(opened):
    page = opened("/calm")
    assert page.locator(".drawing .draglayer .nsewdrag").count() == 0


def test_hostile_labels_are_inert(opened):
    page = opened("/hostile", figures=6 * len(HOSTILE))
    assert page.complaints == []
    assert page.locator(".plot a, .plot img, .plot script, .plot foreignObject").count() == 0


OVERLAPS = """() => [...document.querySelectorAll(".drawing")].flatMap(drawing => {
  const meet = (a, b) => a.left + 1 < b.right && b.left + 1 < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom;
  const turned = text => text.closest(".annotation")?.firstElementChild.getAttribute("transform");
  const slanted = text => /rotate[(]-?[1-9]/.test(turned(text));
  const boxes = [...drawing.querySelectorAll(".annotation-text, .xtick text, .ytick text")]
    .filter(text => text.textContent.trim() && !slanted(text))
    .map(text => [text.textContent, text.getBoundingClientRect()]);
  const edge = drawing.getBoundingClientRect();
  return boxes.flatMap(([one, a], i) => [
    ...boxes.slice(i + 1).filter(([, b]) => meet(a, b)).map(([other]) => `${one} / ${other}`),
    ...(a.left < edge.left - 2 || a.right > edge.right + 2 ? [`${one} is cut`] : []),
  ]);
})"""


@pytest.mark.parametrize("width", [1280, 360])
def test_no_two_labels_meet_and_none_is_cut(opened, width):
    page = opened("/all", figures=len(SCENES), width=width)
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
