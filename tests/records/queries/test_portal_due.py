"""What a patient is asked now, and what the clinic enters from paper."""

from datetime import date, timedelta

import pytest

from outcomes.actions.assess import AssessmentForm
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.change.windows import DueState, as_stored, default_time_points
from outcomes.instruments.catalogue import Catalogue, load_catalogue
from outcomes.instruments.definition import Wording
from outcomes.records.queries.portal_due import due_form, due_forms
from outcomes.records.queries.record import patient_record
from outcomes.terms import Ending, Language
from tests.factories import TODAY, Maker, days_before, make_work

PAPER = ("chalder11", "promis_cog8a", "calprotectin", "own_quality_of_life")


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture
def make(session, cast, catalogue):
    boss = make_work(session, cast.administrator, catalogue)
    points = as_stored(default_time_points(PAPER))
    set_protocol(boss, ProtocolForm("chalder11.likert", points, None))
    return Maker(make_work(session, cast.clinician, catalogue))


def forms(make, cast, patient_id, catalogue, language=Language.ENGLISH):
    work = make.work
    record = patient_record(cast.scope, work.session, work.keys, patient_id, TODAY)
    return due_forms(record, catalogue, language)


def test_own_scales_stand_in_for_what_is_on_paper(make, cast, catalogue):
    ayla = make.patient().course(days_before(91))
    (form,) = [each for each in forms(make, cast, ayla.id, catalogue) if each.point.code == "month_3"]
    assert form.asked == ("own_quality_of_life", "own_fatigue", "own_thinking")
    assert form.on_paper == ("chalder11", "promis_cog8a")


def test_a_pack_in_a_language_brings_a_questionnaire_home_in_that_language_alone(make, cast, catalogue):
    words = Wording(
        "chalder11", Language.TURKISH, "1", "", {item.code: "?" for item in catalogue["chalder11"].items}, {}
    )
    packed = Catalogue(list(catalogue), {("chalder11", Language.TURKISH): words, **catalogue._wording})
    ayla = make.patient().course(days_before(91))
    asked = {lang: forms(make, cast, ayla.id, packed, lang)[0] for lang in Language}
    assert "chalder11" in asked[Language.TURKISH].asked
    assert "own_fatigue" not in asked[Language.TURKISH].asked
    assert "chalder11" in asked[Language.ENGLISH].on_paper


def test_what_was_answered_is_gone_and_the_rest_stays_till_the_window_closes(make, cast, catalogue):
    ayla = make.patient().course(days_before(91)).scored(days_before(1), fatigue=5)
    (form,) = forms(make, cast, ayla.id, catalogue)
    assert (form.state, form.asked) == (DueState.DONE, ("own_quality_of_life", "own_thinking"))
    assert form.closes == TODAY + timedelta(days=14)
    ayla.scored(days_before(0), thinking=5, quality_of_life=5)
    assert forms(make, cast, ayla.id, catalogue) == ()


def test_a_day_too_ill_leaves_everything_open_and_is_told(make, cast, catalogue):
    ayla = make.patient().course(days_before(91))
    ayla.visit(days_before(3), AssessmentForm("own_fatigue"), too_ill=True)
    (form,) = forms(make, cast, ayla.id, catalogue)
    assert "own_fatigue" in form.asked
    assert form.too_ill == days_before(3)


DAYS = {60: "month_1", 76: "month_1", 77: "month_3", 105: "month_3", 106: "month_3", 160: "month_3"}


@pytest.mark.parametrize(("day", "point"), DAYS.items())
def test_open_windows_and_overdue_ones(make, cast, catalogue, day, point):
    ayla = make.patient().course(days_before(day))
    found = forms(make, cast, ayla.id, catalogue)
    assert [each.point.code for each in found if each.state is not DueState.MISSED] == [point]


def test_late_answers_are_not_asked_again(make, cast, catalogue):
    ayla = make.patient().course(days_before(120)).scored(days_before(0), fatigue=5, thinking=5, quality_of_life=5)
    assert forms(make, cast, ayla.id, catalogue) == ()


def test_before_fmt_a_baseline_is_asked_once_in_four_weeks(make, cast, catalogue):
    ayla = make.patient()
    (form,) = forms(make, cast, ayla.id, catalogue)
    assert (form.point.code, form.closes) == ("baseline", None)
    ayla.scored(days_before(10), fatigue=5, thinking=5, quality_of_life=5)
    assert forms(make, cast, ayla.id, catalogue) == ()


def test_nothing_is_due_of_somebody_who_left(make, cast, catalogue):
    ayla = make.patient().course(days_before(91)).ended(Ending.WITHDRAWAL, days_before(20))
    assert forms(make, cast, ayla.id, catalogue) == ()
    record = patient_record(cast.scope, make.work.session, make.work.keys, ayla.id, TODAY)
    assert due_form(record, catalogue, Language.ENGLISH, "month_3") is None
    assert isinstance(record.today, date)
