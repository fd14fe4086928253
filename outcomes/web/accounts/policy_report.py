"""What browsers report of pages that broke the content security policy: logged by kind and page, without an address.

A report holds the whole address of a page and the beginning of a script; neither is kept. The page is named as the
program names it, what was refused by one of a few words.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from outcomes.access.rules import Access
from outcomes.web.accounts import blueprint
from outcomes.web.security import POLICY, allow, limiter, without_token

log = logging.getLogger("outcomes.security")
LARGEST = 16_000
KINDS = {"inline", "eval", "wasm-eval", "data", "blob"}
PARTS = ("", "-elem", "-attr")
DIRECTIVES = {f"{name}{part}" for name in POLICY for part in PARTS}


@blueprint.post("/policy-report")
@allow(Access.EVERYONE)
@limiter.limit("30/minute")
@without_token  # a browser sends it by itself
def policy_report() -> ResponseReturnValue:
    """Write down that a page tried what the policy forbids."""
    report = _report()
    directive = _text(report, "effective-directive") or _text(report, "violated-directive").partition(" ")[0]
    log.warning(
        "policy_violation directive=%s refused=%s endpoint=%s",
        directive if directive in DIRECTIVES else "other",
        _refused(_text(report, "blocked-uri")),
        _endpoint(_text(report, "document-uri")),
    )
    return "", HTTPStatus.NO_CONTENT


def _report() -> Mapping[str, object]:
    """Return the report that was sent; anything else is no request of ours."""
    if (request.content_length or 0) > LARGEST:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    sent = request.get_json(force=True, silent=True)
    report = sent.get("csp-report") if isinstance(sent, dict) else None
    return report if isinstance(report, dict) else abort(HTTPStatus.BAD_REQUEST)


def _text(report: Mapping[str, object], name: str) -> str:
    value = report.get(name)
    return value if isinstance(value, str) else ""


def _refused(what: str) -> str:
    """Name what was refused: a kind of source, our own address, or another's."""
    if what in KINDS:
        return what
    return "own" if urlsplit(what).netloc == request.host else "foreign"


def _endpoint(address: str) -> str | None:
    """Name the page of an address as the program does, without the ids in it."""
    try:
        rule, _ = current_app.url_map.bind(request.host).match(urlsplit(address).path, return_rule=True)
    except HTTPException:
        return None
    return str(rule.endpoint)
