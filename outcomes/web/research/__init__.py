"""Releases: built by administrators, approved by a second person, taken by researchers. Never a live record."""

from flask import Blueprint

blueprint = Blueprint("research", __name__)

from outcomes.web.research import desk, prepare, safe_room, taking  # noqa: E402, F401 - they hang their routes on it
