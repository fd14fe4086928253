"""The visit form: opening it, keeping its draft field by field, saving it as a visit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from outcomes.access.rules import Access
from outcomes.actions import assess, drafts
from outcomes.actions.errors import Invalid, KeyReused
from outcomes.change.individual import OwnError
from outcomes.instruments.definition import Instrument
from outcomes.records.queries.drafts import DraftRow, draft
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.visit_form import VisitFormView, visit_form
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.live import live
from outcomes.web.clinic.visit_entry import (
    codes_of,
    date_of,
    entry_of,
    first_fields,
    instruments_asked,
    typed_fields,
)
from outcomes.web.clinic.visit_view import Filling, day_words, lay_out
from outcomes.web.database import catalogue, keep_in_spite_of_refusal, now, reading, records, saw, today, voice, work
from outcomes.web.i18n import say
from outcomes.web.member import own_membership, the_member
from outcomes.web.security import allow, wants_page

UNPLANNED = "unplanned"
MOST_FIELDS = 500
LONGEST_VALUE = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """The records behind one form: what is asked of whom, and the clinic's own errors."""

    view: VisitFormView
    instruments: tuple[Instrument, ...]
    own: Mapping[str, OwnError | None]


@blueprint.get("/patients/<uuid:patient_id>/visits/new")
@allow(Access.CLINICIANS)
def new_visit(patient_id: UUID) -> ResponseReturnValue:
    """Show the form, with the draft if there is one."""
    kept = _kept(patient_id)
    fields = first_fields(kept.fields if kept else {}, voice().language, today())
    saw(patient_id, "visit form")
    return _page(patient_id, Filling(fields, {}, "", kept.sequence if kept else 0, _saved(kept)))


@blueprint.put("/patients/<uuid:patient_id>/visits/draft")
@allow(Access.CLINICIANS)
def keep_draft(patient_id: UUID) -> ResponseReturnValue:
    """Keep what was just typed and answer with the live scores."""
    fields, sequence = _sent_fields()
    kept = drafts.keep(work(), _form_name(patient_id), fields, sequence, patient_id=patient_id)
    whole = first_fields(kept, voice().language, today())
    desk = _desk(patient_id, whole)
    state = live(voice(), catalogue(), desk.view.record, desk.own, desk.instruments, whole, desk.view.on_date)
    return jsonify(
        saved=say("draft of %(when)s", when=_moment(now())),
        day=day_words(voice(), desk.view, desk.view.on_date),
        count=state.count,
        answered=state.answered,
        scales={scale.key: asdict(scale) for scale in state.scales},
    )


@blueprint.post("/patients/<uuid:patient_id>/visits/new")
@allow(Access.CLINICIANS)
def save_visit(patient_id: UUID) -> ResponseReturnValue:
    """Save the visit, or show what stands in the way with everything still filled in."""
    fields = typed_fields(request.form)
    if "switch" in request.form:
        return _switch(patient_id, fields)
    entry = entry_of(voice(), patient_id, _instruments(patient_id, fields), fields, today())
    gaps = {} if request.form.get("gaps") else entry.missing
    if entry.problems or gaps:
        return _unfinished(patient_id, fields, {**entry.problems, **gaps}, only_gaps=not entry.problems)
    try:
        assess.record(work(), entry.visit, request.form.get("idempotency_key"))
    except (Invalid, KeyReused) as refused:
        kept = _kept(patient_id)
        filling = Filling(fields, {}, say(refused.sentence, **refused.values), kept.sequence if kept else 0, "")
        return _page(patient_id, filling), HTTPStatus.UNPROCESSABLE_ENTITY
    drafts.drop(work(), _form_name(patient_id))
    address = url_for("clinic.patient", patient_id=patient_id, _anchor="changed")
    return redirect(address) if wants_page() else jsonify(done=address)


def _unfinished(
    patient_id: UUID, fields: dict[str, str], problems: Mapping[str, str], *, only_gaps: bool
) -> ResponseReturnValue:
    """Keep everything typed as a draft, and say what stands in the way of a visit.

    The page goes on counting where the draft stands, so that what is typed next is newer than what was sent.
    """
    drafts.keep(work(), _form_name(patient_id), fields, None, patient_id=patient_id)
    keep_in_spite_of_refusal()
    kept = _kept(patient_id)
    filling = Filling(fields, problems, "", kept.sequence if kept else 0, _saved(kept), only_gaps=only_gaps)
    return _page(patient_id, filling), HTTPStatus.UNPROCESSABLE_ENTITY


def _switch(patient_id: UUID, fields: dict[str, str]) -> ResponseReturnValue:
    """Keep the form as a draft with one instrument entered the other way, or one more instrument on it."""
    code, added = request.form["switch"], request.form.get("add", "")
    mode = f"mode.{code}"
    if code:
        fields[mode] = "totals" if fields.get(mode) == "items" else "items"
    if added in catalogue():
        fields["with"] = ",".join(dict.fromkeys([*codes_of(fields), added]))
    drafts.keep(work(), _form_name(patient_id), fields, None, patient_id=patient_id)
    return redirect(url_for("clinic.new_visit", patient_id=patient_id, _anchor=f"sheet-{code or added}"))


def _instruments(patient_id: UUID, fields: Mapping[str, str]) -> tuple[Instrument, ...]:
    """Return what a sent form asked; the record is only read for a form that does not say it."""
    return instruments_asked(catalogue(), _shown() or _view(patient_id, fields).asked, fields)


def _view(patient_id: UUID, fields: Mapping[str, str]) -> VisitFormView:
    scope, session = reading()
    known, on = records(), date_of(fields, today())
    return visit_form(
        scope, session, known.keys, catalogue(), patient_id, today=today(), on_date=on, memory=known.memory
    )


def _desk(patient_id: UUID, fields: Mapping[str, str]) -> Desk:
    scope, session = reading()
    view = _view(patient_id, fields)
    instruments = instruments_asked(catalogue(), _shown() or view.asked, fields)
    scales = [scale.key for each in instruments for scale in each.scales]
    return Desk(view, instruments, own_errors(scope, session, scales, records().memory))


def _shown() -> list[str]:
    """The questionnaires of the page that was sent: what it showed is what is saved, and sent again is the same."""
    return [code for code in request.form.get("shown", "").split(",") if code]


def _kept(patient_id: UUID) -> DraftRow | None:
    scope, session = reading()
    return draft(scope, session, records().keys, own_membership(), _form_name(patient_id), now=now())


def _saved(kept: DraftRow | None) -> str:
    return say("draft of %(when)s", when=_moment(kept.saved_at)) if kept else ""


def _page(patient_id: UUID, filling: Filling) -> str:
    desk = _desk(patient_id, filling.fields)
    page = lay_out(voice(), catalogue(), desk.view, desk.own, desk.instruments, filling)
    key = request.form.get("idempotency_key") or str(uuid4())
    return render_template("clinic/visit.html", page=page, key=key, member_id=own_membership())


def _form_name(patient_id: UUID) -> str:
    return f"visit:{patient_id}"


def _moment(instant: Any) -> str:  # noqa: ANN401 - an instant of the records
    return voice().moment(instant, the_member().place.time_zone)


def _sent_fields() -> tuple[dict[str, str], int]:
    """Read the fields a script sends; whatever is not a short text under a short name is refused."""
    sent = request.get_json()
    fields, sequence = (sent.get("fields"), sent.get("sequence")) if isinstance(sent, dict) else (None, None)
    if not isinstance(fields, dict) or not isinstance(sequence, int) or len(fields) > MOST_FIELDS:
        abort(400)
    if not all(isinstance(value, str) and len(value) <= LONGEST_VALUE for value in fields.values()):
        abort(400)
    return fields, sequence
