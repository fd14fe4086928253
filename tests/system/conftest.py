import os

import pytest
from playwright.sync_api import sync_playwright

from tests.system.browser import launch, usable
from tests.system.server import Server


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/system" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group(_group(item)))


def _group(item):
    """Which tests one worker does, one after another: the screens are many and are shared out by their look."""
    if item.path.name == "test_screens.py":
        return f"screens {getattr(item, 'callspec', None) and item.callspec.params.get('look')}"
    return "accessibility" if item.path.name == "test_accessibility.py" else "browser"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("browser") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
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
