import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.change.analysis import Question, Row, TableError, analyse
from outcomes.terms import Better
from tests.change.simulated_clinics import clinic

LOWER = Question(Better.LOWER)


def rows_of(scores, **group):
    """Rows from a patient's scores at times 0, 1, 2 …; None where a score is missing."""
    return [
        Row(patient, float(time), value, line=2, **{name: of[patient] for name, of in group.items()})
        for patient, values in scores.items()
        for time, value in enumerate(values)
    ]


def changes(rows, question=LOWER):
    return {row["patient"]: row for row in analyse(rows, question)["change"]}


def simulated(seed=1, **different):
    return [Row(one.patient, float(one.visit), one.score, donor=one.donor) for one in clinic(seed, **different)]


# baseline, follow-up, index, verdict

VISITS = {"a": [30.0, 28.0, 20.0, 10.0], "b": [30.0, None, None, 36.0], "c": [25.0, 27.0, None, None]}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question(Better.LOWER), {"a": (30, 10), "b": (30, 36), "c": (25, 27)}),
        (Question(Better.LOWER, at=2), {"a": (30, 20), "b": (30, None), "c": (25, None)}),
        (Question(Better.LOWER, post_from=2), {"a": (29, 10), "b": (30, 36), "c": (26, None)}),
        (Question(Better.LOWER, post_from=2, at=2), {"a": (29, 20), "b": (30, None), "c": (26, None)}),
        (Question(Better.LOWER, post_from=1.5, at=3), {"a": (29, 10), "b": (30, 36), "c": (26, None)}),
    ],
)
def test_baseline_and_follow_up(question, expected):
    found = changes(rows_of(VISITS), question)
    assert {name: (row["baseline"], row["follow_up"]) for name, row in found.items()} == expected
    for row in found.values():
        known = row["follow_up"] is not None
        assert row["change"] == (row["follow_up"] - row["baseline"] if known else None)


def test_who_missed_the_first_visit_of_a_schedule_has_no_baseline():
    found = changes(rows_of({"a": [30.0, 20.0], "b": [31.0, 22.0], "c": [None, 24.0]}))
    assert (found["c"]["baseline"], found["c"]["follow_up"], found["c"]["verdict"]) == (None, 24.0, "not_measurable")


def test_without_a_common_first_time_everybody_starts_with_their_own_first_score():
    rows = [
        Row("a", -3.0, 30.0),
        Row("a", 90.0, 20.0),
        Row("b", -7.0, 33.0),
        Row("b", 85.0, 31.0),
        Row("c", -1.0, 20.0),
    ]
    found = changes(rows)
    assert [found[name]["change"] for name in "abc"] == [-10.0, -2.0, None]


@pytest.mark.parametrize(
    ("before", "after", "better", "sem", "mid", "verdict"),
    [
        ([30.0], 20.0, Better.LOWER, 2.0, 5.0, "better_beyond"),
        ([30.0], 20.0, Better.HIGHER, 2.0, 5.0, "worse_beyond"),
        ([30.0], 25.0, Better.LOWER, 2.0, 5.0, "better_within"),
        ([30.0], 26.0, Better.LOWER, 2.0, 5.0, "no_change"),
        ([30.0], 35.0, Better.LOWER, 2.0, 5.0, "worse_within"),
        ([30.0], 40.0, Better.LOWER, 2.0, 5.0, "worse_beyond"),
        ([30.0], 29.0, Better.LOWER, 2.0, None, "better_within"),
        ([30.0], 30.0, Better.LOWER, 2.0, None, "no_change"),
        ([30.0, 28.0], 24.0, Better.LOWER, 2.0, 5.0, "better_beyond"),
        ([30.0], 10.0, Better.LOWER, None, 5.0, "not_measurable"),
    ],
)
def test_verdicts(before, after, better, sem, mid, verdict):
    rows = rows_of({"a": [*before, after], "b": [30.0] * len(before) + [31.0]})
    found = changes(rows, Question(better, post_from=float(len(before)), sem=sem, mid=mid))["a"]
    assert found["verdict"] == verdict
    if sem is None:
        assert found["index"] is None
    else:
        error = sem * np.sqrt(1 / len(before) + 1)
        assert found["index"] == pytest.approx((after - np.mean(before)) / error)


def test_the_cohort_counts_everybody_once():
    scores = {"up": [30, 40], "down": [30, 10], "still": [30, 31], "gone": [30, None], "late": [None, 20]}
    report = analyse(rows_of(scores), Question(Better.LOWER, sem=2.0))
    moved = np.array([10.0, -20, 1])
    assert report["cohort"] == {
        "n": 3,
        "mean_change": pytest.approx(moved.mean()),
        "sd_change": pytest.approx(moved.std(ddof=1)),
        "better": 1,
        "unchanged": 1,
        "worse": 1,
        "missing": 1,
    }
    assert (report["patients"], report["scores"], report["skipped_rows"]) == (5, 8, 2)


def test_nothing_is_known_of_a_cohort_without_a_follow_up():
    report = analyse(rows_of({"a": [30.0], "b": [20.0]}), LOWER)
    assert report["cohort"]["mean_change"] is None
    assert report["cohort"]["missing"] == 2
    assert report["model"] is None
    assert "model_not_estimable" in report["warnings"]


# the model


def test_the_model_lists_patients_in_order_of_first_appearance():
    rows = simulated(patients=12)
    rows = (
        [row for name in ("p7", "p2") for row in rows if row.patient == name]
        + rows[:0]
        + [row for row in rows if row.patient not in {"p7", "p2"}]
    )
    report = analyse(rows, Question(Better.LOWER, post_from=1))
    assert [row["patient"] for row in report["model"]["individual"]][:3] == ["p7", "p2", "p0"]
    assert [row["patient"] for row in report["change"]] == [row["patient"] for row in report["model"]["individual"]]


def test_two_scores_a_person_leave_individual_change_unknown_and_say_so():
    report = analyse(rows_of({"a": [30, 20], "b": [25, 25], "c": [28, 20]}), LOWER)
    assert report["model"]["variance"]["change"] == 0.0
    assert report["model"]["singular"] is True
    assert report["model"]["fixed"]["change"]["estimate"] == pytest.approx(-6)
    assert "individual_change_not_estimable" in report["warnings"]


@pytest.mark.parametrize(
    ("different", "codes"),
    [
        ({"patients": 12, "sd_change": 9, "baselines": 2}, {"few_people", "model_withheld"}),
        ({"patients": 40, "sd_change": 0, "baselines": 2}, {"model_singular", "model_withheld"}),
        ({"patients": 30, "sd_change": 9, "baselines": 2}, set()),
    ],
)
def test_it_says_where_screens_would_fall_back(different, codes):
    report = analyse(simulated(12, **different), Question(Better.LOWER, post_from=2, sem=5.0))
    assert {"few_people", "model_singular", "model_withheld"} & set(report["warnings"]) == codes
    assert len(report["model"]["individual"]) == different["patients"]


# comparison and donors

ARMS = {"a": "fmt", "b": "fmt", "c": "fmt", "d": "wait", "e": "wait", "f": "wait", "g": ""}
ARM_SCORES = {name: [30.0, 30.0 + place**2] for place, name in enumerate("abcdefg")}


def test_the_comparison_is_between_the_control_arm_and_everybody_else_with_an_arm():
    report = analyse(rows_of(ARM_SCORES, arm=ARMS), Question(Better.LOWER, control="wait"))
    treated, waiting = np.array([0.0, 1, 4]), np.array([9.0, 16, 25])
    difference = treated.var(ddof=1) - waiting.var(ddof=1)
    found = report["comparison"]
    assert set(found) == {"sd_individual_response", "ci95", "ln_vr", "ln_vr_se"}
    assert found["sd_individual_response"] == pytest.approx(-np.sqrt(-difference))
    assert found["ln_vr"] == pytest.approx(np.log(treated.std(ddof=1) / waiting.std(ddof=1)))
    assert "no_comparison" not in report["warnings"]


def test_without_a_control_arm_nothing_can_be_compared():
    report = analyse(rows_of(ARM_SCORES), LOWER)
    assert report["comparison"] is None
    assert "no_comparison" in report["warnings"]


def test_too_small_a_control_arm_is_said_to_be_so():
    report = analyse(rows_of(ARM_SCORES, arm={**ARMS, "f": "fmt"}), Question(Better.LOWER, control="wait"))
    assert report["comparison"] is None
    assert "comparison_not_estimable" in report["warnings"]


def test_the_spread_of_change_is_split_between_donors_and_patients():
    rows = simulated(4, patients=60, donors=6, sd_donor=12.0, sd_change=1.0)
    report = analyse(rows, Question(Better.LOWER, post_from=1, donors=True))
    assert report["donors"]["donors"] == 6
    assert report["donors"]["variance"]["donor"] > report["donors"]["variance"]["patient"]
    assert "donors" not in analyse(rows, Question(Better.LOWER, post_from=1))


def test_few_donors_cannot_carry_a_split():
    report = analyse(simulated(4, patients=12, donors=6), Question(Better.LOWER, post_from=1, donors=True))
    assert report["donors"] is None
    assert "donors_not_estimable" in report["warnings"]


# refusals


@pytest.mark.parametrize(
    ("rows", "question", "said"),
    [
        ([], LOWER, "no score"),
        ([Row("a", 0.0, None)], LOWER, "no score"),
        ([Row("a", 0.0, 1.0), Row("a", 0.0, 2.0, line=7)], LOWER, "line 7: a second score"),
        ([Row("a", None, 1.0, line=3)], LOWER, "line 3: a score without a time"),
        ([Row(" ", 1.0, 1.0, line=3)], LOWER, "line 3: a score without a patient"),
        ([Row("a", 1.0, 1.0)], Question(Better.LOWER, post_from=3, at=1), "before the first time"),
        ([Row("a", 1.0, 1.0, arm="x")], Question(Better.LOWER, control="y"), "nobody is in the arm"),
        (
            [Row("a", 0.0, 1.0, arm="x"), Row("a", 1.0, 1.0, arm="y")],
            Question(Better.LOWER, control="y"),
            "more than one",
        ),
    ],
)
def test_tables_that_cannot_be_meant_are_refused(rows, question, said):
    with pytest.raises(TableError, match=said):
        analyse(rows, question)


def test_a_missing_score_beside_a_score_at_the_same_time_is_no_second_score():
    assert analyse([Row("a", 0.0, None), Row("a", 0.0, 2.0)], LOWER)["scores"] == 1


# what must not matter


def by_name(report):
    return {row["patient"]: row for row in report["change"]}, {
        row["patient"]: row for row in (report["model"] or {"individual": []})["individual"]
    }


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(seed, dice):
    rows = simulated(seed, patients=6 + seed % 10)
    question = Question(Better.LOWER, post_from=1, sem=4.0, mid=3.0)
    one, other = analyse(rows, question), analyse(dice.sample(rows, len(rows)), question)
    assert by_name(one) == by_name(other)
    assert one["cohort"] == pytest.approx(other["cohort"], rel=1e-12)
    assert one["model"]["reml_criterion"] == other["model"]["reml_criterion"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500), st.integers(0, 11), st.integers(1, 4))
def test_one_missing_visit_changes_only_its_persons_change(seed, person, visit):
    rows = simulated(seed, patients=12, lost=0)
    fewer = [row for row in rows if (row.patient, row.time) != (f"p{person}", visit)]
    question = Question(Better.LOWER, post_from=1, at=visit, sem=4.0)
    one, other = changes(rows, question), changes(fewer, question)
    assert {name for name in one if one[name] != other[name]} == {f"p{person}"}


MIRRORED = {"better_beyond": "worse_beyond", "better_within": "worse_within"}
MIRRORED |= {worse: better for better, worse in MIRRORED.items()}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_flipping_the_direction_mirrors_the_verdicts(seed):
    rows = simulated(seed, patients=10)
    one = changes(rows, Question(Better.LOWER, post_from=1, sem=2.0, mid=3.0))
    other = changes(rows, Question(Better.HIGHER, post_from=1, sem=2.0, mid=3.0))
    assert {name: MIRRORED.get(row["verdict"], row["verdict"]) for name, row in one.items()} == {
        name: row["verdict"] for name, row in other.items()
    }
