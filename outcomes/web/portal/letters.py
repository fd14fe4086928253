"""The link at the foot of a letter: opening it shows a page, and its button ends such letters (RFC 8058).

Mail programs open links by themselves, so looking changes nothing; their own button for leaving posts here without a
page, a cookie or a token, which is why no form's token is asked for. The link itself is signed and does this alone.
"""

from http import HTTPStatus

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions.consents import check_stop, stop_letters
from outcomes.actions.signing_in import LinkExpired
from outcomes.web.database import doorway, records
from outcomes.web.portal import blueprint
from outcomes.web.security import allow, limiter, token_in_form


@blueprint.get("/letters/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def letters(token: str) -> ResponseReturnValue:
    """Show the button behind a letter's link."""
    try:
        check_stop(records().settings.secret_key.encode(), token)
    except LinkExpired:
        return _page("unknown", HTTPStatus.NOT_FOUND)
    return _page("asks")


@token_in_form  # whoever holds the link may use it, from a mail program's own button too
@blueprint.post("/letters/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def end_letters(token: str) -> ResponseReturnValue:
    """End the letters; once more changes nothing."""
    try:
        stop_letters(doorway(), token)
    except LinkExpired:
        return _page("unknown", HTTPStatus.NOT_FOUND)
    return _page("ended")


def _page(state: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    answer = make_response(render_template("portal/letters.html", state=state), status)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
