"""Language and display: kept with the account, and in a cookie for who is not signed in."""

from http import HTTPStatus

from flask import abort, make_response, redirect, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in
from outcomes.terms import Language
from outcomes.web import i18n, themes
from outcomes.web.accounts import blueprint
from outcomes.web.database import doorway, records
from outcomes.web.member import member
from outcomes.web.navigation import safe_target
from outcomes.web.security import allow, wants_page

YEAR = 365 * 24 * 3600


@blueprint.post("/language")
@allow(Access.EVERYONE)
def choose_language() -> ResponseReturnValue:
    """Read in another language from here on."""
    chosen = request.form.get("language", "")
    if chosen not in {word.value for word in Language}:
        abort(HTTPStatus.BAD_REQUEST)
    who = member()
    if who is not None:
        signing_in.choose_language(doorway(), who.user_id, Language(chosen))
    return _back(i18n.COOKIE, chosen)


@blueprint.post("/theme")
@allow(Access.EVERYONE)
def choose_theme() -> ResponseReturnValue:
    """Show pages in another way from here on."""
    chosen = request.form.get("theme", "")
    if chosen not in themes.NAMES:
        abort(HTTPStatus.BAD_REQUEST)
    who = member()
    if who is not None:
        signing_in.choose_theme(doorway(), who.user_id, chosen)
    return _back(themes.COOKIE, chosen)


def _back(cookie: str, value: str) -> ResponseReturnValue:
    """Keep a choice in a cookie and return to the page; a script is answered with nothing."""
    answer = redirect(safe_target(request.form.get("next"), "/"), HTTPStatus.SEE_OTHER) if wants_page() else ("", 204)
    response = make_response(answer)
    secure = records().settings.encrypted
    response.set_cookie(cookie, value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return response
