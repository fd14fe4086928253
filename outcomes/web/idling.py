"""What a page needs to know to leave by itself when nobody is at it: after how long, where to, and when to warn."""

from dataclasses import dataclass

from outcomes.records.queries.signing_in import IDLE
from outcomes.terms import Role
from outcomes.web.member import Member

WARNED_BEFORE = 120


@dataclass(frozen=True, slots=True)
class Idling:
    """After how many seconds a page leaves, and where it goes; `warns` says how many seconds before, if at all."""

    seconds: int
    go: str
    warns: int | None


def idle_of(who: Member | None) -> Idling | None:
    """Return how a member's pages leave; staff pages lock without a word, patients' warn two minutes before."""
    if who is None:
        return None
    role = who.places[0].actor.role
    seconds = int(IDLE[role].total_seconds())
    return Idling(seconds, "/login", WARNED_BEFORE) if role is Role.PATIENT else Idling(seconds, "/locked", None)
