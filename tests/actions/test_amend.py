"""Changing what is recorded, and showing that scores are what the answers say."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from outcomes.actions import amend, assess
from outcomes.actions.amend import AssessmentEdit, VisitEdit
from outcomes.actions.assess import AssessmentForm, VisitForm
from outcomes.actions.errors import Invalid, NotAllowed, NotFound, StaleVersion
from outcomes.actions.rescore import rescore
from outcomes.instruments.errors import AnswerError
from outcomes.records.queries.record import patient_record
from outcomes.records.tables import Assessment, AuditEntry, Score, Visit
from outcomes.terms import Absence, AnsweredBy, Severity
from tests.factories import TODAY, days_before

ANSWERS = {str(item): 2 for item in range(1, 12)}


@pytest.fixture
def visit(work, cast):
    forms = AssessmentForm("chalder11", ANSWERS), AssessmentForm("own_fatigue", {"1": 7})
    return assess.record(work, VisitForm(cast.patient_id, days_before(5), forms))


@pytest.fixture
def chalder(work, visit):
    return work.session.scalar(
        select(Assessment.id).where(Assessment.visit_id == visit, Assessment.instrument == "chalder11")
    )


def record(work, cast):
    return patient_record(cast.scope, work.session, work.keys, cast.patient_id, TODAY)


def test_amended_answers_are_scored_anew_and_the_reason_is_kept(work, cast, chalder, session):
    edit = AssessmentEdit(ANSWERS | {"1": 0}, answered_by=AnsweredBy.PAPER)
    amend.amend(work, chalder, edit, 1, "read wrongly from the sheet")
    (row,) = record(work, cast).scores["chalder11.likert"]
    assert (row.value, row.answered_by) == (20, AnsweredBy.PAPER)
    reasons = select(AuditEntry.table_name).where(AuditEntry.reason.startswith("sealed:"))
    assert {"assessment", "score"} <= set(session.scalars(reasons))
    assert list(rescore(work)) == []


def test_an_answer_taken_away_takes_the_score_with_it(work, cast, chalder):
    amend.amend(work, chalder, AssessmentEdit(ANSWERS | {"1": None}), 1, "was not answered")
    (row,) = record(work, cast).scores["chalder11.likert"]
    assert (row.value, row.absence) == (None, Absence.ITEMS_MISSING)


def test_two_editors_do_not_overwrite_each_other(work, cast, chalder):
    amend.amend(work, chalder, AssessmentEdit(ANSWERS | {"1": 0}), 1, "first")
    with pytest.raises(StaleVersion) as refused:
        amend.amend(work, chalder, AssessmentEdit(ANSWERS | {"2": 0}), 1, "second")
    (conflict,) = refused.value.conflicts
    assert (conflict.field, conflict.mine["2"], conflict.theirs["1"]) == ("answers", 0, 0)
    assert record(work, cast).scores["chalder11.likert"][0].value == 20


def test_an_amendment_needs_a_reason_and_permitted_answers(work, cast, chalder):
    with pytest.raises(Invalid):
        amend.amend(work, chalder, AssessmentEdit(ANSWERS), 1, " ")
    with pytest.raises(AnswerError):
        amend.amend(work, chalder, AssessmentEdit(ANSWERS | {"1": 9}), 1, "typing")
    assert record(work, cast).scores["chalder11.likert"][0].value == 22


def test_a_visit_moved_to_another_day_takes_its_scores_along(work, cast, visit):
    edit = VisitEdit(days_before(9), severity=Severity.MODERATE, crash=True, note="later entered")
    amend.amend_visit(work, visit, edit, 1, "wrong day")
    found = record(work, cast)
    assert (found.visits[0].on_date, found.visits[0].crash, found.visits[0].version) == (days_before(9), True, 2)
    assert {row.on_date for rows in found.scores.values() for row in rows} == {days_before(9)}
    assert list(rescore(work)) == []


def test_a_day_that_was_too_ill_turns_missing_scores_into_that(work, cast):
    visit = assess.record(work, VisitForm(cast.patient_id, TODAY, (AssessmentForm("own_fatigue"),)))
    amend.amend_visit(work, visit, VisitEdit(TODAY, too_ill=True), 1, "said on the telephone")
    assert record(work, cast).scores["own_fatigue.score"][0].absence is Absence.TOO_ILL


def test_a_date_to_come_and_an_old_version_are_refused(work, visit):
    with pytest.raises(Invalid):
        amend.amend_visit(work, visit, VisitEdit(TODAY + timedelta(days=1)), 1, "x")
    amend.amend_visit(work, visit, VisitEdit(TODAY), 1, "x")
    with pytest.raises(StaleVersion):
        amend.amend_visit(work, visit, VisitEdit(days_before(2)), 1, "x")


def test_an_instrument_is_added_to_a_visit_once(work, cast, visit):
    amend.add_assessment(work, visit, AssessmentForm("own_thinking", {"1": 3}))
    assert record(work, cast).scores["own_thinking.score"][0].on_date == days_before(5)
    with pytest.raises(Invalid):
        amend.add_assessment(work, visit, AssessmentForm("own_thinking", {"1": 4}))
    assert list(rescore(work)) == []


@pytest.mark.usefixtures("alone")
def test_a_visit_taken_back_leaves_answers_in_the_records_and_none_on_the_page(work, cast, visit, session):
    amend.remove_visit(work, visit, "of somebody else")
    found = record(work, cast)
    assert (found.visits, found.scores) == ((), {})
    assert session.scalar(select(func.count()).select_from(Visit)) == 1
    assert session.scalar(select(func.count()).where(Assessment.deleted_at.is_not(None))) == 2
    with pytest.raises(NotFound):
        amend.remove_visit(work, visit, "again")
    assert list(rescore(work)) == []


@pytest.mark.usefixtures("alone")
def test_computing_again_finds_what_was_changed_behind_the_programs_back(work, visit, chalder, session):
    assert list(rescore(work)) == []
    row = (Score.assessment_id == chalder, Score.scale == "chalder11.likert")
    session.execute(update(Score).where(*row).values(value=3.0))
    (found,) = rescore(work)
    assert (found.scale, found.field, found.stored, found.computed) == ("chalder11.likert", "value", 3.0, 22.0)
    session.execute(update(Score).where(*row).values(value=22.0))
    session.execute(update(Assessment).where(Assessment.id == chalder).values(key_version="0"))
    assert [each.field for each in rescore(work)] == ["instrument"]


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_change_nothing(as_one, visit, chalder, name):
    worker = as_one(name)
    for act in (
        lambda: amend.amend(worker, chalder, AssessmentEdit(ANSWERS), 1, "x"),
        lambda: amend.amend_visit(worker, visit, VisitEdit(TODAY), 1, "x"),
        lambda: amend.add_assessment(worker, visit, AssessmentForm("own_thinking")),
        lambda: amend.remove_visit(worker, visit, "x"),
        lambda: list(rescore(worker)),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_a_visit_elsewhere_is_not_there(as_one, visit, chalder):
    elsewhere = as_one("clinician_elsewhere")
    for act in (
        lambda: amend.amend(elsewhere, chalder, AssessmentEdit(ANSWERS), 1, "x"),
        lambda: amend.amend_visit(elsewhere, visit, VisitEdit(TODAY), 1, "x"),
        lambda: amend.add_assessment(elsewhere, visit, AssessmentForm("own_thinking")),
        lambda: amend.remove_visit(elsewhere, visit, "x"),
    ):
        with pytest.raises(NotFound):
            act()
