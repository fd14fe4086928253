"""What researchers see: counts that may be shown, and releases. Never a live record."""

from flask import Blueprint

blueprint = Blueprint("research", __name__)

from outcomes.web.research import desk  # noqa: E402, F401 - it hangs its routes on it
