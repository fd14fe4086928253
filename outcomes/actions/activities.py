"""A patient's own activities and events, in the patient's own words."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from outcomes.access.rules import Act
from outcomes.actions.checks import fits, needed, not_to_come, within
from outcomes.actions.errors import Invalid, NotFound
from outcomes.actions.once import once
from outcomes.actions.work import Work, add, because, found, may, remove, the_patient
from outcomes.records.tables import Exposure, OwnActivity
from outcomes.terms import ExposureKind
from outcomes.voice import N_

MOST_ACTIVITIES = 5
LONGEST_ACTIVITY = 80
LONGEST_EVENT = 300
WORST = 10


@dataclass(frozen=True, slots=True)
class OwnEventForm:
    """Something that happened, as the patient tells it. `how_bad` goes from 0 to 10."""

    text: str
    started_on: date
    how_bad: int | None = None
    crash: bool = False


def add_activity(work: Work, patient_id: UUID, words: str, key: str | None = None) -> UUID:
    """Take up an activity to be scored at each follow-up; return its id.

    Raises:
        NotAllowed, NotFound, KeyReused: see `outcomes.actions.work`.
        Invalid: without words, with too many of them, or for a sixth activity.
    """
    may(work, Act.REPORT_ON_ONESELF, patient_id)
    return once(work, key, (patient_id, words), lambda: _add_activity(work, patient_id, words))


def _add_activity(work: Work, patient_id: UUID, words: str) -> UUID:
    the_patient(work, patient_id)
    said = needed("words", words)
    fits("words", said, LONGEST_ACTIVITY)
    own = (OwnActivity.clinic_id == work.clinic_id, OwnActivity.patient_id == patient_id)
    open_now = select(func.count()).where(*own, OwnActivity.ended_at.is_(None), OwnActivity.deleted_at.is_(None))
    if (work.session.scalar(open_now) or 0) >= MOST_ACTIVITIES:
        raise Invalid("too_many_activities", "words", N_("Five is the most. Lay one aside first."))
    return add(work, OwnActivity(patient_id=patient_id, words=said, made_at=work.now))


def end_activity(work: Work, patient_id: UUID, activity_id: UUID) -> None:
    """Lay an activity aside; its scores stay.

    Raises:
        NotAllowed: for anybody but the patient.
        NotFound: for one that is not this patient's.
    """
    may(work, Act.REPORT_ON_ONESELF, patient_id)
    row = found(work, OwnActivity, activity_id)
    if row.patient_id != patient_id:
        raise NotFound("own_activity", activity_id)
    if row.ended_at is None:
        row.ended_at = work.now
        row.version += 1
    work.session.flush()


def tell_event(work: Work, patient_id: UUID, form: OwnEventForm, key: str | None = None) -> UUID:
    """Write down what happened, in the patient's words; return its id.

    Raises:
        NotAllowed, NotFound, KeyReused: see `outcomes.actions.work`.
        Invalid: without words, or for a date or a number that cannot be.
    """
    may(work, Act.REPORT_ON_ONESELF, patient_id)
    return once(work, key, (patient_id, form), lambda: _tell_event(work, patient_id, form))


def _tell_event(work: Work, patient_id: UUID, form: OwnEventForm) -> UUID:
    the_patient(work, patient_id)
    said = needed("text", form.text)
    fits("text", said, LONGEST_EVENT)
    not_to_come(work.today, "started_on", form.started_on)
    within("how_bad", form.how_bad, 0, WORST)
    kind = ExposureKind.CRASH if form.crash else ExposureKind.OTHER
    told = {"text": said, "started_on": form.started_on, "how_bad": form.how_bad, "kind": kind}
    return add(work, Exposure(patient_id=patient_id, by_patient=True, **told))


def take_back_event(work: Work, patient_id: UUID, event_id: UUID) -> None:
    """Take back an event that the patient told.

    Raises:
        NotAllowed: for anybody but the patient.
        NotFound: for one that is not this patient's, or that the clinic entered.
    """
    may(work, Act.REPORT_ON_ONESELF, patient_id)
    row = found(work, Exposure, event_id)
    if row.patient_id != patient_id or not row.by_patient:
        raise NotFound("exposure", event_id)
    with because(work, None, patient_id, "taken_back_by_patient"):
        remove(work, row)
