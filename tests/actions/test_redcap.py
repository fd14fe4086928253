"""A clinic's records as REDCap files, into another clinic and out again, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from outcomes.access.scope import Scope, scope_of
from outcomes.actions import assess
from outcomes.actions.assess import AssessmentForm, VisitForm
from outcomes.actions.demo.cohort import fill
from outcomes.actions.errors import NotAllowed
from outcomes.actions.import_ import ImportDesk, ImportRefused, described, import_file, read_with
from outcomes.actions.redcap import take_redcap
from outcomes.actions.rescore import rescore
from outcomes.exchange.readers.mapping import ColumnMapping
from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.errors import AnswerError
from outcomes.records.base import Base
from outcomes.records.queries.errors import NotFound
from outcomes.records.tables import Assessment, ImportMapping, ImportRun, Patient, Score, Visit
from outcomes.terms import Absence, Language
from outcomes.voice import Voice
from tests.factories import TODAY, Maker

pytestmark = pytest.mark.usefixtures("alone")
DAY = date(2026, 5, 12)
CATALOGUE = load_catalogue()
ENGLISH = Voice(Language.ENGLISH)


def taken(work, language=Language.ENGLISH):
    return take_redcap(scope_of(work.actor), work.session, work.catalogue, Voice(language)).files


def brought(work, files, change=lambda text: text):
    """Import REDCap files as the web and the command do: what the dictionary says is the mapping."""
    content, dictionary = change(files.data).encode(), files.dictionary.encode()
    desk = ImportDesk(scope_of(work.actor), work.session, work.keys, work.catalogue, work.today)
    told = described(desk, read_with(content, ColumnMapping()), dictionary)
    assert told.complete
    return import_file(work, content, told.mapping)


def counts(session):
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
    }


@pytest.fixture
def elsewhere(as_one):
    """The work of a clinician of the other clinic, which has no visit yet."""
    return as_one("clinician_elsewhere")


def test_the_demo_clinic_goes_to_another_clinic_and_comes_out_the_same_byte_for_byte(work, elsewhere):
    fill(work)
    first = taken(work)
    outcome = brought(elsewhere, first)
    second = taken(elsewhere)
    assert (second.data, second.dictionary) == (first.data, first.dictionary)
    assert second.archive() == first.archive()
    visits = first.data.count("\n") - 1
    assert (outcome.counts.visits, outcome.counts.patients_new) == (visits, first.data.count(",visit,1,"))
    assert visits > 300
    for reason in (Absence.TOO_ILL, Absence.ITEMS_MISSING):
        assert f",{reason.value}" in first.data
    assert list(rescore(elsewhere)) == []


def test_the_same_files_again_create_nothing_here_or_there(work, elsewhere):
    seen(work)
    files = taken(work)
    brought(elsewhere, files)
    before = counts(work.session)
    for clinic in (elsewhere, work):
        again = brought(clinic, files)
        assert (again.run_id, again.counts.new) == (None, 0)
        assert again.counts.already_there == 7
    assert counts(work.session) == before


def seen(work):
    """Visits of every kind: answers, gaps, totals, skipped, too ill, two on one day, and scales without totals."""
    made = Maker(work).patient("=Ş-1")
    whole = {str(item): 2 for item in range(1, 12)}
    forms = (
        VisitForm(made.id, DAY, (AssessmentForm("chalder11", whole), AssessmentForm("own_fatigue", {"1": 6}))),
        VisitForm(made.id, DAY, (AssessmentForm("chalder11", {**whole, "3": None}),)),
        VisitForm(made.id, DAY + timedelta(7), (AssessmentForm("promis_fatigue_8a", {}, {"t": 61.3, "t_se": 2.25}),)),
        VisitForm(made.id, DAY + timedelta(14), (AssessmentForm("hads", {}, {"depression": 5}),)),
        VisitForm(made.id, DAY + timedelta(21), (AssessmentForm("own_change"),)),
        VisitForm(made.id, DAY + timedelta(28), (AssessmentForm("own_fatigue"),), too_ill=True),
    )
    for number, form in enumerate(forms):
        assess.record(replace(work, now=work.now + timedelta(seconds=number)), form)
    return made


def test_answers_totals_reasons_and_two_visits_of_a_day_come_back(work, elsewhere):
    seen(work)
    brought(elsewhere, taken(work))
    assert [told(work, clinic) for clinic in (work, elsewhere)] == [told(work, work)] * 2
    ill = work.session.scalars(select(Visit.too_ill).where(Visit.clinic_id == elsewhere.clinic_id, Visit.too_ill)).all()
    assert ill == [True]
    assert list(rescore(elsewhere)) == []


def told(work, clinic):
    """All that is kept of a clinic's answers and scores, told without ids."""
    given = (
        select(Patient.code, Visit.on_date, Assessment.instrument, Assessment.answers, Assessment.totals)
        .join(Visit, (Visit.clinic_id == Patient.clinic_id) & (Visit.patient_id == Patient.id))
        .join(Assessment, (Assessment.clinic_id == Visit.clinic_id) & (Assessment.visit_id == Visit.id))
        .where(Patient.clinic_id == clinic.clinic_id)
    )
    scores = select(Score.scale, Score.on_date, Score.value, Score.standard_error, Score.items_used, Score.absence)
    rows = [*work.session.execute(given), *work.session.execute(scores.where(Score.clinic_id == clinic.clinic_id))]
    return sorted(repr([dict(sorted(x.items())) if isinstance(x, dict) else x for x in row]) for row in rows)


def test_what_is_new_is_added_to_what_is_there(work, elsewhere):
    made = seen(work)
    brought(elsewhere, taken(work))
    made.maker = made.maker.at(work.now + timedelta(hours=1))
    made.scored(DAY, thinking=4)
    made.scored(DAY - timedelta(7), thinking=3)
    outcome = brought(replace(elsewhere, now=work.now + timedelta(hours=2)), taken(work))
    assert (outcome.counts.visits, outcome.counts.assessments, outcome.counts.already_there) == (2, 2, 7)
    assert taken(elsewhere) == taken(work)


def test_a_third_visit_of_a_day_is_told_from_the_two_that_are_recorded(work, elsewhere):
    made = seen(work)
    brought(elsewhere, taken(work))
    again = {str(item): 1 for item in range(1, 12)}
    assess.record(work, VisitForm(made.id, DAY, (AssessmentForm("chalder11", again),)))
    assert brought(elsewhere, taken(work)).counts.visits == 1


def test_a_score_recorded_otherwise_refuses_the_files(work, elsewhere):
    seen(work)
    files = taken(work)
    brought(elsewhere, files)
    before = counts(work.session)
    with pytest.raises(ImportRefused) as refused:
        brought(elsewhere, files, lambda text: text.replace(",61.3,", ",61.4,"))
    problem = refused.value.plan.problems[0]
    assert (problem.code.value, problem.row, problem.values["recorded"]) == ("score_differs", 4, "t = 61.3")
    assert counts(work.session) == before


def test_labels_are_said_in_the_language_of_whoever_takes_them_and_read_in_any(work, elsewhere):
    seen(work)
    turkish = taken(work, Language.TURKISH)
    assert "Hastanın numarası" in turkish.dictionary
    assert brought(elsewhere, turkish).counts.visits == 6
    assert taken(elsewhere).data == turkish.data


def test_an_empty_clinic_gives_empty_files(work):
    files = taken(work)
    assert files.data == "record_id,redcap_repeat_instrument,redcap_repeat_instance,visit_date\n"
    assert files.dictionary.count("\n") == 3


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (lambda text: text.replace(",skipped", ",lazy"), "reason_unknown", "own_change_score_absent"),
        (lambda text: text.replace(",skipped", ",not_asked"), "reason_differs", "own_change_score_absent"),
        (lambda text: text.replace(",61.3,,2.25", ',"61,3",,2.25'), "not_a_number", "promis_fatigue_8a_t"),
        (lambda text: text.replace(",61.3,", ",=1+1,"), "not_a_number", "promis_fatigue_8a_t"),
        (lambda text: text.replace("visit,2,", "visit,1,"), "instance_twice", "redcap_repeat_instance"),
        (lambda text: text.replace("visit,2,", "visit,second,"), "instance_wrong", "redcap_repeat_instance"),
        (lambda text: text.replace("2026-05-12,2,", "2026-05-12,3,"), "total_differs", "chalder11_likert"),
    ],
)
def test_a_file_that_somebody_spoilt_is_refused_by_row_and_field(work, elsewhere, change, code, field):
    seen(work)
    files = taken(work)
    assert change(files.data) != files.data
    before = counts(work.session)
    with pytest.raises(ImportRefused) as refused:
        brought(elsewhere, files, change)
    problems = refused.value.plan.problems
    assert (code, field) in {(problem.code.value, problem.column) for problem in problems}
    assert all(problem.row for problem in problems)
    assert counts(work.session) == before
    assert brought(elsewhere, files).counts.visits == 6  # and the unspoilt file goes


# any visits at all

INSTRUMENTS = ("chalder11", "promis_cog8a", "own_fatigue", "dsq_pem", "hads", "calprotectin", "rand36", "eq5d")


@st.composite
def forms(draw):
    """One instrument as filled in: by its items with gaps, by some totals, or not at all."""
    instrument = CATALOGUE[draw(st.sampled_from(INSTRUMENTS))]
    if instrument.accepts_items and draw(st.booleans()):
        answers = {item.code: draw(st.none() | st.sampled_from(_permitted(item))) for item in instrument.items}
        return AssessmentForm(instrument.code, answers)
    if not instrument.accepts_totals or draw(st.booleans()):
        return AssessmentForm(instrument.code)
    return AssessmentForm(instrument.code, {}, draw(_totals(instrument)))


def _permitted(item):
    steps = round((item.maximum - item.minimum) / item.step) if item.step else 0
    return [item.minimum + item.step * number for number in range(min(steps, 40) + 1)] or [item.minimum]


@st.composite
def _totals(draw, instrument):
    given = {}
    for scale in draw(st.lists(st.sampled_from(instrument.scales), max_size=3, unique_by=lambda scale: scale.code)):
        low, high = scale.minimum or 0, scale.maximum or 2000
        value = draw(st.integers(int(low), int(high)) | st.floats(low, high, allow_nan=False))
        try:
            assess.preview(CATALOGUE, instrument.code, {}, {scale.code: value})
        except AnswerError:
            value = low
        given[scale.code] = value
    return given


visits = st.lists(
    st.tuples(
        st.sampled_from(["P-1", "Ş/2", "-3", "4'"]),
        st.integers(0, 3),
        st.lists(forms(), min_size=1, max_size=3, unique_by=lambda form: form.instrument),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visits)
def test_any_visits_come_back_byte_for_byte_and_only_once(work, elsewhere, drawn):
    point = work.session.begin_nested()
    try:
        people = {code: Maker(work).patient(code).id for code in {code for code, *_ in drawn}}
        for code, day, filled, too_ill in drawn:
            assess.record(work, VisitForm(people[code], DAY + timedelta(day), tuple(filled), too_ill=too_ill))
        files = taken(work)
        brought(elsewhere, files)
        assert taken(elsewhere) == files
        assert told(work, elsewhere) == told(work, work)
        assert [brought(clinic, files).counts.new for clinic in (work, elsewhere)] == [0, 0]
        assert list(rescore(elsewhere)) == []
    finally:
        point.rollback()


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_bring_nothing_in(work, as_one, name):
    seen(work)
    content, mapping = taken(work).data.encode(), ColumnMapping({"patient": "record_id"})
    with pytest.raises(NotAllowed):
        import_file(as_one(name), content, mapping)


def test_a_patient_s_scope_takes_no_clinic_along(work, cast):
    with pytest.raises(NotFound):
        take_redcap(Scope(cast.clinic_id, cast.patient_id), work.session, work.catalogue, ENGLISH)


def test_another_clinic_s_visits_are_not_in_the_files(work, elsewhere):
    seen(work)
    assert taken(elsewhere).data.count("\n") == 1
    assert brought(elsewhere, taken(work)).counts.patients_new == 1
    for table in (ImportRun, ImportMapping):
        assert work.session.scalars(select(table.clinic_id)).all() == [elsewhere.clinic_id]
    assert TODAY > DAY
