"""Reading pages in tests."""

import re

TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]*"')


def without_tokens(text: str) -> str:
    """A page without what differs each time it is shown."""
    return TOKEN.sub(r'\1"', text)


def token_in(text: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert found, "no form token on this page"
    return found.group(1)
