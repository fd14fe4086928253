"""Signing in as a clinic does it, in a real browser, outside the demo: first link, passkey, lock, the way back."""

import os
import re
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.house.source import ROOT
from tests.system.screens import opened
from tests.system.server import Server

PASSWORD = "winter teapot on a quiet hill"
ADDRESS = "deniz@example.org"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Clinic(Server):
    """A clinic outside the demo, and the link of its first administrator."""

    demo = "0"
    link = ""

    def found(self):
        env = {**os.environ, "OUTCOMES_DEMO": "0", "OUTCOMES_DATA": str(self.data), "PORT": str(self.port)}
        env.pop("DATABASE_URL", None)
        asked = ["init", "--clinic", "Marmara", "--email", ADDRESS, "--name", "Deniz Ak"]
        made = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "outcomes", *asked], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
        self.link = re.search(r"http://localhost:\d+/invitation/\S+", made.stdout).group()
        return self

    def nobody_was_there_for(self, minutes):
        """Turn back when every sign-in was last seen, as if that much time had passed."""
        then = (datetime.now(UTC) - timedelta(minutes=minutes)).replace(tzinfo=None)
        with sqlite3.connect(self.data / "outcomes.db") as records:
            records.execute("UPDATE sign_in SET seen_at = ?", (then.isoformat(sep=" "),))


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    running = Clinic(tmp_path_factory.mktemp("clinic") / "data").found().start()
    yield running
    running.stop()


def with_authenticator(page):
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return devtools, made["authenticatorId"]


def sign_out(page):
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url(re.compile("/login"))


def set_up(page, clinic):
    """Come in by the first link and be asked for a second factor."""
    page.goto(clinic.link)
    page.fill("#password", PASSWORD)
    page.locator("main button.main").click()
    page.wait_for_url(re.compile("/account/factors"))


def test_from_the_first_link_to_the_lock_and_back(browser, clinic):
    with opened(browser, 1280) as (page, said):
        with_authenticator(page)
        set_up(page, clinic)
        page.goto(f"{clinic.url}/worklist")
        assert "/account/factors" in page.url
        page.fill("#name", "laptop")
        page.locator("form[data-passkey] button").click()
        codes = page.locator(".recovery-codes li")
        expect(codes).to_have_count(8)
        page.locator("main a.btn.main").click()
        page.wait_for_url(re.compile("/worklist"))

        sign_out(page)
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(re.compile("/worklist"))

        patient = enrolled(page, clinic)
        page.clock.install()
        page.goto(f"{clinic.url}/patients/{patient}/visits/new")
        for key in "2345":
            page.keyboard.press(key)
        expect(page.locator("[data-live='saved']")).to_have_attribute("data-state", "saved", timeout=20000)
        before = page.locator("[data-live='count']").inner_text()
        address = page.url
        clinic.nobody_was_there_for(16)
        page.clock.fast_forward("16:00")
        page.wait_for_url(re.compile("/locked"))
        assert "Visit" not in page.locator("main").inner_text()
        page.goto(address)
        expect(page.get_by_role("heading", name="Locked")).to_be_visible()
        page.locator("form[data-passkey] button").click()
        page.wait_for_url(address)
        assert page.locator("[data-live='count']").inner_text() == before
        assert said == []


def enrolled(page, clinic):
    page.goto(f"{clinic.url}/patients/new")
    page.fill("#name", "Ayşe Yılmaz")
    page.get_by_role("button", name="Save", exact=True).click()
    link = page.locator("main a[href^='/patients/']", has_text="Ayşe").first
    return str(link.get_attribute("href")).split("/")[2]
