"""Finds a Chromium, or gets one: Debian's package where it may, else the download of playwright itself.

`python -m tests.system.browser` is a step of `make test`. Where neither can be had it says so and the browser
tests are skipped with that reason.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET = ["--disable-component-update", "--disable-sync"]


def installed() -> str | None:
    """Return the path of a Chromium on this machine."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium, the machine's own before the one playwright downloaded."""
    return playwright.chromium.launch(executable_path=installed(), args=FLAGS + QUIET)


def usable() -> str | None:
    """Return None when a Chromium starts, else the reason why none does."""
    try:
        with sync_playwright() as playwright:
            launch(playwright).close()
    except PlaywrightError as error:
        return f"no Chromium starts: {str(error).splitlines()[0]}"
    return None


def _did(command: Sequence[str]) -> bool:
    print("$", *command, flush=True)  # noqa: T201 - a step of make speaks
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603 - our own commands


def ensure() -> str | None:
    """Make sure that a Chromium starts; return the reason when none can be had."""
    if usable() is None:
        return None
    if sys.platform == "linux" and shutil.which("apt-get") and os.geteuid() == 0:
        _did(["apt-get", "update", "-qq"])
        _did(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])
    if usable() is not None:
        _did([sys.executable, "-m", "playwright", "install", "chromium"])
    return usable()


if __name__ == "__main__":
    lacking = ensure()
    if lacking:
        print(f"The browser tests will be skipped: {lacking}")  # noqa: T201 - a step of make speaks
