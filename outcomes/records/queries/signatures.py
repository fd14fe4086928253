"""The signatures on visits: which stand, which were voided and why, and whether what was signed is still there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.reach import cipher_for, live, of_patient, require_patient
from outcomes.records.sealed_rows import opened_text
from outcomes.records.sealing import KeyRing
from outcomes.records.signing import content_hash
from outcomes.records.tables import Signature, SignatureVoid, Visit
from outcomes.terms import ChangeReason, Meaning, VisitState


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One signature; `voided_at` and what follows it are None while it stands."""

    membership_id: UUID
    printed_name: str
    meaning: Meaning
    signed_at: datetime
    content_sha256: str
    voided_at: datetime | None
    voided_by: str | None
    why: ChangeReason | None
    more: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one visit has come.

    `content_sha256` is the hash of what it holds now; `sound` is False when a standing signature is over
    something else.
    """

    state: VisitState
    content_sha256: str
    signatures: tuple[SignatureRow, ...]

    @property
    def sound(self) -> bool:
        """Whether every signature that stands is over what the visit holds now."""
        standing = {row.content_sha256 for row in self.signatures if row.voided_at is None}
        return standing <= {self.content_sha256}


_VOID = (SignatureVoid.clinic_id == Signature.clinic_id) & (SignatureVoid.signature_id == Signature.id)


def standing(scope: Scope, session: Session, keys: KeyRing, patient_id: UUID, visit_id: UUID) -> Standing:
    """How far a visit has come, with every signature it ever bore, the oldest first.

    Raises:
        NotFound: if the scope does not reach the patient, or the visit is not the patient's.
    """
    require_patient(scope, session, patient_id)
    if session.scalar(select(Visit.id).where(of_patient(Visit, scope, patient_id), Visit.id == visit_id)) is None:
        raise NotFound("visit", visit_id)
    statement = (
        select(Signature, SignatureVoid)
        .outerjoin(SignatureVoid, _VOID)
        .where(Signature.clinic_id == scope.clinic_id, Signature.visit_id == visit_id)
        .order_by(Signature.signed_at, Signature.id)
    )
    rows = tuple(_row(scope, session, keys, *found) for found in session.execute(statement))
    content = content_hash(session.connection(), scope.clinic_id, visit_id) or ""
    return Standing(_state(row.voided_at is None for row in rows), content, rows)


def _row(scope: Scope, session: Session, keys: KeyRing, row: Signature, void: SignatureVoid | None) -> SignatureRow:
    more = None
    if void is not None and void.more:  # sealed with the key of whoever's visit it was then
        more = opened_text(cipher_for(scope, session, keys, void.patient_id), "signature_void", "more", void.more)
    return SignatureRow(
        row.membership_id,
        row.printed_name,
        row.meaning,
        row.signed_at,
        row.content_sha256,
        void.at if void else None,
        void.printed_name if void else None,
        void.why if void else None,
        more,
    )


def _state(standing: Iterable[bool]) -> VisitState:
    told = set(standing)
    if not told:
        return VisitState.COMPLETE
    return VisitState.SIGNED if True in told else VisitState.UNLOCKED


def visit_states(scope: Scope, session: Session, patient_id: UUID) -> dict[UUID, VisitState]:
    """How far each of a patient's visits has come that ever bore a signature; every other one is complete."""
    statement = (
        select(Signature.visit_id, SignatureVoid.id.is_(None))
        .join(Visit, (Visit.clinic_id == Signature.clinic_id) & (Visit.id == Signature.visit_id))
        .outerjoin(SignatureVoid, _VOID)
        .where(live(Visit, scope), Visit.patient_id == patient_id)
    )
    found: dict[UUID, set[bool]] = {}
    for visit_id, stands in session.execute(statement):
        found.setdefault(visit_id, set()).add(stands)
    return {visit_id: _state(told) for visit_id, told in found.items()}
