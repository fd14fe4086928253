"""Changing what is recorded: with a reason, on the newest version alone, and with its scores computed anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from outcomes.access.rules import Act
from outcomes.actions.assess import AssessmentForm, VisitForm, given, score_rows, store, the_instrument, visit_rows
from outcomes.actions.checks import fits, needed, not_to_come
from outcomes.actions.errors import Invalid
from outcomes.actions.sign import refuse_signed
from outcomes.actions.work import Work, because, check_version, edit_row, found, may, remove
from outcomes.instruments.scoring import score
from outcomes.records.tables import Assessment, Score, Visit
from outcomes.terms import AnsweredBy, Language, Reached, Severity
from outcomes.voice import N_


@dataclass(frozen=True, slots=True)
class AssessmentEdit:
    """What an assessment is to hold from now on. The instrument and the version of its key stay."""

    answers: Mapping[str, float | None] = field(default_factory=dict)
    totals: Mapping[str, float] = field(default_factory=dict)
    answered_by: AnsweredBy = AnsweredBy.SELF
    language: Language = Language.ENGLISH
    form_version: str | None = None


@dataclass(frozen=True, slots=True)
class VisitEdit:
    """What is to be said of a visit from now on, its assessments left as they are."""

    on_date: date
    reached: Reached = Reached.CLINIC
    severity: Severity | None = None
    crash: bool = False
    too_ill: bool = False
    qualifying: bool = False
    note: str | None = None


def amend(work: Work, assessment_id: UUID, edit: AssessmentEdit, version: int, reason: str) -> None:
    """Correct the answers of an assessment; its scores are computed anew with the key it was scored with.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason, on a signed visit, or when the key's version is no longer installed.
        AnswerError: for an answer that is not permitted.
        StaleVersion: if somebody else changed the assessment since the form was opened.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    row = found(work, Assessment, assessment_id)
    visit = found(work, Visit, row.visit_id)  # held before the answers are written: nobody signs in between
    refuse_signed(work, visit.id)
    values = _assessment_values(edit)
    check_version(row, version, values, {name: getattr(row, name) for name in values})
    instrument = the_instrument(work.catalogue, row.instrument, row.key_version)
    results = score(instrument, edit.answers, edit.totals)
    with because(work, why, row.patient_id):
        if edit_row(work, row, row.version, values):
            assessed = {name: getattr(row, name) for name in ("clinic_id", "patient_id", "id", "key_version")}
            write_scores(work, row.id, score_rows(assessed, visit.on_date, results, too_ill=visit.too_ill))


def _assessment_values(edit: AssessmentEdit) -> dict[str, Any]:
    return {
        "answers": given(edit.answers),
        "totals": given(edit.totals),
        "answered_by": edit.answered_by,
        "language": edit.language,
        "form_version": edit.form_version or None,
    }


def write_scores(work: Work, assessment_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Make the stored scores of an assessment these: what differs is updated, what is new added, the rest removed."""
    own = (Score.clinic_id == work.clinic_id, Score.assessment_id == assessment_id)
    there = {row.scale: row for row in work.session.scalars(select(Score).where(*own))}
    for row in rows:
        known = there.pop(row["scale"], None)
        if known is None:
            work.session.execute(insert(Score).values(row))
        else:
            for name, value in row.items():
                if getattr(known, name) != value:
                    setattr(known, name, value)
    for left in there.values():
        work.session.delete(left)
    work.session.flush()


def add_assessment(work: Work, visit_id: UUID, form: AssessmentForm, reason: str | None = None) -> UUID:
    """Add an instrument to a visit that was recorded without it; return the id of the assessment.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: for an unknown instrument, one the visit has already, or a visit that is signed.
        AnswerError: for an answer that is not permitted.
    """
    may(work, Act.CHANGE_RECORD)
    visit = found(work, Visit, visit_id)
    refuse_signed(work, visit_id)
    have = select(Assessment.id).where(
        Assessment.clinic_id == work.clinic_id,
        Assessment.visit_id == visit_id,
        Assessment.instrument == form.instrument,
    )
    if work.session.scalar(have) is not None:
        raise Invalid("instrument_twice", None, N_("A questionnaire can be filled in once a visit."))
    rows = visit_rows(work, VisitForm(visit.patient_id, visit.on_date, (form,), too_ill=visit.too_ill))
    assessment_id: UUID = rows.assessments[0]["id"]
    with because(work, reason, visit.patient_id):
        store(work, [rows], visit_id)
    return assessment_id


def amend_visit(work: Work, visit_id: UUID, edit: VisitEdit, version: int, reason: str) -> None:
    """Correct what is said of a visit; a new date moves its scores too.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason, on a signed visit, or for a date to come.
        StaleVersion: if somebody else changed the visit since the form was opened.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    not_to_come(work.today, "on_date", edit.on_date)
    fits("note", edit.note, 1000)
    visit = found(work, Visit, visit_id)
    refuse_signed(work, visit_id)
    values = {name: getattr(edit, name) for name in edit.__dataclass_fields__} | {"note": edit.note or None}
    with because(work, why, visit.patient_id):
        if edit_row(work, visit, version, values):
            _score_again(work, visit)


def _score_again(work: Work, visit: Visit) -> None:
    """Bring the scores of a visit in line with its date and with whether it was a day too ill to answer."""
    statement = select(Assessment).where(
        Assessment.clinic_id == work.clinic_id, Assessment.visit_id == visit.id, Assessment.deleted_at.is_(None)
    )
    for row in work.session.scalars(statement).all():
        instrument = the_instrument(work.catalogue, row.instrument, row.key_version)
        assessed = {name: getattr(row, name) for name in ("clinic_id", "patient_id", "id", "key_version")}
        results = score(instrument, row.answers, row.totals)
        write_scores(work, row.id, score_rows(assessed, visit.on_date, results, too_ill=visit.too_ill))


def remove_visit(work: Work, visit_id: UUID, reason: str) -> None:
    """Take back a visit entered by mistake. Its answers stay in the records, marked as deleted; its scores go.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason, or on a signed visit.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    visit = found(work, Visit, visit_id)
    refuse_signed(work, visit_id)
    with because(work, why, visit.patient_id):
        take_back(work, visit)


def take_back(work: Work, visit: Visit) -> None:
    """Mark a visit and its assessments as deleted, and drop the scores computed from them."""
    mine = (Assessment.clinic_id == work.clinic_id, Assessment.visit_id == visit.id)
    assessments = select(Assessment.id).where(*mine)
    work.session.execute(delete(Score).where(Score.clinic_id == work.clinic_id, Score.assessment_id.in_(assessments)))
    work.session.execute(
        update(Assessment)
        .where(*mine, Assessment.deleted_at.is_(None))
        .values(deleted_at=work.now, version=Assessment.version + 1)
    )
    remove(work, visit)
