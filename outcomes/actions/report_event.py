"""Recording what else happened: adverse events, and exposures that may move scores."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from outcomes.access.rules import Act
from outcomes.actions.checks import fits, in_order, needed, not_to_come, within
from outcomes.actions.errors import Invalid
from outcomes.actions.once import once
from outcomes.actions.work import Work, add, because, edit_row, found, may, remove, the_patient
from outcomes.records.tables import AdverseEvent, Exposure, Infusion
from outcomes.terms import EventOutcome, ExposureKind, Relation, Seriousness
from outcomes.voice import N_

DEADLY = 5


@dataclass(frozen=True, slots=True)
class EventForm:
    """An adverse event, graded 1 to 5 by CTCAE version 5; `seriousness` None stands for not serious."""

    term: str
    started_on: date
    grade: int
    relation_to_fmt: Relation
    relation_to_procedure: Relation
    ended_on: date | None = None
    infusion_id: UUID | None = None
    seriousness: Seriousness | None = None
    expected: bool | None = None
    action: str | None = None
    outcome: EventOutcome = EventOutcome.UNKNOWN
    crash_after_exertion: bool = False
    organism: str | None = None


@dataclass(frozen=True, slots=True)
class ExposureForm:
    """Something besides FMT, in the clinic's or the patient's words."""

    kind: ExposureKind
    text: str
    started_on: date
    ended_on: date | None = None


def report_event(work: Work, patient_id: UUID, form: EventForm, key: str | None = None) -> UUID:
    """Record an adverse event and return its id.

    Raises:
        NotAllowed, NotFound, KeyReused: see `outcomes.actions.work`.
        Invalid: for a grade, date, text or infusion that cannot be, or a death that contradicts itself.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    return once(work, key, (patient_id, form), lambda: _report_event(work, patient_id, form))


def _report_event(work: Work, patient_id: UUID, form: EventForm) -> UUID:
    the_patient(work, patient_id)
    return add(work, AdverseEvent(patient_id=patient_id, **_event_values(work, patient_id, form)))


def edit_event(work: Work, event_id: UUID, form: EventForm, version: int) -> None:
    """Bring an adverse event up to date.

    Raises:
        NotAllowed, NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: as `report_event`.
    """
    may(work, Act.CHANGE_RECORD)
    row = found(work, AdverseEvent, event_id)
    edit_row(work, row, version, _event_values(work, row.patient_id, form))


def remove_event(work: Work, event_id: UUID, reason: str) -> None:
    """Take back an adverse event entered by mistake.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    row = found(work, AdverseEvent, event_id)
    with because(work, why, row.patient_id):
        remove(work, row)


def _event_values(work: Work, patient_id: UUID, form: EventForm) -> dict[str, Any]:
    term = check_event(form, work.today)
    if form.infusion_id is not None and found(work, Infusion, form.infusion_id).patient_id != patient_id:
        raise Invalid("infusion_of_other", "infusion_id", N_("This infusion was given to somebody else."))
    return asdict(form) | {"term": term, "action": form.action or None, "organism": form.organism or None}


def check_event(form: EventForm, today: date) -> str:
    """Refuse what no event can have been; return its term without the spaces around it.

    Raises:
        Invalid: for a grade, date or text that cannot be, or a death that contradicts itself.
    """
    term = needed("term", form.term)
    for name, longest in {"term": 200, "action": 500, "organism": 120}.items():
        fits(name, getattr(form, name), longest)
    within("grade", form.grade, 1, DEADLY)
    not_to_come(today, "started_on", form.started_on)
    not_to_come(today, "ended_on", form.ended_on)
    in_order("ended_on", form.started_on, form.ended_on)
    _check_death(form)
    return term


def _check_death(form: EventForm) -> None:
    """Grade 5, serious because of death, and a fatal outcome say the same; one without the others is a slip."""
    said = {form.grade == DEADLY, form.seriousness is Seriousness.DEATH, form.outcome is EventOutcome.FATAL}
    if len(said) > 1:
        raise Invalid("death_contradicts", "grade", N_("Grade 5, death as the reason and a fatal outcome go together."))


def expose(work: Work, patient_id: UUID, form: ExposureForm, key: str | None = None) -> UUID:
    """Record an exposure and return its id.

    Raises:
        NotAllowed, NotFound, KeyReused: see `outcomes.actions.work`.
        Invalid: for a text or a date that cannot be.
    """
    may(work, Act.CHANGE_RECORD, patient_id)
    return once(work, key, (patient_id, form), lambda: _expose(work, patient_id, form))


def _expose(work: Work, patient_id: UUID, form: ExposureForm) -> UUID:
    the_patient(work, patient_id)
    return add(work, Exposure(patient_id=patient_id, by_patient=False, **_exposure_values(work, form)))


def edit_exposure(work: Work, exposure_id: UUID, form: ExposureForm, version: int) -> None:
    """Bring an exposure up to date.

    Raises:
        NotAllowed, NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: as `expose`.
    """
    may(work, Act.CHANGE_RECORD)
    edit_row(work, found(work, Exposure, exposure_id), version, _exposure_values(work, form))


def remove_exposure(work: Work, exposure_id: UUID, reason: str) -> None:
    """Take back an exposure entered by mistake.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    row = found(work, Exposure, exposure_id)
    with because(work, why, row.patient_id):
        remove(work, row)


def _exposure_values(work: Work, form: ExposureForm) -> dict[str, Any]:
    return asdict(form) | {"text": check_exposure(form, work.today)}


def check_exposure(form: ExposureForm, today: date) -> str:
    """Refuse what no exposure can have been; return its words without the spaces around them.

    Raises:
        Invalid: for a text or a date that cannot be.
    """
    words = needed("text", form.text)
    fits("text", words, 300)
    not_to_come(today, "started_on", form.started_on)
    in_order("ended_on", form.started_on, form.ended_on)
    return words
