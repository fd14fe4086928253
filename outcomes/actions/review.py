"""Reviewing what a patient sent in: who looked and when, and a short note if there is something to say."""

from uuid import UUID

from outcomes.access.rules import Act
from outcomes.actions.checks import fits
from outcomes.actions.errors import Invalid, NotAllowed, NotFound
from outcomes.actions.once import once
from outcomes.actions.work import Work, found, may, sealed
from outcomes.records.tables import SelfReport
from outcomes.voice import N_

LONGEST_NOTE = 500


def review(work: Work, patient_id: UUID, report_id: UUID, note: str | None = None, key: str | None = None) -> UUID:
    """Mark a report as reviewed by the actor, with an optional note that the patient reads; return its id.

    Raises:
        NotAllowed: for anybody but clinicians.
        NotFound: for a report of somebody else.
        Invalid: for a note that is too long, or when somebody reviewed it in the meantime.
        KeyReused: if the key came before with another note.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    return once(work, key, (report_id, note), lambda: _review(work, patient_id, report_id, note))


def _review(work: Work, patient_id: UUID, report_id: UUID, note: str | None) -> UUID:
    row = found(work, SelfReport, report_id)
    if row.patient_id != patient_id:
        raise NotFound("self_report", report_id)
    if work.actor.membership_id is None:
        raise NotAllowed("review")
    fits("note", note, LONGEST_NOTE)
    if row.reviewed_at is not None:
        raise Invalid("reviewed_already", "note", N_("Somebody reviewed this in the meantime. Your note was not sent."))
    row.reviewed_at, row.reviewed_by = work.now, work.actor.membership_id
    row.note = sealed(work, SelfReport, patient_id, {"note": (note or "").strip() or None})["note"]
    row.version += 1
    work.session.flush()
    return row.id
