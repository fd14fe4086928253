"""Erasing a patient: the key is destroyed, and with it everything that was sealed, in the rows, trail and backups.

What goes: the patient's key, name, contact, birth date, code, every word typed about or by the patient, drafts, the
sign-ins of the patient and of carers. What stays, unless answers and scores are to go too: coded values and scores
under a random code. The sealed trail forgets nothing of those; it leads back to nobody, for what named the person
there does not open any more.

The erasure is written to a ledger outside the database before the transaction ends. If that then fails, the patient
is still there, and is erased by whoever restores a backup: erasing again is the way out, not taking the line back.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, delete, func, or_, select, true, update

from outcomes.access.rules import Act
from outcomes.access.scope import EVERYTHING
from outcomes.actions.errors import Invalid
from outcomes.actions.reasons import Reason
from outcomes.actions.sign import void_signatures
from outcomes.actions.work import Work, add, because, may, the_patient
from outcomes.records import tenancy
from outcomes.records.audit import SIGNATURES
from outcomes.records.base import Base
from outcomes.records.erasures import Erasure, write_erasures
from outcomes.records.sealed_rows import sealed_columns, sealed_tables
from outcomes.records.sealing import ERASED
from outcomes.records.session import reach_held
from outcomes.records.signing import holds
from outcomes.records.tables import (
    Assessment,
    Draft,
    Invitation,
    Membership,
    NamePrefix,
    Patient,
    PatientEnding,
    PatientKey,
    Score,
    Signature,
    SignIn,
    User,
    Visit,
)
from outcomes.terms import ChangeReason, Ending, ErasureGround
from outcomes.voice import N_

OF_ACCOUNTS = ("passkey", "recovery_code", "challenge", "used_code")
NOWHERE = "erased.invalid"  # RFC 2606: a domain that no letter can reach


@dataclass(frozen=True, slots=True)
class ErasureForm:
    """Why a patient is erased, the code typed to confirm whom, and whether answers and scores go too."""

    ground: ErasureGround
    code: str
    scores: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """What was done: how many rows lost their words, and how many accounts were closed."""

    rows: int
    accounts: int
    code: str


def erase(work: Work, patient_id: UUID, form: ErasureForm, ledger: Path) -> Erased:
    """Erase a patient and records merged into this one.

    Parameters:
        work: an administrator's turn.
        patient_id: whom.
        form: why, and the code that confirms it.
        ledger: the folder of the ledger of erasures, outside the database.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: when the typed code is not the patient's.
    """
    may(work, Act.ERASE_RECORD)
    patient = the_patient(work, patient_id)
    if form.code.strip() != patient.code:
        raise Invalid("other_code", "code", N_("This is not the number of this patient."))
    erasure = Erasure(work.clinic_id, patient_id, work.now, form.ground.value, form.scores)
    erased = _erase(work, erasure)
    write_erasures(ledger, work.session.get_bind().get_execution_options()["audit_key"], [erasure])
    return erased


def erase_again(work: Work, erasures: Iterable[Erasure]) -> int:
    """Apply erasures to records restored from before them; return how many had to be."""
    due = [each for each in erasures if each.clinic_id == work.clinic_id and _has_key(work, each.patient_id)]
    for erasure in due:
        _erase(work, erasure)
    return len(due)


def _has_key(work: Work, patient_id: UUID) -> bool:
    return work.session.get(PatientKey, (work.clinic_id, patient_id)) is not None


def _erase(work: Work, erasure: Erasure) -> Erased:
    ids = _with_merged(work, erasure.patient_id)
    with because(work, f"erasure: {erasure.ground}"):
        if erasure.scores:
            _drop_answers(work, ids)
        accounts = _close_accounts(work, ids)
        rows = sum(_empty(work, table, ids) for table in sealed_tables())
        _drop(work, NamePrefix, ids)
        _drop(work, Draft, ids)
        _drop(work, PatientKey, ids)
        code = _unname(work, erasure)
    work.session.expire_all()
    return Erased(rows, accounts, code)


def _with_merged(work: Work, patient_id: UUID) -> list[UUID]:
    """The patient and every record merged into this one."""
    merged = select(Patient.id).where(Patient.clinic_id == work.clinic_id, Patient.merged_into_id == patient_id)
    return [patient_id, *work.session.scalars(merged)]


def _drop(work: Work, table: Any, ids: Sequence[UUID]) -> None:  # noqa: ANN401 - any table of patients' rows
    work.session.execute(delete(table).where(table.clinic_id == work.clinic_id, table.patient_id.in_(ids)))


def _empty(work: Work, table: Table, ids: Sequence[UUID]) -> int:
    """Empty the sealed columns; what is locked or insert-only keeps what no key opens any more."""
    if table.name in SIGNATURES:
        return 0
    patient = table.c.id if table.name == Patient.__tablename__ else table.c.patient_id
    names = sealed_columns(table.name)
    some = or_(*(table.c[name].is_not(None) for name in names))
    values: dict[str, Any] = {name: None if table.c[name].nullable else ERASED for name in names}
    if "version" in table.c:
        values["version"] = table.c.version + 1
    own = and_(table.c.clinic_id == work.clinic_id, patient.in_(ids), some, _open(table))
    done = work.session.execute(update(table).where(own).values(values).returning(patient)).all()
    return len(done)


def _open(table: Table) -> ColumnElement[bool]:
    """Rows that no signature locks."""
    if table.name != Visit.__tablename__:
        return true()
    signed = select(Signature.visit_id).where(Signature.clinic_id == table.c.clinic_id, holds())
    return table.c.id.not_in(signed)


def _drop_answers(work: Work, ids: Sequence[UUID]) -> None:
    """Take answers and scores out of the records: scores are deleted, what they came from is marked so."""
    own = (Visit.clinic_id == work.clinic_id, Visit.patient_id.in_(ids))
    void_signatures(work, list(work.session.scalars(select(Visit.id).where(*own))), Reason(ChangeReason.OTHER))
    with because(work, "erasure"):
        _drop(work, Score, ids)
        for name in ("assessment", "visit", "diary_day", "own_activity", "activity_score", "self_report"):
            _mark_deleted(work, Base.metadata.tables[name], ids)
        work.session.execute(
            update(Assessment)
            .where(Assessment.clinic_id == work.clinic_id, Assessment.patient_id.in_(ids))
            .values(answers={}, totals={})
        )


def _mark_deleted(work: Work, table: Table, ids: Sequence[UUID]) -> None:
    if "patient_id" not in table.c or "deleted_at" not in table.c:
        return
    own = (table.c.clinic_id == work.clinic_id, table.c.patient_id.in_(ids), table.c.deleted_at.is_(None))
    work.session.execute(update(table).where(*own).values(deleted_at=work.now, version=table.c.version + 1))


def _unname(work: Work, erasure: Erasure) -> str:
    """Take name, contact, birth date and code out of the patient's row, and end the follow-up."""
    code = f"erased-{secrets.token_hex(5)}"
    for patient_id in _with_merged(work, erasure.patient_id):
        patient = work.session.get_one(Patient, (work.clinic_id, patient_id))
        patient.name_sealed = patient.contact_sealed = patient.birth_date_sealed = None
        patient.code = code if patient_id == erasure.patient_id else f"erased-{secrets.token_hex(5)}"
        patient.version += 1
        if patient_id == erasure.patient_id and erasure.scores:
            patient.deleted_at = work.now
    work.session.flush()
    _end(work, erasure.patient_id)
    return code


def _end(work: Work, patient_id: UUID) -> None:
    own = select(PatientEnding.id).where(
        PatientEnding.clinic_id == work.clinic_id,
        PatientEnding.patient_id == patient_id,
        PatientEnding.deleted_at.is_(None),
    )
    if work.session.scalar(own) is None:
        add(work, PatientEnding(patient_id=patient_id, kind=Ending.WITHDRAWAL, on_date=work.today))


def _close_accounts(work: Work, ids: Sequence[UUID]) -> int:
    """End the places of the patient and of carers; an account without any other place loses all that names anybody."""
    own = select(Membership).where(Membership.clinic_id == work.clinic_id, Membership.patient_id.in_(ids))
    closed = 0
    for member in work.session.scalars(own).all():
        member.display_name, member.active, member.one_factor_basis = ERASED, False, None
        member.version += 1
        work.session.flush()
        work.session.execute(delete(Draft).where(Draft.clinic_id == work.clinic_id, Draft.membership_id == member.id))
        _expire_invitations(work, member.id)
        with _everywhere(work):
            closed += _close_account(work, member)
    return closed


def _expire_invitations(work: Work, membership_id: UUID) -> None:
    own = (Invitation.clinic_id == work.clinic_id, Invitation.membership_id == membership_id)
    work.session.execute(update(Invitation).where(*own, Invitation.used_at.is_(None)).values(used_at=work.now))


def _close_account(work: Work, member: Membership) -> bool:
    elsewhere = select(func.count()).where(
        Membership.user_id == member.user_id, Membership.id != member.id, Membership.active
    )
    user = work.session.get(User, member.user_id)
    if user is None or work.session.scalar(elsewhere):
        return False
    user.email, user.active = f"{secrets.token_hex(8)}@{NOWHERE}", False
    user.password_hash = user.second_factor_secret = None
    user.uniquifier = secrets.token_hex(16)
    work.session.flush()
    work.session.execute(
        update(SignIn)
        .where(SignIn.user_id == user.id)
        .values(device=None, revoked_at=func.coalesce(SignIn.revoked_at, work.now))
    )
    for name in OF_ACCOUNTS:
        table = Base.metadata.tables[name]
        work.session.execute(delete(table).where(table.c.user_id == user.id))
    return True


@contextmanager
def _everywhere(work: Work) -> Iterator[None]:
    """Reach beyond the clinic for as long as it takes to see whether an account has a place elsewhere."""
    connection, before = work.session.connection(), reach_held(work.session)
    if connection.dialect.name != "postgresql" or before is None:
        yield
        return
    tenancy.tell(connection, EVERYTHING)
    yield
    work.session.flush()
    tenancy.tell(connection, before)
