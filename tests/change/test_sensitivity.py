import csv
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change import mixed
from outcomes.change.mixed_criterion import solve, weights
from outcomes.change.mixed_data import reduce
from outcomes.change.sensitivity import (
    Class,
    Cut,
    DefinitionError,
    Method,
    Pairs,
    Population,
    by_cut,
    by_difference,
    by_index,
    by_index_and_crossing,
    by_percentage,
    clinical_population,
    crossed_by_hageman_arrindell,
    crossings,
    cut_off,
    hierarchical_index,
    index,
    measurement_error,
    share_better,
)
from outcomes.terms import Better
from tests.change.making import REFERENCE

FILES = {
    "claus": ("claus_2020.csv", "id", "time"),
    "jacobson": ("jacobson_1989.csv", "subject", "time"),
    "hechler": ("hechler_2014.csv", "patient", "measurement"),
}
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason=f"no reference data in {REFERENCE}")


def table(name):
    with (REFERENCE / name).open(newline="") as file:
        return list(csv.DictReader(file))


def plain(text):
    return text if not text.replace(".", "").isdigit() else str(int(float(text)))


def pairs_of(case, measure, pre, post, group=None):
    """Everybody with both scores: names, scores and group."""
    file, patient, time = FILES[case.split("_")[0]]
    scores, groups = {}, {}
    for row in table(file):
        groups[plain(row[patient])] = row.get(group)
        if row[measure] not in ("", "NA"):
            scores[plain(row[patient]), plain(row[time])] = float(row[measure])
    both = [name for name in groups if (name, pre) in scores and (name, post) in scores]
    before, after = (np.array([scores[name, time] for name in both]) for time in (pre, post))
    return both, Pairs(before, after), [groups[name] for name in both]


def expected_indices():
    found = {}
    for row in table("claus_hamd_expected_rci.csv") if REFERENCE.is_dir() else []:
        found.setdefault(row["method"], {})[row["id"]] = float(row["rci"])
    return found


@needs_reference
@pytest.mark.parametrize("method", Method)
def test_every_index_of_six_methods_is_reproduced(method):
    names, pairs, _ = pairs_of("claus", "hamd", "1", "4")
    expected = expected_indices()[method]
    found = index(pairs, method, 0.80, 0.5 if method is Method.NUNNALLY_KOTSCH else None)
    assert len(names) == len(expected) == 40
    assert found == pytest.approx([expected[name] for name in names], abs=1e-9)


def hierarchical():
    rows = [row for row in table("claus_2020.csv") if row["hamd"] not in ("", "NA")]
    visits = Counter(row["id"] for row in rows)
    rows = [row for row in rows if visits[row["id"]] >= 3]
    names, scores = [row["id"] for row in rows], np.array([float(row["hamd"]) for row in rows])
    return names, scores, mixed.slope(np.array([float(row["time"]) for row in rows]))


@needs_reference
def test_the_hierarchical_index_is_that_of_the_finished_fit():
    """The stored indices come from a fit that stopped 4e-7 above the best criterion; ours differ by that alone."""
    fit = mixed.fit(*hierarchical())
    expected = expected_indices()["HLM"]
    found = hierarchical_index(fit)
    assert fit.reml_criterion < 934.394206357569 - 1e-7
    assert found == pytest.approx([expected[plain(name)] for name in fit.patients], abs=2e-4)


@needs_reference
def test_every_hierarchical_index_is_reproduced_at_the_covariance_where_lme4_stopped():
    names, scores, design = hierarchical()
    sums = reduce(names, design.fixed, design.change, scores)
    stopped = np.array([[0.057138062879577747, 0.0], [-0.53483844803719771, 0.0060929663252090698]])
    half = np.linalg.solve(sums.frame.basis, stopped)
    lower = np.linalg.cholesky(half @ half.T)
    factor = np.array([lower[0, 0], lower[1, 0], lower[1, 1]])
    normal = solve(sums, weights(sums, factor))
    one = mixed.individuals(sums, design.totals, factor, normal)
    error = np.sqrt(one.effects_covariance[:, 1, 1] * float(normal.squares) / sums.degrees)
    expected = expected_indices()["HLM"]
    assert one.effects[:, 1] / error == pytest.approx([expected[plain(name)] for name in sums.patients], abs=1e-9)


def cases():
    found = {}
    for row in table("expected_counts.csv") if REFERENCE.is_dir() else []:
        if "HLM" not in row["case"]:
            found.setdefault((row["case"], row["group"]), []).append(row)
    return found


def labelled(case, row, pairs):
    """Apply the definition that a row of the expected counts describes."""
    better = Better(row["better"])
    functional = Population(float(row["m_functional"]), float(row["sd_functional"])) if row["m_functional"] else None
    method = next((one for one in Method if f"_{one}" in case), None)
    known = row["cutoff"] in {"a", "b", "c"}
    limit = cut_off(Cut(row["cutoff"]), better, clinical_population(pairs), functional) if known else 0.0
    if "%" in row["mid_better"]:
        return by_percentage(pairs, better, 50)
    if method is None and row["mid_better"]:
        worse = float(row["mid_worse"]) if row["mid_worse"] else None
        return by_difference(pairs, better, float(row["mid_better"]), worse)
    if method is None:
        return by_cut(pairs, limit, better)
    reliability = float(row["reliability"])
    indices = index(pairs, method, reliability, 0.5 if method is Method.NUNNALLY_KOTSCH else None)
    if not row["cutoff"]:
        return by_index(indices, method, better)
    up, down = crossings(pairs, limit, better)
    if method is Method.HAGEMAN_ARRINDELL:
        up, down = (
            crossed_by_hageman_arrindell(pairs, Cut(row["cutoff"]), better, reliability, functional),
            down & False,
        )
    return by_index_and_crossing(indices, method, better, up, down)


@needs_reference
@pytest.mark.parametrize("case", cases(), ids="-".join)
def test_every_count_is_reproduced(case):
    rows = cases()[case]
    row = rows[0]
    _, pairs, groups = pairs_of(case[0], row["measure"], row["pre"], row["post"], "treatment")
    classes = labelled(case[0], row, pairs).classes
    kept = [one for one, group in zip(classes, groups, strict=True) if case[1] in ("NA", group)]
    found = Counter(kept)
    assert {one["category"]: found[Class(one["category"].lower())] for one in rows} == {
        one["category"]: int(one["n"]) for one in rows
    }


PROMIS = Population(66.37, 4.66), Population(37.50, 5.67)


@pytest.mark.parametrize(("cut", "value"), [(Cut.A, 57.05), (Cut.B, 48.84), (Cut.C, 53.35)])
def test_cut_offs_of_promis_fatigue(cut, value):
    """17 people with ME/CFS and 21 healthy volunteers, Walitt et al. 2024, https://doi.org/10.1038/s41467-024-45107-3."""
    assert cut_off(cut, Better.LOWER, *PROMIS) == pytest.approx(value, abs=0.005)


@pytest.mark.parametrize("cut", Cut)
def test_cut_offs_mirror_with_the_scale(cut):
    clinical, functional = PROMIS
    mirrored = Population(-clinical.mean, clinical.sd), Population(-functional.mean, functional.sd)
    assert cut_off(cut, Better.HIGHER, *mirrored) == pytest.approx(-cut_off(cut, Better.LOWER, *PROMIS))


SCORES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=5, max_size=30).filter(
    lambda rows: len({before for before, _ in rows}) > 2
)
TURNED = {Class.IMPROVED: Class.DETERIORATED, Class.DETERIORATED: Class.IMPROVED}


@given(SCORES, st.sampled_from([one for one in Method if one is not Method.HAGEMAN_ARRINDELL]))
def test_turning_the_scale_turns_every_label(rows, method):
    before, after = np.array(rows, float).T
    pairs, turned = Pairs(before, after), Pairs(-before, -after)
    one = by_index(index(pairs, method, 0.8, 0.7), method, Better.LOWER)
    other = by_index(index(turned, method, 0.8, 0.7), method, Better.HIGHER)
    assert one.classes == other.classes
    opposite = by_index(index(pairs, method, 0.8, 0.7), method, Better.HIGHER)
    assert opposite.classes == tuple(TURNED.get(each, each) for each in one.classes)


@given(SCORES, st.sampled_from(Method), st.integers(-100, 100))
def test_a_constant_changes_no_index(rows, method, constant):
    before, after = np.array(rows, float).T
    try:
        one = index(Pairs(before, after), method, 0.8, 0.7)
    except DefinitionError:
        return
    assert index(Pairs(before + constant, after + constant), method, 0.8, 0.7) == pytest.approx(one, abs=1e-8)


def test_reaching_the_important_difference_counts_and_exceeding_the_criterion_is_needed():
    pairs = Pairs(np.array([0.815, 10, 10, 10]), np.array([0.8, 5, 5.01, 15]))
    assert by_difference(pairs, Better.LOWER, 0.015).classes[0] is Class.IMPROVED
    assert by_difference(pairs, Better.LOWER, 5).classes[1:] == (Class.IMPROVED, Class.UNCHANGED, Class.DETERIORATED)
    assert by_index(np.array([-1.96, -1.97]), Method.JACOBSON_TRUAX, Better.LOWER).classes == (
        Class.UNCHANGED,
        Class.IMPROVED,
    )


def test_a_percentage_of_nothing_goes_where_the_score_went():
    pairs = Pairs(np.zeros(3), np.array([0.0, 4.0, -4.0]))
    assert by_percentage(pairs, Better.LOWER, 50).classes == (Class.UNCHANGED, Class.DETERIORATED, Class.IMPROVED)
    assert by_percentage(pairs, Better.HIGHER, 50).classes == (Class.UNCHANGED, Class.IMPROVED, Class.DETERIORATED)


def test_the_share_better_counts_the_recovered():
    assert share_better([Class.RECOVERED, Class.IMPROVED, Class.UNCHANGED, Class.HARMED]) == 0.5


def test_counts_name_every_class():
    assert by_difference(Pairs(np.zeros(2), np.ones(2)), Better.HIGHER, 1).counts() == {
        Class.RECOVERED: 0,
        Class.IMPROVED: 2,
        Class.UNCHANGED: 0,
        Class.DETERIORATED: 0,
        Class.HARMED: 0,
    }


@pytest.mark.parametrize(
    "ask",
    [
        lambda: measurement_error(0.0, 0.8),
        lambda: measurement_error(5.0, 1.0),
        lambda: index(Pairs(np.ones(2), np.ones(2)), Method.JACOBSON_TRUAX, 0.8),
        lambda: index(Pairs(np.arange(5.0), np.arange(5.0)), Method.NUNNALLY_KOTSCH, 0.8),
        lambda: cut_off(Cut.B, Better.LOWER, PROMIS[0]),
        lambda: cut_off(Cut.C, Better.LOWER, PROMIS[0]),
    ],
)
def test_definitions_that_lack_something_are_refused(ask):
    with pytest.raises(DefinitionError):
        ask()
