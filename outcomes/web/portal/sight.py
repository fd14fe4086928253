"""How somebody wants the own page: which charts are put away, and still pictures alone. The browser keeps it."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.terms import Domain
from outcomes.web.database import records
from outcomes.web.portal import blueprint
from outcomes.web.security import YEAR, allow

COOKIE = "own_page"
STILL = "still"
DIARY, ACTIVITIES = "diary", "activities"
PARTS = (*(each.value for each in Domain), DIARY, ACTIVITIES)


@dataclass(frozen=True, slots=True)
class Sight:
    """What is shown: `still` leaves the drawing library out, `hidden` names the parts whose charts are put away."""

    still: bool = False
    hidden: frozenset[str] = frozenset()

    def changed(self, change: str) -> "Sight | None":
        """The sight after a change: "still", "drawn", "hide.fatigue" or "show.fatigue"; None for any other."""
        what, _, part = change.partition(".")
        if change in {STILL, "drawn"}:
            return Sight(change == STILL, self.hidden)
        if part not in PARTS or what not in {"hide", "show"}:
            return None
        return Sight(self.still, self.hidden | {part} if what == "hide" else self.hidden - {part})

    @property
    def kept(self) -> str:
        """How the browser keeps it."""
        return ".".join(self._words())

    def _words(self) -> Iterator[str]:
        if self.still:
            yield STILL
        yield from (part for part in PARTS if part in self.hidden)


def sight() -> Sight:
    """Return how this browser wants the page."""
    words = set(request.cookies.get(COOKIE, "").split("."))
    return Sight(STILL in words, frozenset(words & set(PARTS)))


@blueprint.post("/me/view")
@allow(Access.PATIENTS)
def choose_sight() -> ResponseReturnValue:
    """Put a chart away or bring it back, or change between still pictures and drawn charts."""
    change = request.form.get("change", "")
    wanted = sight().changed(change)
    if wanted is None:
        abort(HTTPStatus.BAD_REQUEST)
    part = change.partition(".")[2]
    response = redirect(url_for("portal.me", _anchor=f"part-{part}" if part else "charts"), HTTPStatus.SEE_OTHER)
    secure = records().settings.encrypted
    response.set_cookie(COOKIE, wanted.kept, max_age=YEAR, secure=secure, httponly=True, samesite="Lax", path="/me")
    return response
