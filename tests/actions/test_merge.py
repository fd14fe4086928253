"""Merging two records of one person."""

import pytest
from sqlalchemy import func, select

from outcomes.access.scope import Scope
from outcomes.actions import end, report_event
from outcomes.actions.amend import remove_visit
from outcomes.actions.end import EndingForm
from outcomes.actions.errors import Invalid, NotAllowed, NotFound
from outcomes.actions.merge import Collides, merge, plan_merge
from outcomes.actions.rescore import rescore
from outcomes.records.queries.patients import survivor_of
from outcomes.records.queries.record import patient_record
from outcomes.records.tables import AuditEntry, Membership, Patient, Score
from outcomes.terms import Comorbidity, Ending, ExposureKind, Route, Sex
from tests.factories import TODAY, days_before


@pytest.fixture
def admin(as_one):
    return as_one("administrator")


@pytest.fixture
def pair(make):
    """A survivor and a duplicate: one visit and one infusion of theirs were entered twice."""
    kept = make.patient("K", name="Ada Kaya", comorbidities=(Comorbidity.IBS,))
    kept.course(days_before(100)).scored(days_before(102), fatigue=8).scored(days_before(70), fatigue=6)
    twice = make.patient("D", name="Ada Kaya", sex=Sex.FEMALE, diet="no milk", comorbidities=(Comorbidity.MCAS,))
    twice.course(days_before(100)).course(days_before(20), days_before(13))
    twice.scored(days_before(70), fatigue=6).scored(days_before(10), fatigue=3)
    return kept, twice


def record(work, patient_id):
    return patient_record(Scope(work.clinic_id), work.session, work.keys, patient_id, TODAY)


def test_everything_comes_to_the_survivor_and_nothing_stands_twice(admin, pair):
    kept, twice = pair
    done = merge(admin, kept.id, twice.id, "the same person, registered twice")
    assert (done.visits, done.visits_twice, done.infusions, done.infusions_twice) == (2, 1, 3, 1)
    found = record(admin, kept.id)
    assert [visit.on_date for visit in found.visits] == [days_before(each) for each in (102, 70, 10)]
    assert [row.value for row in found.scores["own_fatigue.score"]] == [8, 6, 3]
    assert [[each.on_date for each in course.infusions] for course in found.courses] == [
        [days_before(100)],
        [days_before(20), days_before(13)],
    ]
    assert list(rescore(admin)) == []


def test_what_the_survivor_lacks_is_filled_from_the_duplicate(admin, pair):
    kept, twice = pair
    merge(admin, kept.id, twice.id, "the same person")
    header = record(admin, kept.id).header
    assert (header.sex, header.diet, header.name) == (Sex.FEMALE, "no milk", "Ada Kaya")
    assert header.comorbidities == (Comorbidity.IBS, Comorbidity.MCAS)


@pytest.mark.usefixtures("alone")
def test_the_duplicate_leaves_a_trace_and_leads_to_the_survivor(admin, pair, cast, session):
    kept, twice = pair
    merge(admin, kept.id, twice.id, "the same person")
    row = session.get(Patient, (cast.clinic_id, twice.id))
    assert (row.merged_into_id, row.deleted_at is not None) == (kept.id, True)
    assert survivor_of(cast.scope, session, twice.id) == kept.id
    assert survivor_of(cast.scope_elsewhere, session, twice.id) is None
    assert survivor_of(Scope(cast.clinic_id, kept.id), session, twice.id) == kept.id
    assert survivor_of(Scope(cast.clinic_id, cast.patient_id), session, twice.id) is None
    with pytest.raises(NotFound):
        record(admin, twice.id)
    reasons = select(func.count()).where(AuditEntry.reason.startswith("sealed:"), AuditEntry.table_name == "patient")
    assert session.scalar(reasons) >= 2
    assert session.scalar(select(func.count()).select_from(Score).where(Score.patient_id == twice.id)) == 0


def test_different_questionnaires_of_one_day_are_both_kept(admin, make):
    kept = make.patient("K").scored(TODAY, fatigue=3)
    twice = make.patient("D").scored(TODAY, thinking=4)
    merge(admin, kept.id, twice.id, "the same person")
    found = record(admin, kept.id)
    assert len(found.visits) == 2
    assert set(found.scores) == {"own_fatigue.score", "own_thinking.score"}


def test_one_questionnaire_answered_differently_on_one_day_is_refused(admin, make, session, cast):
    kept = make.patient("K").scored(TODAY, fatigue=3)
    twice = make.patient("D").scored(TODAY, fatigue=4)
    with pytest.raises(Collides) as refused:
        merge(admin, kept.id, twice.id, "the same person")
    (found,) = refused.value.collisions
    assert (found.kind, found.on_date, found.instrument) == ("visit", TODAY, "own_fatigue")
    assert plan_merge(admin, kept.id, twice.id).collisions == (found,)
    assert session.get(Patient, (cast.clinic_id, twice.id)).deleted_at is None


def test_contradicting_infusions_arms_and_endings_are_refused(admin, make):
    kept = make.patient("K").course(days_before(9)).arm("A").ended(Ending.LOST, TODAY)
    twice = make.patient("D").course(days_before(9), route=Route.ENEMA).arm("B").ended(Ending.DEATH, TODAY)
    assert [each.kind for each in plan_merge(admin, kept.id, twice.id).collisions] == ["infusion", "ending", "arm"]


def test_lists_endings_arms_and_accounts_move_along(admin, work, make, cast, session):
    kept = make.patient("K")
    twice = make.known(cast.patient_id).arm("A")
    for each in (kept, twice):
        form = report_event.ExposureForm(ExposureKind.TRAVEL, "flight", days_before(3))
        report_event.expose(work, each.id, form)
    report_event.expose(work, twice.id, report_event.ExposureForm(ExposureKind.DIET, "no milk", days_before(9)))
    end.end(work, twice.id, EndingForm(Ending.WITHDRAWAL, TODAY))
    merge(admin, kept.id, twice.id, "the same person")
    found = record(admin, kept.id)
    assert [each.text for each in found.exposures] == ["no milk", "flight"]
    assert (found.header.ending.kind, found.header.arm.label) == (Ending.WITHDRAWAL, "A")
    account = select(Membership.patient_id).where(Membership.id == cast.patient.membership_id)
    assert session.scalar(account) == kept.id


def test_earlier_merges_point_to_the_last_survivor(admin, make, cast, session):
    first, second, third = (make.patient(code) for code in ("1", "2", "3"))
    merge(admin, second.id, first.id, "the same person")
    merge(admin, third.id, second.id, "the same person")
    assert survivor_of(cast.scope, session, first.id) == third.id


def test_answers_taken_back_before_stay_taken_back(admin, work, make):
    kept, twice = make.patient("K"), make.patient("D").scored(TODAY, fatigue=4)
    remove_visit(work, twice.visits[0], "of somebody else")
    merge(admin, kept.id, twice.id, "the same person")
    assert record(admin, kept.id).visits == ()


# who may not


@pytest.mark.parametrize("name", ["clinician", "patient", "researcher"])
def test_only_administrators_merge(as_one, cast, name):
    with pytest.raises(NotAllowed):
        merge(as_one(name), cast.patient_id, cast.other_patient_id, "x")


def test_a_patient_elsewhere_is_not_there(admin, cast):
    for pair_of_ids in ((cast.patient_id, cast.patient_elsewhere_id), (cast.patient_elsewhere_id, cast.patient_id)):
        with pytest.raises(NotFound):
            merge(admin, *pair_of_ids, "the same person")


def test_a_reason_and_two_records_are_needed(admin, cast):
    with pytest.raises(Invalid):
        merge(admin, cast.patient_id, cast.other_patient_id, " ")
    with pytest.raises(Invalid):
        merge(admin, cast.patient_id, cast.patient_id, "the same person")
