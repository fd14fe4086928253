"""Who is asking: the signed-in member of this request, put there once by `signin` and read by every page.

Somebody whose sign-in is not whole is no member: everything that asks for one refuses them by itself, and only the one
room of their standing opens (`security`).
"""

from dataclasses import dataclass
from uuid import UUID

from flask import g

from outcomes.access.scope import Actor
from outcomes.records.queries.signing_in import Place
from outcomes.terms import Language, Role, Standing


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


@dataclass(frozen=True, slots=True)
class Waiting:
    """A person whose sign-in is not whole: the second factor is still owed, or the idle lock has fallen."""

    user_id: UUID
    sign_in_id: UUID
    email: str
    language: Language
    theme: str | None
    standing: Standing


def member() -> Member | None:
    """Return who is signed in, if anybody."""
    found: Member | None = g.get("member")
    return found


def waiting() -> Waiting | None:
    """Return whose sign-in is not whole, if anybody's."""
    found: Waiting | None = g.get("waiting")
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


def own_membership() -> UUID:
    """Return the place of whoever is signed in; a carer's is the carer's own.

    Raises:
        PermissionError: nobody is, or nobody who has a place; the route's rule is wrong.
    """
    membership_id = the_member().actor.membership_id
    if membership_id is None:
        raise PermissionError("nobody with a place is signed in")
    return membership_id


def the_person() -> Member | Waiting:
    """Return whose account this is, on a page that admits members and a standing of its own.

    Raises:
        PermissionError: nobody's; the route's rule is wrong.
    """
    found = member() or waiting()
    if found is None:
        raise PermissionError("nobody has begun to sign in")
    return found
