"""The figures of a cohort hold the numbers that can be counted by hand, on both databases."""

from datetime import timedelta

import pytest

from outcomes.actions.assess import AssessmentForm
from outcomes.actions.definitions import DefinitionForm, define
from outcomes.change import cohort
from outcomes.change.columns import Person, columns
from outcomes.change.definitions import Criterion, Kind
from outcomes.change.individual import error_in_force
from outcomes.change.windows import default_time_points
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.queries.cohort import CohortFilter
from outcomes.records.queries.remembered import Remembered
from outcomes.records.session import act_as
from outcomes.terms import Language, Route, Severity, Sex
from outcomes.voice import Voice
from outcomes.web.clinic import cohort_words
from outcomes.web.clinic.cohort_choice import EVERYBODY, TREATED, arms, lists, read
from outcomes.web.clinic.cohort_comparison import Compared, NotCompared, compared, finding
from outcomes.web.clinic.cohort_figures import FIGURES
from outcomes.web.clinic.cohort_look import Source, look
from outcomes.web.clinic.cohort_model import CANNOT
from outcomes.web.clinic.cohort_table import comparisons, definition_rows, quantities
from tests.factories import TODAY, Maker, make_work
from tests.web.cohorts import (
    BETTER,
    EARLY,
    GONE,
    ILL,
    NEW,
    OWN_STOOL,
    SAME,
    SCALE,
    SHOWN,
    WITHIN,
    WORSE,
    day,
    score,
    write_cohort,
)

EN = Voice(Language.ENGLISH)
DUE = {BETTER, WITHIN, SAME, WORSE, GONE, ILL, NEW}


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture
def make(session, cast, catalogue):
    return Maker(make_work(session, cast.clinician, catalogue))


@pytest.fixture
def source(session, cast, catalogue):
    return Source(cast.scope, session, Remembered(), catalogue, TODAY)


@pytest.fixture
def seen(make, source):
    """Look at the small cohort: `seen(sex="male")`."""
    write_cohort(make)

    def looked(**asked):
        offered = source.offer()
        choice = read(offered, {**SHOWN, **asked})
        return look(source, offered, choice)

    return looked


def figure(found, name):
    return FIGURES[name](EN, found)


def codes(found):
    return {each.code for each in found.patients}


def test_the_answer_counts_everybody_who_has_come_to_the_visit(seen):
    found = seen()
    assert codes(found) == DUE | {EARLY}
    assert cohort_words.answer(EN, found) == (
        "6 months: of 7 people, 1 became better beyond usual variation, 2 stayed inside it, 1 became worse beyond it; "
        "2 not measured."
    )
    counted = [(each.mark, each.count) for each in cohort_words.tallies(EN, found)]
    assert counted == [("bb", "1"), ("no", "2"), ("wb", "1"), ("na", "2"), ("na", "1")]
    assert cohort_words.too_early(EN, found) == "1 person has not come to this visit yet and is not counted."


def test_the_answer_is_that_of_the_science(seen):
    """The page's shares are those of `change.cohort`, from columns written by hand."""
    scale, plan = load_catalogue().scale(SCALE), default_time_points()
    rows = [(BETTER, -4, 60.0), (BETTER, -12, 62.0), (BETTER, 180, 30.0), (WITHIN, -4, 60.0), (WITHIN, 180, 45.0)]
    rows += [(SAME, -4, 50.0), (SAME, 180, 50.0), (WORSE, -4, 40.0), (WORSE, 180, 64.0), (NEW, 180, 40.0)]
    data = columns([Person(code, 300) for code in (BETTER, WITHIN, SAME, WORSE, GONE, ILL, NEW)], rows)
    month_6 = next(point for point in plan if point.code == "month_6")
    by_hand = cohort.changes(data, scale, month_6, plan, error_in_force(scale, None))
    expected, found = cohort.shares(by_hand), cohort.shares(seen().shown)
    assert {name: each.count for name, each in found.each.items()} == {
        name: each.count for name, each in expected.each.items()
    }
    assert cohort.mean_change(seen().shown).mean == cohort.mean_change(by_hand).mean == -5.5


def test_before_and_after_holds_a_dot_for_whoever_was_measured_twice(seen):
    made = figure(seen(), "before_after")
    dots = {
        (name, x, y)
        for trace in made.plot["data"]
        if trace.get("mode") == "markers"
        for name, x, y in zip(trace["text"], trace["x"], trace["y"], strict=True)
    }
    assert dots == {(BETTER, 61, 30), (WITHIN, 60, 45), (SAME, 50, 50), (WORSE, 40, 64)}
    assert made.headline == "1 better and 1 worse beyond usual variation, of 4 measured twice"
    assert {row[0] for row in made.table.rows} == DUE


def test_a_dot_opens_its_person(seen):
    found = seen()
    links = {f"/patients/{each.id}" for each in found.patients if each.code in {BETTER, WITHIN, SAME, WORSE}}
    data = figure(found, "before_after").plot["data"]
    assert {link for trace in data for link in trace.get("customdata", ())} == links


def test_the_waterfall_holds_a_blank_for_everybody_who_was_not_measured(seen):
    made = figure(seen(), "waterfall")
    bars = next(trace for trace in made.plot["data"] if trace["type"] == "bar")
    assert bars["y"] == [24, 0, -15, -31]
    assert bars["text"] == [WORSE, SAME, WITHIN, BETTER]
    assert made.headline == "From −31.0 to +24.0 points, and 3 not measured"


def test_the_spaghetti_says_how_many_were_measured_at_each_visit(seen):
    made = figure(seen(), "spaghetti")
    assert [(row[0], row[2], row[3]) for row in made.table.rows] == [
        ("before FMT", "6", "56.0"),
        ("3 months", "4", "46.3"),
        ("6 months", "5", "45.8"),
    ]
    assert made.headline.startswith("Mean change −5.5 (")


def test_shares_keep_the_missing_in_every_bar(seen):
    made = figure(seen(), "shares")
    counts = {trace["name"]: trace["x"] for trace in made.plot["data"]}
    assert counts["missing"][-1] == 2
    assert sum(values[-1] for values in counts.values()) == len(DUE)
    assert made.table.rows[-1][0] == "6 months"
    assert made.table.rows[-1][-2:] == ("2", "7")


def test_flow_follows_the_same_people_from_visit_to_visit(seen):
    rows = figure(seen(), "flow").table.rows
    last = {(row[2], row[3]): int(row[4]) for row in rows if row[1] == "6 months"}
    assert sum(last.values()) == len(DUE)
    assert last["better", "better"] == 1
    assert last["unchanged", "worse"] == 1


def test_shares_of_fewer_than_five_people_are_not_written(seen):
    found = seen(sex="male")
    assert codes(found) == {WORSE}
    assert [each.interval for each in cohort_words.tallies(EN, found)] == ["", "", "", ""]
    assert figure(found, "cumulative") is None
    assert figure(found, "survival") is None
    assert all("%" not in each.interval for each in quantities(EN, found, CANNOT))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"arm": EVERYBODY}, {*DUE, EARLY, *OWN_STOOL}),
        ({"arm": TREATED}, {*DUE, EARLY}),
        ({"arm": "arm:own stool"}, set(OWN_STOOL)),
        ({"arm": "arm:donor stool"}, {*DUE, EARLY}),
        ({"route": "capsule"}, {BETTER}),
        ({"donor": "D-7", "arm": EVERYBODY}, {*DUE, EARLY}),
        ({"sex": "male"}, {WORSE}),
        ({"severity": "severe"}, {SAME}),
        ({"ill": "10-"}, {WITHIN}),
        ({"ill": "2-5", "route": "capsule"}, {BETTER}),
        ({"ill": "0-2"}, set()),
        ({"route": "by owl", "sex": "unheard of", "donor": "D-0", "arm": "arm:no such", "ill": "-"}, {*DUE, EARLY}),
    ],
)
def test_filters(seen, asked, expected):
    assert codes(seen(**asked)) == expected


def test_what_is_chosen_leads_back_to_itself(source, seen):
    found = seen(route="capsule", sex="female", ill="2-5", severity="moderate", donor="D-7")
    assert read(source.offer(), found.choice.address) == found.choice
    assert found.choice.people == CohortFilter(
        route=Route.CAPSULE,
        donor="D-7",
        comparison=False,
        sex=Sex.FEMALE,
        severity=Severity.MODERATE,
        years_from=2.0,
        years_to=5.0,
    )


def test_the_page_opens_at_the_latest_visit_that_most_people_have_come_to(source, seen):
    seen()
    assert read(source.offer(), {}).point.code == "month_6"
    assert read(source.offer(), {"visit": "no such"}).point.code == "month_6"


def test_scales_stand_by_domain_and_a_judgement_of_change_is_not_among_them(make, source):
    one = make.patient("T-9").course(day(0))
    own = [AssessmentForm(code, answers={"1": 3}) for code in ("own_change", "own_thinking", "own_fatigue")]
    one.visit(day(90), *own)
    assert [scale.key for scale in source.offer().scales] == ["own_fatigue.score", "own_thinking.score"]


# ---- the comparison group


def test_the_groups_are_compared_between_people_with_the_same_baseline(seen):
    told = compared(seen())
    assert told.why is None
    assert (int(told.treated.due.sum()), told.people, told.arm) == (7, 4, "own stool")
    assert told.difference.degrees == 5
    assert figure(seen(), "comparison_shares").headline == (
        "Better beyond usual variation: 1 of 7 treated, 0 of 4 in the comparison group"
    )


def test_the_comparison_is_the_same_whoever_of_both_groups_is_looked_at(seen):
    differences = {compared(seen(arm=arm)).difference for arm in (TREATED, EVERYBODY, "arm:own stool")}
    assert len(differences) == 1


def test_without_a_comparison_group_it_says_so(make, source):
    one = make.patient("T-9").course(day(0))
    score(one, -3, 60)
    score(one, 91, 40)
    offered = source.offer()
    found = look(source, offered, read(offered, {}))
    assert compared(found).why is NotCompared.NO_GROUP
    assert read(offered, {}).of("arm") == EVERYBODY


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"route": "capsule"}, NotCompared.NO_GROUP),
        ({"severity": "severe"}, NotCompared.NO_GROUP),
        ({"severity": "moderate", "route": "colonoscopy", "sex": "female"}, NotCompared.FEW),
    ],
)
def test_filters_may_leave_nothing_to_compare(seen, asked, why):
    found = seen(**asked)
    told = compared(found)
    assert (told.why, told.difference) == (why, None)
    rows = comparisons(EN, found, told)
    assert {(row.estimate, row.note) for row in rows} == {("–", finding(EN, found, told))}


def test_arms_stay_hidden_while_anybody_is_blinded(make, source, seen):
    seen()
    make.patient("B-1").course(day(0)).arm("own stool", comparison=True, blinded=True)
    offered = Source(source.scope, source.session, Remembered(), source.catalogue, TODAY).offer()
    choice = read(offered, SHOWN)
    found = look(source, offered, choice)
    assert choice.of("arm") == EVERYBODY
    assert TREATED not in {value for each in lists(EN, offered, choice) for value, _ in each.options}
    assert compared(found).why is NotCompared.HIDDEN
    assert figure(found, "comparison_shares") is None
    assert "blind" not in " ".join(arms(offered))


def test_the_clinic_elsewhere_is_never_counted(session, cast, catalogue, seen):
    act_as(session, cast.clinician_elsewhere.name_in_trail)
    there = Maker(make_work(session, cast.clinician_elsewhere, catalogue))
    one = there.patient("X-1").course(day(0))
    score(one, -3, 80)
    score(one, 181, 5)
    assert codes(seen()) == DUE | {EARLY}
    assert seen().due == len(DUE)
    elsewhere = Source(cast.scope_elsewhere, session, Remembered(), catalogue, TODAY).offer()
    assert {each.code for each in elsewhere.patients} == {"X-1"}


# ---- tables


def test_the_summary_says_why_the_missing_are_missing_and_what_they_could_change(seen):
    rows = {each.term: each for each in quantities(EN, seen(), CANNOT)}
    assert rows["People measured"].estimate == "5 of 7"
    assert rows["People measured"].note == "not measured: 1 withdrew and 1 too ill to answer"
    assert rows["Mean change"].estimate == "−5.5"
    assert rows["Better beyond usual variation"].estimate == "1 of 7"
    assert rows["Better beyond usual variation"].note == "3 if all the missing were so"
    assert rows["SD that error alone makes"].estimate != "not known"


def test_every_definition_keeps_the_unknown_in_its_denominator(seen):
    (row,) = definition_rows(EN, seen())
    assert (row.title, row.met, row.worse, row.unknown) == ("Better, beyond the band", "1 of 7", "1", "3")


def test_the_clinics_own_definition_stands_among_them_and_says_when_it_was_written(seen, session, cast, catalogue):
    found = seen()
    act_as(session, cast.administrator.name_in_trail)
    criteria = (Criterion(SCALE, Kind.GAIN_AT_LEAST, 10.0),)
    define(make_work(session, cast.administrator, catalogue), DefinitionForm("Ten points", criteria))
    row = definition_rows(EN, found)[1]
    assert (row.title, row.met, row.worse, row.unknown) == ("Ten points", "2 of 7", "1", "3")
    assert row.source == "Defined by this clinic after follow-up scores were there."


# ---- what may be made of it


def test_a_cohort_without_an_effect_reads_as_no_benefit(make, source):
    for number in range(12):
        one = make.patient(f"N-{number:02}").course(day(0))
        score(one, -3, 50 + number % 5)
        score(one, 181, 50 + (number * 3) % 7)
    offered = source.offer()
    found = look(source, offered, read(offered, SHOWN))
    assert cohort_words.reading(EN, found, compared(found)) == (
        "No benefit seen: not more became better than error alone would make (about 0 of 12)."
    )


@pytest.mark.parametrize(
    ("qualifying", "words"), [(True, "No benefit seen but for those"), (False, "More became better")]
)
def test_many_better_are_no_claim_without_a_comparison_group(make, source, qualifying, words):
    for number in range(8):
        one = make.patient(f"N-{number:02}").course(day(0))
        score(one, -3, 70, qualifying=qualifying)
        score(one, 181, 40 if number < 5 else 66)
    offered = source.offer()
    found = look(source, offered, read(offered, SHOWN))
    told = cohort_words.reading(EN, found, compared(found))
    assert told.startswith(words)
    assert "FMT did it" in told or qualifying


def test_harm_is_told_as_plainly(make, source):
    for number in range(8):
        one = make.patient(f"N-{number:02}").course(day(0))
        score(one, -3, 40)
        score(one, 181, 70 if number < 5 else 44)
    offered = source.offer()
    found = look(source, offered, read(offered, SHOWN))
    assert cohort_words.reading(EN, found, Compared(NotCompared.NO_GROUP)).endswith(
        "More became worse than error alone would make."
    )


def test_a_scale_without_an_error_is_counted_and_not_judged(make, source):
    make.patient("T-9").course(day(0)).scored(day(-3), fatigue=8).scored(day(181), fatigue=3)
    offered = source.offer()
    found = look(source, offered, read(offered, {"visit": "month_6"}))
    assert cohort_words.answer(EN, found) == (
        "6 months: of 1 person 1 measured; no change can be judged on this scale."
    )
    assert cohort_words.tallies(EN, found) == ()
    assert cohort_words.reading(EN, found, compared(found)) == ""


def test_before_anybody_has_come_so_far_it_says_so(make, source):
    one = make.patient("T-9").course(TODAY - timedelta(days=3))
    one.visit(TODAY - timedelta(days=5), AssessmentForm("mfis21", totals={"total": 50}))
    offered = source.offer()
    found = look(source, offered, read(offered, {"visit": "month_12"}))
    assert cohort_words.answer(EN, found) == "12 months: nobody has come to this visit yet."
    for name in FIGURES:
        figure(found, name)
