"""Rotating master keys: everything a master key wrapped is wrapped anew by the newest, and clear text is sealed.

Each patient is one step that can stand by itself: a rotation that was stopped goes on where it was. A patient's own
key stays, so nothing sealed with it changes, in the trail neither.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, or_, select, update
from sqlalchemy.orm import Session

from outcomes.access.sealed_secrets import open_secret, seal_secret
from outcomes.actions.enrol import keep_prefixes
from outcomes.actions.work import Work, because, the_cipher
from outcomes.records.audit import SIGNATURES
from outcomes.records.queries.drafts import closed, opened_fields
from outcomes.records.queries.reach import SEALED_NAME, opened
from outcomes.records.sealed_rows import needs_key, sealed_columns, sealed_tables, sealed_values
from outcomes.records.sealing import MARK, PatientCipher, sealed_blob
from outcomes.records.signing import holds
from outcomes.records.tables import Draft, Patient, PatientKey, Signature, User, Visit

REASON = "keys rotated"


@dataclass(slots=True)
class Rotation:
    """What a rotation did: keys wrapped anew, texts sealed that stood in clear, drafts and second factors too.

    `locked` counts texts in clear on signed visits, which only an unlocking can seal.
    """

    keys: int = 0
    texts: int = 0
    drafts: int = 0
    factors: int = 0
    locked: int = 0


def patients_with_keys(work: Work) -> Sequence[UUID]:
    """Every patient of the clinic whose key was not destroyed."""
    own = select(PatientKey.patient_id).where(PatientKey.clinic_id == work.clinic_id).order_by(PatientKey.patient_id)
    return work.session.scalars(own).all()


def rotate_patient(work: Work, patient_id: UUID, done: Rotation) -> None:
    """Bring one patient up to the newest master key; nothing is written where nothing is old.

    Raises:
        UnknownMasterKey, SealBroken: see `outcomes.records.sealing`.
    """
    row = work.session.get_one(PatientKey, (work.clinic_id, patient_id))
    cipher = the_cipher(work, patient_id)
    with because(work, REASON):
        if row.master_key_id != work.keys.newest:
            row.master_key_id, row.wrapped = work.keys.rewrapped(
                row.master_key_id, row.wrapped, work.clinic_id, patient_id
            )
            done.keys += 1
        patient = work.session.get_one(Patient, (work.clinic_id, patient_id))
        if patient.deleted_at is None:
            keep_prefixes(work, patient_id, opened(cipher, SEALED_NAME, patient.name_sealed))
        for table in sealed_tables():
            if table.name not in SIGNATURES:
                _seal_clear_text(work, table, cipher, done)


def _seal_clear_text(work: Work, table: Table, cipher: PatientCipher, done: Rotation) -> None:
    whose = table.c.id if table.name == Patient.__tablename__ else table.c.patient_id
    names = sorted(sealed_columns(table.name))
    in_clear = or_(*(table.c[name].is_not(None) & ~table.c[name].startswith(MARK) for name in names))
    own = (table.c.clinic_id == work.clinic_id, whose == cipher.patient_id)
    for row in work.session.execute(select(table.c.id, *(table.c[name] for name in names)).where(*own, in_clear)).all():
        clear = {name: text for name, text in zip(names, row[1:], strict=True) if text and sealed_blob(text) is None}
        if not needs_key(table.name, clear):
            continue
        if _is_signed(work, table, row.id):
            done.locked += 1
            continue
        values: dict[str, Any] = sealed_values(cipher, table.name, clear)
        work.session.execute(update(table).where(*own, table.c.id == row.id).values(values))
        done.texts += len(clear)


def _is_signed(work: Work, table: Table, row_id: UUID) -> bool:
    if table.name != Visit.__tablename__:
        return False
    signed = select(Signature.id).where(Signature.clinic_id == work.clinic_id, Signature.visit_id == row_id, holds())
    return work.session.scalar(signed.limit(1)) is not None


def rotate_drafts(work: Work, done: Rotation) -> None:
    """Close anew the drafts of the clinic that an older master key closed."""
    for draft in work.session.scalars(select(Draft).where(Draft.clinic_id == work.clinic_id)):
        if draft.fields and draft.fields.get("key") != work.keys.newest:
            typed = opened_fields(work.keys, work.clinic_id, draft.membership_id, draft.form, draft.fields)
            draft.fields = closed(work.keys, work.clinic_id, draft.membership_id, draft.form, typed)
            done.drafts += 1
    work.session.flush()


def rotate_second_factors(session: Session, master_keys: tuple[tuple[str, bytes], ...], done: Rotation) -> None:
    """Seal anew the secrets of second factors; accounts belong to no clinic, so this is done once."""
    for user in session.scalars(select(User).where(User.second_factor_secret.is_not(None))):
        stored = user.second_factor_secret or ""
        if not stored.startswith(f"{master_keys[0][0]}:"):
            user.second_factor_secret = seal_secret(master_keys, user.id, open_secret(master_keys, user.id, stored))
            done.factors += 1
    session.flush()


def not_rotated(work: Work) -> Iterator[UUID]:
    """Open every patient's key with the keys at hand and yield those that the newest master key did not wrap."""
    for patient_id in patients_with_keys(work):
        row = work.session.get_one(PatientKey, (work.clinic_id, patient_id))
        the_cipher(work, patient_id)
        if row.master_key_id != work.keys.newest:
            yield patient_id
