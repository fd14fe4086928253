"""Generated requests: a form as it is meant to be sent, with a few of its values exchanged for hostile ones."""

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

from flask.testing import FlaskClient

from tests.hostile.forms import FoundForm, names_read, query_of
from tests.hostile.site import ROLES, Site
from tests.hostile.values import COLUMNS, HEADERS, JSON, LARGE, METHODS, RAW, TYPES, VALUES
from tests.web.test_security import HEADERS as NEEDED

Pairs = list[tuple[str, str]]
UUID_PART = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LEAKS = re.compile(
    r"Traceback \(most|File \"/|sqlalchemy\.exc|werkzeug\.|jinja2\.|psycopg\.|sqlite3\.|wtforms\.|/site-packages/"
)
ONE_IN = {"large": 300, "raw": 25, "method": 25, "header": 12, "path": 20, "strange_type": 25, "any_role": 10}


@dataclass(slots=True)
class Request:
    """One request, ready to be sent."""

    role: str | None
    method: str
    path: str
    body: bytes = b""
    kind: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)

    def told(self) -> str:
        return f"{self.method} {self.path[:300]} as {self.role} {self.kind} {self.headers} {self.body[:600]!r}"


def encoded(pairs: Pairs) -> bytes:
    """Write a form as a browser would, surrogates included."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def multipart(pairs: Pairs, boundary: str = "edge") -> bytes:
    parts = []
    for named, value in pairs:
        name = named.encode("ascii", "replace").decode().replace('"', "").replace("\r", "").replace("\n", "")
        file = '; filename="a.csv"' if name == "file" else ""
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode())
        parts.append(value.encode("utf-8", "surrogatepass") + b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


class Attacker:
    """Makes requests from the forms and routes of a site, the same ones for the same seed."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site = site
        self.dice = random.Random(seed)
        self.forms = [(role, form) for (role, _, _), form in sorted(site.forms.items(), key=lambda item: str(item[0]))]
        self.routes = sorted(site.addresses())
        self.names = names_read()
        ids = (site.world.own, site.world.neighbour, site.world.foreign)
        self.ids = [str(each) for world in ids for each in world.values()]
        self.visible = [form.fields for _, form in self.forms]

    def one_in(self, what: str) -> bool:
        return self.dice.randrange(ONE_IN[what]) == 0

    def value(self) -> str:
        if self.one_in("large"):
            return LARGE
        if self.dice.randrange(6) == 0:
            return self.dice.choice(self.ids)
        return self.dice.choice(VALUES)

    def sweep(self) -> list[Request]:
        """Every form once with one value exchanged, then every route that no form leads to."""
        seen = {(self.site.endpoint(form.path, form.method), form.method) for _, form in self.forms}
        rest = [route for route in self.routes if route[:2] not in seen]
        return [self.from_form(*each) for each in self.forms] + [self.from_route(*each) for each in rest]

    def any(self) -> Request:
        made = self.from_form(*self.dice.choice(self.forms)) if self.dice.randrange(10) < 7 else self._routed()
        return self._bent(made)

    def _routed(self) -> Request:
        return self.from_route(*self.dice.choice(self.routes))

    def from_form(self, role: str | None, form: FoundForm) -> Request:
        pairs = self._exchanged(_meant(form))
        if form.method == "GET":
            return Request(role, "GET", f"{urlsplit(form.path).path}?{encoded(query_of(form.path) + pairs).decode()}")
        if form.encoding.startswith("multipart"):
            return Request(role, "POST", form.path, multipart(pairs), "multipart/form-data; boundary=edge")
        return Request(role, "POST", form.path, encoded(pairs), "application/x-www-form-urlencoded")

    def from_route(self, endpoint: str, method: str, path: str) -> Request:
        """A request to a route by itself: with a query, or with JSON of the names that the web reads."""
        role = self.dice.choice(self._admitted(endpoint))
        pairs = self._exchanged([(self.dice.choice(self.names), self.value()) for _ in range(3)])
        if method == "GET":
            return Request(role, "GET", f"{path}?{encoded(pairs).decode()}")
        if self.dice.randrange(2):
            return Request(role, method, path, encoded(pairs), "application/x-www-form-urlencoded")
        body = json.dumps(self._json(), ensure_ascii=True).encode()
        return Request(role, method, path, body, "application/json")

    def _json(self) -> Any:
        fields = {name: self._any_value() for name in self.dice.sample(sorted(self.dice.choice(self.visible)), 1)}
        fields |= {self.value()[:200]: self._any_value()} if self.dice.randrange(3) == 0 else {}
        sent: dict[str, Any] = {"fields": fields, "sequence": self.dice.choice([1, 2, 3, self._any_value()])}
        for name in self.dice.sample(self.names, 2):
            sent[name] = self._any_value()
        return self.dice.choice([sent, sent, sent, fields, self._any_value()])

    def _any_value(self) -> Any:
        return self.dice.choice([self.value(), self.value(), "3", self.dice.choice(JSON)])

    def _admitted(self, endpoint: str) -> Sequence[str | None]:
        access = getattr(self.site.app.view_functions[endpoint], "access", None)
        by_name = {"patients": ("patient",), "researchers": ("researcher",), "everyone": (None, "clinician")}
        return by_name.get(str(access), ROLES[:2])

    def _exchanged(self, pairs: Pairs) -> Pairs:
        """Exchange, drop, double or add a few."""
        pairs = list(pairs)
        for _ in range(self.dice.choice([1, 1, 1, 2, 3])):
            place = self.dice.randrange(len(pairs)) if pairs else 0
            deed = self.dice.randrange(12) if pairs else 11
            if deed < 8:
                pairs[place] = (pairs[place][0], self.value())
            elif deed == 8:
                del pairs[place]
            elif deed == 9:
                pairs.append((pairs[place][0], self.value()))
            elif deed == 10:
                pairs[place] = (pairs[place][0] + self.dice.choice(["[]", "[a]", ".", "\x00"]), pairs[place][1])
            else:
                pairs.append((self.dice.choice([*COLUMNS, *self.names]), self.value()))
        return pairs

    def _bent(self, made: Request) -> Request:
        """Now and then bend the request itself: its role, method, type, headers, address or whole body."""
        if self.one_in("any_role"):
            made.role = self.dice.choice(ROLES)
        if self.one_in("method"):
            made.method = self.dice.choice(METHODS)
        if self.one_in("strange_type"):
            made.kind = self.dice.choice(TYPES)
        if self.one_in("header"):
            made.headers.append(self.dice.choice(HEADERS))
        if self.one_in("raw"):
            made.body = self.dice.choice(RAW)
        if self.one_in("path"):
            made.path = self._bent_path(made.path)
        return made

    def _bent_path(self, path: str) -> str:
        found = UUID_PART.findall(path)
        if found and self.dice.randrange(2):
            return path.replace(self.dice.choice(found), self.dice.choice(self.ids))
        parts = path.partition("?")[0].split("/")
        place = self.dice.randrange(1, len(parts)) if len(parts) > 1 else 0
        parts[place] = _quoted(self.dice.choice(VALUES)[:300])
        return "/" + "/".join(parts).lstrip("/")


def _meant(form: FoundForm) -> Pairs:
    """Every field with what somebody would send who means well; each form counts as a new one."""
    pairs = [(name, entry.likely()) for name, entry in form.fields.items() if entry.kind != "button"]
    return [(name, str(uuid4()) if name == "idempotency_key" else value) for name, value in pairs]


def send(browser: FlaskClient, request: Request) -> Any:
    headers = [("Content-Type", request.kind)] if request.kind is not None else []
    options: dict[str, Any] = {"headers": [*headers, *request.headers]}
    if request.body:
        options["data"] = request.body
    return browser.open(request.path, method=request.method, **options)


def faults(request: Request, answer: Any) -> list[str]:
    """What is wrong with an answer, whatever was asked."""
    body, found = answer.get_data().decode("utf-8", "replace"), []
    if answer.status_code >= 500:
        found.append(f"status {answer.status_code}")
    if LEAKS.search(body):
        found.append(f"tells of its inside: {LEAKS.search(body)}")
    if answer.status_code >= 400 and not _ours(request, answer, body):
        found.append(f"{answer.status_code} is not a page of ours: {body[:200]!r}")
    if not set(answer.headers.keys()) >= NEEDED:
        found.append("headers are lacking")
    target = urlsplit(answer.headers.get("Location", ""))
    if target.netloc or target.scheme or target.path.startswith("//"):
        found.append(f"leads away to {answer.headers['Location']}")
    return found


def _ours(request: Request, answer: Any, body: str) -> bool:
    if request.method == "HEAD":
        return body == ""
    if answer.mimetype == "application/json":
        return set(answer.json) >= {"error", "advice"}
    return ('<main id="main"' in body and "<h1" in body) or body == "400\n"
