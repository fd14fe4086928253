"""The log of who was let in and who was refused: one line each, of ids, names of pages and keyed marks.

Nothing that somebody sent is in it. A mark tells that two attempts were at the same account, or came from the same
network, and without the key neither can be guessed from it. Lines are warnings, because that level reaches standard
error wherever the program is started.
"""

import hmac
import logging
from uuid import UUID

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from outcomes.access.tokens import address_of
from outcomes.terms import Standing
from outcomes.web.database import now, records
from outcomes.web.member import member, waiting

log = logging.getLogger("outcomes.security")
DOORS = {
    "accounts.try_sign_in",
    "accounts.give_second_factor",
    "accounts.use_passkey",
    "accounts.unlock",
}
REFUSALS = {400, 401, 403, 404, 405, 413, 415, 429}
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
MARK_LENGTH = 16


def note_entry(user_id: UUID, sign_in_id: UUID, standing: Standing) -> None:
    """Remember until the answer is made that somebody was let in; half a sign-in says so in its standing."""
    g.entry = (user_id, sign_in_id, standing)


def mark(kind: str, text: str) -> str:
    """Return what stands in the log for an account or a network."""
    key = records().settings.secret_key.encode()
    return hmac.digest(key, f"log {kind} {text}".encode(), "sha256").hex()[:MARK_LENGTH]


def _tell(response: Response) -> Response:
    """Write the line of this request, if it deserves one. It is written after the records were committed."""
    if "entry" in g:
        user_id, sign_in_id, standing = g.entry
        log.warning("let_in user=%s sign_in=%s standing=%s %s", user_id, sign_in_id, standing, _where(response))
    elif request.endpoint in DOORS and request.method == "POST" and member() is None:
        log.warning("refused_sign_in user=%s account=%s %s", _who(), _account(), _where(response))
    elif response.status_code in REFUSALS:
        log.warning("refused_request user=%s %s", _who(), _where(response))
    return response


def _who() -> UUID | None:
    person = member() or waiting()
    return person.user_id if person else None


def _account() -> str | None:
    """Return the mark of the account that was tried; the second factor and the lock name their person instead."""
    try:
        typed = request.form.get("email", "")
    except HTTPException:  # the form could not be read, which its answer says
        return None
    return mark("account", address_of(typed)) if typed else None


def _where(response: Response) -> str:
    method = request.method if request.method in METHODS else "other"
    network = mark("network", request.remote_addr or "")
    when = now().isoformat(timespec="seconds")
    status = response.status_code
    return f"endpoint={request.endpoint} method={method} status={status} network={network} when={when}"


def log_refusals(app: Flask) -> None:
    """Have an app write down who is let in and who is refused."""
    app.after_request(_tell)
