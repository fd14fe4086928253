"""Sign-in, invitations and one's own account."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from outcomes.web.accounts import account, choices, front_door, invitation  # noqa: E402, F401 - they hang their routes on it
