"""How pages look: light, dark, quiet, or as the system says. Kept with the account, and in a cookie before sign-in."""

from flask import Flask, request

from outcomes.actions.signing_in import THEMES
from outcomes.voice import N_
from outcomes.web.member import member, waiting

COOKIE = "theme"
NAMES = {"light": N_("Light"), "dark": N_("Dark"), "quiet": N_("Quiet")}


def theme() -> str | None:
    """Return the theme of this request; None leaves it to the system."""
    who = member() or waiting()
    chosen = who.theme if who is not None and who.theme else request.cookies.get(COOKIE)
    return chosen if chosen in THEMES else None


def show_theme(app: Flask) -> None:
    """Tell the templates of an app how the page is to look."""
    app.context_processor(lambda: {"theme": theme(), "themes": NAMES})
