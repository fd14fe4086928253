"""The program's own web application over an invented clinic, asked without a network or a test client between."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.clinics import AUDIT_KEY, MASTER_KEYS, Made
from outcomes.access.rules import Access
from outcomes.actions.signing_in import Doorway, begin
from outcomes.records.session import new_session
from outcomes.settings import Settings
from outcomes.web.app import create_app
from outcomes.web.database import Records
from outcomes.web.security import allow

SECRET = "the secret of the benchmarks alone"
EMPTY = "/empty"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class WrongAnswerError(RuntimeError):
    """A page did not answer as it must; what was measured would be something else."""


@dataclass(frozen=True)
class Site:
    """The application, and a clinician's way in: the cookie and the token of forms."""

    made: Made
    app: Flask
    cookie: str
    token: str

    @property
    def records(self) -> Records:
        """What lives as long as the application."""
        return self.app.extensions["records"]

    def forget(self, _given: object = None) -> None:
        """Forget what was worked out from the data, as the first page after a change must."""
        self.records.memory.forget(self.made.clinician.clinic_id)

    def get(self, path: str) -> bytes:
        """Ask for a page."""
        return self.send(self.request("GET", path), "200")

    def request(self, method: str, path: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Make a request ready; sending it is what is measured."""
        path, _, query = path.partition("?")
        body = urlencode({**form, "csrf_token": self.token}).encode() if form is not None else b""
        return {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost:8000",
            "HTTP_COOKIE": self.cookie,
            "HTTP_ACCEPT": "text/html",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def send(self, request: dict[str, Any], status: str) -> bytes:
        """Send a request and read its answer to the end, with what is written down after it."""
        told: list[str] = []
        answer = self.app.wsgi_app(request, lambda line, _headers, _error=None: told.append(line))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if not told[0].startswith(status):
            raise WrongAnswerError(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}: {told[0]}, not {status}")
        return body


class _Browser(FlaskClient):
    """A browser that reads every answer to its end."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return super().open(*args, **{"buffered": True} | kwargs)


def open_site(made: Made, folder: Path) -> Site:
    """Open the application on a clinic's database and sign its clinician in."""
    app = create_app(
        Settings(
            demo=False,
            data=folder / "web",
            database_url=f"sqlite:///{made.path}",
            secret_key=SECRET,
            master_keys=MASTER_KEYS,
            audit_key=AUDIT_KEY,
            port=8000,
            public_url="http://localhost:8000",
        )
    )
    app.get(EMPTY)(allow(Access.SIGNED_IN)(lambda: ""))
    app.test_client_class = _Browser
    with new_session(made.engine) as session:
        sign_in = begin(Doorway(session, datetime.now(UTC), SECRET.encode()), made.user_id, "benchmark")
        session.commit()
    browser = app.test_client()
    with browser.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = sign_in, True
    page = browser.get("/patients/new").get_data(as_text=True)
    found, cookie = TOKEN.search(page), browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    if found is None or cookie is None:
        raise WrongAnswerError("the clinician could not be signed in")
    return Site(made, app, f"{cookie.key}={cookie.value}", found.group(1))
