"""Where each role finds its pages, and where it may safely be sent."""

from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from outcomes.terms import Role
from outcomes.voice import N_
from outcomes.web.member import member

HOME = {
    Role.CLINICIAN: "/worklist",
    Role.ADMINISTRATOR: "/worklist",
    Role.PATIENT: "/me",
    Role.RESEARCHER: "/research",
}
ROLES = {
    Role.CLINICIAN: N_("Clinician"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.PATIENT: N_("Patient"),
    Role.RESEARCHER: N_("Researcher"),
}
CLINIC = (
    (N_("Worklist"), "/worklist"),
    (N_("Patients"), "/patients"),
    (N_("Cohort"), "/cohort"),
    (N_("Library"), "/instruments"),
    (N_("Donors"), "/donors"),
    (N_("Import"), "/import"),
)
PAGES = {
    Role.CLINICIAN: CLINIC,
    Role.ADMINISTRATOR: (
        *CLINIC,
        (N_("Protocol"), "/admin/protocol"),
        (N_("Members"), "/admin/people"),
        (N_("Releases"), "/research"),
    ),
    Role.PATIENT: ((N_("My page"), "/me"),),
    Role.RESEARCHER: ((N_("Research"), "/research"), (N_("Library"), "/instruments")),
}


def home(role: Role) -> str:
    """Return the page on which a role begins."""
    return HOME[role]


def safe_target(wanted: str | None, otherwise: str) -> str:
    """Return the path of this site that was asked for; anything that could lead elsewhere is not followed."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or "\\" in wanted:
        return otherwise
    if any(ord(letter) < ord(" ") for letter in wanted):
        return otherwise
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path == "/logout":
        return otherwise
    return wanted


def _exists(app: Flask, path: str) -> bool:
    """Tell whether a page answers at a path."""
    try:
        app.url_map.bind("localhost").match(path, "GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def _menu(pages: dict[Role, tuple[tuple[str, str], ...]]) -> list[tuple[str, str, bool]]:
    """Return the menu of who is asking: label, path, and whether it is the part of the house one is in."""
    who = member()
    if who is None:
        return []
    here = request.path
    return [(label, path, here == path or here.startswith(f"{path}/")) for label, path in pages[who.role]]


def show_ways(app: Flask) -> None:
    """Give the templates the menu; a page that is not there is not named. Comes after all routes."""
    pages = {role: tuple(way for way in ways if _exists(app, way[1])) for role, ways in PAGES.items()}
    app.context_processor(lambda: {"menu": _menu(pages), "role_names": ROLES})
