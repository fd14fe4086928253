"""The main job, from the worklist to the chart: how many screens and clicks, and that nothing typed is ever lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.system.screens import opened, sign_in, steady
from tests.system.server import Server

ANSWERS = "2" * 11 + "3" * 8 + "4"
COUNT_CLICKS = """
addEventListener("click", event => {
  const before = Number(sessionStorage.getItem("clicks") || 0);
  if (event.isTrusted && event.detail > 0) sessionStorage.setItem("clicks", before + 1);
}, true);
"""


@pytest.fixture
def clinician(browser, server):
    with opened(browser, 1280) as (page, _):
        sign_in(page, server, "clinician")
        page.context.add_init_script(COUNT_CLICKS)
        yield page


@pytest.fixture
def own_server(tmp_path):
    running = Server(tmp_path / "data").start()
    yield running
    running.stop()


def rows_due(page):
    """The rows of visits at which exactly three questionnaires are due."""
    return page.locator("tr", has=page.locator("a.btn")).filter(has_text=re.compile("2 weeks|1 month"))


def clicks(page):
    return int(page.evaluate("sessionStorage.getItem('clicks') || 0"))


def open_form(page, server, number=0):
    page.goto(f"{server.url}/worklist")
    rows_due(page).nth(number).locator("a.btn").click()
    page.wait_for_url(re.compile("/visits/new"))


def type_answers(page, keys):
    for key in keys:
        page.keyboard.press(key)


def saved(page):
    expect(page.locator("[data-live='saved']")).to_have_attribute("data-state", "saved", timeout=20000)


def count(page):
    return page.locator("[data-live='count']").inner_text()


def test_three_screens_and_two_clicks(clinician, server):
    screens = []
    clinician.on("framenavigated", lambda frame: screens.append(frame.url) if frame == clinician.main_frame else None)
    clinician.goto(f"{server.url}/worklist")
    rows_due(clinician).first.locator("a.btn").click()
    clinician.wait_for_url(re.compile("/visits/new"))
    assert clinician.locator("section[aria-labelledby^='sheet-']").count() == 3
    type_answers(clinician, ANSWERS)
    expect(clinician.locator("[data-score='chalder11.likert'] [data-live='value']")).to_have_text("22")
    clinician.locator("[data-save]").click()
    clinician.wait_for_url(re.compile(r"/patients/[0-9a-f-]{36}(#.*)?$"))
    steady(clinician)
    assert len({re.sub("#.*", "", url) for url in screens}) == 3
    assert clicks(clinician) == 2
    assert clinician.locator("#changed").is_visible()
    assert clinician.locator("[data-figure='trajectory']").count() >= 3


def test_no_click_at_all_with_the_keyboard(clinician, server):
    clinician.goto(f"{server.url}/worklist")
    wanted = rows_due(clinician).first.locator("a.btn").get_attribute("href")
    for _ in range(200):
        clinician.keyboard.press("Tab")
        if clinician.evaluate("document.activeElement.getAttribute('href')") == wanted:
            break
    clinician.keyboard.press("Enter")
    clinician.wait_for_url(re.compile("/visits/new"))
    type_answers(clinician, ANSWERS)
    clinician.keyboard.press("Control+Enter")
    clinician.wait_for_url(re.compile(r"/patients/[0-9a-f-]{36}(#.*)?$"))
    assert clicks(clinician) == 0


def test_a_killed_server_loses_nothing(browser, own_server):
    with opened(browser, 1280) as (page, _):
        sign_in(page, own_server, "clinician")
        open_form(page, own_server)
        type_answers(page, ANSWERS[:9])
        saved(page)
        own_server.kill()
        type_answers(page, ANSWERS[9:12])
        expect(page.locator("[data-live='saved']")).to_have_attribute("data-state", "unsaved", timeout=20000)
        own_server.start()
        saved(page)
        page.reload()
        assert count(page).startswith("12 of")
        type_answers(page, ANSWERS[12:])
        page.keyboard.press("Control+Enter")
        page.wait_for_url(re.compile(r"/patients/[0-9a-f-]{36}(#.*)?$"))


def test_an_ended_session_loses_nothing(browser, server):
    with opened(browser, 1280) as (page, _):
        sign_in(page, server, "clinician")
        open_form(page, server, 1)
        type_answers(page, ANSWERS[:4])
        saved(page)
        other = page.context.new_page()
        other.goto(f"{server.url}/account")
        other.locator("form[action='/logout'] button").click()
        other.wait_for_url(re.compile("/login"))
        page.bring_to_front()
        type_answers(page, ANSWERS[4:6])
        expect(page.locator("[data-signed-out]")).to_be_visible(timeout=20000)
        sign_in(other, server, "clinician")
        page.bring_to_front()
        saved(page)
        expect(page.locator("[data-signed-out]")).to_be_hidden()
        page.reload()
        assert count(page).startswith("6 of")


def test_the_back_button_loses_nothing(clinician, server):
    open_form(clinician, server, 2)
    type_answers(clinician, ANSWERS[:5])
    saved(clinician)
    clinician.go_back()
    clinician.go_forward()
    clinician.wait_for_load_state()
    assert count(clinician).startswith("5 of")


def test_missing_answers_are_named_and_nothing_is_erased(clinician, server):
    open_form(clinician, server, 2)
    before = count(clinician)
    clinician.keyboard.press("Control+Enter")
    expect(clinician.locator(".summary")).to_be_visible()
    assert clinician.locator(".summary li a").count() > 0
    assert count(clinician) == before
    clinician.locator(".summary li a").first.click()
    assert clinician.evaluate("document.activeElement.closest('[data-field]') !== null")


def test_ten_is_two_digits(clinician, server):
    open_form(clinician, server, 2)
    scale = clinician.locator("[data-field='own_quality_of_life.1']")
    scale.locator("input").first.focus()
    type_answers(clinician, "10")
    expect(scale.locator("input[value='10']")).to_be_checked()
