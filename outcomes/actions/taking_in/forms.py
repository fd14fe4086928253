"""The entries of a record as the forms of the program ask for them."""

from dataclasses import fields
from typing import Any, TypeVar
from uuid import UUID

from outcomes.actions.enrol import CaseDefinitionForm, PatientForm
from outcomes.actions.report_event import EventForm, ExposureForm
from outcomes.actions.treat import CourseForm, InfusionForm
from outcomes.exchange.writers.own_record import CourseRow, EventRow, ExposureRow, InfusionRow, WholeRecord
from outcomes.terms import Material

Made = TypeVar("Made")


def person(record: WholeRecord, code: str | None) -> PatientForm:
    """Who the patient is, under the code that is chosen here. Consents are not taken over."""
    definitions = tuple(_like(CaseDefinitionForm, each) for each in record.definitions)
    return _like(PatientForm, record.person, code=code, case_definitions=definitions, consents=())


def course(row: CourseRow) -> CourseForm:
    """A course."""
    return _like(CourseForm, row, indication=row.indication or "")


def infusion(row: InfusionRow) -> InfusionForm:
    """An administration, without donor and lot: those belong to the other clinic."""
    return _like(InfusionForm, row, donor_id=None, lot_id=None, material=row.material or Material.DONOR)


def exposure(row: ExposureRow) -> ExposureForm:
    """Something besides FMT."""
    return _like(ExposureForm, row, text=row.text or "")


def event(row: EventRow, infusion_id: UUID | None) -> EventForm:
    """An adverse event, after the administration that it followed here."""
    return _like(EventForm, row, term=row.term or "", infusion_id=infusion_id)


def _like(form: type[Made], row: Any, **instead: Any) -> Made:  # noqa: ANN401 - any kind of entry
    """A form filled from the fields of the same names."""
    names = [each.name for each in fields(form)]  # type: ignore[arg-type]  # every form is a dataclass
    return form(**{name: instead[name] if name in instead else getattr(row, name) for name in names})
