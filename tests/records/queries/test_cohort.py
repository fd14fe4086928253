"""A cohort as columns."""

import pytest

from outcomes.access.scope import Scope
from outcomes.records.queries.cohort import (
    CohortFilter,
    chosen_columns,
    cohort_columns,
    cohort_patients,
    provenance,
    scales_in_use,
)
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.own_error import own_errors, repeated_baselines
from outcomes.records.queries.remembered import Remembered, data_version
from outcomes.records.session import act_as
from outcomes.terms import Ending, Language, Route, Severity, Sex
from tests.factories import TODAY, days_before

SCALE = "own_fatigue.score"


@pytest.fixture
def cohort(make):
    """Five people with a day 0 and one without."""
    d1, d2 = make.donor("D-1"), make.donor("D-2")
    a = make.patient("A", sex=Sex.FEMALE, onset_year=2016).course(days_before(100), days_before(93), donor_id=d1)
    a.course(days_before(10), route=Route.ENEMA, donor_id=d2)
    a.scored(days_before(110), fatigue=8, visit={"severity": Severity.SEVERE}).scored(days_before(104), fatigue=9)
    a.scored(days_before(9), fatigue=5, visit={"severity": Severity.MILD})
    b = make.patient("B", sex=Sex.MALE).course(days_before(50), route=Route.CAPSULE, donor_id=d2)
    b.scored(days_before(55), fatigue=7, visit={"qualifying": True}).scored(days_before(20), fatigue=None)
    make.patient("C").course(days_before(400)).ended(Ending.LOST, days_before(30))
    make.patient("D").arm("usual care", comparison=True, starts_on=days_before(60)).scored(days_before(60), fatigue=6)
    make.patient("E").arm("donor stool", blinded=True).course(days_before(70), donor_id=d1)
    make.patient("F").scored(days_before(5), fatigue=3)


@pytest.mark.usefixtures("cohort")
def test_everybody_with_a_day_0_is_there(cast, session):
    people = {each.code: each for each in cohort_patients(cast.scope, session, TODAY)}
    assert list(people) == ["A", "B", "C", "D", "E"]
    a, c, d, e = (people[code] for code in "ACDE")
    assert (a.route, a.donors, a.courses, a.severity, a.observed) == (
        Route.COLONOSCOPY,
        ("D-1",),
        2,
        Severity.SEVERE,
        100,
    )
    assert a.years_ill == pytest.approx(10.1, abs=0.1)
    assert (c.ending, c.ended_day) == (Ending.LOST, 370)
    assert (d.comparison, d.arm, d.courses, d.route, d.observed) == (True, "usual care", 0, None, 60)
    assert (e.arm, e.donors, e.material, e.comparison, e.route) == (None, (), None, False, Route.COLONOSCOPY)
    seen = {each.code: each for each in cohort_patients(Scope(cast.clinic_id, blinded=False), session, TODAY)}
    assert (seen["E"].arm, seen["E"].donors) == ("donor stool", ("D-1",))


@pytest.mark.usefixtures("cohort")
def test_scores_stand_in_columns_with_their_days(cast, session):
    data = cohort_columns(cast.scope, session, SCALE, TODAY)
    people = cohort_patients(cast.scope, session, TODAY)
    assert data.keys == tuple(each.key for each in people)
    rows = {
        people[index].code: [(r.day, r.value, r.qualifying, r.absence) for r in data.readings(index)]
        for index in range(data.people)
    }
    assert rows == {
        "A": [(-10, 8, False, None), (-4, 9, False, None), (91, 5, False, None)],
        "B": [(-5, 7, True, None), (30, None, False, "skipped")],
        "C": [],
        "D": [(0, 6, False, None)],
        "E": [],
    }
    assert (data.observed[0], data.ended_day[2]) == (100, 370)


@pytest.mark.usefixtures("cohort")
@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ({}, "ABCDE"),
        ({"route": Route.CAPSULE}, "B"),
        ({"donor": "D-1"}, "A"),
        ({"arm": "usual care"}, "D"),
        ({"comparison": False}, "ABCE"),
        ({"sex": Sex.MALE}, "B"),
        ({"severity": Severity.SEVERE}, "A"),
        ({"severity": Severity.MILD}, ""),
        ({"years_from": 5}, "A"),
        ({"years_from": 5, "years_to": 9}, ""),
        ({"years_to": 20}, "A"),
    ],
)
def test_filters(cast, session, wanted, codes):
    people = cohort_patients(cast.scope, session, TODAY)
    kept = CohortFilter(**wanted)
    assert "".join(each.code for each in people if kept.passes(each)) == codes
    data = chosen_columns(cohort_columns(cast.scope, session, SCALE, TODAY), people, kept)
    assert data.people == len(codes)


@pytest.mark.usefixtures("cohort")
def test_earlier_days_know_nobody_treated_later(cast, session):
    assert [each.code for each in cohort_patients(cast.scope, session, days_before(80))] == ["A", "C"]
    assert cohort_columns(cast.scope, session, SCALE, days_before(80)).people == 2


@pytest.mark.usefixtures("cohort")
def test_what_scores_were_made_with(cast, session):
    found = provenance(cast.scope, session, SCALE)
    assert (found.key_versions, found.languages, found.form_versions) == (("1",), (Language.ENGLISH,), ())
    assert scales_in_use(cast.scope, session) == (SCALE,)


def test_the_clinics_own_error_comes_from_two_unselected_baselines(cast, session, make):
    for number in range(20):
        made = make.patient(f"S-{number}").course(days_before(40))
        made.scored(days_before(41), fatigue=5).scored(days_before(50), fatigue=7)
        made.scored(days_before(69), fatigue=0).scored(days_before(10), fatigue=1)
        made.scored(days_before(45), fatigue=10, visit={"qualifying": True})
    make.patient("ONE").course(days_before(40)).scored(days_before(41), fatigue=5)
    found = repeated_baselines(cast.scope, session, [SCALE])
    assert {tuple(sorted(each)) for each in found[SCALE]} == {(5, 7)}
    own = own_errors(cast.scope, session, [SCALE, "own_thinking.score"])
    assert (own[SCALE].people, own[SCALE].sem) == (20, pytest.approx(2**0.5))
    assert own["own_thinking.score"] is None
    assert own_errors(Scope(cast.clinic_id, cast.patient_id), session, [SCALE]) == {SCALE: own[SCALE]}


def test_what_is_remembered_holds_for_one_version_of_the_data(cast, session, make):
    memory, asked = Remembered(), []

    def ask():
        return memory.get(cast.scope, session, "answer", lambda: asked.append(1) or len(asked))

    make.patient("A")
    session.commit()
    first = ask()
    assert (ask(), ask()) == (first, first)
    before = data_version(cast.scope, session)
    session.rollback()
    act_as(session, "program")
    make.patient("B")
    session.commit()
    assert data_version(cast.scope, session) > before
    assert ask() == first + 1


def test_the_oldest_results_give_way(cast, session):
    memory = Remembered(size=2)
    for name in "abc":
        memory.get(cast.scope, session, name, name.upper)
    assert memory.get(cast.scope, session, "a", lambda: "anew") == "anew"
    assert memory.get(cast.scope, session, "c", lambda: "anew") == "C"
    memory.forget(cast.clinic_id)
    assert memory.get(cast.scope, session, "c", lambda: "anew") == "anew"


# who may not


@pytest.mark.usefixtures("cohort")
def test_another_clinic_and_a_patient_see_no_cohort(cast, session):
    assert cohort_patients(cast.scope_elsewhere, session, TODAY) == ()
    assert cohort_columns(cast.scope_elsewhere, session, SCALE, TODAY).people == 0
    assert scales_in_use(cast.scope_elsewhere, session) == ()
    own = Scope(cast.clinic_id, cast.patient_id)
    for read in (
        lambda: cohort_patients(own, session, TODAY),
        lambda: cohort_columns(own, session, SCALE, TODAY),
        lambda: provenance(own, session, SCALE),
        lambda: scales_in_use(own, session),
    ):
        with pytest.raises(NotFound):
            read()


def test_a_memory_keeps_clinics_apart(cast, session):
    memory = Remembered()
    assert memory.get(cast.scope, session, "x", lambda: "here") == "here"
    assert memory.get(cast.scope_elsewhere, session, "x", lambda: "there") == "there"
