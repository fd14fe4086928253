"""The forms of the house as a browser meets them: found on the rendered pages, so that a new screen is in by itself."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from tests.house.source import python_files

PLAIN = {"date": "2026-01-20", "number": "3", "email": "somebody@example.org", "password": "a long sentence of words"}
TEXT = "Something"
FREE = {"text", "textarea", "search", "email", "url", "tel"}


@dataclass(slots=True)
class Entry:
    """One name in a form: what kind of input it is, and what it may hold."""

    kind: str
    values: list[str] = field(default_factory=list)

    def likely(self) -> str:
        """What somebody would send who means well."""
        filled = [value for value in self.values if value]
        return filled[0] if filled else PLAIN.get(self.kind, TEXT if self.kind in FREE else "")


@dataclass(slots=True)
class FoundForm:
    """One form: where it is sent, how, and what it holds."""

    page: str
    path: str
    method: str
    encoding: str
    fields: dict[str, Entry] = field(default_factory=dict)


class FormReader(HTMLParser):
    """Reads the forms and links of a page."""

    def __init__(self, page: str, text: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[FoundForm] = []
        self.links: list[str] = []
        self._open: FoundForm | None = None
        self._list: Entry | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "a" and held.get("href"):
            self.links.append(urljoin(self.page, held["href"]).partition("#")[0])
        elif tag == "form":
            self._begin(held)
        elif tag == "option" and self._list is not None:
            self._list.values.insert(0 if "selected" in held else len(self._list.values), held.get("value", ""))
        elif tag in {"input", "textarea", "select", "button"} and held.get("name"):
            kind = held.get("type", "text") if tag == "input" else tag
            entry = self._entry(held["name"], kind)
            self._list = entry if tag == "select" else None
            if tag in {"input", "button"} and held.get("value"):
                entry.values.insert(0 if "checked" in held else len(entry.values), held["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def _begin(self, held: dict[str, str]) -> None:
        path = urljoin(self.page, held.get("action", "")).partition("#")[0]
        self._open = FoundForm(
            self.page, path, held.get("method", "get").upper(), held.get("enctype", "application/x-www-form-urlencoded")
        )
        self.forms.append(self._open)

    def _entry(self, name: str, kind: str) -> Entry:
        if self._open is None:  # an input that a script sends stands in no form
            self._open = FoundForm(self.page, self.page, "POST", "application/x-www-form-urlencoded")
            self.forms.append(self._open)
            entry = self._open.fields.setdefault(name, Entry(kind))
            self._open = None
            return entry
        return self._open.fields.setdefault(name, Entry(kind))


def names_read() -> list[str]:
    """Every short string by which the web reads something sent: `request.form["x"]`, `.get("x")`, `.getlist("x")`."""
    found: set[str] = set()
    for path in python_files("outcomes/web"):
        for node in ast.walk(ast.parse(path.read_text())):
            found |= set(_constants(node))
    return sorted(name for name in found if name.isidentifier() and not name[0].isupper())


def _constants(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield str(node.slice.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"get", "getlist"}:
        yield from (str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def query_of(path: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(path).query, keep_blank_values=True)
