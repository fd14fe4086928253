"""The ways in and on: where one goes after signing in, and how a finished sign-in enters this browser."""

from flask import Response, make_response, redirect

from outcomes.records.queries.signing_in import signed_in
from outcomes.terms import Standing
from outcomes.web.database import now, session
from outcomes.web.navigation import safe_target
from outcomes.web.security_log import note_entry
from outcomes.web.signin import enter, remember_device

FRONT = ("/login", "/second-factor", "/locked", "/account/factors")


def onward(wanted: str | None, otherwise: str = "/") -> str:
    """Return where one goes after signing in: the page asked for, unless it is the front door again."""
    target = safe_target(wanted, otherwise)
    return otherwise if target.partition("?")[0] in FRONT else target


def come_in(token: str, wanted: str | None) -> Response:
    """Enter with a token and go on; a whole sign-in makes this browser known, half a one goes on to its second factor.

    The session begins anew with every step, so that a cookie planted or copied before is worth nothing after it.
    """
    enter(token)
    response = make_response(redirect(onward(wanted)))
    person = signed_in(session(), token, now())
    if person is not None:
        note_entry(person.user_id, person.sign_in_id, person.standing)
    if person is not None and person.standing is Standing.FULL:
        remember_device(response, person.email)
    return response


def keep_address_to_oneself(response: Response) -> Response:
    """Have a page whose address holds a secret name that address to nobody."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
