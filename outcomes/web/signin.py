"""Recognising the member of a request. The cookie holds a random token; the sign-in itself is a row that can be ended.

Flask-Login keeps the token in the signed session cookie and asks here whom it stands for. A copied cookie is worth
nothing once its row has ended.
"""

import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from flask import Flask, Response, g, request, session
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_login import current_user as current
from itsdangerous import BadSignature, URLSafeSerializer

from outcomes.access.tokens import address_of
from outcomes.records.queries.signing_in import Place, SignedIn, signed_in
from outcomes.terms import Standing
from outcomes.web import database
from outcomes.web.member import Member, Waiting, the_person

PLACE = "place"
CHALLENGE = "challenge"
PROVED = "proved"
PROOF_LASTS = 600
CSRF = "csrf_token"
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
    g.member = g.waiting = None
    if request.endpoint == "accounts.health":
        return
    bearer = current._get_current_object()  # noqa: SLF001 - the proxy's documented way to its object
    if isinstance(bearer, Bearer) and bearer.person is not None:
        _seat(bearer.person)


def _seat(person: SignedIn) -> None:
    """Make a member of a person whose sign-in is whole, and one who waits of any other."""
    about = (person.user_id, person.sign_in_id, person.email, person.language, person.theme)
    g.seen_at = person.seen_at
    if person.standing is Standing.FULL:
        g.member = Member(*about, _place(person), person.places)
    else:
        g.waiting = Waiting(*about, person.standing)


def enter(token: str) -> None:
    """Begin a new session with a token; nothing of the visitor's old one is taken over.

    What the tokens of forms are made from is drawn here and not with the first page: two tabs that open their first
    page at once would each draw their own, and the later cookie would make the other tab's forms worthless.
    """
    session.clear()
    session[CSRF] = secrets.token_hex(32)
    login_user(Bearer(token, None), force=True)


def enter_again(token: str) -> None:
    """Go on in the same session with a fresh token; the place one acts in and open forms stay as they are."""
    kept = {name: session[name] for name in (PLACE, CSRF) if name in session}
    enter(token)
    session.update(kept)


def leave() -> None:
    """Forget the session of this browser."""
    logout_user()
    session.clear()
    g.member = g.waiting = None


def keep_challenge(challenge_id: UUID) -> None:
    """Remember which challenge this browser was given, and no other browser was."""
    session[CHALLENGE] = str(challenge_id)


def the_challenge() -> UUID | None:
    """Return the challenge this browser was given, once."""
    kept = session.pop(CHALLENGE, None)
    return UUID(kept) if kept else None


def note_proof() -> None:
    """Remember for ten minutes that the password was given again in this sign-in."""
    session[PROVED] = [str(the_person().sign_in_id), int(database.now().timestamp())]


def has_proved() -> bool:
    """Tell whether who is here gave the password within the last ten minutes; whoever still signs in just did."""
    if g.get("waiting") is not None:
        return True
    sign_in_id, at = session.get(PROVED, ("", 0))
    same: bool = sign_in_id == str(the_person().sign_in_id)
    return same and 0 <= database.now().timestamp() - at <= PROOF_LASTS


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
