"""Recording that no more scores are to be expected: death, withdrawal, loss to follow-up."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outcomes.access.rules import Act
from outcomes.actions.checks import fits, needed, not_to_come
from outcomes.actions.errors import Invalid
from outcomes.actions.once import once
from outcomes.actions.work import Work, add, because, may, remove, rows_of, the_patient
from outcomes.records.tables import PatientEnding
from outcomes.terms import Ending
from outcomes.voice import N_


@dataclass(frozen=True, slots=True)
class EndingForm:
    """How and when a patient left."""

    kind: Ending
    on_date: date
    reason: str | None = None


def end(work: Work, patient_id: UUID, form: EndingForm, key: str | None = None) -> UUID:
    """Record how a patient left and return the id of the ending. A patient leaves once; a mistake is undone first.

    Raises:
        NotAllowed, NotFound, KeyReused: see `outcomes.actions.work`.
        Invalid: for a date to come, a reason that is too long, or a patient who has left already.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    return once(work, key, (patient_id, form), lambda: _end(work, patient_id, form))


def _end(work: Work, patient_id: UUID, form: EndingForm) -> UUID:
    the_patient(work, patient_id)
    not_to_come(work.today, "on_date", form.on_date)
    fits("reason", form.reason, 500)
    if rows_of(work, PatientEnding, patient_id):
        raise Invalid("ended", None, N_("This patient has left already. Undo that first."))
    row = PatientEnding(patient_id=patient_id, kind=form.kind, on_date=form.on_date, reason=form.reason or None)
    return add(work, row)


def undo_end(work: Work, patient_id: UUID, reason: str) -> None:
    """Take back an ending: the patient is in follow-up again.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason, or for a patient who has not left.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    why = needed("reason", reason)
    the_patient(work, patient_id)
    endings = rows_of(work, PatientEnding, patient_id)
    if not endings:
        raise Invalid("not_ended", None, N_("This patient has not left."))
    with because(work, why, patient_id):
        for row in endings:
            remove(work, row)
