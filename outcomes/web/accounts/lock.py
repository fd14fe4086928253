"""The idle lock: after a quarter of an hour staff are asked for the password or a passkey, and return to the same page.

The lock page shows nothing of the record. Drafts are kept by the server as they are typed, so nothing is lost.
"""

from http import HTTPStatus

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in
from outcomes.records.queries.factors import factors_of
from outcomes.terms import Standing
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import PasskeyForm, ProofForm
from outcomes.web.accounts.ways import onward
from outcomes.web.database import doorway, session
from outcomes.web.i18n import say
from outcomes.web.member import member, the_member, the_person
from outcomes.web.security import allow, limiter
from outcomes.web.security_log import note_entry
from outcomes.web.signin import enter_again, place_of_attempt


@blueprint.get("/account/awake")
@allow(Access.SIGNED_IN)
def awake() -> ResponseReturnValue:
    """Hear from a page that somebody is at it; that the sign-in was used is written down as for any page."""
    the_member()
    return "", HTTPStatus.NO_CONTENT


@blueprint.get("/locked")
@allow(Access.UNLOCKING)
def locked() -> ResponseReturnValue:
    """Show the lock; who is not locked out goes back to the page."""
    wanted = request.args.get("next", "")
    return redirect(onward(wanted)) if member() else _page(ProofForm(next=wanted))


@blueprint.post("/locked")
@allow(Access.UNLOCKING)
@limiter.limit("60/minute")
def unlock() -> ResponseReturnValue:
    """Open the lock with the password; the second factor was given at the start of this sign-in."""
    form, who = ProofForm(), the_person()
    if member():
        return redirect(onward(form.next.data))
    if not form.validate():
        return _page(form)
    oneself = signing_in.Oneself(who.user_id, who.sign_in_id, ())
    try:
        token = signing_in.unlock(doorway(), oneself, who.email, form.password.data, place_of_attempt(who.email))
    except signing_in.WrongSignIn:
        form.password.errors = [say("This is not your present password.")]
        return _page(form)
    except signing_in.TooManyAttempts as refusal:
        form.form_errors.append(say(refusal.sentence, **refusal.values))
        return _page(form), HTTPStatus.TOO_MANY_REQUESTS
    enter_again(token)
    note_entry(who.user_id, who.sign_in_id, Standing.FULL)
    return redirect(onward(form.next.data))


def _page(form: ProofForm) -> str:
    has_key = factors_of(session(), the_person().user_id).passkeys
    passkey = PasskeyForm(next=form.next.data) if has_key else None
    return render_template("accounts/locked.html", form=form, passkey=passkey)
