"""A release from the form to the opened file, in a browser: prepared, measured, approved, taken."""

import re
from zipfile import ZipFile

from playwright.sync_api import Page, expect

from tests.system.looking import faults
from tests.system.screens import opened, sign_in

PATIENCE = 240_000


def prepared(page: Page, tier: str) -> None:
    """Fill in the form, look who would be in it, and have it built."""
    page.get_by_role("link", name="Prepare a release").click()
    page.get_by_label("Title").fill("Fatigue, first release")
    page.get_by_label("What it is for").fill("A meta-analysis of the first year")
    page.get_by_label("How far the data are opened").select_option(label=tier)
    for name in ("country", "trigger", "antibiotics", "donor", "donor_kind"):
        page.locator(f"input[name=columns][value={name}]").uncheck()
    page.locator("input[name=scales]").first.check()
    page.get_by_role("button", name="Who would be in it").click()
    expect(page.get_by_role("heading", name="Who would be in it")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Build it").click()
    page.wait_for_url(re.compile(r"/research/releases/"))


def test_an_administrator_builds_and_a_researcher_opens_the_file(server, browser, tmp_path):
    with opened(browser, 1280) as (page, said):
        sign_in(page, server, "administrator")
        page.goto(f"{server.url}/research")
        assert faults(page) == []
        prepared(page, "Under agreement: pseudonymised records")
        expect(page.get_by_text("waits for approval")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_text("Every patient looks like at least")).to_be_visible()
        assert faults(page) == []
        address = page.url
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Whoever prepared a release does not approve it.")).to_be_visible()
        page.goto(f"{server.url}/research")
        page.get_by_role("button", name="Let one person be enough").click()
        page.goto(address)
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Approved. It can be taken now.")).to_be_visible()
        assert said == []
    with opened(browser, 1280) as (page, said):
        sign_in(page, server, "researcher")
        page.get_by_role("link", name="Fatigue, first release").click()
        expect(page.get_by_text("they are still personal data").first).to_be_visible()
        page.get_by_label("What you take it for").fill("our meta-analysis")
        with page.expect_download() as download:
            page.get_by_role("button", name="Take the file").click()
        path = tmp_path / "release.zip"
        download.value.save_as(path)
        with ZipFile(path) as archive:
            assert archive.testzip() is None
            assert {"data/csv/long.csv", "manifest.json", "risk/risk.json"} <= set(archive.namelist())
        assert faults(page) == []
        assert said == []
