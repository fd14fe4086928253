"""The second factor at sign-in: a code of the app, a recovery code, or a passkey."""

from http import HTTPStatus

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import signing_in_factors
from outcomes.actions.signing_in import TooManyAttempts
from outcomes.records.queries.factors import factors_of
from outcomes.web.accounts import blueprint
from outcomes.web.accounts.forms import CodeForm, PasskeyForm
from outcomes.web.accounts.ways import come_in, onward
from outcomes.web.database import doorway, session
from outcomes.web.i18n import say
from outcomes.web.member import member, the_person
from outcomes.web.security import allow, limiter
from outcomes.web.signin import place_of_attempt


@blueprint.get("/second-factor")
@allow(Access.SECOND_FACTOR)
def second_factor() -> ResponseReturnValue:
    """Ask for the second factor; who is inside already goes on."""
    wanted = request.args.get("next", "")
    return redirect(onward(wanted)) if member() else _page(CodeForm(next=wanted))


@blueprint.post("/second-factor")
@allow(Access.SECOND_FACTOR)
@limiter.limit("60/minute")
def give_second_factor() -> ResponseReturnValue:
    """Complete the sign-in with a code. A refused one is counted."""
    form, who = CodeForm(), the_person()
    if member():
        return redirect(onward(form.next.data))
    if not form.validate():
        return _page(form)
    try:
        place = place_of_attempt(who.email)
        token = signing_in_factors.give_code(doorway(), who.user_id, who.sign_in_id, form.code.data, place)
    except signing_in_factors.WrongCode as refusal:
        form.code.errors = [say(refusal.sentence)]
        return _page(form)
    except TooManyAttempts as refusal:
        form.form_errors.append(say(refusal.sentence, **refusal.values))
        return _page(form), HTTPStatus.TOO_MANY_REQUESTS
    return come_in(token, form.next.data)


def _page(form: CodeForm) -> str:
    factors = factors_of(session(), the_person().user_id)
    passkey = PasskeyForm(next=form.next.data) if factors.passkeys else None
    return render_template("accounts/second_factor.html", form=form, factors=factors, passkey=passkey)
