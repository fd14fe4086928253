"""What a patient sees: the own record and nothing else."""

from flask import Blueprint

blueprint = Blueprint("portal", __name__)

from outcomes.web.portal import (  # noqa: E402, F401 - they hang their routes on it
    letters,
    me,
    own,
    questionnaires,
    rights,
    sight,
    take_home,
)
