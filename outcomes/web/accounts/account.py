"""One's own account: password, devices, the place in which one acts."""

from http import HTTPStatus
from uuid import UUID

from flask import abort, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from outcomes.access.rules import Access
from outcomes.actions import signing_in
from outcomes.actions.errors import Invalid
from outcomes.records.queries.factors import factors_of
from outcomes.records.queries.signing_in import devices
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import PasswordForm
from outcomes.web.database import doorway, now, session
from outcomes.web.i18n import say
from outcomes.web.member import the_member
from outcomes.web.security import allow
from outcomes.web.signin import change_place, enter_again


@blueprint.get("/account")
@allow(Access.SIGNED_IN)
def account() -> ResponseReturnValue:
    """Show the own account."""
    return _page(PasswordForm())


@blueprint.get("/account/token")
@allow(Access.SIGNED_IN)
def token() -> ResponseReturnValue:
    """Give a page that outlived its session what it needs to go on: a form token, and who is signed in now."""
    return jsonify(token=generate_csrf(), member=str(the_member().actor.membership_id))


@blueprint.post("/account/password")
@allow(Access.SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Change the password; every other device is signed out."""
    form, who = PasswordForm(), the_member()
    if form.validate():
        oneself = signing_in.Oneself(who.user_id, who.sign_in_id, (who.place.name, who.email))
        try:
            signing_in.change_password(doorway(), oneself, form.old.data, form.password.data)
        except Invalid as refusal:
            form.take(refusal)
        else:
            enter_again(signing_in.renew(doorway(), who.user_id, who.sign_in_id))
            flash(say("Your password is changed. Every other device is signed out."))
            return redirect("/account")
    return _page(form), HTTPStatus.UNPROCESSABLE_ENTITY


@blueprint.post("/account/sign-ins/<uuid:sign_in_id>/end")
@allow(Access.SIGNED_IN)
def end_sign_in(sign_in_id: UUID) -> ResponseReturnValue:
    """End one of the own sign-ins, on whichever device."""
    signing_in.end(doorway(), the_member().user_id, sign_in_id)
    flash(say("That device is signed out."))
    return redirect("/account")


@blueprint.post("/account/sign-ins/end-others")
@allow(Access.SIGNED_IN)
def end_other_sign_ins() -> ResponseReturnValue:
    """End every own sign-in but this one."""
    who = the_member()
    signing_in.end_all(doorway(), who.user_id, keep=who.sign_in_id)
    flash(say("Every other device is signed out."))
    return redirect("/account")


@blueprint.post("/account/place")
@allow(Access.SIGNED_IN)
def choose_place() -> ResponseReturnValue:
    """Act in another of one's places."""
    chosen = request.form["place"]
    known = {str(place.actor.membership_id): place.actor.membership_id for place in the_member().places}
    membership_id = known.get(chosen)
    if membership_id is None:
        abort(HTTPStatus.NOT_FOUND)
    change_place(membership_id)
    return redirect("/")


def _page(form: PasswordForm) -> str:
    """Show the account with its devices."""
    user_id = the_member().user_id
    own, factors = devices(session(), user_id, now()), factors_of(session(), user_id)
    return render_template("accounts/account.html", form=form, devices=own, factors=factors)
