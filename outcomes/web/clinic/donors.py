"""Donors: their screenings, their lots, a recall, and the way from a lot to everybody who received it."""

from dataclasses import asdict
from uuid import UUID

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from outcomes.access.rules import Access
from outcomes.actions import donors as deeds
from outcomes.records.queries.donors import DonorRow, LotRow, donor, donor_list, look_back
from outcomes.terms import DonorKind, MaterialState, ScreeningResult
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.fields import RecordForm, day, needed_text, text, word, yes_no
from outcomes.web.clinic.reasons import edited
from outcomes.web.clinic.saving import Sheet, save, show
from outcomes.web.database import reading, records, work
from outcomes.web.i18n import say
from outcomes.web.security import allow


class DonorEntry(RecordForm):
    """A donor."""

    groups = ((N_("Donor"), ("code", "kind", "active", "note")),)
    code = needed_text(N_("Pseudonym"), 40, N_("The same for all patients. Never a name."))
    kind = word(N_("Kind"), DonorKind)
    active = yes_no(N_("Still gives"))
    note = text(N_("Note"), 1000)


class ScreeningEntry(RecordForm):
    """One screening of a donor."""

    groups = ((N_("Screening"), ("on_date", "panel", "result", "note")),)
    on_date = day(N_("Date"), must=True)
    panel = needed_text(N_("What was looked for"), 300)
    result = word(N_("Result"), ScreeningResult)
    note = text(N_("Note"), 1000)


class LotEntry(RecordForm):
    """One lot."""

    groups = ((N_("Lot"), ("number", "state", "prepared_on", "anaerobic")),)
    number = needed_text(N_("Lot number"), 60)
    state = word(N_("State"), MaterialState)
    prepared_on = day(N_("Prepared on"))
    anaerobic = yes_no(N_("Prepared without oxygen"))


class RecallEntry(RecordForm):
    """The recall of a lot."""

    groups = ((N_("Recall"), ("on_date", "reason")),)
    lot_id = HiddenField()
    on_date = day(N_("Date"), must=True)
    reason = needed_text(N_("Reason"), 500)


@blueprint.get("/donors")
@allow(Access.CLINICIANS)
def donors() -> ResponseReturnValue:
    """List the donors."""
    return render_template("clinic/donors.html", donors=donor_list(*reading()))


@blueprint.get("/donors/new")
@allow(Access.CLINICIANS)
def new_donor() -> ResponseReturnValue:
    """Show the form of a new donor."""
    return show(DonorEntry(data={"active": True}), _sheet(say(N_("New donor"))))


@blueprint.post("/donors/new")
@allow(Access.CLINICIANS)
def add_donor() -> ResponseReturnValue:
    """Add a donor."""
    form = DonorEntry()
    return save(form, _sheet(say(N_("New donor"))), lambda: deeds.add_donor(work(), _donor(form)))


@blueprint.get("/donors/<uuid:donor_id>")
@allow(Access.CLINICIANS)
def one_donor(donor_id: UUID) -> ResponseReturnValue:
    """Show one donor with screenings, lots and everybody who received something."""
    scope, session = reading()
    given = look_back(scope, session, records().keys, donor_id=donor_id)
    return render_template("clinic/donor.html", donor=donor(scope, session, donor_id), given=given)


@blueprint.get("/donors/<uuid:donor_id>/edit")
@allow(Access.CLINICIANS)
def edit_donor(donor_id: UUID) -> ResponseReturnValue:
    """Show one donor, to edit."""
    row = donor(*reading(), donor_id)
    return show(edited(DonorEntry)(data=asdict(row)), _sheet(row.code, row))


@blueprint.post("/donors/<uuid:donor_id>/edit")
@allow(Access.CLINICIANS)
def change_donor(donor_id: UUID) -> ResponseReturnValue:
    """Change what is said of a donor."""
    form, row = edited(DonorEntry)(), donor(*reading(), donor_id)
    sheet = _sheet(row.code, row)
    return save(form, sheet, lambda: deeds.edit_donor(work(), donor_id, _donor(form), form.opened_version))


@blueprint.get("/donors/<uuid:donor_id>/screenings/new")
@allow(Access.CLINICIANS)
def new_screening(donor_id: UUID) -> ResponseReturnValue:
    """Show the form of a screening."""
    return show(ScreeningEntry(), _sheet(say(N_("New screening")), donor(*reading(), donor_id)))


@blueprint.post("/donors/<uuid:donor_id>/screenings/new")
@allow(Access.CLINICIANS)
def add_screening(donor_id: UUID) -> ResponseReturnValue:
    """Record a screening."""
    form = ScreeningEntry()
    sheet = _sheet(say(N_("New screening")), donor(*reading(), donor_id))
    return save(form, sheet, lambda: deeds.screen(work(), donor_id, form.into(deeds.ScreeningForm)))


@blueprint.get("/donors/<uuid:donor_id>/lots/new")
@allow(Access.CLINICIANS)
def new_lot(donor_id: UUID) -> ResponseReturnValue:
    """Show the form of a lot."""
    return show(LotEntry(), _sheet(say(N_("New lot")), donor(*reading(), donor_id)))


@blueprint.post("/donors/<uuid:donor_id>/lots/new")
@allow(Access.CLINICIANS)
def add_lot(donor_id: UUID) -> ResponseReturnValue:
    """Add a lot."""
    form = LotEntry()
    sheet = _sheet(say(N_("New lot")), donor(*reading(), donor_id))
    return save(form, sheet, lambda: deeds.add_lot(work(), donor_id, form.into(deeds.LotForm)))


@blueprint.get("/donors/<uuid:donor_id>/lots/<uuid:lot_id>/recall")
@allow(Access.CLINICIANS)
def recall(donor_id: UUID, lot_id: UUID) -> ResponseReturnValue:
    """Show the form by which a lot is recalled."""
    row = donor(*reading(), donor_id)
    return show(RecallEntry(), _sheet(_recall_title(_lot(row, lot_id)), row))


@blueprint.post("/donors/<uuid:donor_id>/lots/<uuid:lot_id>/recall")
@allow(Access.CLINICIANS)
def recall_lot(donor_id: UUID, lot_id: UUID) -> ResponseReturnValue:
    """Recall a lot; the donor's page then names everybody who received it."""
    form, row = RecallEntry(), donor(*reading(), donor_id)
    sheet = _sheet(_recall_title(_lot(row, lot_id)), row)
    return save(form, sheet, lambda: deeds.recall(work(), lot_id, form.on_date.data, form.reason.data))


def _donor(form: DonorEntry) -> deeds.DonorForm:
    return form.into(deeds.DonorForm, active=form.active.data is not False)


def _lot(row: DonorRow, lot_id: UUID) -> LotRow:
    for lot in row.lots:
        if lot.id == lot_id:
            return lot
    return abort(404)


def _recall_title(lot: LotRow) -> str:
    return say(N_("Recall lot %(number)s"), number=lot.number)


def _sheet(title: str, row: DonorRow | None = None) -> Sheet:
    everybody = url_for("clinic.donors")
    back = url_for("clinic.one_donor", donor_id=row.id) if row else everybody
    ways = [(say(N_("Donors")), everybody), *([(row.code, back)] if row else []), (title, None)]
    return Sheet(title, tuple(ways), back)
