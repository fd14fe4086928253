"""Links by e-mail: asked for by address, opened by a page, used up by its form alone.

The page that takes an address looks nothing up and says the same to everybody, in the same time: the account is sought
and the letter written after the answer, on another thread.
"""

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in_links
from outcomes.actions.errors import Invalid
from outcomes.actions.signing_in import LinkExpired
from outcomes.terms import LinkKind
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import AddressForm, NewPasswordForm
from outcomes.web.accounts.ways import come_in, keep_address_to_oneself
from outcomes.web.database import doorway, records
from outcomes.web.forms import Form
from outcomes.web.i18n import say
from outcomes.web.post_room import post_room
from outcomes.web.security import allow, limiter, token_in_form
from outcomes.web.signin import device_name


@blueprint.get("/forgotten")
@allow(Access.EVERYONE)
def forgotten() -> ResponseReturnValue:
    """Ask for the address to which a link for a new password goes."""
    return _ask(AddressForm(), LinkKind.RESET)


@blueprint.post("/forgotten")
@allow(Access.EVERYONE)
@limiter.limit("10/minute;60/hour")
def send_reset() -> ResponseReturnValue:
    """Have a link for a new password sent, if there is an account."""
    return _send(LinkKind.RESET)


@blueprint.get("/link")
@allow(Access.EVERYONE)
def letter() -> ResponseReturnValue:
    """Ask for the address to which a patient's link to sign in goes."""
    return _ask(AddressForm(), LinkKind.SIGN_IN)


@blueprint.post("/link")
@allow(Access.EVERYONE)
@limiter.limit("10/minute;60/hour")
def send_link() -> ResponseReturnValue:
    """Have a link to sign in sent, if there is a patient's account."""
    return _send(LinkKind.SIGN_IN)


@blueprint.get("/password/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def new_password(token: str) -> ResponseReturnValue:
    """Show the form behind a link; looking uses nothing up."""
    return _behind(LinkKind.RESET, token, NewPasswordForm())


@token_in_form  # the form below asks for its token itself: a page that hides its address sends no Referer
@blueprint.post("/password/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def set_new_password(token: str) -> ResponseReturnValue:
    """Use the link up for a new password; then one signs in with it."""
    form = NewPasswordForm()
    if not form.validate():
        return _behind(LinkKind.RESET, token, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        signing_in_links.reset_password(doorway(), token, form.password.data)
    except LinkExpired as refusal:
        return _expired(refusal)
    except Invalid as refusal:
        form.take(refusal)
        return _behind(LinkKind.RESET, token, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(say("Your password is changed, and every device is signed out. Sign in with the new one."))
    return redirect("/login")


@blueprint.get("/enter/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def link_page(token: str) -> ResponseReturnValue:
    """Show the button behind a patient's link; looking uses nothing up."""
    return _behind(LinkKind.SIGN_IN, token, Form())


@token_in_form  # as above
@blueprint.post("/enter/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def use_link(token: str) -> ResponseReturnValue:
    """Sign a patient in by a link."""
    form = Form()
    if not form.validate():
        return _behind(LinkKind.SIGN_IN, token, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        return come_in(signing_in_links.sign_in_by_link(doorway(), token, device_name()), None)
    except LinkExpired as refusal:
        return _expired(refusal)


def _ask(form: AddressForm, kind: LinkKind) -> ResponseReturnValue:
    sends = records().settings.sends_mail
    return render_template("accounts/ask_for_link.html", form=form, kind=kind.value, sends=sends)


def _send(kind: LinkKind) -> ResponseReturnValue:
    form = AddressForm()
    if not form.validate() or not records().settings.sends_mail:
        return _ask(form, kind)
    post_room().send_link(kind, form.email.data)
    return render_template("accounts/link_sent.html", kind=kind.value)


def _behind(kind: LinkKind, token: str, form: Form, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Show what stands behind a link, or that there is nothing."""
    try:
        box = signing_in_links.linked(doorway(), kind, token)
    except LinkExpired as refusal:
        return _expired(refusal)
    page = render_template("accounts/behind_link.html", form=form, kind=kind.value, email=box.email)
    return keep_address_to_oneself(make_response(page, status))


def _expired(refusal: LinkExpired) -> Response:
    page = render_template("accounts/expired.html", sentence=refusal.sentence)
    return keep_address_to_oneself(make_response(page, HTTPStatus.NOT_FOUND))
