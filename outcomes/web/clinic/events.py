"""What else happened to a patient: adverse events, exposures, and how the patient left."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import abort, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import end, report_event
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.record import AdverseEventRow, ExposureRow, adverse_events, exposures
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.reasons import edited
from outcomes.web.clinic.saving import Removal, RemovalForm, Sheet, remove, save, show
from outcomes.web.clinic.treatment_forms import EndingEntry, EventEntry, ExposureEntry
from outcomes.web.clinic.treatments import record_sheet
from outcomes.web.database import reading, records, work
from outcomes.web.i18n import say
from outcomes.web.security import allow

NEW_EVENT = N_("New event")
NEW_EXPOSURE = N_("Something else that may move scores")


@blueprint.get("/patients/<uuid:patient_id>/events/new")
@allow(Access.CLINICIANS)
def new_event(patient_id: UUID) -> ResponseReturnValue:
    """Show the form of a new adverse event."""
    further = (say(NEW_EXPOSURE), url_for("clinic.new_exposure", patient_id=patient_id))
    return show(EventEntry(), record_sheet(patient_id, say(NEW_EVENT), further=further))


@blueprint.post("/patients/<uuid:patient_id>/events/new")
@allow(Access.CLINICIANS)
def report_new_event(patient_id: UUID) -> ResponseReturnValue:
    """Record an adverse event."""
    form, sheet = EventEntry(), record_sheet(patient_id, say(NEW_EVENT))
    return save(form, sheet, lambda: report_event.report_event(work(), patient_id, _event(form), form.key))


@blueprint.get("/patients/<uuid:patient_id>/events/<uuid:event_id>")
@allow(Access.CLINICIANS)
def edit_event(patient_id: UUID, event_id: UUID) -> ResponseReturnValue:
    """Show one adverse event, to bring up to date."""
    row = _one(adverse_events(*_whose(patient_id)), event_id)
    return show(edited(EventEntry)(data=asdict(row)), _event_sheet(patient_id, row))


@blueprint.post("/patients/<uuid:patient_id>/events/<uuid:event_id>")
@allow(Access.CLINICIANS)
def change_event(patient_id: UUID, event_id: UUID) -> ResponseReturnValue:
    """Bring an adverse event up to date."""
    row = _one(adverse_events(*_whose(patient_id)), event_id)
    form, sheet = edited(EventEntry)(), _event_sheet(patient_id, row)
    return save(form, sheet, lambda: report_event.edit_event(work(), event_id, _event(form), form.opened_version))


@blueprint.post("/patients/<uuid:patient_id>/events/<uuid:event_id>/remove")
@allow(Access.CLINICIANS)
def remove_event(patient_id: UUID, event_id: UUID) -> ResponseReturnValue:
    """Take back an adverse event entered by mistake."""
    row = _one(adverse_events(*_whose(patient_id)), event_id)
    return remove(_back(patient_id), lambda reason: report_event.remove_event(work(), event_id, reason), row.version)


@blueprint.get("/patients/<uuid:patient_id>/exposures/new")
@allow(Access.CLINICIANS)
def new_exposure(patient_id: UUID) -> ResponseReturnValue:
    """Show the form of a new exposure."""
    return show(ExposureEntry(), record_sheet(patient_id, say(NEW_EXPOSURE)))


@blueprint.post("/patients/<uuid:patient_id>/exposures/new")
@allow(Access.CLINICIANS)
def record_exposure(patient_id: UUID) -> ResponseReturnValue:
    """Record an exposure."""
    form, sheet = ExposureEntry(), record_sheet(patient_id, say(NEW_EXPOSURE))
    return save(
        form, sheet, lambda: report_event.expose(work(), patient_id, form.into(report_event.ExposureForm), form.key)
    )


@blueprint.get("/patients/<uuid:patient_id>/exposures/<uuid:exposure_id>")
@allow(Access.CLINICIANS)
def edit_exposure(patient_id: UUID, exposure_id: UUID) -> ResponseReturnValue:
    """Show one exposure, to bring up to date."""
    row = _one(exposures(*_whose(patient_id)), exposure_id)
    return show(edited(ExposureEntry)(data=asdict(row)), _exposure_sheet(patient_id, row))


@blueprint.post("/patients/<uuid:patient_id>/exposures/<uuid:exposure_id>")
@allow(Access.CLINICIANS)
def change_exposure(patient_id: UUID, exposure_id: UUID) -> ResponseReturnValue:
    """Bring an exposure up to date."""
    row = _one(exposures(*_whose(patient_id)), exposure_id)
    form, sheet = edited(ExposureEntry)(), _exposure_sheet(patient_id, row)
    return save(
        form,
        sheet,
        lambda: report_event.edit_exposure(
            work(), exposure_id, form.into(report_event.ExposureForm), form.opened_version
        ),
    )


@blueprint.post("/patients/<uuid:patient_id>/exposures/<uuid:exposure_id>/remove")
@allow(Access.CLINICIANS)
def remove_exposure(patient_id: UUID, exposure_id: UUID) -> ResponseReturnValue:
    """Take back an exposure entered by mistake."""
    row = _one(exposures(*_whose(patient_id)), exposure_id)
    back = _back(patient_id)
    return remove(back, lambda reason: report_event.remove_exposure(work(), exposure_id, reason), row.version)


@blueprint.get("/patients/<uuid:patient_id>/ending")
@allow(Access.CLINICIANS)
def ending(patient_id: UUID) -> ResponseReturnValue:
    """Show the form of death, withdrawal or loss; of a patient who has left, the way to undo it."""
    return show(EndingEntry(), _ending_sheet(patient_id))


@blueprint.post("/patients/<uuid:patient_id>/ending")
@allow(Access.CLINICIANS)
def record_ending(patient_id: UUID) -> ResponseReturnValue:
    """Record how a patient left."""
    form, sheet = EndingEntry(), _ending_sheet(patient_id)
    return save(form, sheet, lambda: end.end(work(), patient_id, form.into(end.EndingForm), form.key))


@blueprint.post("/patients/<uuid:patient_id>/ending/remove")
@allow(Access.CLINICIANS)
def undo_ending(patient_id: UUID) -> ResponseReturnValue:
    """Take back an ending recorded by mistake."""
    return remove(_back(patient_id), lambda reason: end.undo_end(work(), patient_id, reason))


def _event(form: EventEntry) -> report_event.EventForm:
    return form.into(report_event.EventForm, crash_after_exertion=bool(form.crash_after_exertion.data))


def _whose(patient_id: UUID) -> tuple[Any, Any, Any, UUID]:
    """Return what the queries of one patient's rows take; the patient was looked up before the view (`security`)."""
    return *reading(), records().keys, patient_id


def _one(rows: tuple[Any, ...], row_id: UUID) -> Any:  # noqa: ANN401 - a row of either kind
    for row in rows:
        if row.id == row_id:
            return row
    return abort(404)


def _back(patient_id: UUID) -> str:
    return url_for("clinic.patient", patient_id=patient_id)


def _event_sheet(patient_id: UUID, row: AdverseEventRow) -> Sheet:
    address = url_for("clinic.remove_event", patient_id=patient_id, event_id=row.id)
    removal = Removal(say(N_("Take this event back")), address, RemovalForm.of(row.version))
    return record_sheet(patient_id, say(N_("Event")), removal)


def _exposure_sheet(patient_id: UUID, row: ExposureRow) -> Sheet:
    address = url_for("clinic.remove_exposure", patient_id=patient_id, exposure_id=row.id)
    removal = Removal(say(N_("Take this back")), address, RemovalForm.of(row.version))
    return record_sheet(patient_id, say(NEW_EXPOSURE), removal)


def _ending_sheet(patient_id: UUID) -> Sheet:
    scope, session = reading()
    left = patient_header(scope, session, records().keys, patient_id).ending
    address = url_for("clinic.undo_ending", patient_id=patient_id)
    title = say(N_("The patient is back: take the ending back"))
    removal = Removal(title, address, RemovalForm.of(1)) if left else None
    return record_sheet(patient_id, say(N_("Death, withdrawal, loss to follow-up")), removal)
