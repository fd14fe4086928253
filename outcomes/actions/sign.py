"""Signing a recorded visit, and unlocking one that was signed.

A visit is a draft while somebody types, complete once it is saved, signed once a member has put a signature to it, and
unlocked when that was taken back with a reason. The state follows from the rows of `signature` and `signature_void`.

A signature is bound to the content that was on the screen (21 CFR 11.70): the form carries the hash of it, and a visit
that changed in between is not signed. It states the printed name, the instant in UTC and its meaning (11.50); the door
asks for the password again before each one (11.200), see `confirm`. Several members may sign one visit, each once.

A signed visit does not change: `refuse_signed` says so to every action, triggers of the database refuse it to every
statement. Unlocking voids each signature of the visit by a row of its own. What else would touch a signed visit:

- `rescore` compares and writes nothing;
- a merge moves visits to another patient, which is another content than was signed: it voids those signatures in the
  name of whoever merges, with the merge's reason, and its plan counts them;
- erasing a patient destroys keys and touches no visit: sealed text stands in the content by its ciphertext, so the
  signature still holds.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from outcomes.access.rules import Act
from outcomes.actions.errors import Invalid, NotAllowed
from outcomes.actions.once import once
from outcomes.actions.reasons import Reason
from outcomes.actions.work import Work, add, because, found, may
from outcomes.records.signing import content_hash, holds
from outcomes.records.tables import Membership, Signature, SignatureVoid, Visit
from outcomes.terms import Meaning
from outcomes.voice import N_


@dataclass(frozen=True, slots=True)
class SignatureForm:
    """What is signed: the visit's content by its hash, and what the signature means."""

    meaning: Meaning
    content_sha256: str


def sign(work: Work, visit_id: UUID, form: SignatureForm, key: str | None = None) -> UUID:
    """Sign a visit with all its assessments and return the id of the signature; the door has asked who it is.

    Raises:
        NotAllowed, NotFound, KeyReused: see `outcomes.actions.work`; NotAllowed also for anybody who is no member.
        Invalid: when the visit is not what was shown, or bears this member's signature already.
    """
    may(work, Act.SIGN_RECORD)
    return once(work, key, (visit_id, form), lambda: _sign(work, visit_id, form))


def _sign(work: Work, visit_id: UUID, form: SignatureForm) -> UUID:
    visit = found(work, Visit, visit_id)
    member = work.session.get(Membership, (work.clinic_id, work.actor.membership_id))
    if member is None:
        raise NotAllowed(Act.SIGN_RECORD)
    if any(row.membership_id == member.id for row in _standing(work, [visit.id])):
        raise Invalid("signed_already", None, N_("You have signed this visit already."))
    work.session.flush()
    content = content_hash(work.session.connection(), work.clinic_id, visit.id)
    if content is None or content != form.content_sha256:
        raise Invalid(
            "content_changed", None, N_("This visit was changed after you opened it. Read it again, then sign.")
        )
    return add(
        work,
        Signature(
            patient_id=visit.patient_id,
            visit_id=visit.id,
            membership_id=member.id,
            printed_name=member.display_name,
            meaning=form.meaning,
            signed_at=work.now,
            content_sha256=content,
        ),
    )


def unlock(work: Work, visit_id: UUID, reason: Reason) -> None:
    """Unlock a signed visit, so that it can be corrected; its signatures stay on record as voided.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: for a visit that is not signed.
    """
    may(work, Act.SIGN_RECORD)
    found(work, Visit, visit_id)
    if not void_signatures(work, [visit_id], reason):
        raise Invalid("not_signed", None, N_("This visit is not signed."))


def void_signatures(work: Work, visit_ids: Collection[UUID], reason: Reason) -> int:
    """Void every signature that stands on these visits; return how many there were."""
    standing = _standing(work, visit_ids)
    member = work.session.get(Membership, (work.clinic_id, work.actor.membership_id or UUID(int=0)))
    named = {"membership_id": member.id, "printed_name": member.display_name} if member else {}
    for row in standing:
        told = {"why": reason.why, "more": reason.more or None, "at": work.now, **named}
        with because(work, reason.more, row.patient_id, reason.why):
            add(work, SignatureVoid(patient_id=row.patient_id, signature_id=row.id, **told))
    return len(standing)


def refuse_signed(work: Work, visit_id: UUID) -> None:
    """Refuse to touch a signed visit.

    Raises:
        Invalid: if a signature stands on it.
    """
    if _standing(work, [visit_id]):
        raise Invalid("signed", None, N_("This visit is signed. Unlock it first, and say why."))


def signatures_of(work: Work, visit_ids: Collection[UUID]) -> int:
    """How many signatures stand on these visits."""
    return len(_standing(work, visit_ids))


def _standing(work: Work, visit_ids: Collection[UUID]) -> list[Signature]:
    if not visit_ids:
        return []
    of_these = (Signature.clinic_id == work.clinic_id, Signature.visit_id.in_(visit_ids), holds())
    return list(work.session.scalars(select(Signature).where(*of_these).order_by(Signature.signed_at)))
