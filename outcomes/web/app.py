"""The web application, made from settings."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from outcomes.settings import Settings
from outcomes.web.accounts import blueprint as accounts
from outcomes.web.clinic import blueprint as clinic
from outcomes.web.database import RecordsFlask, keep_records
from outcomes.web.errors import answer_errors
from outcomes.web.forms import problems
from outcomes.web.i18n import speak
from outcomes.web.idling import idle_of
from outcomes.web.member import member
from outcomes.web.navigation import show_ways
from outcomes.web.portal import blueprint as portal
from outcomes.web.post_room import open_post_room
from outcomes.web.readable import refuse_unreadable
from outcomes.web.research import blueprint as research
from outcomes.web.security import SecurityHeaders, check_routes, guard
from outcomes.web.security_log import log_refusals
from outcomes.web.signin import recognise_members
from outcomes.web.static_files import serve_static_files
from outcomes.web.themes import show_theme
from outcomes.web.words import show_words

TEMPLATES = Path(__file__).parents[2] / "templates"
LARGEST_REQUEST = 32 * 1024 * 1024
LARGEST_FORM = 2 * 1024 * 1024


def create_app(settings: Settings) -> Flask:
    """Make the web application; it opens the database when the first request needs it."""
    app = RecordsFlask("outcomes", template_folder=str(TEMPLATES), static_folder=None)
    _configure(app, settings)
    keep_records(app, settings)
    open_post_room(app)
    recognise_members(app)
    guard(app)
    log_refusals(app)
    refuse_unreadable(app)
    speak(app)
    show_theme(app)
    show_words(app)
    answer_errors(app)
    app.context_processor(lambda: {"demo": settings.demo, "member": member(), "idle": idle_of(member())})
    app.jinja_env.globals["problems"] = problems
    for room in (accounts, clinic, portal, research):
        app.register_blueprint(room)
    check_routes(app)
    show_ways(app)
    _wrap(app, settings)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    """Set what Flask and its companions read."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-outcomes" if settings.encrypted else "outcomes",
        SESSION_COOKIE_SECURE=settings.encrypted,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=5000,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
        WTF_CSRF_SSL_STRICT=False,  # security.py looks at Origin and Referer itself
        PROPAGATE_EXCEPTIONS=False,
        TRUSTED_HOSTS=_hosts(settings),
        PREFERRED_URL_SCHEME="https" if settings.encrypted else "http",
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _hosts(settings: Settings) -> list[str]:
    """Name the hosts to which the program answers: a foreign name in a request is no reason to repeat it in a link."""
    public = settings.public_url.partition("://")[2].partition(":")[0]
    return sorted({public, "localhost", "127.0.0.1"})


def _wrap(app: Flask, settings: Settings) -> None:
    """Stand static files and security headers around the app, and trust the proxy that ends TLS."""
    serve_static_files(app, settings.static_cache)
    app.wsgi_app = SecurityHeaders(app.wsgi_app, settings)  # type: ignore[method-assign]  # Flask's own way to wrap an app
    if settings.encrypted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]  # the same
