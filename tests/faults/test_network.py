"""A bad line between browser and server: what is marked as saved is on the server, the rest stays and is marked."""

import os
import re
from random import Random

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.faults.house import House
from tests.faults.server import Gunicorn, get, post
from tests.faults.weather import Line
from tests.system.browser import launch, usable
from tests.system.screens import opened
from tests.web.pages import Page

pytestmark = pytest.mark.browser
READ = """
() => {
  const form = document.querySelector("form[data-draft]"), fields = {};
  new FormData(form).forEach((value, name) => { fields[name] = value; });
  return { state: document.querySelector("[data-live='saved']").dataset.state, fields };
}
"""
TYPED = re.compile(r"chalder11\.|own_fatigue\.|note$|severity$|crash$")


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
def served(tmp_path_factory):
    """A house, its server and a signed-in clinician."""
    house = House(tmp_path_factory.mktemp("network") / "house")
    server = Gunicorn(house).start()
    yield server, house.caller()
    server.stop()
    house.engine.dispose()


@pytest.fixture
def line(served):
    made = Line(served[0].port).start()
    yield made
    made.fall()


@pytest.fixture
def page(browser, served, line):
    with opened(browser, 1280) as (page, _):
        cookie = {"name": "outcomes", "value": served[1].cookie, "domain": "localhost", "path": "/"}
        page.context.add_cookies([cookie])
        open_form(page, served, line)
        yield page


def open_form(page, served, line):
    """Open the form with two questionnaires on it, whatever is due."""
    server, caller = served
    asked = {"csrf_token": caller.token, "switch": "", "with": "own_fatigue", "add": "chalder11"}
    assert post(server.port, path(server.house), caller, asked)[0] == 302
    page.goto(f"http://localhost:{line.port}{path(server.house)}")


def path(house):
    return f"/patients/{house.cast.patient_id}/visits/new"


def on_server(served):
    """The fields of the draft as the server would show them, asked past the bad line."""
    server, caller = served
    form = Page(get(server.port, path(server.house), caller)[2]).form_with("idempotency_key")
    return {name: values[0] for name, values in form.items() if TYPED.match(name) and values[0]}


def in_page(page):
    read = page.evaluate(READ)
    return read["state"], {name: value for name, value in read["fields"].items() if TYPED.match(name) and value}


def something(page, chance):
    """Change one field at random, as somebody would who fills the form in; return its name and value."""
    item = chance.randrange(1, 16)
    if item <= 11:
        name, value = f"chalder11.{item}", str(chance.randrange(4))
        page.locator(f"input[name='{name}'][value='{value}']").check(force=True)
    elif item <= 13:
        name, value = "own_fatigue.1", str(chance.randrange(11))
        page.locator(f"input[name='{name}'][value='{value}']").check(force=True)
    elif item == 14:
        name, value = "note", f"slept badly {chance.randrange(1000)}"
        page.evaluate("document.querySelector('details').open = true")
        page.locator("#note").fill(value)
    else:
        name, value = "severity", chance.choice(["mild", "moderate", "severe"])
        page.evaluate("document.querySelector('details').open = true")
        page.locator("#severity").select_option(value)
    return name, value


def type_in_bad_weather(page, served, line, times):
    """Type while the line is bad; wherever the page says "saved", the server has all of it."""
    chance, typed, counts = Random(), {}, {"saved": 0, "unsaved": 0}
    line.delay, line.cut_request, line.cut_answer = 0.05, 0.2, 0.2
    for _ in range(times):
        name, value = something(page, chance)
        typed[name] = value
        page.wait_for_timeout(chance.uniform(0, 900))
        state, fields = in_page(page)
        assert fields.items() >= typed.items()
        counts[state] += 1
        if state == "saved":
            assert on_server(served) == fields
    line.calm()
    expect(page.locator("[data-live='saved']")).to_have_attribute("data-state", "saved", timeout=40000)
    assert on_server(served).items() >= typed.items()
    return counts


def fill_all(page):
    for item in range(1, 12):
        page.locator(f"input[name='chalder11.{item}'][value='2']").check(force=True)
    page.locator("input[name='own_fatigue.1'][value='5']").check(force=True)


def visits(house):
    return house.ask("SELECT count(*) FROM visit")[0][0]


def save(page):
    page.locator("[data-save]").click()


def left(page):
    page.wait_for_url(re.compile(r"/patients/[0-9a-f-]{36}(#.*)?$"), timeout=40000)


def saved_when_the_answer_is_lost(page, served, line):
    """The visit is stored and the answer cut off: the page stays, sends it again, and it is one visit."""
    house = served[0].house
    before = visits(house)
    fill_all(page)
    expect(page.locator("[data-live='saved']")).to_have_attribute("data-state", "saved", timeout=40000)
    line.cut_answer = 1.0
    save(page)
    expect(page.locator("[data-live='whole']")).to_contain_text("not saved yet", timeout=20000)
    assert in_page(page)[1]["chalder11.11"] == "2"
    line.calm()
    left(page)
    assert visits(house) == before + 1


def test_what_is_marked_as_saved_is_on_the_server(page, served, line):
    counts = type_in_bad_weather(page, served, line, 8)
    assert sum(counts.values()) == 8
    saved_when_the_answer_is_lost(page, served, line)


def test_saving_without_a_line_says_so_and_makes_one_visit_later(page, served, line):
    before = visits(served[0].house)
    line.fall()
    fill_all(page)
    save(page)
    expect(page.locator("[data-live='whole']")).to_contain_text("not saved yet", timeout=20000)
    expect(page.locator("[data-live='saved']")).to_have_attribute("data-state", "unsaved")
    save(page)
    assert in_page(page)[1]["chalder11.1"] == "2"
    assert line.cuts["refused"] >= 2
    line.calm()
    left(page)
    assert visits(served[0].house) == before + 1


def test_an_answer_cut_off_halfway_is_asked_for_again(page, served, line):
    """The draft was stored, its answer begins well and breaks off: the page must not stay at "saving"."""
    line.cut_answer, line.in_body = 1.0, True
    fill_all(page)
    while not line.cuts["answer"]:
        page.wait_for_timeout(50)
    line.calm()
    expect(page.locator("[data-live='saved']")).to_have_attribute("data-state", "saved", timeout=40000)
    assert on_server(served) == in_page(page)[1]


@pytest.mark.full
def test_an_hour_of_bad_weather(page, served, line):
    counts = {"saved": 0, "unsaved": 0}
    for _ in range(10):
        open_form(page, served, line)
        seen = type_in_bad_weather(page, served, line, 40)
        counts = {name: counts[name] + seen[name] for name in counts}
        saved_when_the_answer_is_lost(page, served, line)
    print(f"network: {counts}, {line.cuts}")  # noqa: T201 - the figures of a run
    assert counts["saved"] >= 50
    assert counts["unsaved"] >= 20
    assert min(line.cuts["request"], line.cuts["answer"]) >= 30
