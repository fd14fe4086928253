"""Error pages in the reader's language. They name what happened and what to do next, and nothing of the record."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any
from uuid import uuid4

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from outcomes.actions.errors import Invalid, KeyReused, NotAllowed, NotFound, Refusal, StaleVersion
from outcomes.records.health import is_outage
from outcomes.voice import N_
from outcomes.web.i18n import say
from outcomes.web.security import wants_page
from outcomes.web.unsaved import answer_unsaved
from outcomes.web.whereabouts import way_of

log = logging.getLogger("outcomes.web")
WRITING = {"POST", "PUT", "PATCH", "DELETE"}
RETRY_AFTER = "10"


@dataclass(frozen=True, slots=True)
class Words:
    """The heading and the advice of one error page."""

    heading: str
    advice: str


AGAIN = N_("Go back and try again. If it happens again, tell the clinic.")
PAGES = {
    400: Words(N_("This request could not be read"), N_("Go back, load the page anew and try again.")),
    401: Words(N_("Your session has ended"), N_("Sign in again. What was marked as saved is still there.")),
    404: Words(
        N_("There is no such page"),
        N_("The address may be wrong, or the page may not be meant for your account."),
    ),
    405: Words(N_("This cannot be done here"), N_("Go back and use the buttons of the page.")),
    409: Words(
        N_("Somebody else changed this in the meantime"), N_("Go back, load the page anew and enter your change again.")
    ),
    413: Words(N_("This file is too large"), N_("Send a smaller file, or split it.")),
    415: Words(N_("This kind of file cannot be read"), N_("Send it in one of the formats that the page names.")),
    422: Words(N_("This could not be saved"), AGAIN),
    429: Words(N_("Too many attempts"), N_("Wait a minute, then try again.")),
    500: Words(N_("Something went wrong here"), AGAIN),
    503: Words(
        N_("The database is busy or full"),
        N_("Nothing that was marked as saved is lost. Wait a minute, then load the page anew."),
    ),
}
EXPIRED_FORM = N_("This page was open for too long. Go back, load it anew and send it again.")
STATUS = {NotAllowed: 404, StaleVersion: 409, KeyReused: 422, Invalid: 422}


def _answer(status: int, advice: str | None = None, **values: object) -> ResponseReturnValue:
    """Make the error page, or the same words as data for a script."""
    words = PAGES.get(status) or PAGES[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400]
    heading, text = say(words.heading), say(advice or words.advice, **values)
    if not wants_page():
        return jsonify(error=heading, advice=text), status
    return render_template("errors/page.html", status=status, heading=heading, advice=text), status


def _http(error: HTTPException) -> ResponseReturnValue:
    """Answer an error of HTTP. What is forbidden does not exist."""
    status = error.code or int(HTTPStatus.INTERNAL_SERVER_ERROR)
    if error.response is not None:
        return error.response
    answer = _answer(HTTPStatus.NOT_FOUND if status == HTTPStatus.FORBIDDEN else status)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return *answer, {"Allow": ", ".join(error.valid_methods or ())}  # type: ignore[misc,attr-defined]  # of MethodNotAllowed
    return answer


def _foreign_host(_error: SecurityError) -> ResponseReturnValue:
    """Answer a request that names another host in plain text: no address of ours may be built from that name."""
    return Response("400\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain")


def _forged(_error: CSRFError) -> ResponseReturnValue:
    return _answer(HTTPStatus.BAD_REQUEST, EXPIRED_FORM)


def _absent(_error: NotFound | PermissionError) -> ResponseReturnValue:
    return _answer(HTTPStatus.NOT_FOUND)


def _refused(error: Refusal) -> ResponseReturnValue:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), HTTPStatus.UNPROCESSABLE_ENTITY)
    if status == HTTPStatus.NOT_FOUND:
        return _answer(status)
    return _answer(status, error.sentence, **error.values)


def _busy(error: Exception) -> ResponseReturnValue:
    """Answer an outage of the records: what was sent was not saved, and comes back to be sent again."""
    _report(error)
    g.setdefault("_login_user", None)  # whoever it is cannot be looked up; the page must not try again
    answer = answer_unsaved() if request.method in WRITING else _answer(HTTPStatus.SERVICE_UNAVAILABLE)
    response = current_app.make_response(answer)
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY_AFTER
    return response


def _broken(error: Exception) -> ResponseReturnValue:
    if is_outage(error):
        return _busy(error)
    _report(error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR)


def _report(error: BaseException) -> None:
    """Log where an error arose and of which kind it is; its text may hold what somebody typed, so it is left out."""
    log.error(
        "unexpected_error id=%s endpoint=%s method=%s kind=%s at=%s",
        uuid4(),
        request.endpoint,
        request.method,
        type(error).__name__,
        way_of(error.__traceback__),
    )


def _log(exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
    """Stand in for Flask's own logging of an exception, which would repeat its text."""
    if exc_info[1] is not None:
        _report(exc_info[1])


def answer_errors(app: Flask) -> None:
    """Give an app its error pages."""
    handlers: Mapping[type[Exception], Any] = {
        HTTPException: _http,
        SecurityError: _foreign_host,
        CSRFError: _forged,
        NotFound: _absent,
        PermissionError: _absent,
        Refusal: _refused,
        OperationalError: _busy,
    }
    for kind, handler in handlers.items():
        app.register_error_handler(kind, handler)
    app.register_error_handler(Exception, _broken)
    app.context_processor(lambda: {"unsaved": "refusal" in g})
    app.log_exception = _log  # type: ignore[method-assign]  # what goes wrong in an error page, too, is told without values
