"""Signing in and out, the way home, and the pulse for a proxy."""

from http import HTTPStatus
from uuid import UUID

from flask import Response, abort, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in
from outcomes.records.health import ailments
from outcomes.records.queries.signing_in import DemoAccount, demo_accounts
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import SignInForm
from outcomes.web.database import doorway, records, session
from outcomes.web.i18n import language, say
from outcomes.web.member import member, the_member
from outcomes.web.navigation import home, safe_target
from outcomes.web.security import allow, limiter
from outcomes.web.signin import device_name, enter, leave, place_of_attempt, remember_device

AFTER_LOGOUT = '"storage"'


@blueprint.get("/healthz")
@allow(Access.EVERYONE)
def health() -> ResponseReturnValue:
    """Say whether the records can be worked with, else what is wrong in a word, and nothing of the data."""
    wrong = ailments(records().engine, records().settings.data)
    status = HTTPStatus.SERVICE_UNAVAILABLE if wrong else HTTPStatus.OK
    return Response("".join(f"{each}\n" for each in wrong or ("ok",)), status, mimetype="text/plain")


@blueprint.get("/")
@allow(Access.EVERYONE)
def start() -> ResponseReturnValue:
    """Send each role to its home, and a visitor to the front door."""
    who = member()
    return redirect(home(who.role) if who else "/login")


@blueprint.get("/login")
@allow(Access.EVERYONE)
def login() -> ResponseReturnValue:
    """Show the front door; who is inside already is sent home."""
    who = member()
    if who is not None:
        return redirect(_onward(request.args.get("next"), home(who.role)))
    return _door(SignInForm(next=request.args.get("next", "")))


@blueprint.post("/login")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def try_sign_in() -> ResponseReturnValue:
    """Sign in by password. A refusal says the same whatever was wrong, and is counted."""
    form = SignInForm()
    if not form.validate():
        return _door(form)
    email = form.email.data
    try:
        token = signing_in.sign_in(doorway(), email, form.password.data, place_of_attempt(email), device_name())
    except signing_in.WrongSignIn as refusal:
        form.form_errors.append(say(refusal.sentence))
        return _door(form)
    except signing_in.TooManyAttempts as refusal:
        form.form_errors.append(say(refusal.sentence, **refusal.values))
        return _door(form), HTTPStatus.TOO_MANY_REQUESTS
    enter(token)
    response = make_response(redirect(_onward(form.next.data)))
    remember_device(response, email)
    return response


@blueprint.post("/login/demo/<uuid:user_id>")
@allow(Access.EVERYONE)
def sign_in_demo(user_id: UUID) -> ResponseReturnValue:
    """Enter one of the demo's accounts; outside the demo there is no such page."""
    if user_id not in {account.user_id for account in _demo_accounts()}:
        abort(HTTPStatus.NOT_FOUND)
    signing_in.choose_language(doorway(), user_id, language())
    enter(signing_in.begin(doorway(), user_id, device_name()))
    return redirect(_onward(request.form.get("next")))


@blueprint.post("/logout")
@allow(Access.SIGNED_IN)
def logout() -> ResponseReturnValue:
    """End this sign-in for good: a copy of its cookie opens nothing any more."""
    who = the_member()
    signing_in.end(doorway(), who.user_id, who.sign_in_id)
    leave()
    response = make_response(redirect("/login"))
    response.headers["Clear-Site-Data"] = AFTER_LOGOUT
    return response


def _onward(wanted: str | None, otherwise: str = "/") -> str:
    """Return where one goes after signing in: the page asked for, unless it is the front door again."""
    target = safe_target(wanted, otherwise)
    return otherwise if target.partition("?")[0] == "/login" else target


def _demo_accounts() -> tuple[DemoAccount, ...]:
    """Return the accounts that the demo offers with a button."""
    return demo_accounts(session()) if records().settings.demo else ()


def _door(form: SignInForm) -> str:
    """Show the sign-in page."""
    return render_template("accounts/login.html", form=form, accounts=_demo_accounts())
