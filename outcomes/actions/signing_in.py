"""The front door: signing in and out, invitations, passwords, and what a person chose for every page.

Nobody is known yet, or only the person: these actions take a `Doorway` where the others take a `Work`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from outcomes.access.passwords import WeakPassword, check_strength, hashed, is_outdated, matches
from outcomes.access.tokens import address_of, keyed_hash, new_token, token_hash
from outcomes.actions.errors import Invalid, NotFound, Refusal
from outcomes.records.queries.signing_in import Invited, account, account_of, failures, invited
from outcomes.records.session import act_as
from outcomes.records.tables import Invitation, Membership, SignIn, SignInAttempt, User
from outcomes.terms import Language, Role
from outcomes.voice import N_

WINDOW = timedelta(minutes=15)
MOST_ATTEMPTS = 10
FREE_ATTEMPTS = 3
THEMES = ("light", "dark", "quiet")
LONGEST_DEVICE = 120
NOBODY = "visitor"


@dataclass(frozen=True, slots=True)
class Doorway:
    """What an action at the front door is given: the session, the instant, and a key that hides addresses."""

    session: Session
    now: datetime
    key: bytes


class WrongSignIn(Refusal):
    """Address and password do not belong together; which of the two is wrong is told to nobody."""

    code = "wrong_sign_in"
    sentence = N_("This e-mail address and password do not belong together.")


class TooManyAttempts(Refusal):
    """Too many refused sign-ins of this account from this place."""

    code = "too_many_attempts"
    sentence = N_("Too many attempts. Wait %(seconds)s seconds, then try again.")

    def __init__(self, seconds: int) -> None:
        super().__init__(self.code)
        self.values = {"seconds": seconds}


class LinkExpired(Refusal):
    """A link that is unknown, used or too old."""

    code = "link_expired"
    sentence = N_("This link has been used or is too old. Ask the clinic for a new one.")


def sign_in(door: Doorway, email: str, password: str, place: str, device: str) -> str:
    """Sign a person in by password and return the token for the cookie.

    A refused attempt is written too, so the door commits after `WrongSignIn`. `place` is the network, or the known
    device, from which the attempt comes: attempts elsewhere never lock a person out.

    Raises:
        TooManyAttempts: before the password is looked at.
        WrongSignIn: for an unknown address as for a wrong password, after the same work.
    """
    address = address_of(email)
    keys = keyed_hash(door.key, f"account {address}"), keyed_hash(door.key, f"place {place}")
    _check_pace(door, *keys)
    known = account(door.session, address)
    right = matches(known.password_hash if known else None, password)
    if known is None or not right or not known.active:
        _count_attempt(door, *keys)
        raise WrongSignIn
    _forget_attempts(door, *keys)
    _refresh_hash(door, known.user_id, known.password_hash or "", password)
    return begin(door, known.user_id, device)


def begin(door: Doorway, user_id: UUID, device: str) -> str:
    """Write a sign-in of a person who has been recognised and return the token for the cookie."""
    act_as(door.session, f"user:{user_id}")
    token = new_token()
    door.session.add(
        SignIn(
            id=uuid4(),
            user_id=user_id,
            token_hash=token_hash(token),
            device=device[:LONGEST_DEVICE],
            made_at=door.now,
            seen_at=door.now,
        )
    )
    door.session.flush()
    return token


def end(door: Doorway, user_id: UUID, sign_in_id: UUID) -> None:
    """End one sign-in of a person, here or on another device.

    Raises:
        NotFound: if it is another person's, or has ended already.
    """
    act_as(door.session, f"user:{user_id}")
    row = door.session.scalar(
        select(SignIn).where(SignIn.id == sign_in_id, SignIn.user_id == user_id, SignIn.revoked_at.is_(None))
    )
    if row is None:
        raise NotFound("sign_in", sign_in_id)
    row.revoked_at = door.now
    door.session.flush()


def end_all(door: Doorway, user_id: UUID, keep: UUID | None = None) -> None:
    """End every sign-in of a person but the one to keep: after a new password, another role, a deactivation."""
    living = update(SignIn).where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None))
    if keep is not None:
        living = living.where(SignIn.id != keep)
    door.session.execute(living.values(revoked_at=door.now))


@dataclass(frozen=True, slots=True)
class Oneself:
    """The person who is signed in: the account, this sign-in, and the words a password may not hold."""

    user_id: UUID
    sign_in_id: UUID
    own_words: tuple[str, ...]


def change_password(door: Doorway, person: Oneself, old: str, new: str) -> None:
    """Give a person a new password and end the sign-ins on every other device.

    Raises:
        Invalid: the old password is wrong, or the new one is weak.
    """
    act_as(door.session, f"user:{person.user_id}")
    known = account_of(door.session, person.user_id)
    if known is None or not matches(known.password_hash, old):
        raise Invalid("wrong_password", "old", N_("This is not your present password."))
    _set_password(door, person.user_id, new, person.own_words)
    end_all(door, person.user_id, keep=person.sign_in_id)


def accept(door: Doorway, token: str, name: str, password: str, device: str) -> str:
    """Use an invitation: set name and password, end what was open before, sign in, return the token for the cookie.

    A person who has places beyond the reach of whoever made the link keeps the password and must give it; otherwise an
    administrator elsewhere, or a clinician, could take an account over by inviting its address.

    Raises:
        LinkExpired: unknown, used or too old.
        Invalid: the name is missing, the password is weak, or it is not the one the account has already.
    """
    guest = invited(door.session, token, door.now)
    if guest is None:
        raise LinkExpired
    act_as(door.session, f"user:{guest.user_id}")
    if not name.strip():
        raise Invalid("name_missing", "name", N_("Enter a name."))
    if _reaches_further(door, guest):
        _check_password(door, guest.user_id, password)
    else:
        _set_password(door, guest.user_id, password, (name, guest.email))
        end_all(door, guest.user_id)
    _use_up(door, guest, name.strip())
    return begin(door, guest.user_id, device)


def choose_language(door: Doorway, user_id: UUID, language: Language) -> None:
    """Keep the language in which a person reads."""
    act_as(door.session, f"user:{user_id}")
    _user(door, user_id).language = language
    door.session.flush()


def choose_theme(door: Doorway, user_id: UUID, theme: str | None) -> None:
    """Keep how a person's pages look; None follows the system."""
    if theme is not None and theme not in THEMES:
        raise Invalid("unknown_theme", "theme", N_("There is no such display."))
    act_as(door.session, f"user:{user_id}")
    _user(door, user_id).theme = theme
    door.session.flush()


def forget_old_attempts(door: Doorway) -> None:
    """Delete refused attempts that no longer count."""
    door.session.execute(delete(SignInAttempt).where(SignInAttempt.at < door.now - WINDOW))


def _user(door: Doorway, user_id: UUID) -> User:
    """Return an account to write to."""
    user = door.session.get(User, user_id)
    if user is None:
        raise NotFound("user_account", user_id)
    return user


def _check_pace(door: Doorway, account_hash: str, place_hash: str) -> None:
    """Refuse an attempt that comes too soon: free at first, then twice as long a wait after each refusal."""
    count, last = failures(door.session, account_hash, place_hash, door.now - WINDOW)
    if last is None or count < FREE_ATTEMPTS:
        return
    wait = WINDOW if count >= MOST_ATTEMPTS else timedelta(seconds=2 ** (count - FREE_ATTEMPTS))
    left = (last + wait - door.now).total_seconds()
    if left > 0:
        raise TooManyAttempts(ceil(left))


def _count_attempt(door: Doorway, account_hash: str, place_hash: str) -> None:
    """Write down a refused attempt."""
    act_as(door.session, NOBODY)
    forget_old_attempts(door)
    door.session.add(SignInAttempt(id=uuid4(), account_hash=account_hash, place_hash=place_hash, at=door.now))
    door.session.flush()


def _forget_attempts(door: Doorway, account_hash: str, place_hash: str) -> None:
    """Delete the refused attempts of somebody who then signed in."""
    mine = delete(SignInAttempt).where(SignInAttempt.account_hash == account_hash)
    door.session.execute(mine.where(SignInAttempt.place_hash == place_hash))


def _refresh_hash(door: Doorway, user_id: UUID, stored: str, password: str) -> None:
    """Hash a password anew when the parameters have grown since."""
    if is_outdated(stored):
        act_as(door.session, f"user:{user_id}")
        _user(door, user_id).password_hash = hashed(password)
        door.session.flush()


def _set_password(door: Doorway, user_id: UUID, password: str, own: tuple[str, ...]) -> None:
    """Store a new password if it is strong enough."""
    try:
        check_strength(password, *own)
    except WeakPassword as weak:
        raise Invalid("weak_password", "password", weak.sentence, **weak.values) from weak
    _user(door, user_id).password_hash = hashed(password)
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
