"""Recording what was answered."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from outcomes.actions import assess
from outcomes.actions.assess import AssessmentForm, VisitForm
from outcomes.actions.errors import Invalid, KeyReused, NotAllowed, NotFound
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.change.windows import as_stored, default_time_points
from outcomes.instruments.errors import AnswerError
from outcomes.records.queries.record import patient_record
from outcomes.records.tables import Assessment, Score, Visit
from outcomes.terms import Absence, AnsweredBy, Reached, Severity
from tests.factories import TODAY, make_work

FATIGUE = {str(item): 2 for item in range(1, 12)}


def rows(session, table):
    return session.scalar(select(func.count()).select_from(table))


def form(cast, *forms, **fields):
    return VisitForm(patient_id=cast.patient_id, on_date=TODAY, assessments=forms, **fields)


def scores(work, cast):
    return {row.scale: row for row in work.session.scalars(select(Score).where(Score.patient_id == cast.patient_id))}


def test_one_call_writes_the_visit_its_assessments_and_their_scores(work, cast, keys):
    visit_id = assess.record(
        work,
        form(
            cast,
            AssessmentForm("chalder11", FATIGUE),
            AssessmentForm("own_thinking", {"1": 7}, answered_by=AnsweredBy.PROXY),
            crash=True,
            severity=Severity.SEVERE,
            reached=Reached.HOME,
        ),
    )
    record = patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY)
    (visit,) = record.visits
    assert (visit.id, visit.crash, visit.severity, visit.reached) == (visit_id, True, Severity.SEVERE, Reached.HOME)
    assert visit.time_zone == "Europe/Istanbul"
    assert [each.instrument for each in visit.assessments] == ["chalder11", "own_thinking"]
    assert record.scores["chalder11.likert"][0].value == 22
    assert record.scores["chalder11.likert"][0].answered_by is AnsweredBy.SELF
    (thinking,) = record.scores["own_thinking.score"]
    assert (thinking.value, thinking.answered_by, thinking.crash) == (7, AnsweredBy.PROXY, True)


def test_totals_are_taken_where_the_items_are_unknown(work, cast):
    assess.record(work, form(cast, AssessmentForm("chalder11", totals={"likert": 20})))
    likert, bimodal = (scores(work, cast)[f"chalder11.{each}"] for each in ("likert", "bimodal"))
    assert (likert.value, likert.items_used, likert.absence) == (20, 0, None)
    assert (bimodal.value, bimodal.absence) == (None, Absence.TOTAL_ONLY)


def test_a_missing_item_is_a_score_without_a_value_and_never_zero(work, cast):
    assess.record(work, form(cast, AssessmentForm("chalder11", FATIGUE | {"4": None})))
    likert = scores(work, cast)["chalder11.likert"]
    assert (likert.value, likert.absence, likert.items_used, likert.items) == (None, Absence.ITEMS_MISSING, 10, 11)


def test_only_what_was_asked_leaves_a_trace(work, cast):
    assess.record(work, form(cast, AssessmentForm("own_fatigue")))
    assert {key: row.absence for key, row in scores(work, cast).items()} == {"own_fatigue.score": Absence.SKIPPED}


def test_too_ill_is_a_record_and_not_silence(work, cast):
    assess.record(work, form(cast, AssessmentForm("own_fatigue", {"1": 9}), AssessmentForm("chalder11"), too_ill=True))
    found = scores(work, cast)
    assert found["own_fatigue.score"].value == 9
    assert found["chalder11.likert"].absence is Absence.TOO_ILL


def test_a_day_too_ill_for_anything_still_says_what_was_asked(work, cast, as_one, make):
    points = as_stored(default_time_points(["own_fatigue", "own_thinking"]))
    set_protocol(as_one("administrator"), ProtocolForm("chalder11.likert", points))
    made = make.known(cast.patient_id).course(TODAY - timedelta(days=91)).visit(TODAY, too_ill=True)
    assert {key: row.absence for key, row in scores(work, cast).items()} == {
        "own_fatigue.score": Absence.TOO_ILL,
        "own_thinking.score": Absence.TOO_ILL,
    }
    made.visit(TODAY - timedelta(days=50), too_ill=True)
    assert scores(work, cast)["chalder11.likert"].absence is Absence.TOO_ILL


@pytest.mark.usefixtures("alone")
def test_the_same_form_twice_is_one_visit(work, cast, session):
    sent = form(cast, AssessmentForm("own_fatigue", {"1": 9}))
    assert assess.record(work, sent, key="k-1") == assess.record(work, sent, key="k-1")
    assert (rows(session, Visit), rows(session, Assessment), rows(session, Score)) == (1, 1, 1)


@pytest.mark.usefixtures("alone")
def test_the_same_key_with_other_answers_is_refused(work, cast, session):
    assess.record(work, form(cast, AssessmentForm("own_fatigue", {"1": 9})), key="k-1")
    with pytest.raises(KeyReused):
        assess.record(work, form(cast, AssessmentForm("own_fatigue", {"1": 8})), key="k-1")
    assert rows(session, Visit) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"on_date": TODAY + timedelta(days=1)}, "date_to_come"),
        ({"assessments": (AssessmentForm("own_fatigue"), AssessmentForm("own_fatigue"))}, "instrument_twice"),
        ({"assessments": ()}, "empty_visit"),
        ({"assessments": (AssessmentForm("nothing"),)}, "unknown_instrument"),
    ],
)
def test_a_visit_that_cannot_be_is_refused_with_its_reason(work, cast, session, change, code):
    fields = {"patient_id": cast.patient_id, "on_date": TODAY, "assessments": (AssessmentForm("own_fatigue"),)}
    with pytest.raises(Invalid) as refused:
        assess.record(work, VisitForm(**(fields | change)))
    assert refused.value.code == code
    assert rows(session, Visit) == 0


def test_an_answer_that_is_no_code_names_its_item_and_writes_nothing(work, cast, session):
    with pytest.raises(AnswerError) as refused:
        assess.record(work, form(cast, AssessmentForm("chalder11", FATIGUE | {"4": 4})))
    assert refused.value.item == "4"
    assert rows(session, Visit) == 0


def test_long_ago_and_outside_every_window_is_accepted(work, make, cast, keys):
    make.known(cast.patient_id).course("2026-01-12").scored("2019-02-03", fatigue=4).scored("2026-05-30", fatigue=4)
    record = patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY)
    assert [(visit.on_date, visit.point) for visit in record.visits] == [
        (date(2019, 2, 3), None),
        (date(2026, 5, 30), None),
    ]


def test_today_is_the_clinics_day(cast, session, catalogue):
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past one at night in Istanbul
    work = make_work(session, cast.clinician, catalogue, late)
    tomorrow = VisitForm(cast.patient_id, date(2026, 11, 23), (AssessmentForm("own_fatigue", {"1": 4}),))
    assert assess.record(work, tomorrow)


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_log_no_visit(as_one, cast, name):
    with pytest.raises(NotAllowed):
        assess.record(as_one(name), form(cast, AssessmentForm("own_fatigue", {"1": 4})))


def test_a_clinician_elsewhere_finds_no_such_patient(as_one, cast):
    with pytest.raises(NotFound):
        assess.record(as_one("clinician_elsewhere"), form(cast, AssessmentForm("own_fatigue", {"1": 4})))
