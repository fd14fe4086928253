"""The second factor: an authenticator app or a passkey set up, a code asked for, recovery codes in reserve.

An app's secret is sealed under the master key; a code works once (ASVS 5.0, 6.5.1). Recovery codes are shown once,
kept under Argon2id, and each works once. Setting a factor up or taking one away ends the person's other sign-ins.
"""

from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from outcomes.access.one_time_codes import (
    bare,
    looks_like_a_code,
    looks_like_a_recovery_code,
    new_recovery_codes,
    new_secret,
    step_of,
)
from outcomes.access.passwords import hashed, matches
from outcomes.access.rules import Act
from outcomes.access.sealed_secrets import open_secret, seal_secret
from outcomes.actions.checks import fits, needed
from outcomes.actions.errors import Invalid, NotFound, Refusal
from outcomes.actions.signing_in_door import (
    Doorway,
    account_row,
    check_pace,
    count_attempt,
    end_all,
    forget_attempts,
    pace_of,
    renew,
)
from outcomes.actions.work import Work, edit_row, found, may
from outcomes.records.queries.factors import has_factor
from outcomes.records.queries.signing_in import account_of
from outcomes.records.session import act_as
from outcomes.records.tables import Membership, Passkey, RecoveryCode, SignIn, UsedCode, User
from outcomes.terms import Role
from outcomes.voice import N_

LONGEST_REASON = 200
WRONG = N_("This code is not right, or it was used already. Wait for the next one.")


class WrongCode(Refusal):
    """A one-time or recovery code that is wrong, used or too old."""

    code = "wrong_code"
    sentence = WRONG


def prove_oneself(door: Doorway, user_id: UUID, password: str, place: str) -> None:
    """Ask for the password before a factor is changed, so that an open page alone is not enough (ASVS 5.0, 7.5.1).

    Raises:
        TooManyAttempts: too many wrong ones from this place.
        Invalid: it is not the account's; the attempt is counted.
    """
    pace = pace_of(door, f"proof {user_id}", place)
    check_pace(door, pace)
    known = account_of(door.session, user_id)
    if known is None or not matches(known.password_hash, password):
        count_attempt(door, pace)
        raise Invalid("wrong_password", "proof", N_("This is not your present password."))
    forget_attempts(door, pace)


def start_app(door: Doorway, user_id: UUID) -> str:
    """Return the secret for an authenticator app; it counts when a code from the app has confirmed it.

    Asked again before that, it is the same secret.

    Raises:
        Invalid: there is an app already.
    """
    act_as(door.session, f"user:{user_id}")
    user = account_row(door, user_id)
    if user.second_factor_since is not None:
        raise Invalid("app_already", None, N_("An authenticator app is set up already. Take it away first."))
    if user.second_factor_secret is not None:
        return open_secret(door.master_keys, user_id, user.second_factor_secret)
    secret = new_secret()
    user.second_factor_secret = seal_secret(door.master_keys, user_id, secret)
    door.session.flush()
    return secret


def confirm_app(door: Doorway, user_id: UUID, typed: str) -> tuple[str, ...]:
    """Let an authenticator app count once it has given a right code; return the recovery codes made for it, if any.

    Raises:
        NotFound: no app was started.
        Invalid: the code is not right.
    """
    user = account_row(door, user_id)
    if user.second_factor_secret is None or user.second_factor_since is not None:
        raise NotFound("second_factor", user_id)
    act_as(door.session, f"user:{user_id}")
    if not _app_code_holds(door, user, bare(typed)):
        raise Invalid("wrong_code", "code", WRONG)
    user.second_factor_since = door.now
    door.session.flush()
    return codes_if_none(door, user_id)


def remove_app(door: Doorway, user_id: UUID) -> None:
    """Take the authenticator app away.

    Raises:
        NotFound: there is none.
    """
    act_as(door.session, f"user:{user_id}")
    user = account_row(door, user_id)
    if user.second_factor_since is None:
        raise NotFound("second_factor", user_id)
    user.second_factor_secret = user.second_factor_since = None
    door.session.flush()


def remove_passkey(door: Doorway, user_id: UUID, passkey_id: UUID) -> None:
    """Take a passkey away.

    Raises:
        NotFound: if it is another person's or there is none.
    """
    act_as(door.session, f"user:{user_id}")
    row = door.session.get(Passkey, passkey_id)
    if row is None or row.user_id != user_id:
        raise NotFound("passkey", passkey_id)
    door.session.delete(row)
    door.session.flush()


def make_recovery_codes(door: Doorway, user_id: UUID) -> tuple[str, ...]:
    """Return new recovery codes; the ones before are dead.

    Raises:
        Invalid: there is no factor that they could stand in for.
    """
    if not has_factor(door.session, user_id):
        raise Invalid("no_factor", None, N_("Recovery codes stand in for a second factor. Set one up first."))
    act_as(door.session, f"user:{user_id}")
    door.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = new_recovery_codes()
    door.session.add_all(
        RecoveryCode(id=uuid4(), user_id=user_id, code_hash=hashed(bare(code)), made_at=door.now) for code in codes
    )
    door.session.flush()
    return codes


def codes_if_none(door: Doorway, user_id: UUID) -> tuple[str, ...]:
    """Return new recovery codes for a person who has none left, and none for others."""
    return () if _open_codes(door, user_id) else make_recovery_codes(door, user_id)


def give_code(door: Doorway, user_id: UUID, sign_in_id: UUID, typed: str, place: str) -> str:
    """Complete half a sign-in with a code of the app or a recovery code; return the token of the whole one.

    Attempts are counted apart from those of the password, by person and place, so that neither hides the other.

    Raises:
        TooManyAttempts: before the code is looked at.
        WrongCode: it is counted.
        NotFound: the half sign-in has ended.
    """
    pace = pace_of(door, f"code {user_id}", place)
    check_pace(door, pace)
    act_as(door.session, f"user:{user_id}")
    if not _holds(door, account_row(door, user_id), bare(typed)):
        count_attempt(door, pace)
        raise WrongCode
    forget_attempts(door, pace)
    return renew(door, user_id, sign_in_id)


def reset_factors(work: Work, membership_id: UUID, reason: str) -> None:
    """Take every second factor of a member away, for a lost telephone; every sign-in of theirs ends.

    At the next sign-in, which still needs the password, staff set up a new one.

    Raises:
        NotAllowed: for anybody but administrators.
        NotFound: for a member of another clinic or none.
        Invalid: without a reason.
    """
    may(work, Act.MANAGE_MEMBERS)
    member = found(work, Membership, membership_id)
    fits("reason", needed("reason", reason), LONGEST_REASON)
    act_as(work.session, work.actor.name_in_trail, reason.strip())
    mine = member.user_id
    user = work.session.get(User, mine)
    if user is not None:
        user.second_factor_secret = user.second_factor_since = None
    for table in (Passkey, RecoveryCode, UsedCode):
        work.session.execute(delete(table).where(table.user_id == mine))
    alive = update(SignIn).where(SignIn.user_id == mine, SignIn.revoked_at.is_(None))
    work.session.execute(alive.values(revoked_at=work.now))
    work.session.flush()


def record_one_factor(work: Work, membership_id: UUID, basis: str, version: int) -> None:
    """Record that a patient, or a patient's carer, signs in without a second factor: since now, by whom, on what basis.

    Raises:
        NotAllowed: for anybody but administrators.
        NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: for staff, who are never excepted, or without a basis.
    """
    may(work, Act.MANAGE_MEMBERS)
    member = found(work, Membership, membership_id)
    if member.role is not Role.PATIENT:
        raise Invalid("staff", None, N_("Staff need a second factor; there is no exception for them."))
    fits("basis", needed("basis", basis), LONGEST_REASON)
    decided = {"one_factor_since": work.now, "one_factor_by": work.actor.membership_id}
    edit_row(work, member, version, {**decided, "one_factor_basis": basis.strip()})


def end_others(door: Doorway, user_id: UUID, keep: UUID) -> None:
    """End a person's other sign-ins after a factor was set up or taken away (ASVS 5.0, 7.4.3)."""
    end_all(door, user_id, keep=keep)


def _holds(door: Doorway, user: User, typed: str) -> bool:
    """Tell whether a code is one of the app's or a recovery code, and use it up."""
    if user.second_factor_since is not None and looks_like_a_code(typed):
        return _app_code_holds(door, user, typed)
    return looks_like_a_recovery_code(typed) and _recovery_code_holds(door, user.id, typed)


def _app_code_holds(door: Doorway, user: User, typed: str) -> bool:
    secret = open_secret(door.master_keys, user.id, user.second_factor_secret or "")
    step = step_of(secret, typed, door.now) if looks_like_a_code(typed) else None
    return step is not None and _use_step(door, user.id, step)


def _use_step(door: Doorway, user_id: UUID, step: int) -> bool:
    """Use a time step up; False when it, or a later one, was used already."""
    newer = update(UsedCode).where(UsedCode.user_id == user_id, UsedCode.step < step).values(step=step)
    if door.session.execute(newer).rowcount:  # type: ignore[attr-defined]  # of a cursor's result
        return True
    if door.session.get(UsedCode, user_id) is not None:
        return False
    door.session.add(UsedCode(user_id=user_id, step=step))
    door.session.flush()
    return True


def _recovery_code_holds(door: Doorway, user_id: UUID, typed: str) -> bool:
    for row in _open_codes(door, user_id):
        if matches(row.code_hash, typed):
            used = update(RecoveryCode).where(RecoveryCode.id == row.id, RecoveryCode.used_at.is_(None))
            return bool(door.session.execute(used.values(used_at=door.now)).rowcount)  # type: ignore[attr-defined]  # the same
    return False


def _open_codes(door: Doorway, user_id: UUID) -> list[RecoveryCode]:
    rows = select(RecoveryCode).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return list(door.session.scalars(rows))
