"""Every screen in each theme and width: nothing for axe, nothing in the console, no sideways scroll."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.system.screens import (
    LANGUAGES,
    SCREENS,
    THEMES,
    WIDTHS,
    address,
    opened,
    sign_in,
    some_patient,
    some_report,
    steady,
)

ROLES = list(dict.fromkeys(screen.role for screen in SCREENS))
LOOKS = [(width, theme, LANGUAGES[(i + j) % 2]) for i, width in enumerate(WIDTHS) for j, theme in enumerate(THEMES)]
# Each theme, width and language in every run; the rest of their pairs in the long one.
OFTEN = {(360, "quiet", "tr"), (1280, "light", "en"), (360, "dark", "en")}
TAGS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


@pytest.fixture(scope="module")
def patient(browser, server):
    with opened(browser, 1280) as (page, _):
        sign_in(page, server, "clinician")
        return some_patient(page, server)


@pytest.fixture(scope="module")
def report(browser, server):
    with opened(browser, 1280) as (page, _):
        sign_in(page, server, "clinician")
        return some_report(page, server)


def _complaints(page, screen):
    found = Axe().run(page, options=TAGS).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    faults = [f"{screen.name}: {v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in found]
    return faults + ([f"{screen.name}: scrolls sideways by {wide} px"] if wide > 0 else [])


@pytest.mark.parametrize(
    "look",
    [look if look in OFTEN else pytest.param(look, marks=pytest.mark.full) for look in LOOKS],
    ids=lambda look: "-".join(map(str, look)),
)
@pytest.mark.parametrize("role", ROLES, ids=str)
def test_nothing_to_complain_of(browser, server, patient, report, role, look):
    screens = [screen for screen in SCREENS if screen.role == role]
    complaints = []
    with opened(browser, *look) as (page, said):
        if role:
            sign_in(page, server, role, look[2])
        for screen in screens:
            answer = page.goto(server.url + address(screen, patient, report))
            assert answer.status == 200, screen
            steady(page)
            complaints += _complaints(page, screen)
        complaints += said
    assert screens
    assert complaints == []


def test_no_button_sends_a_chart_away(browser, server, patient):
    with opened(browser, 1280) as (page, _):
        sign_in(page, server, "clinician")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{server.url}/patients/{patient}")
        steady(page)
        page.locator("[data-figure]").first.hover()
        assert page.locator("[data-figure]").count() >= 3
        assert page.locator("text=/share chart|chart studio|edit in/i").count() == 0
        assert page.locator(".modebar-btn").count() == 0
        assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
