"""The front door: signing in and out by password, invitations, and what a person chose for every page.

Nobody is known yet, or only the person: these actions take a `Doorway` where the others take a `Work`.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from outcomes.access.passwords import hashed, is_outdated, matches
from outcomes.access.tokens import address_of
from outcomes.actions.errors import Invalid, Refusal
from outcomes.actions.signing_in_door import (
    FREE_ATTEMPTS,
    MOST_ATTEMPTS,
    WINDOW,
    Doorway,
    LinkExpired,
    TooManyAttempts,
    account_row,
    begin,
    begin_by_password,
    check_pace,
    count_attempt,
    end_all,
    forget_attempts,
    forget_old_attempts,
    living,
    pace_of,
    renew,
    set_password,
)
from outcomes.records.queries.signing_in import Invited, account, account_of, invited
from outcomes.records.session import act_as
from outcomes.records.tables import Invitation, Membership
from outcomes.records.tenancy import let_in
from outcomes.terms import Language, Role
from outcomes.voice import N_

__all__ = [
    "FREE_ATTEMPTS",
    "MOST_ATTEMPTS",
    "THEMES",
    "WINDOW",
    "Doorway",
    "LinkExpired",
    "Oneself",
    "TooManyAttempts",
    "WrongSignIn",
    "accept",
    "begin",
    "change_password",
    "choose_language",
    "choose_theme",
    "end",
    "end_all",
    "forget_old_attempts",
    "renew",
    "sign_in",
    "unlock",
]

THEMES = ("light", "dark", "quiet")


class WrongSignIn(Refusal):
    """Address and password do not belong together; which of the two is wrong is told to nobody."""

    code = "wrong_sign_in"
    sentence = N_("This e-mail address and password do not belong together.")


def sign_in(door: Doorway, email: str, password: str, place: str, device: str) -> str:
    """Sign a person in by password and return the cookie's token: of half a sign-in where a second factor is owed.

    A refused attempt is written too, so the door commits after `WrongSignIn`. `place` is the network, or the known
    device, from which the attempt comes: attempts elsewhere never lock a person out.

    Raises:
        TooManyAttempts: before the password is looked at.
        WrongSignIn: for an unknown address as for a wrong password, after the same work.
    """
    address = address_of(email)
    pace = pace_of(door, address, place)
    check_pace(door, pace)
    known = account(door.session, address)
    right = matches(known.password_hash if known else None, password)
    if known is None or not right or not known.active:
        count_attempt(door, pace)
        raise WrongSignIn
    forget_attempts(door, pace)
    _refresh_hash(door, known.user_id, known.password_hash or "", password)
    return begin_by_password(door, known.user_id, device)


@dataclass(frozen=True, slots=True)
class Oneself:
    """The person who is signed in: the account, this sign-in, and the words a password may not hold."""

    user_id: UUID
    sign_in_id: UUID
    own_words: tuple[str, ...]


def unlock(door: Doorway, person: Oneself, email: str, password: str, place: str) -> str:
    """Open a locked sign-in with the password and return its new token; the second factor was given at its start.

    Raises:
        TooManyAttempts: as `sign_in`, with which it shares the count.
        WrongSignIn: for a wrong password; it is counted.
    """
    pace = pace_of(door, address_of(email), place)
    check_pace(door, pace)
    known = account_of(door.session, person.user_id)
    if known is None or not matches(known.password_hash, password):
        count_attempt(door, pace)
        raise WrongSignIn
    forget_attempts(door, pace)
    return renew(door, person.user_id, person.sign_in_id)


def end(door: Doorway, user_id: UUID, sign_in_id: UUID) -> None:
    """End one sign-in of a person, here or on another device.

    Raises:
        NotFound: if it is another person's, or has ended already.
    """
    act_as(door.session, f"user:{user_id}")
    living(door, user_id, sign_in_id).revoked_at = door.now
    door.session.flush()


def change_password(door: Doorway, person: Oneself, old: str, new: str) -> None:
    """Give a person a new password and end the sign-ins on every other device.

    Raises:
        Invalid: the old password is wrong, or the new one is weak.
    """
    act_as(door.session, f"user:{person.user_id}")
    known = account_of(door.session, person.user_id)
    if known is None or not matches(known.password_hash, old):
        raise Invalid("wrong_password", "old", N_("This is not your present password."))
    set_password(door, person.user_id, new, person.own_words)
    end_all(door, person.user_id, keep=person.sign_in_id)


def accept(door: Doorway, token: str, name: str, password: str, device: str) -> str:
    """Use an invitation: set name and password, end what was open before, sign in, return the token for the cookie.

    A person who has places beyond the reach of whoever made the link keeps the password and must give it; otherwise an
    administrator elsewhere, or a clinician, could take an account over by inviting its address. Where a second factor
    is owed the sign-in is half of one: a link in the wrong hands does not open an account that has a second factor.

    Raises:
        LinkExpired: unknown, used or too old.
        Invalid: the name is missing, the password is weak, or it is not the one the account has already.
    """
    guest = invited(door.session, token, door.now)
    if guest is None:
        raise LinkExpired
    let_in(door.session, guest.clinic_id)
    act_as(door.session, f"user:{guest.user_id}")
    if not name.strip():
        raise Invalid("name_missing", "name", N_("Enter a name."))
    if _reaches_further(door, guest):
        _check_password(door, guest.user_id, password)
    else:
        set_password(door, guest.user_id, password, (name, guest.email))
        end_all(door, guest.user_id)
    _use_up(door, guest, name.strip())
    return begin_by_password(door, guest.user_id, device)


def choose_language(door: Doorway, user_id: UUID, language: Language) -> None:
    """Keep the language in which a person reads."""
    act_as(door.session, f"user:{user_id}")
    account_row(door, user_id).language = language
    door.session.flush()


def choose_theme(door: Doorway, user_id: UUID, theme: str | None) -> None:
    """Keep how a person's pages look; None follows the system."""
    if theme is not None and theme not in THEMES:
        raise Invalid("unknown_theme", "theme", N_("There is no such display."))
    act_as(door.session, f"user:{user_id}")
    account_row(door, user_id).theme = theme
    door.session.flush()


def _refresh_hash(door: Doorway, user_id: UUID, stored: str, password: str) -> None:
    """Hash a password anew when the parameters have grown since."""
    if is_outdated(stored):
        act_as(door.session, f"user:{user_id}")
        account_row(door, user_id).password_hash = hashed(password)
        door.session.flush()


def _reaches_further(door: Doorway, guest: Invited) -> bool:
    """Whether an account with a password has a place that those who made the invitation do not manage."""
    known = account_of(door.session, guest.user_id)
    if known is None or known.password_hash is None:
        return False
    places = door.session.execute(
        select(Membership.clinic_id, Membership.id, Membership.role).where(
            Membership.user_id == guest.user_id, Membership.deleted_at.is_(None)
        )
    ).all()
    by_clinician = any(place.id == guest.membership_id and place.role is Role.PATIENT for place in places)
    return any(
        place.clinic_id != guest.clinic_id or (by_clinician and place.role is not Role.PATIENT) for place in places
    )


def _check_password(door: Doorway, user_id: UUID, password: str) -> None:
    """Refuse a password that is not the account's own."""
    known = account_of(door.session, user_id)
    if known is None or not matches(known.password_hash, password):
        raise Invalid("wrong_password", "password", N_("You have an account already. Enter its password."))


def _use_up(door: Doorway, guest: Invited, name: str) -> None:
    """Mark an invitation as used and give the member the name that was entered."""
    invitation = door.session.get(Invitation, (guest.clinic_id, guest.invitation_id))
    member = door.session.get(Membership, (guest.clinic_id, guest.membership_id))
    if invitation is None or member is None:
        raise LinkExpired
    invitation.used_at = door.now
    invitation.version += 1
    if member.display_name != name:
        member.display_name = name
        member.version += 1
    door.session.flush()
