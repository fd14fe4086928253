"""The link that lets a member set up a sign-in. Opening it shows a page; only the form uses it up."""

from http import HTTPStatus

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in
from outcomes.actions.errors import Invalid
from outcomes.records.queries.signing_in import invited
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import InvitationForm
from outcomes.web.database import doorway, now, session
from outcomes.web.i18n import language
from outcomes.web.security import allow, limiter
from outcomes.web.signin import device_name, enter


@blueprint.get("/invitation/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def invitation(token: str) -> ResponseReturnValue:
    """Show whom the invitation is for. Nothing is used up: mail programs open links by themselves."""
    guest = invited(session(), token, now())
    if guest is None:
        return _expired()
    return render_template("accounts/invitation.html", form=InvitationForm(name=guest.name), guest=guest)


@blueprint.post("/invitation/<token>")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def accept_invitation(token: str) -> ResponseReturnValue:
    """Set name and password, use the invitation up and sign in."""
    form, guest = InvitationForm(), invited(session(), token, now())
    if guest is None:
        return _expired()
    if form.validate():
        try:
            fresh = signing_in.accept(doorway(), token, form.name.data, form.password.data, device_name())
        except Invalid as refusal:
            form.take(refusal)
        else:
            signing_in.choose_language(doorway(), guest.user_id, language())
            enter(fresh)
            return redirect("/")
    return render_template("accounts/invitation.html", form=form, guest=guest), HTTPStatus.UNPROCESSABLE_ENTITY


def _expired() -> ResponseReturnValue:
    """Say that a link is of no use, whatever the reason."""
    return render_template("accounts/expired.html", sentence=signing_in.LinkExpired.sentence), HTTPStatus.NOT_FOUND
