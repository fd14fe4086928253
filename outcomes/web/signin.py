"""Recognising the member of a request. The cookie holds a random token; the sign-in itself is a row that can be ended.

Flask-Login keeps the token in the signed session cookie and asks here whom it stands for. A copied cookie is worth
nothing once its row has ended.
"""

import hmac
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, Response, g, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_login import current_user as current
from itsdangerous import BadSignature, URLSafeSerializer

from outcomes.access.tokens import address_of
from outcomes.records.queries.signing_in import Place, SignedIn, signed_in
from outcomes.web import database
from outcomes.web.member import Member

PLACE = "place"
DEVICE_COOKIE = "device"
DEVICE_AGE = 400 * 24 * 3600
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass
class Bearer(UserMixin):
    """What Flask-Login carries: the token, and whom it stands for."""

    token: str
    person: SignedIn | None

    def get_id(self) -> str:
        """Return what the session cookie keeps."""
        return self.token


def _load(token: str) -> Bearer | None:
    """Find the living sign-in of a token."""
    person = signed_in(database.session(), token, database.now())
    return None if person is None else Bearer(token, person)


def _place(person: SignedIn) -> Place:
    """Return the place in which the person acts: the one chosen, else the first."""
    chosen = session.get(PLACE)
    return next((p for p in person.places if str(p.actor.membership_id) == chosen), person.places[0])


def _recognise() -> None:
    """Put the member of this request where pages find it."""
    g.member = None
    if request.endpoint == "accounts.health":
        return
    bearer = current._get_current_object()  # noqa: SLF001 - the proxy's documented way to its object
    if isinstance(bearer, Bearer) and bearer.person is not None:
        person = bearer.person
        g.seen_at = person.seen_at
        g.member = Member(
            person.user_id,
            person.sign_in_id,
            person.email,
            person.language,
            person.theme,
            _place(person),
            person.places,
        )


def enter(token: str) -> None:
    """Begin a new session with a token; nothing of the visitor's old one is taken over."""
    session.clear()
    login_user(Bearer(token, None), force=True)


def leave() -> None:
    """Forget the session of this browser."""
    logout_user()
    session.clear()
    g.member = None


def change_place(membership_id: UUID) -> None:
    """Act in another of one's places from here on."""
    session[PLACE] = str(membership_id)


def device_name() -> str:
    """Name the device of this request in a few words, for the list of sign-ins."""
    agent = request.headers.get("User-Agent", "")
    names = [next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names))


def _device_signer() -> URLSafeSerializer:
    return URLSafeSerializer(database.records().settings.secret_key, salt="device")


def _owner_mark(email: str) -> str:
    """Return a keyed mark of an account that the device cookie may carry."""
    key = database.records().settings.secret_key.encode()
    return hmac.digest(key, f"device {address_of(email)}".encode(), "sha256").hex()[:32]


def remember_device(response: Response, email: str) -> None:
    """Let this browser be known for an account, so that a stranger's attempts elsewhere never slow its owner down."""
    settings = database.records().settings
    response.set_cookie(
        DEVICE_COOKIE,
        _device_signer().dumps(_owner_mark(email)),
        max_age=DEVICE_AGE,
        httponly=True,
        secure=settings.encrypted,
        samesite="Lax",
    )


def place_of_attempt(email: str) -> str:
    """Return where an attempt to sign in comes from: a device known for that account, else a network."""
    try:
        if _device_signer().loads(request.cookies.get(DEVICE_COOKIE, "")) == _owner_mark(email):
            return f"device {request.cookies[DEVICE_COOKIE]}"
    except BadSignature:
        pass
    return f"network {request.remote_addr}"


def recognise_members(app: Flask) -> None:
    """Have every request of an app know its member."""
    manager = LoginManager()
    manager.session_protection = None  # the row names its device, and it can be ended
    manager.user_loader(_load)
    manager.init_app(app)
    app.before_request(_recognise)
