"""`make pictures`: opens every screen in three themes, two widths and two languages and keeps the pictures.

All go to `var/pictures`; the few that the README shows go to `docs/pictures`, made small.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.house.source import ROOT
from tests.system.browser import launch
from tests.system.screens import (
    LANGUAGES,
    SCREENS,
    THEMES,
    WIDTHS,
    Screen,
    address,
    opened,
    sign_in,
    some_patient,
    some_report,
    steady,
)
from tests.system.server import Server

WIDEST = 960
NARROW = {360}
Ids = tuple[str, dict[str, str]]
"""The patient of most screens; the patient and the report of a review."""
KEPT = {
    ("worklist", 1280, "light", "en"),
    ("patient", 1280, "light", "en"),
    ("patient", 1280, "dark", "tr"),
    ("visit", 1280, "light", "en"),
    ("visit", 360, "light", "tr"),
    ("cohort", 1280, "light", "en"),
    ("cohort", 1280, "quiet", "tr"),
    ("login", 360, "quiet", "en"),
    ("review", 1280, "light", "en"),
    ("instrument", 1280, "light", "en"),
    ("import", 1280, "light", "en"),
    *((each.name, 360, "quiet", language) for each in SCREENS if each.role == "patient" for language in LANGUAGES),
}
"""Which pictures are kept: what the README shows, and every screen of a patient as an exhausted one sees it."""


def _small(png: bytes) -> bytes:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    tallest = 2.5 if picture.width in NARROW else 1.6  # a telephone's page is read by scrolling
    picture = picture.crop((0, 0, picture.width, min(picture.height, round(picture.width * tallest))))
    if picture.width > WIDEST:
        picture = picture.resize((WIDEST, round(picture.height * WIDEST / picture.width)), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _take(page: Page, path: str, screen: Screen, seen: tuple[int, str, str]) -> None:
    page.goto(path)
    steady(page)
    png = page.screenshot(full_page=True)
    name = f"{screen.name}-{'-'.join(map(str, seen))}.png"
    (ROOT / "var" / "pictures" / name).write_bytes(png)
    if (screen.name, *seen) in KEPT:
        (ROOT / "docs" / "pictures" / name).write_bytes(_small(png))


def _walk(browser: Browser, server: Server, ids: Ids, seen: tuple[int, str, str], only: set[str]) -> None:
    for role in dict.fromkeys(screen.role for screen in SCREENS):
        with opened(browser, *seen) as (page, _):
            if role:
                sign_in(page, server, role, seen[2])
            for screen in SCREENS:
                if screen.role == role and (not only or screen.name in only):
                    _take(page, server.url + address(screen, *ids), screen, seen)


def main(only: set[str]) -> None:
    """Take all pictures, or those of the screens named."""
    for folder in ("var/pictures", "docs/pictures"):
        (ROOT / folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, browser = Server(Path(folder) / "data").start(), launch(playwright)
        with opened(browser, 1280) as (page, _):
            sign_in(page, server, "clinician")
            ids = some_patient(page, server), some_report(page, server)
        for seen in ((w, t, lang) for w in WIDTHS for t in THEMES for lang in LANGUAGES):
            _walk(browser, server, ids, seen, only)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main(set(sys.argv[1:]))
