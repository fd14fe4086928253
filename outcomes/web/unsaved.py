"""What is answered when the records cannot be written: that nothing was saved, and all that was typed.

The form is shown again by its own view, which meets a refusal where it would write, or finds something else wrong
with the form and says that. Where neither can be, because the records cannot be read, the page holds what was sent
and a button that sends it again, under the same key.
"""

from http import HTTPStatus

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from outcomes.actions.errors import Invalid, Refusal
from outcomes.voice import N_
from outcomes.web.database import give_back, refuse_writing
from outcomes.web.i18n import say
from outcomes.web.security import wants_page

HEADING = N_("Not saved")
ADVICE = N_("The database is busy, full or away. Nothing was saved just now. Wait a minute, then send it again.")
KEPT = N_(
    "Not saved: the database is busy, full or away. All you entered is still here. Wait a minute, then save again."
)
SECRETS = "accounts"
"""The room whose forms hold passwords; they are not repeated in a page."""


def answer_unsaved() -> ResponseReturnValue:
    """Say that nothing was saved, and give back what was sent."""
    if not wants_page():
        return jsonify(error=say(HEADING), advice=say(ADVICE)), HTTPStatus.SERVICE_UNAVAILABLE
    shown = _form_again()
    if shown is not None:
        return (shown, HTTPStatus.SERVICE_UNAVAILABLE) if "refused" in g else shown
    page = render_template(
        "errors/page.html",
        status=int(HTTPStatus.SERVICE_UNAVAILABLE),
        heading=say(HEADING),
        advice=say(ADVICE),
        again=_sent(),
    )
    return page, HTTPStatus.SERVICE_UNAVAILABLE


def _sent() -> list[tuple[str, str]] | None:
    """Return the fields that were sent, to be sent again; None where that cannot or may not be repeated."""
    if request.blueprint == SECRETS or request.endpoint is None:
        return None
    try:
        return None if request.files else list(request.form.items(multi=True))
    except (OSError, HTTPException):
        return None


def _form_again() -> Response | None:
    """Have the view show its form with what was typed, after every check of who asks; None when it cannot."""
    refuse_writing(Invalid("not_saved", None, KEPT))
    g.pop("_login_user", None)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's documented way
    try:
        answer = app.make_response(app.preprocess_request() or Flask.dispatch_request(app))
    except (Refusal, HTTPException, PermissionError, SQLAlchemyError):
        return None
    finally:
        give_back()
        g.setdefault("_login_user", None)  # who it is could not be looked up; the page must not try again
    cookie.pop("_flashes", None)
    shows = answer.status_code in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
    return answer if shows else None
