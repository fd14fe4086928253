"""Pages of the clinic room."""

from flask import Blueprint

blueprint = Blueprint("clinic", __name__)
