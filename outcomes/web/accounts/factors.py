"""Second factors of one's own: set up, listed, taken away. Staff meet this page at their first sign-in.

Who is signed in gives the password again before anything here changes; it counts for ten minutes.
"""

from http import HTTPStatus
from uuid import UUID

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from outcomes.access.one_time_codes import address_for_app
from outcomes.access.rules import Access
from outcomes.actions import signing_in, signing_in_factors, signing_in_passkeys
from outcomes.actions.errors import Invalid
from outcomes.records.queries.factors import factors_of
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import AppForm, NewPasskeyForm, ProofForm
from outcomes.web.accounts.ways import come_in, onward
from outcomes.web.database import doorway, session
from outcomes.web.i18n import say
from outcomes.web.member import the_person, waiting
from outcomes.web.qr import qr_code
from outcomes.web.security import allow
from outcomes.web.signin import has_proved, keep_challenge, note_proof, place_of_attempt, the_challenge

HOME = "/account/factors"


@blueprint.get("/account/factors")
@allow(Access.SETTING_UP)
def factors() -> ResponseReturnValue:
    """Show what second factors there are and offer new ones."""
    return _page(NewPasskeyForm(next=request.args.get("next", "")))


@blueprint.post("/account/factors/proof")
@allow(Access.SIGNED_IN)
def prove() -> ResponseReturnValue:
    """Take the password again, before anything is changed."""
    form, who = ProofForm(), the_person()
    if form.validate():
        try:
            signing_in_factors.prove_oneself(doorway(), who.user_id, form.password.data, place_of_attempt(who.email))
        except Invalid as refusal:
            form.password.errors = [say(refusal.sentence)]
        except signing_in.TooManyAttempts as refusal:
            form.form_errors.append(say(refusal.sentence, **refusal.values))
        else:
            note_proof()
            return redirect(HOME)
    return _page(NewPasskeyForm(), form)


@blueprint.post("/account/factors/app")
@allow(Access.SETTING_UP)
def start_app() -> ResponseReturnValue:
    """Show the secret for an app as QR code and as text; it counts once the app has given a code."""
    if not has_proved():
        return redirect(HOME)
    return _app(AppForm(formdata=None))


@blueprint.post("/account/factors/app/confirm")
@allow(Access.SETTING_UP)
def confirm_app() -> ResponseReturnValue:
    """Let the app count when its code is right, and show recovery codes where there were none."""
    if not has_proved():
        return redirect(HOME)
    form = AppForm()
    if not form.validate():
        return _app(form)
    try:
        codes = signing_in_factors.confirm_app(doorway(), the_person().user_id, form.code.data)
    except Invalid as refusal:
        form.take(refusal)
        return _app(form)
    return _done(codes, say("The app is set up."))


@blueprint.post("/account/factors/app/remove")
@allow(Access.SIGNED_IN)
def remove_app() -> ResponseReturnValue:
    """Take the app away."""
    if not has_proved():
        return redirect(HOME)
    signing_in_factors.remove_app(doorway(), the_person().user_id)
    return _done((), say("The app is taken away."))


@blueprint.post("/account/factors/passkey/options")
@allow(Access.SETTING_UP)
def new_passkey_options() -> ResponseReturnValue:
    """Give the browser what it needs to make a passkey."""
    challenge_id, options = signing_in_passkeys.ask_to_register(doorway(), the_person().user_id)
    keep_challenge(challenge_id)
    return Response(options, mimetype="application/json")


@blueprint.post("/account/factors/passkey")
@allow(Access.SETTING_UP)
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser made."""
    if not has_proved():
        return redirect(HOME)
    form, challenge = NewPasskeyForm(), the_challenge()
    if not form.validate():
        return _page(form)
    try:
        answer, name = form.credential.data, form.name.data or ""
        codes = signing_in_passkeys.register(doorway(), the_person().user_id, challenge, answer, name)
    except Invalid as refusal:
        form.take(refusal)
        return _page(form)
    return _done(codes, say("The passkey is set up."))


@blueprint.post("/account/factors/passkeys/<uuid:passkey_id>/remove")
@allow(Access.SIGNED_IN)
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Take a passkey away."""
    if passkey_id not in {each.id for each in factors_of(session(), the_person().user_id).passkeys}:
        abort(HTTPStatus.NOT_FOUND)
    if not has_proved():
        return redirect(HOME)
    signing_in_factors.remove_passkey(doorway(), the_person().user_id, passkey_id)
    return _done((), say("The passkey is taken away."))


@blueprint.post("/account/factors/codes")
@allow(Access.SIGNED_IN)
def new_codes() -> ResponseReturnValue:
    """Make new recovery codes and show them, once."""
    if not has_proved():
        return redirect(HOME)
    try:
        codes = signing_in_factors.make_recovery_codes(doorway(), the_person().user_id)
    except Invalid as refusal:
        flash(say(refusal.sentence))
        return redirect(HOME)
    return _codes(codes, HOME)


def _done(codes: tuple[str, ...], told: str) -> ResponseReturnValue:
    """Finish a change of factors: other sign-ins end, who was setting up comes in, new recovery codes are shown."""
    who, set_up = the_person(), waiting()
    signing_in_factors.end_others(doorway(), who.user_id, who.sign_in_id)
    if set_up is None:
        flash(told)
        return _codes(codes, HOME) if codes else redirect(HOME)
    response = come_in(signing_in.renew(doorway(), who.user_id, who.sign_in_id), None)
    shown = make_response(_codes(codes, onward(request.form.get("next"))))
    for cookie in response.headers.getlist("Set-Cookie"):
        shown.headers.add("Set-Cookie", cookie)
    return shown


def _codes(codes: tuple[str, ...], onwards: str) -> str:
    return render_template("accounts/recovery_codes.html", codes=codes, onwards=onwards)


def _app(form: AppForm) -> ResponseReturnValue:
    try:
        secret = signing_in_factors.start_app(doorway(), the_person().user_id)
    except Invalid as refusal:
        flash(say(refusal.sentence))
        return redirect(url_for("accounts.factors"))
    picture = Markup(qr_code(address_for_app(secret, the_person().email)))  # noqa: S704 - drawn by us, of no markup
    spaced = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return render_template("accounts/app.html", form=form, picture=picture, secret=spaced)


def _page(form: NewPasskeyForm, proof: ProofForm | None = None) -> ResponseReturnValue:
    own = factors_of(session(), the_person().user_id)
    asked = None if has_proved() else proof or ProofForm(formdata=None)
    page = render_template(
        "accounts/factors.html", form=form, factors=own, proof=asked, setting_up=waiting() is not None
    )
    return page, HTTPStatus.OK
