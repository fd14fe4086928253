"""Recording what was answered: a visit, its assessments and their scores, in one step.

Answers are kept as given; scores are computed from them and from nothing else, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from outcomes.access.rules import Act
from outcomes.access.scope import Scope
from outcomes.actions.checks import not_to_come
from outcomes.actions.errors import Invalid
from outcomes.actions.once import once
from outcomes.actions.work import Work, may, sealed, the_patient
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.scoring import ScaleScore, score
from outcomes.records.queries.visit_form import asked_on
from outcomes.records.tables import Assessment, Score, Visit
from outcomes.terms import Absence, AnsweredBy, AssessmentState, Language, Reached, Severity
from outcomes.voice import N_


@dataclass(frozen=True, slots=True)
class AssessmentForm:
    """One instrument as filled in. `answers` by item code, `totals` by scale code; None or absent is no answer.

    Without any answer or total it says that the instrument was asked and skipped. `answered_by` None stands for that
    of the visit; `key_version` None for the newest; `wording_version` None for the wording now installed. `given_on`
    holds the ISO date of each answer by item, where they came one by one.
    """

    instrument: str
    answers: Mapping[str, float | None] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)
    answered_by: AnsweredBy | None = None
    language: Language | None = None
    form_version: str | None = None
    wording_version: str | None = None
    key_version: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    given_on: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class VisitForm:
    """One visit with everything answered on it.

    `too_ill` records that the patient could answer nothing, or no more than is there. `qualifying` marks scores
    that let the patient into treatment. `time_zone` None stands for the clinic's.
    """

    patient_id: UUID
    on_date: date
    assessments: tuple[AssessmentForm, ...] = ()
    answered_by: AnsweredBy = AnsweredBy.SELF
    language: Language = Language.ENGLISH
    reached: Reached = Reached.CLINIC
    severity: Severity | None = None
    crash: bool = False
    too_ill: bool = False
    qualifying: bool = False
    note: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class VisitRows:
    """The rows one visit makes, ready to be stored; many visits' rows may be stored in one statement a table."""

    visit: dict[str, Any]
    assessments: list[dict[str, Any]]
    scores: list[dict[str, Any]]


def preview(
    catalogue: Catalogue,
    instrument: str,
    answers: Mapping[str, float | None],
    totals: Mapping[str, float] | None = None,
    key_version: str | None = None,
) -> tuple[ScaleScore, ...]:
    """Score without storing, as one types.

    Raises:
        Invalid: for an instrument that is not installed.
        AnswerError: for an answer that is not permitted.
    """
    return score(the_instrument(catalogue, instrument, key_version), answers, totals)


def record(work: Work, form: VisitForm, key: str | None = None) -> UUID:
    """Store a visit with its assessments and scores; return its id.

    A visit outside every window, or long past, is accepted: where it lies is computed on reading. With a `key`, the
    same form sent again gives the same id and stores nothing.

    Raises:
        NotAllowed: if the actor may not change the record.
        NotFound: for a patient of another clinic or none.
        Invalid: for a date to come, an instrument that is unknown or given twice, or a visit that says nothing.
        AnswerError: for an answer that is not permitted.
        KeyReused: if the key came before with other answers.
    """
    may(work, Act.CHANGE_RECORD, form.patient_id)
    return once(work, key, form, lambda: _record(work, form))


def _record(work: Work, form: VisitForm) -> UUID:
    the_patient(work, form.patient_id)
    check_visit(form, work.today)
    rows = visit_rows(work, _with_what_was_asked(work, form))
    store(work, [rows])
    visit_id: UUID = rows.visit["id"]
    return visit_id


def _with_what_was_asked(work: Work, form: VisitForm) -> VisitForm:
    """On a day too ill to answer, what the protocol asks is recorded as asked, so that its absence has a reason."""
    if not form.too_ill or form.assessments:
        return form
    asked = asked_on(Scope(work.clinic_id), work.session, form.patient_id, form.on_date)
    return replace(form, assessments=tuple(AssessmentForm(code) for code in asked if code in work.catalogue))


def check_visit(form: VisitForm, today: date) -> None:
    """Refuse a visit that cannot be.

    Raises:
        Invalid: for a date to come, an instrument given twice, or a visit that says nothing.
    """
    not_to_come(today, "on_date", form.on_date)
    codes = [each.instrument for each in form.assessments]
    if len(codes) != len(set(codes)):
        raise Invalid("instrument_twice", None, N_("A questionnaire can be filled in once a visit."))
    if not (codes or form.too_ill or form.crash or form.note or form.severity):
        raise Invalid(
            "empty_visit", None, N_("There is nothing to save yet. One answer is enough, or “too ill today”.")
        )


def visit_rows(work: Work, form: VisitForm, import_id: UUID | None = None) -> VisitRows:
    """Compute the rows of a visit, scores included, without storing them. The patient and the date are not checked.

    Raises:
        Invalid: for an unknown instrument.
        AnswerError: for an answer that is not permitted.
    """
    visit: dict[str, Any] = {
        "clinic_id": work.clinic_id,
        "id": uuid4(),
        "patient_id": form.patient_id,
        "on_date": form.on_date,
        "time_zone": form.time_zone or work.time_zone,
        "reached": form.reached,
        "severity": form.severity,
        "crash": form.crash,
        "too_ill": form.too_ill,
        "qualifying": form.qualifying,
        "note": form.note or None,
        "made_at": work.now,
        "import_id": import_id,
    }
    rows = VisitRows(sealed(work, Visit, form.patient_id, visit), [], [])
    for each in form.assessments:
        instrument = the_instrument(work.catalogue, each.instrument, each.key_version)
        row = _assessment_row(work, form, each, instrument, visit["id"])
        rows.assessments.append(row)
        results = score(instrument, each.answers, each.totals)
        rows.scores.extend(score_rows(row, form.on_date, results, too_ill=form.too_ill))
    return rows


def the_instrument(catalogue: Catalogue, code: str, version: str | None = None) -> Instrument:
    """Return an instrument, the newest version of its key unless one is named.

    Raises:
        Invalid: for one that is not installed.
    """
    instrument = catalogue.get(code, version)
    if instrument is None:
        raise Invalid(
            "unknown_instrument", code, N_("This instrument is not installed: %(instrument)s."), instrument=code
        )
    return instrument


def _assessment_row(
    work: Work, visit: VisitForm, form: AssessmentForm, instrument: Instrument, visit_id: UUID
) -> dict[str, Any]:
    language = form.language or visit.language
    wording = work.catalogue.wording(instrument.code, language) if form.wording_version is None else None
    return {
        "clinic_id": work.clinic_id,
        "id": uuid4(),
        "visit_id": visit_id,
        "patient_id": visit.patient_id,
        "instrument": instrument.code,
        "key_version": instrument.version,
        "form_version": form.form_version,
        "language": language,
        "wording_version": form.wording_version or (wording.version if wording else None),
        "answered_by": form.answered_by or visit.answered_by,
        "answers": given(form.answers),
        "totals": given(form.totals),
        "state": AssessmentState.COMPLETE,
        "started_at": form.started_at,
        "finished_at": form.finished_at or work.now,
        "given_on": dict(form.given_on) if form.given_on is not None else None,
    }


def given(values: Mapping[str, float | None]) -> dict[str, float]:
    """The answers that were given, whole numbers as such, so that equal answers are stored alike."""
    return {
        name: int(value) if float(value).is_integer() else float(value)
        for name, value in values.items()
        if value is not None
    }


def score_rows(
    assessment: Mapping[str, Any], on_date: date, results: Sequence[ScaleScore], *, too_ill: bool
) -> list[dict[str, Any]]:
    """The score rows of an assessment; on a day too ill to answer, that is why a score is absent."""
    return [
        {
            "clinic_id": assessment["clinic_id"],
            "patient_id": assessment["patient_id"],
            "assessment_id": assessment["id"],
            "scale": each.scale,
            "on_date": on_date,
            "value": each.value,
            "standard_error": each.standard_error,
            "key_version": assessment["key_version"],
            "items_used": each.items_used,
            "items": each.items,
            "absence": Absence.TOO_ILL if too_ill and each.absence else each.absence,
        }
        for each in results
    ]


def store(work: Work, visits: Sequence[VisitRows], visit_id: UUID | None = None) -> None:
    """Store the rows of any number of visits, one statement a table; or, of one, its assessments on a visit there."""
    tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (Visit, [each.visit for each in visits] if visit_id is None else []),
        (Assessment, [row | _on(visit_id) for each in visits for row in each.assessments]),
        (Score, [row for each in visits for row in each.scores]),
    )
    work.session.flush()
    for table, rows in tables:
        if rows:
            work.session.execute(insert(table), rows)


def _on(visit_id: UUID | None) -> dict[str, UUID]:
    return {} if visit_id is None else {"visit_id": visit_id}
