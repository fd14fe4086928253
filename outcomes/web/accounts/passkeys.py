"""Signing in with a passkey: at the front door, as second factor, or at the lock. It is a whole sign-in by itself."""

from http import HTTPStatus

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in, signing_in_passkeys
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import PasskeyForm
from outcomes.web.accounts.ways import come_in
from outcomes.web.database import doorway
from outcomes.web.i18n import say
from outcomes.web.member import member, waiting
from outcomes.web.security import allow, limiter
from outcomes.web.signin import device_name, keep_challenge, the_challenge


@blueprint.post("/passkey/options")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def passkey_options() -> ResponseReturnValue:
    """Give the browser something to sign with any passkey it has for this site; no account is named."""
    challenge_id, options = signing_in_passkeys.ask_to_sign_in(doorway())
    keep_challenge(challenge_id)
    return Response(options, mimetype="application/json")


@blueprint.post("/passkey")
@allow(Access.EVERYONE)
@limiter.limit("60/minute")
def use_passkey() -> ResponseReturnValue:
    """Sign in whoever's passkey it is. The sign-in that stood in this browser before is over."""
    form, before = PasskeyForm(), member() or waiting()
    challenge = the_challenge()
    try:
        answer = form.credential.data if form.validate() else ""
        user_id, token = signing_in_passkeys.sign_in_with_passkey(doorway(), challenge, answer, device_name())
    except signing_in_passkeys.PasskeyNotAccepted as refusal:
        flash(say(refusal.sentence))
        return redirect(url_for("accounts.login", next=form.next.data), HTTPStatus.SEE_OTHER)
    if before is not None:
        signing_in.end(doorway(), before.user_id, before.sign_in_id)
    same = before is None or before.user_id == user_id
    return come_in(token, form.next.data if same else None)
