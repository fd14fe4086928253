"""A release under agreement: measured on the bytes that leave, refused where it must be, and the same each time."""

from pathlib import Path
from random import Random

import pytest

from outcomes.change.windows import TimePoint
from outcomes.privacy.tiers import (
    OTHER,
    Person,
    Reason,
    RefusedError,
    Tier,
    banded,
    decide,
    in_window,
    merged,
    prepare,
)
from tests.privacy.crowds import QUASI, VISITS, counted_again, crowd, write
from tests.privacy.oracle import opinions

SEED = bytes(range(32))
BASIS = "Ethics approval 2026/14"


def sizes(number, smallest=5, largest=500):
    """Draw sizes of cohorts, small ones as often as large ones."""
    dice = Random(11)
    return [round(smallest * (largest / smallest) ** dice.random()) for _ in range(number)]


def outcome(number, seed, path, *, thorough):
    """Release a cohort and say what came of it: the file, or why there is none."""
    try:
        done = prepare(crowd(number, seed), VISITS, SEED, basis=BASIS, thorough=thorough)
    except RefusedError as refused:
        return refused.because
    return write(done, path)


def violations(numbers, folder, *, thorough):
    """Release many cohorts and let two others count what was written."""
    done = [outcome(n, seed, folder / f"{seed}.csv", thorough=thorough) for seed, n in enumerate(numbers)]
    files = [each for each in done if isinstance(each, Path)]
    asked = opinions([(path, QUASI, ["work_status"]) for path in files])
    assert [counted_again(path, "work_status") for path in files] == asked
    refused = [each for each in done if not isinstance(each, Path)]
    assert all(isinstance(each.reason, Reason) and each.numbers for each in refused)
    return len(files), [path for path, (k, least) in zip(files, asked, strict=True) if k < 5 or least < 2]


def test_no_written_file_breaks_its_promise(tmp_path):
    written, broken = violations(sizes(24, largest=120), tmp_path, thorough=False)
    assert (written >= 15, broken) == (True, [])


@pytest.mark.full
def test_thorough_releases_keep_their_promise(tmp_path):
    written, broken = violations([40, 60, 80, 150], tmp_path, thorough=True)
    assert (written, broken) == (4, [])


@pytest.mark.full
def test_no_written_file_of_two_hundred_cohorts_breaks_its_promise(tmp_path):
    written, broken = violations(sizes(200), tmp_path, thorough=False)
    assert (written >= 150, broken) == (True, [])


def test_a_thorough_release_keeps_its_promise_too(tmp_path):
    written, broken = violations([16], tmp_path, thorough=True)
    assert (written, broken) == (1, [])


def test_a_broken_file_is_seen(tmp_path):
    path = write(prepare(crowd(60, 1), VISITS, SEED, thorough=False), tmp_path / "good.csv")
    lines = path.read_text().splitlines()
    broken = tmp_path / "broken.csv"
    broken.write_text("\n".join([*lines, "X,male,TR,15-19,0-4,none,disability,enema,other"]) + "\n")
    assert opinions([(broken, QUASI, ["work_status"])]) == [(1, 1)]
    assert counted_again(broken, "work_status") == (1, 1)


@pytest.mark.parametrize(
    ("tier", "patients", "basis", "reason"),
    [
        (Tier.AGREEMENT, 4, BASIS, Reason.TOO_FEW_TO_COUNT),
        (Tier.AGREEMENT, 39, None, Reason.TOO_FEW_FOR_RECORDS),
        (Tier.AGREEMENT, 39, "  ", Reason.TOO_FEW_FOR_RECORDS),
        (Tier.PUBLIC, 10, None, Reason.TOO_FEW_TO_COUNT),
    ],
)
def test_a_refusal_carries_its_reason(tier, patients, basis, reason):
    with pytest.raises(RefusedError) as refused:
        decide(tier, patients, basis)
    assert refused.value.because.reason is reason
    assert refused.value.because.numbers["patients"] == patients


def test_a_small_cohort_is_opened_on_a_basis_and_says_so():
    assert [because.reason for because in decide(Tier.AGREEMENT, 39, BASIS).reasons] == [Reason.ON_A_BASIS]


def test_one_sensitive_value_for_all_is_refused():
    same = [Person(f"p{n}", "female", "TR", 40, 5, VISITS, {"work_status": "disability"}) for n in range(40)]
    with pytest.raises(RefusedError) as refused:
        prepare(same, VISITS, SEED, thorough=False)
    assert refused.value.because.reason is Reason.NO_GROUP


def test_the_same_release_again_is_the_same_and_another_seed_is_not():
    people = crowd(60, 4)
    one, again = (prepare(each, VISITS, SEED, thorough=False) for each in (people, people[::-1]))
    other = prepare(people, VISITS, bytes(32), thorough=False)
    assert one.rows == again.rows
    names, others = ({row.key: row.pseudonym for row in done.rows} for done in (one, other))
    assert all(names[key] != others[key] for key in names)
    assert [row.key for row in one.rows] != [row.key for row in other.rows]


def test_nothing_internal_is_written(tmp_path):
    people = crowd(60, 7)
    text = write(prepare(people, VISITS, SEED, thorough=False), tmp_path / "file.csv").read_text()
    assert [person.key for person in people if person.key in text] == []


def test_a_withheld_visit_is_not_among_the_visits():
    rows = prepare(crowd(60, 9), VISITS, SEED, thorough=False).rows
    assert any(row.withheld for row in rows)
    assert all(not set(row.withheld) & set(row.visits) for row in rows)
    assert all("+".join(row.visits) == (row.labels["visits"] if row.visits else "") for row in rows)


def test_rare_codes_are_merged_until_nobody_stands_alone():
    rows = prepare(crowd(60, 9), VISITS, SEED, thorough=False).rows
    for name in ("route", "donor"):
        count = [sum(row.codes[name] == code for row in rows) for code in {row.codes[name] for row in rows}]
        assert min(count) >= 5
    assert merged(["a"] * 6 + ["b"], 5) == ([OTHER] * 7, 2)


@pytest.mark.parametrize(("value", "band"), [(0, 0), (4, 0), (5, 5), (89, 85), (90, 90), (103, 90), (None, None)])
def test_years_are_banded(value, band):
    assert banded(value, 90) == band


def test_a_day_outside_every_window_does_not_leave():
    points = [TimePoint("m1", {}, 30, 7, 7), TimePoint("m3", {}, 91, 14, 28)]
    assert [in_window(day, points) for day in (22, 23, 37, 38, 119, 120)] == [None, "m1", "m1", None, "m3", None]


@pytest.mark.parametrize("wrong", [{"k": 4}, {"people": [*crowd(40, 1), crowd(40, 1)[0]]}])
def test_a_release_below_five_or_with_a_patient_twice_is_refused(wrong):
    with pytest.raises(ValueError, match="five"):
        prepare(wrong.pop("people", crowd(40, 1)), VISITS, SEED, **wrong)
