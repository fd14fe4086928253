"""The link that lets a member set up a sign-in. Opening it shows a page; only the form uses it up."""

from http import HTTPStatus

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in
from outcomes.actions.errors import Invalid
from outcomes.records.queries.signing_in import Invited, invited
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import InvitationForm
from outcomes.web.accounts.ways import come_in, keep_address_to_oneself
from outcomes.web.database import doorway, now, session
from outcomes.web.i18n import language
from outcomes.web.member import member, waiting
from outcomes.web.security import allow, limiter, token_in_form
from outcomes.web.signin import device_name


@blueprint.get("/invitation/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def invitation(token: str) -> ResponseReturnValue:
    """Show whom the invitation is for. Nothing is used up: mail programs open links by themselves."""
    guest = invited(session(), token, now())
    if guest is None:
        return _expired()
    return _page(InvitationForm(name=guest.name), guest)


@token_in_form  # the form asks for its token itself: a page that hides its address sends no Referer
@blueprint.post("/invitation/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def accept_invitation(token: str) -> ResponseReturnValue:
    """Set name and password, use the invitation up and sign in."""
    form, guest = InvitationForm(), invited(session(), token, now())
    if guest is None:
        return _expired()
    if not _may_take_over():
        return _page(form, guest, HTTPStatus.CONFLICT)
    if form.validate():
        try:
            fresh = signing_in.accept(doorway(), token, form.name.data, form.password.data, device_name())
        except Invalid as refusal:
            form.take(refusal)
        else:
            signing_in.choose_language(doorway(), guest.user_id, language())
            return come_in(fresh, None)
    return _page(form, guest, HTTPStatus.UNPROCESSABLE_ENTITY)


def _may_take_over() -> bool:
    """Tell whether accepting may change who is signed in here, and sign that person out where it was said so.

    A link opened on the clinic's own screen never takes a colleague's session over by itself.
    """
    here = member() or waiting()
    if here is None:
        return True
    if request.form.get("instead") != "1":
        return False
    signing_in.end(doorway(), here.user_id, here.sign_in_id)
    return True


def _page(form: InvitationForm, guest: Invited, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    here = member() or waiting()
    page = render_template("accounts/invitation.html", form=form, guest=guest, here=here)
    return keep_address_to_oneself(make_response(page, status))


def _expired() -> ResponseReturnValue:
    """Say that a link is of no use, whatever the reason."""
    page = render_template("accounts/expired.html", sentence=signing_in.LinkExpired.sentence)
    return keep_address_to_oneself(make_response(page, HTTPStatus.NOT_FOUND))
