"""Pages of the research room."""

from flask import Blueprint

blueprint = Blueprint("research", __name__)
