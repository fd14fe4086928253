"""Who is asking: the signed-in member of this request, put there once by `signin` and read by every page."""

from dataclasses import dataclass
from uuid import UUID

from flask import g

from outcomes.access.scope import Actor
from outcomes.records.queries.signing_in import Place
from outcomes.terms import Language, Role


@dataclass(frozen=True, slots=True)
class Member:
    """A person who is signed in, in the one place in which that person acts now."""

    user_id: UUID
    sign_in_id: UUID
    email: str
    language: Language
    theme: str | None
    place: Place
    places: tuple[Place, ...]

    @property
    def actor(self) -> Actor:
        """The actor of this request."""
        return self.place.actor

    @property
    def role(self) -> Role:
        """As what the person acts."""
        return self.place.actor.role


def member() -> Member | None:
    """Return who is signed in, if anybody."""
    found: Member | None = g.get("member")
    return found


def the_member() -> Member:
    """Return who is signed in, on a page that admits nobody else.

    Raises:
        PermissionError: nobody is; the route's rule is wrong.
    """
    found = member()
    if found is None:
        raise PermissionError("nobody is signed in")
    return found
