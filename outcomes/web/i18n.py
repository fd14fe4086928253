"""The language of a page, and the voice that speaks it."""

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, current_app, g, request
from markupsafe import Markup, escape

from outcomes.terms import Language
from outcomes.voice import Voice
from outcomes.web.member import member, waiting

COOKIE = "language"
YEAR = 365 * 24 * 3600
NAMES = {Language.ENGLISH: "English", Language.TURKISH: "Türkçe"}


def language() -> Language:
    """Return the language of this request: the member's, else the one chosen before, else the browser's."""
    who = member() or waiting()
    if who is not None:
        return who.language
    chosen = request.cookies.get(COOKIE, "")
    if chosen in {word.value for word in Language}:
        return Language(chosen)
    return Language(request.accept_languages.best_match([word.value for word in Language], Language.ENGLISH.value))


def voice() -> Voice:
    """Return the voice of this request."""
    if "voice" not in g:
        g.voice = Voice(language())
    speaking: Voice = g.voice
    return speaking


def say(message: str, **values: object) -> str:
    """Translate a sentence in a template; a value that is markup stays markup, all else is escaped."""
    if any(isinstance(value, Markup) for value in values.values()):
        return Markup(escape(voice().say(message))) % values  # noqa: S704 - the message itself is escaped first
    return voice().say(message, **values)


def count(one: str, many: str, n: int, **values: object) -> str:
    """Translate a sentence that depends on a number."""
    return voice().count(one, many, n, **values)


class FormWords:
    """What WTForms asks for the sentences of its own validators."""

    def gettext(self, message: str) -> str:
        """Translate one sentence."""
        return voice().say(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Translate a sentence that depends on a number; WTForms puts the number in by itself."""
        return voice().say(one if n == 1 else many)


def _words() -> Mapping[str, Any]:
    """What every template may use to speak."""
    return {"voice": voice(), "language": language().value, "languages": NAMES}


def _remember(response: Response) -> Response:
    """Let the browser know a member's language, for the page that is shown when nobody can be looked up."""
    who = member()
    if who is not None and request.cookies.get(COOKIE) != who.language:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.set_cookie(COOKIE, who.language, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
    return response


def speak(app: Flask) -> None:
    """Give the templates of an app their voice."""
    app.jinja_env.globals.update(_=say, ngettext=count)
    app.jinja_env.filters["say"] = say
    app.context_processor(lambda: dict(_words()))
    app.after_request(_remember)
