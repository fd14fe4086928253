"""Pages of the portal room."""

from flask import Blueprint

blueprint = Blueprint("portal", __name__)
