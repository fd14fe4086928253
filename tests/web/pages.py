"""Reading pages in tests: what a page says, what its forms hold, and where it leads."""

import re
from html.parser import HTMLParser

TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]*"')
SILENT = {"script", "style"}
SPOKEN = ("aria-label", "alt", "placeholder", "title", "data-saving", "data-unsaved")
TICKED = {"radio", "checkbox"}


def without_tokens(text: str) -> str:
    """A page without what differs each time it is shown."""
    return TOKEN.sub(r'\1"', text)


def token_in(text: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    assert found, "no form token on this page"
    return found.group(1)


class Page(HTMLParser):
    """A page as read: its words one by one, its links, and its forms with what a browser would send of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.forms: list[dict[str, list[str]]] = []
        self._silent = 0
        self._list: str | None = None
        self._options: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        self._silent += tag in SILENT
        self.words += [held[name] for name in SPOKEN if held.get(name)]
        self.ids |= {held["id"]} if "id" in held else set()
        if tag == "a":
            self.links.append(held.get("href", ""))
        elif tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._list, self._options = held.get("name"), []
        elif tag == "option" and self._list:
            self._options.append((held.get("value", ""), "selected" in held))
        elif tag in {"input", "textarea"}:
            self._field(held)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT
        if tag == "select" and self._list and self._options:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self._put(self._list, chosen[0])
            self._list = None

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(" ".join(data.split()))

    def _field(self, held: dict[str, str]) -> None:
        if "name" in held and not (held.get("type") in TICKED and "checked" not in held):
            self._put(held["name"], held.get("value", ""))

    def _put(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].setdefault(name, []).append(value)

    @property
    def text(self) -> str:
        """All that the page says, to the eye or to a screen reader."""
        return "\n".join(self.words)

    def form_with(self, name: str) -> dict[str, list[str]]:
        """What a browser would send of the form that holds this field."""
        for form in self.forms:
            if name in form:
                return dict(form)
        raise AssertionError(f"no form on this page holds {name}")


def reasoned(form: dict[str, list[str]]) -> dict[str, list[str]]:
    """A form as it is sent, with a reason where it asks for one."""
    return form | ({"why": ["mistyped"]} if "why" in form else {})


def said(answer) -> str:
    """All that an answered page says."""
    return Page(answer.text).text
