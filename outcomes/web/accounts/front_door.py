"""Signing in and out, the way home, and the pulse for a proxy."""

from http import HTTPStatus
from uuid import UUID

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in
from outcomes.records.health import ailments
from outcomes.records.queries.signing_in import DemoAccount, demo_accounts
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import PasskeyForm, SignInForm
from outcomes.web.accounts.ways import come_in, onward
from outcomes.web.database import doorway, records, session
from outcomes.web.i18n import language, say
from outcomes.web.member import member, waiting
from outcomes.web.navigation import home
from outcomes.web.security import DOORS, allow, limiter
from outcomes.web.signin import device_name, enter, leave, place_of_attempt

AFTER_LOGOUT = '"cache", "storage"'


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
    """Show the front door; who is inside already is sent home, and who is half inside to what is owed."""
    who, waits, wanted = member(), waiting(), request.args.get("next")
    if who is not None:
        return redirect(onward(wanted, home(who.role)))
    if waits is not None:
        return redirect(url_for(DOORS[waits.standing], next=wanted))
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
    return come_in(token, form.next.data)


@blueprint.post("/login/demo/<uuid:user_id>")
@allow(Access.EVERYONE)
def sign_in_demo(user_id: UUID) -> ResponseReturnValue:
    """Enter one of the demo's accounts; outside the demo there is no such page."""
    if user_id not in {account.user_id for account in _demo_accounts()}:
        abort(HTTPStatus.NOT_FOUND)
    signing_in.choose_language(doorway(), user_id, language())
    enter(signing_in.begin(doorway(), user_id, device_name()))
    return redirect(onward(request.form.get("next")))


@blueprint.post("/logout")
@allow(Access.EVERYONE)
def logout() -> ResponseReturnValue:
    """End this sign-in for good, half or locked ones too: a copy of its cookie opens nothing any more."""
    who = member() or waiting()
    if who is not None:
        signing_in.end(doorway(), who.user_id, who.sign_in_id)
    leave()
    response = make_response(redirect("/login"))
    response.headers["Clear-Site-Data"] = AFTER_LOGOUT
    return response


def _demo_accounts() -> tuple[DemoAccount, ...]:
    """Return the accounts that the demo offers with a button."""
    return demo_accounts(session()) if records().settings.demo else ()


def _door(form: SignInForm) -> str:
    """Show the sign-in page."""
    passkey, sends = PasskeyForm(next=form.next.data), records().settings.sends_mail
    return render_template("accounts/login.html", form=form, passkey=passkey, accounts=_demo_accounts(), sends=sends)
