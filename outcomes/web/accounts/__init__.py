"""Sign-in, invitations and one's own account."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from outcomes.web.accounts import (  # noqa: E402, F401 - they hang their routes on it
    account,
    choices,
    factors,
    front_door,
    invitation,
    letters,
    lock,
    passkeys,
    policy_report,
    second_factor,
)
