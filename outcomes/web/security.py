"""Who passes: one rule a route, and the headers of every answer, error pages and static files included."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, Response, abort, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue, RouteCallable
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from outcomes.access.rules import WAITING_ROOMS, Access, admits
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.patients import survivor_of
from outcomes.records.queries.reach import require_patient
from outcomes.settings import Settings
from outcomes.terms import Standing
from outcomes.voice import N_
from outcomes.web.database import keep_to_member, reading, records
from outcomes.web.i18n import say
from outcomes.web.member import Waiting, member, waiting

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

V = TypeVar("V", bound=Callable[..., object])

YEAR = 31536000
SAFE = {"GET", "HEAD", "OPTIONS"}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "report-uri": "/policy-report",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {source}" for name, source in POLICY.items()),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NO_STORE = "no-store"
DOORS = {
    None: "accounts.login",
    Standing.OWES_FACTOR: "accounts.second_factor",
    Standing.SETS_UP: "accounts.factors",
    Standing.LOCKED: "accounts.locked",
}
OWED = {
    Standing.OWES_FACTOR: N_("The second factor is still to be given."),
    Standing.SETS_UP: N_("A second factor is still to be set up."),
    Standing.LOCKED: N_("This page is locked. Unlock it to go on."),
}

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)


def token_in_form(view: V) -> V:
    """Leave the look at a form's token to the form itself; for pages that hide their address and send no Referer."""
    csrf.exempt(view)
    return view


def without_token(view: V) -> V:
    """Take a request that no form sent, and that changes nothing: there is nothing to forge."""
    csrf.exempt(view)
    return view


class UndeclaredRouteError(RuntimeError):
    """A route without an access rule; the program does not start with one."""


def allow(access: Access) -> Callable[[V], V]:
    """Declare whom a route admits. Stands below the route's own decorator."""

    def declare(view: V) -> V:
        if hasattr(view, "access"):
            raise UndeclaredRouteError(f"{view} declares two rules")
        view.access = access  # type: ignore[attr-defined]  # the rule travels with the function
        return view

    return declare


def access_of(view: RouteCallable | None) -> Access:
    """Return the rule of a route.

    Raises:
        UndeclaredRouteError: there is none.
    """
    access = getattr(view, "access", None)
    if not isinstance(access, Access):
        raise UndeclaredRouteError(f"{view} declares no access rule")
    return access


def check_routes(app: Flask) -> None:
    """Refuse an app with a route that declares no rule."""
    for rule in app.url_map.iter_rules():
        access_of(app.view_functions[rule.endpoint])


def wants_page() -> bool:
    """Tell whether the browser asks for a page to show, rather than a script for data."""
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate" or request.path.endswith(".json"):
        return False
    return request.accept_mimetypes.best_match(["text/html", "application/json"], "text/html") == "text/html"


def _guard() -> ResponseReturnValue | None:
    """Let a request pass when its route's rule admits who asks. What is not for one's role does not exist."""
    if request.endpoint is None:
        return None
    access = access_of(current_app.view_functions[request.endpoint])
    who, waits = member(), waiting()
    if waits is not None and access is WAITING_ROOMS[waits.standing]:
        return None
    if admits(access, who.role if who else None):
        if access is not Access.EVERYONE:
            keep_to_member()
        return None
    if who is not None:
        abort(HTTPStatus.NOT_FOUND)
    return _to_the_door(waits)


def _to_the_door(waits: Waiting | None) -> ResponseReturnValue:
    """Send whoever is not let in to where that is put right; a script is told by a code what is owed."""
    if request.method == "GET" and wants_page():
        return redirect(url_for(DOORS[waits.standing if waits else None], next=request.full_path.rstrip("?")))
    if waits is not None and not wants_page():
        told = say(OWED[waits.standing])
        return jsonify(error=told, advice=told, code=waits.standing.value), HTTPStatus.UNAUTHORIZED
    return abort(HTTPStatus.UNAUTHORIZED)


def _reach() -> ResponseReturnValue | None:
    """Look up the patient of an address before the view does: a foreign one is absent, whatever else is sent.

    The address of a record that was merged leads to the record that stayed.
    """
    named = request.view_args or {}
    patient_id = named.get("patient_id")
    if not isinstance(patient_id, UUID):
        return None
    try:
        require_patient(*reading(), patient_id)
    except NotFound:
        survivor = survivor_of(*reading(), patient_id) if request.method == "GET" else None
        if survivor is None:
            raise
        return redirect(url_for(str(request.endpoint), **{**named, "patient_id": survivor}))
    return None


def _from_here() -> None:
    """Refuse a writing request that another site sent, beside the token that every form needs.

    A page whose address holds a secret sends no Referer and a null Origin; its token alone then tells.
    """
    if request.method in SAFE:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(HTTPStatus.BAD_REQUEST)
    ours = {urlsplit(request.host_url)[:2], urlsplit(records().settings.public_url)[:2]}
    told = (request.headers.get(name, "null") for name in ("Origin", "Referer"))
    if any(each != "null" and urlsplit(each)[:2] not in ours for each in told):
        abort(HTTPStatus.BAD_REQUEST)


def _no_store(response: Response) -> Response:
    """Keep pages out of every cache, unless the view says otherwise."""
    response.headers.setdefault("Cache-Control", NO_STORE)
    response.headers.setdefault("Vary", "Cookie")
    return response


class SecurityHeaders:
    """Puts the headers on whatever leaves: pages, errors, static files."""

    def __init__(self, application: "WSGIApplication", settings: Settings) -> None:
        self.application = application
        self.headers = dict(HEADERS)
        if settings.encrypted:
            self.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request with the headers added that the answer does not set itself."""

        def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - WSGI's own shape
            known = {name.lower() for name, _ in headers}
            added = [(name, value) for name, value in self.headers.items() if name.lower() not in known]
            return start_response(status, [*headers, *added], exc_info)

        return self.application(environ, start)


def guard(app: Flask) -> None:
    """Give an app its rules, its protection against forged forms and its limits."""
    app.before_request(_from_here)
    app.before_request(_guard)
    app.before_request(_reach)
    app.after_request(_no_store)
    csrf.init_app(app)
    limiter.init_app(app)
