"""Passkeys: registered with an account, and used to sign in without naming it.

What a passkey signs is kept in a row of its own: random, for one browser, taken away by its first use, worthless after
five minutes. A passkey verifies its user, so it is a whole sign-in. Its attempts are not slowed: nothing is guessed.
"""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from outcomes.access.passkeys import (
    NewPasskey,
    PasskeyRefused,
    count_after,
    new_challenge,
    options_to_register,
    options_to_sign_in,
    passkey_named_in,
    registered,
    site_of,
)
from outcomes.actions.errors import Invalid, Refusal
from outcomes.actions.signing_in_door import CHALLENGE_LASTS, NOBODY, Doorway, account_row, begin, forget_old_attempts
from outcomes.actions.signing_in_factors import codes_if_none
from outcomes.records.session import act_as
from outcomes.records.tables import Challenge, Passkey, User
from outcomes.voice import N_

LONGEST_NAME = 64
REFUSED = N_("This passkey was not accepted. Try again, or sign in another way.")


class PasskeyNotAccepted(Refusal):
    """A passkey that is unknown, or whose answer does not hold."""

    code = "passkey_refused"
    sentence = REFUSED


def ask_to_register(door: Doorway, user_id: UUID) -> tuple[UUID, str]:
    """Return the id of a new challenge, for the session, and what the browser needs to make a passkey."""
    challenge_id, random = _challenge(door, user_id)
    known = door.session.scalars(select(Passkey.credential_id).where(Passkey.user_id == user_id)).all()
    email = account_row(door, user_id).email
    return challenge_id, options_to_register(site_of(door.public_url), random, user_id, email, known)


def register(door: Doorway, user_id: UUID, challenge_id: UUID | None, answer: str, name: str) -> tuple[str, ...]:
    """Keep a passkey that a browser made; return the recovery codes made with a person's first factor.

    Raises:
        Invalid: the challenge is used or too old, or the answer does not hold.
    """
    random = _use_up(door, challenge_id, user_id)
    try:
        made = registered(site_of(door.public_url), random or b"", answer)
    except PasskeyRefused as error:
        raise Invalid("passkey_refused", None, REFUSED) from error
    known = select(Passkey.id).where(Passkey.credential_id == made.credential_id)
    if random is None or door.session.scalar(known) is not None:
        raise Invalid("passkey_refused", None, REFUSED)
    act_as(door.session, f"user:{user_id}")
    door.session.add(_row(user_id, made, name.strip()[:LONGEST_NAME] or "-", door.now))
    door.session.flush()
    return codes_if_none(door, user_id)


def ask_to_sign_in(door: Doorway) -> tuple[UUID, str]:
    """Return the id of a new challenge, for the session, and what the browser needs to sign in with a passkey."""
    act_as(door.session, NOBODY)
    forget_old_attempts(door)
    challenge_id, random = _challenge(door, None)
    return challenge_id, options_to_sign_in(site_of(door.public_url), random)


def sign_in_with_passkey(door: Doorway, challenge_id: UUID | None, answer: str, device: str) -> tuple[UUID, str]:
    """Sign in whoever's passkey signed the challenge; return the person and the token for the cookie.

    Raises:
        PasskeyNotAccepted: for an unknown passkey, a used or old challenge, an answer that does not hold, a counter
            that went back, or a closed account.
    """
    random = _use_up(door, challenge_id, None)
    try:
        row = door.session.scalar(select(Passkey).where(Passkey.credential_id == passkey_named_in(answer)))
        if row is None or random is None:
            raise PasskeyNotAccepted
        kept = NewPasskey(row.credential_id, row.public_key, row.sign_count)
        count = count_after(site_of(door.public_url), random, answer, kept)
    except PasskeyRefused as error:
        raise PasskeyNotAccepted from error
    user = door.session.get(User, row.user_id)
    if user is None or not user.active:
        raise PasskeyNotAccepted
    act_as(door.session, f"user:{user.id}")
    row.sign_count, row.used_at = count, door.now
    return user.id, begin(door, user.id, device)


def _challenge(door: Doorway, user_id: UUID | None) -> tuple[UUID, bytes]:
    row = Challenge(id=uuid4(), random=new_challenge(), user_id=user_id, made_at=door.now)
    door.session.add(row)
    door.session.flush()
    return row.id, row.random


def _use_up(door: Doorway, challenge_id: UUID | None, user_id: UUID | None) -> bytes | None:
    """Take a challenge away and return it; None when it is not there, too old or another person's."""
    row = door.session.get(Challenge, challenge_id) if challenge_id else None
    if row is None:
        return None
    random, fits = row.random, row.user_id == user_id and door.now - row.made_at <= CHALLENGE_LASTS
    taken = door.session.execute(delete(Challenge).where(Challenge.id == challenge_id))
    return random if fits and taken.rowcount else None  # type: ignore[attr-defined]  # of a cursor's result


def _row(user_id: UUID, made: NewPasskey, name: str, now: datetime) -> Passkey:
    return Passkey(
        id=uuid4(),
        user_id=user_id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=name,
        made_at=now,
    )
