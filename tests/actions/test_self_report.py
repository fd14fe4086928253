"""What patients tell by themselves: forms, the diary, activities, events, and the review of what was sent."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from outcomes.access.scope import Scope, reach_of
from outcomes.actions import activities, self_report
from outcomes.actions.activities import OwnEventForm
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.diary import tap
from outcomes.actions.drafts import drop, keep
from outcomes.actions.errors import Invalid, KeyReused, NotAllowed, NotFound
from outcomes.actions.merge import merge
from outcomes.actions.review import review
from outcomes.actions.self_report import ReportForm
from outcomes.records.queries.portal_own import activities as own_activities
from outcomes.records.queries.portal_own import diaries
from outcomes.records.queries.portal_reports import report, reports, waiting_reports
from outcomes.records.queries.record import patient_record
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.records.tables import (
    ActivityScore,
    Assessment,
    DiaryDay,
    Exposure,
    Membership,
    OwnActivity,
    Patient,
    SelfReport,
    Visit,
)
from outcomes.terms import Absence, AnsweredBy, AssessmentState, ExposureKind, Language, Reached
from tests.cast import make_cast
from tests.databases import AUDIT_KEY, empty
from tests.factories import NOON, TODAY, make_work


@pytest.fixture
def mine(session, cast, catalogue):
    """The patient's own turn."""
    return make_work(session, cast.patient, catalogue)


@pytest.fixture
def clinic(session, cast, catalogue):
    """A clinician's turn."""
    return make_work(session, cast.clinician, catalogue)


@pytest.fixture
def elsewhere(session, cast, catalogue):
    return make_work(session, cast.clinician_elsewhere, catalogue)


def fatigue(value, **more):
    return AssessmentForm("own_fatigue", {"1": value}, **more)


def record_of(work, patient_id):
    return patient_record(Scope(work.clinic_id), work.session, work.keys, patient_id, TODAY)


@pytest.mark.usefixtures("alone")
def test_what_is_sent_is_a_visit_with_scores_that_waits(mine, cast, session):
    day = TODAY - timedelta(days=2)
    answered = fatigue(7, given_on={"1": day.isoformat()})
    sent = self_report.send(mine, ReportForm(cast.patient_id, day, (answered,), crash=True, words=" Bad week "))
    row = report(Scope(cast.clinic_id), session, mine.keys, cast.patient_id, sent)
    record = record_of(mine, cast.patient_id)
    (visit,) = record.visits
    (score,) = record.scores["own_fatigue.score"]
    assert (visit.reached, visit.crash, visit.on_date) == (Reached.ONLINE, True, day)
    assert (score.value, score.answered_by) == (7, AnsweredBy.SELF)
    assert (row.words, row.reviewed_at, row.looked_at) == ("Bad week", None, None)
    stored = session.scalars(select(Assessment)).one()
    assert (stored.state, stored.given_on) == (AssessmentState.COMPLETE, {"1": day.isoformat()})
    waiting, count = waiting_reports(Scope(cast.clinic_id), session, mine.keys)
    assert (count, [each.id for each in waiting], waiting[0].crash) == (1, [sent], True)


def test_what_a_patient_writes_is_sealed(mine, clinic, cast, session):
    sent = self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(3),), words="my secret"))
    review(clinic, cast.patient_id, sent, "my answer")
    activities.add_activity(mine, cast.patient_id, "climb stairs")
    activities.tell_event(mine, cast.patient_id, OwnEventForm("a cold", TODAY))
    texts = [
        session.scalar(select(column))
        for column in (SelfReport.words, SelfReport.note, OwnActivity.words, Exposure.text)
    ]
    assert all(text.startswith("sealed:") for text in texts)


def test_skipped_is_not_missing_and_not_too_ill(mine, cast):
    skipped = AssessmentForm("own_fatigue", given_on={"1": TODAY.isoformat()})
    self_report.send(mine, ReportForm(cast.patient_id, TODAY, (skipped,)))
    self_report.too_ill(mine, cast.patient_id, ("own_thinking",), Language.TURKISH)
    record = record_of(mine, cast.patient_id)
    assert record.scores["own_fatigue.score"][0].absence is Absence.SKIPPED
    assert record.scores["own_thinking.score"][0].absence is Absence.TOO_ILL
    assert [visit.too_ill for visit in record.visits] == [False, True]
    assert "own_quality_of_life.score" not in record.scores


def test_the_one_question_of_a_bad_day_is_a_follow_up(mine, cast, session):
    empty = ReportForm(cast.patient_id, TODAY)
    sent = self_report.send(mine, self_report.floor(empty, 9))
    row = report(Scope(cast.clinic_id), session, mine.keys, cast.patient_id, sent)
    assert row.short
    assert record_of(mine, cast.patient_id).scores["own_fatigue.score"][0].value == 9


@pytest.mark.usefixtures("alone")
def test_the_same_form_sent_twice_is_one(mine, cast, session):
    form = ReportForm(cast.patient_id, TODAY, (fatigue(5),))
    assert self_report.send(mine, form, "k") == self_report.send(mine, form, "k")
    with pytest.raises(KeyReused):
        self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(6),)), "k")
    assert session.scalar(select(func.count()).select_from(Visit)) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"assessments": ()},
        {"assessments": (fatigue(5),), "on_date": TODAY + timedelta(days=1)},
        {"assessments": (fatigue(5),), "words": "x" * 1001},
        {"assessments": (fatigue(5),), "activities": {uuid4(): 3}},
        {"assessments": (fatigue(5), fatigue(6))},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(mine, cast, session, form):
    with pytest.raises(Invalid):
        self_report.send(mine, ReportForm(cast.patient_id, **{"on_date": TODAY, **form}))
    session.rollback()
    assert session.scalar(select(func.count()).select_from(SelfReport)) == 0


def test_a_carer_answers_as_a_proxy_whatever_the_form_says(mine, cast, session):
    session.get(Membership, (cast.clinic_id, cast.patient.membership_id)).carer = True
    sent = self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(5),), answered_by=AnsweredBy.SELF))
    assert record_of(mine, cast.patient_id).scores["own_fatigue.score"][0].answered_by is AnsweredBy.PROXY
    assert report(Scope(cast.clinic_id), session, mine.keys, cast.patient_id, sent).by_carer


def test_nobody_reports_on_anybody_else(mine, clinic, cast):
    neighbour = cast.other_patient_id
    for act in (
        lambda work: self_report.send(work, ReportForm(neighbour, TODAY, (fatigue(5),))),
        lambda work: tap(work, neighbour, "own_fatigue.score", 3),
        lambda work: activities.add_activity(work, neighbour, "walk"),
        lambda work: activities.tell_event(work, neighbour, OwnEventForm("a cold", TODAY)),
    ):
        for work in (mine, clinic):
            with pytest.raises(NotAllowed):
                act(work)


def test_a_neighbours_activity_event_and_score_are_out_of_reach(mine, clinic, cast, session, catalogue):
    other = make_work(session, replace(cast.patient, patient_id=cast.other_patient_id), catalogue)
    theirs = activities.add_activity(other, cast.other_patient_id, "cook")
    event = activities.tell_event(other, cast.other_patient_id, OwnEventForm("flu", TODAY))
    with pytest.raises(NotFound):
        activities.end_activity(mine, cast.patient_id, theirs)
    with pytest.raises(NotFound):
        activities.take_back_event(mine, cast.patient_id, event)
    with pytest.raises(Invalid):
        self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(1),), activities={theirs: 4}))
    with pytest.raises(NotFound):
        own_activities(Scope(cast.clinic_id, cast.patient_id), session, mine.keys, cast.other_patient_id)
    with pytest.raises(NotFound):
        diaries(Scope(cast.clinic_id, cast.patient_id), session, cast.other_patient_id)
    with pytest.raises(NotFound):
        reports(Scope(cast.clinic_id, cast.patient_id), session, mine.keys, cast.other_patient_id)


def test_an_event_of_the_clinic_is_not_the_patients_to_take_back(mine, clinic, cast, session):
    row = Exposure(
        clinic_id=cast.clinic_id, patient_id=cast.patient_id, kind=ExposureKind.DIET, text="x", started_on=TODAY
    )
    session.add(row)
    session.flush()
    with pytest.raises(NotFound):
        activities.take_back_event(mine, cast.patient_id, row.id)


@pytest.mark.usefixtures("alone")
def test_a_tap_a_day_corrected_that_day(mine, cast, session):
    for value in (6, 4):
        tap(mine, cast.patient_id, "own_fatigue.score", value)
    (row,) = session.scalars(select(DiaryDay))
    assert (row.value, row.on_date, row.version) == (4, TODAY, 2)
    for scale, value in (("chalder11.likert", 4), ("own_fatigue.score", 11), ("own_fatigue.score", -1)):
        with pytest.raises(Invalid):
            tap(mine, cast.patient_id, scale, value)


@pytest.mark.usefixtures("alone")
def test_five_activities_scored_beside_the_scales(mine, cast, session):
    ids = [activities.add_activity(mine, cast.patient_id, f"thing {n}") for n in range(5)]
    with pytest.raises(Invalid):
        activities.add_activity(mine, cast.patient_id, "one more")
    activities.end_activity(mine, cast.patient_id, ids[0])
    activities.add_activity(mine, cast.patient_id, "one more")
    self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(5),), activities={ids[1]: 8}))
    rows = {row.id: row for row in own_activities(cast.scope, session, mine.keys, cast.patient_id)}
    assert [score[:2] for score in rows[ids[1]].scores] == [(TODAY, 8)]
    assert (rows[ids[0]].open, rows[ids[1]].words) == (False, "thing 1")
    assert session.scalar(select(func.count()).select_from(ActivityScore)) == 1


def test_an_event_in_the_patients_words_is_in_the_record(mine, cast):
    told = activities.tell_event(mine, cast.patient_id, OwnEventForm("Walked too far", TODAY, 8, crash=True))
    (row,) = record_of(mine, cast.patient_id).exposures
    assert (row.text, row.by_patient, row.how_bad, row.kind) == ("Walked too far", True, 8, ExposureKind.CRASH)
    activities.take_back_event(mine, cast.patient_id, told)
    assert record_of(mine, cast.patient_id).exposures == ()


def test_a_review_says_who_when_and_what(mine, clinic, elsewhere, cast, session):
    sent = self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(5),)))
    for work, error in ((mine, NotAllowed), (elsewhere, NotFound)):
        with pytest.raises(error):
            review(work, cast.patient_id, sent)
    with pytest.raises(NotFound):
        review(clinic, cast.other_patient_id, sent)
    assert review(clinic, cast.patient_id, sent, "Rest first.", "k") == review(
        clinic, cast.patient_id, sent, "Rest first.", "k"
    )
    row = report(Scope(cast.clinic_id, cast.patient_id), session, mine.keys, cast.patient_id, sent)
    assert (row.reviewed_at, row.reviewer, row.note) == (NOON, "A clinician", "Rest first.")
    assert waiting_reports(cast.scope, session, mine.keys) == ((), 0)
    with pytest.raises(Invalid, match="reviewed_already"):
        review(clinic, cast.patient_id, sent, "Mine too")


@pytest.mark.usefixtures("alone")
def test_a_visit_taken_back_no_longer_waits(mine, clinic, cast, session):
    self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(5),)))
    session.scalars(select(Visit)).one().deleted_at = NOON
    session.flush()
    assert waiting_reports(cast.scope, session, mine.keys) == ((), 0)
    assert reports(cast.scope, session, mine.keys, cast.patient_id) == ()


def test_a_merge_takes_along_what_the_patient_told(mine, cast, session, catalogue):
    kept = activities.add_activity(mine, cast.patient_id, "read aloud")
    tap(mine, cast.patient_id, "own_fatigue.score", 6)
    self_report.send(mine, ReportForm(cast.patient_id, TODAY, (fatigue(5),), activities={kept: 7}, words="mine"))
    boss = make_work(session, cast.administrator, catalogue)
    merge(boss, cast.other_patient_id, cast.patient_id, "one person")
    scope = Scope(cast.clinic_id)
    (row,) = reports(scope, session, mine.keys, cast.other_patient_id)
    (own,) = own_activities(scope, session, mine.keys, cast.other_patient_id)
    assert (row.words, own.words, own.scores[0][1]) == ("mine", "read aloud", 7)
    assert diaries(scope, session, cast.other_patient_id)["own_fatigue.score"].days == {TODAY: 6}


@pytest.fixture
def behind_the_wall(postgres_engine):
    """The cast in PostgreSQL, and the engine of the web, which has no reach of its own."""
    with new_session(postgres_engine) as session:
        people = make_cast(session)
        session.commit()
    engine = open_engine(postgres_engine.url.render_as_string(hide_password=False), AUDIT_KEY)
    yield engine, people
    engine.dispose()
    empty(postgres_engine)


@pytest.mark.postgres
def test_the_database_lets_a_patient_tell_and_staff_review(behind_the_wall, catalogue):
    engine, people = behind_the_wall

    def turn(name, do):
        actor = getattr(people, name)
        with new_session(engine, reach=reach_of(actor, people.users[name])) as opened:
            act_as(opened, actor.name_in_trail)
            result = do(make_work(opened, actor, catalogue))
            opened.commit()
        return result

    def tell(work):
        tap(work, people.patient_id, "own_fatigue.score", 6)
        hard = activities.add_activity(work, people.patient_id, "read aloud")
        activities.tell_event(work, people.patient_id, OwnEventForm("a cold", TODAY))
        keep(work, "me:x", {"own_fatigue.1": "5"}, None, patient_id=people.patient_id)
        drop(work, "me:x")
        form = ReportForm(people.patient_id, TODAY, (fatigue(5),), activities={hard: 7}, words="mine")
        return self_report.send(work, form, "k")

    sent = turn("patient", tell)
    turn("clinician", lambda work: review(work, people.patient_id, sent, "Rest."))
    scope = Scope(people.clinic_id, people.patient_id)
    (row,) = turn("patient", lambda work: reports(scope, work.session, work.keys, people.patient_id))
    assert (row.note, row.reviewer, row.words) == ("Rest.", "A clinician", "mine")


def test_a_record_that_was_merged_or_deleted_takes_nothing_in(mine, cast, session):
    session.get(Patient, (cast.clinic_id, cast.patient_id)).deleted_at = NOON
    session.flush()
    for tell in (
        lambda: activities.add_activity(mine, cast.patient_id, "walk"),
        lambda: activities.tell_event(mine, cast.patient_id, OwnEventForm("a cold", TODAY)),
        lambda: tap(mine, cast.patient_id, "own_fatigue", 3),
        lambda: self_report.too_ill(mine, cast.patient_id, ("own_fatigue",), Language.ENGLISH),
    ):
        with pytest.raises(NotFound):
            tell()


def test_five_activities_are_not_too_many_and_six_are(mine, cast):
    for number in range(5):
        activities.add_activity(mine, cast.patient_id, f"walk {number}")
    with pytest.raises(Invalid, match="too_many_activities"):
        activities.add_activity(mine, cast.patient_id, "walk again")
