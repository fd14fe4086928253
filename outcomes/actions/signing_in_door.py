"""What every action at the front door stands on: the doorway, the pace of attempts, and a sign-in's row.

Refused attempts are counted by account and by place together. Three are free, then each doubles the wait, and ten in a
quarter of an hour close the door to that account from that place (ASVS 5.0, 6.3.1). A place is a network, or a device
that has signed in to this account before: a stranger elsewhere never slows an owner down, and a passkey passes by the
counting altogether, for it cannot be guessed (6.1.1).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID, uuid4

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from outcomes.access.passwords import WeakPassword, check_strength, hashed
from outcomes.access.sealed_secrets import MasterKeys
from outcomes.access.tokens import keyed_hash, new_token, token_hash
from outcomes.actions.errors import Invalid, NotFound, Refusal
from outcomes.records.queries.factors import has_factor, is_staff
from outcomes.records.queries.signing_in import failures
from outcomes.records.session import act_as
from outcomes.records.tables import Challenge, SignIn, SignInAttempt, User
from outcomes.voice import N_

WINDOW = timedelta(minutes=15)
MOST_ATTEMPTS = 10
FREE_ATTEMPTS = 3
LONGEST_DEVICE = 120
NOBODY = "visitor"
CHALLENGE_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Doorway:
    """What an action at the front door is given: the session, the instant, and a key that hides addresses.

    `demo` spares invented staff the second factor; `master_keys` seal the secrets of authenticator apps; `public_url`
    is the site to which passkeys answer.
    """

    session: Session
    now: datetime
    key: bytes
    demo: bool = False
    master_keys: MasterKeys = ()
    public_url: str = ""


class TooManyAttempts(Refusal):
    """Too many refused attempts on this account from this place."""

    code = "too_many_attempts"
    sentence = N_("Too many attempts. Wait %(seconds)s seconds, then try again.")

    def __init__(self, seconds: int) -> None:
        super().__init__(self.code)
        self.values = {"seconds": seconds}


class LinkExpired(Refusal):
    """A link that is unknown, used or too old."""

    code = "link_expired"
    sentence = N_("This link has been used or is too old. Ask the clinic for a new one.")


@dataclass(frozen=True, slots=True)
class Pace:
    """The attempts on one account from one place."""

    account_hash: str
    place_hash: str


def pace_of(door: Doorway, account: str, place: str) -> Pace:
    """Return under which keyed hashes attempts are counted; neither can be read back."""
    return Pace(keyed_hash(door.key, f"account {account}"), keyed_hash(door.key, f"place {place}"))


def check_pace(door: Doorway, pace: Pace) -> None:
    """Refuse an attempt that comes too soon: free at first, then twice as long a wait after each refusal.

    Raises:
        TooManyAttempts: with the seconds to wait.
    """
    count, last = failures(door.session, pace.account_hash, pace.place_hash, door.now - WINDOW)
    if last is None or count < FREE_ATTEMPTS:
        return
    wait = WINDOW if count >= MOST_ATTEMPTS else timedelta(seconds=2 ** (count - FREE_ATTEMPTS))
    left = (last + wait - door.now).total_seconds()
    if left > 0:
        raise TooManyAttempts(ceil(left))


def count_attempt(door: Doorway, pace: Pace) -> None:
    """Write down a refused attempt."""
    act_as(door.session, NOBODY)
    forget_old_attempts(door)
    row = SignInAttempt(id=uuid4(), account_hash=pace.account_hash, place_hash=pace.place_hash, at=door.now)
    door.session.add(row)
    door.session.flush()


def forget_attempts(door: Doorway, pace: Pace) -> None:
    """Delete the refused attempts of somebody who then got in."""
    mine = delete(SignInAttempt).where(SignInAttempt.account_hash == pace.account_hash)
    door.session.execute(mine.where(SignInAttempt.place_hash == pace.place_hash))


def forget_old_attempts(door: Doorway) -> None:
    """Delete refused attempts and challenges that no longer count."""
    door.session.execute(delete(SignInAttempt).where(SignInAttempt.at < door.now - WINDOW))
    door.session.execute(delete(Challenge).where(Challenge.made_at < door.now - CHALLENGE_LASTS))


def owes_factor(door: Doorway, user_id: UUID) -> bool:
    """Tell whether a password alone is not enough: for staff, and for whoever has set a second factor up.

    In the demo, whose people are invented and which listens on its own machine alone, staff are not made to set one up.
    """
    return has_factor(door.session, user_id) or (not door.demo and is_staff(door.session, user_id))


def begin(door: Doorway, user_id: UUID, device: str, *, half: bool = False) -> str:
    """Write a sign-in of a person who has been recognised and return the token for the cookie.

    A `half` one admits to the pages of the second factor and to nothing else.
    """
    return _write(door, user_id, device, door.now, half=half)


def begin_by_password(door: Doorway, user_id: UUID, device: str) -> str:
    """Write the sign-in of a person who gave one factor: half of one where a second is owed."""
    return begin(door, user_id, device, half=owes_factor(door, user_id))


def renew(door: Doorway, user_id: UUID, sign_in_id: UUID) -> str:
    """Put a fresh whole sign-in in the place of one and return its token: what was copied before is worth nothing.

    The twelve hours go on from the first; only a half one's begin now.

    Raises:
        NotFound: if it is another person's, or has ended.
    """
    row = living(door, user_id, sign_in_id)
    row.revoked_at = door.now
    return _write(door, user_id, row.device or "", door.now if row.half else row.made_at, half=False)


def end_all(door: Doorway, user_id: UUID, keep: UUID | None = None) -> None:
    """End every sign-in of a person but the one to keep: after a new password, another role, a deactivation."""
    alive = update(SignIn).where(SignIn.user_id == user_id, SignIn.revoked_at.is_(None))
    if keep is not None:
        alive = alive.where(SignIn.id != keep)
    door.session.execute(alive.values(revoked_at=door.now))


def living(door: Doorway, user_id: UUID, sign_in_id: UUID) -> SignIn:
    """Return a sign-in of a person that has not ended.

    Raises:
        NotFound: if it is another person's, or has ended.
    """
    row = door.session.get(SignIn, sign_in_id)
    if row is None or row.user_id != user_id or row.revoked_at is not None:
        raise NotFound("sign_in", sign_in_id)
    return row


def account_row(door: Doorway, user_id: UUID) -> User:
    """Return an account to write to.

    Raises:
        NotFound: if there is none.
    """
    user = door.session.get(User, user_id)
    if user is None:
        raise NotFound("user_account", user_id)
    return user


def set_password(door: Doorway, user_id: UUID, password: str, own: tuple[str, ...]) -> None:
    """Store a new password.

    Raises:
        Invalid: if it is weak.
    """
    try:
        check_strength(password, *own)
    except WeakPassword as weak:
        raise Invalid("weak_password", "password", weak.sentence, **weak.values) from weak
    account_row(door, user_id).password_hash = hashed(password)
    door.session.flush()


def _write(door: Doorway, user_id: UUID, device: str, made_at: datetime, *, half: bool) -> str:
    act_as(door.session, f"user:{user_id}")
    token = new_token()
    door.session.add(
        SignIn(
            id=uuid4(),
            user_id=user_id,
            token_hash=token_hash(token),
            device=device[:LONGEST_DEVICE],
            made_at=made_at,
            seen_at=door.now,
            half=half,
        )
    )
    door.session.flush()
    return token
