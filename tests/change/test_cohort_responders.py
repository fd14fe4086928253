import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.change import definitions
from outcomes.change.columns import Person, changes, columns
from outcomes.change.definitions import (
    PUBLISHED,
    Criterion,
    Definition,
    DefinitionError,
    Kind,
    as_stored,
    beyond_band,
    by_threshold,
    read_definition,
)
from outcomes.change.responders import (
    MET,
    NOT_MET,
    UNKNOWN,
    ScaleNeededError,
    anchor_threshold,
    judge,
    responder_table,
)
from outcomes.change.windows import default_time_points
from outcomes.instruments.catalogue import load_catalogue
from outcomes.terms import Better
from tests.change.making import a_cohort, a_scale, an_error

PLAN = default_time_points()
LIKERT = a_scale(key="chalder11.likert")
FUNCTION = a_scale(key="rand36.physical_functioning", better=Better.HIGHER, maximum=100.0, step=5.0)
BY_CODE = {definition.code: definition for definition in PUBLISHED}


def at_month_3(scale, pairs, error=None):
    scores = {key: [(-3, one), (91, other)] for key, (one, other) in pairs.items()}
    return changes(a_cohort(scores), scale, PLAN[3], PLAN, error or an_error(2.0))


def both(fatigue, function):
    return {LIKERT.key: at_month_3(LIKERT, fatigue), FUNCTION.key: at_month_3(FUNCTION, function)}


def test_published_definitions_name_scales_of_the_library_and_their_source():
    library = {scale.key for scale in load_catalogue().scales()}
    assert len(BY_CODE) == len(PUBLISHED)
    for definition in PUBLISHED:
        assert definition.scales <= library
        assert definition.source


@pytest.mark.parametrize(
    ("code", "fatigue", "function", "truth"),
    [
        ("pace_published", (25.0, 23.0), (40.0, 48.0), MET),
        ("pace_published", (25.0, 24.0), (40.0, 48.0), NOT_MET),
        ("pace_published", (25.0, 23.0), (40.0, 47.0), NOT_MET),
        ("pace_published", (25.0, 27.0), (40.0, 48.0), NOT_MET),
        ("pace_normal_range", (19.0, 18.0), (65.0, 60.0), MET),
        ("pace_normal_range", (19.0, 19.0), (65.0, 60.0), NOT_MET),
        ("pace_published", (25.0, None), (40.0, 47.0), NOT_MET),
        ("pace_published", (25.0, None), (40.0, 48.0), UNKNOWN),
        ("pace_published", (None, 23.0), (40.0, 48.0), UNKNOWN),
        ("pace_normal_range", (None, 18.0), (None, 60.0), MET),
    ],
)
def test_both_criteria_must_hold(code, fatigue, function, truth):
    found = judge(BY_CODE[code], both({"A": fatigue}, {"A": function}))
    assert found.tolist() == [truth]


@pytest.mark.parametrize(
    ("fatigue", "function", "truth"),
    [
        ((9.0, 3.0), (40.0, 75.0), MET),
        ((7.0, 4.0), (40.0, 75.0), NOT_MET),
        ((10.0, 5.0), (40.0, 60.0), MET),
        ((10.0, 5.0), (40.0, 59.0), NOT_MET),
        ((0.0, 0.0), (0.0, 0.0), NOT_MET),
        ((10.0, 5.0), (None, 60.0), UNKNOWN),
    ],
)
def test_any_group_is_enough(fatigue, function, truth):
    bimodal = a_scale(key="chalder11.bimodal", maximum=11.0)
    found = {bimodal.key: at_month_3(bimodal, {"A": fatigue}), FUNCTION.key: at_month_3(FUNCTION, {"A": function})}
    assert judge(BY_CODE["pace_protocol"], found).tolist() == [truth]


@pytest.mark.parametrize(("after", "truth"), [(3.8, NOT_MET), (3.7, MET), (5.0, NOT_MET)])
def test_more_than_is_more_than(after, truth):
    fss = a_scale(key="fss9.mean", minimum=1.0, maximum=7.0, step=None, decimals=2)
    assert judge(BY_CODE["comeback"], {fss.key: at_month_3(fss, {"A": (5.0, after)})}).tolist() == [truth]


def test_beyond_the_band_is_unknown_without_an_error():
    pairs = {"A": (25.0, 15.0), "B": (25.0, 24.0), "C": (25.0, None)}
    assert judge(beyond_band(LIKERT.key), {LIKERT.key: at_month_3(LIKERT, pairs)}).tolist() == [MET, NOT_MET, UNKNOWN]
    nothing = changes(a_cohort({"A": [(-3, 25.0), (91, 15.0)]}), LIKERT, PLAN[3], PLAN, None)
    assert judge(beyond_band(LIKERT.key), {LIKERT.key: nothing}).tolist() == [UNKNOWN]


def test_a_table_counts_gains_losses_and_the_unknown_of_all_who_are_due():
    pairs = {"A": (25.0, 15.0), "B": (20.0, 33.0), "C": (25.0, None), "D": (25.0, 25.0)}
    rows = responder_table(PUBLISHED, {LIKERT.key: at_month_3(LIKERT, pairs)})
    assert [row.definition.code for row in rows] == ["collin_little", "collin_much", "collin_very_much"]
    counts = [(row.met.count, row.not_met.count, row.unknown.count, row.worse.count, row.met.of) for row in rows]
    assert counts == [(1, 2, 1, 1, 4), (0, 3, 1, 1, 4), (0, 3, 1, 0, 4)]


def test_who_is_not_due_is_not_counted_and_a_score_has_no_mirror():
    rows = [("A", -3, 25.0), ("A", 91, 10.0), ("B", -3, 25.0)]
    data = columns([Person("A"), Person("B", 40)], rows)
    low = Definition("low", "Low", ((Criterion(LIKERT.key, Kind.SCORE_AT_MOST, 18.0),),))
    row = responder_table([low], {LIKERT.key: changes(data, LIKERT, PLAN[3], PLAN, an_error())})[0]
    assert (row.met.count, row.met.of, row.worse) == (1, 1, None)


def test_a_definition_without_its_scale_is_refused_by_name():
    with pytest.raises(ScaleNeededError) as caught:
        judge(BY_CODE["comeback"], both({"A": (25.0, 23.0)}, {"A": (40.0, 48.0)}))
    assert (caught.value.definition, caught.value.scale) == ("comeback", "fss9.mean")


PAIRS = st.dictionaries(st.sampled_from("ABCDEF"), st.tuples(st.floats(1, 32), st.floats(1, 32)), min_size=1)


@given(PAIRS, st.floats(0.5, 15))
def test_turning_the_scale_round_swaps_gains_and_losses(pairs, value):
    definition = by_threshold(LIKERT.key, value, "")
    turned = a_scale(key=LIKERT.key, better=Better.HIGHER)
    one = responder_table([definition], {LIKERT.key: at_month_3(LIKERT, pairs)})[0]
    other = responder_table([definition], {LIKERT.key: at_month_3(turned, pairs)})[0]
    assert (one.met, one.worse) == (other.worse, other.met)


# a clinic's own definitions


def test_a_definition_survives_storage():
    for definition in (BY_CODE["pace_published"], BY_CODE["scheeres"]):
        back = read_definition(definition.code, as_stored(definition))
        assert (back.any_of, back.title) == (definition.any_of, definition.title)


GOOD = {"scale": "fss9.mean", "kind": "gain_at_least", "value": 1.2}


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ({"any_of": [[GOOD]]}, "title"),
        ({"title": "T"}, "any_of"),
        ({"title": "T", "any_of": []}, "any_of"),
        ({"title": "T", "any_of": [[]]}, "any_of"),
        ({"title": "T", "any_of": [["x"]]}, "any_of"),
        ({"title": "T", "any_of": [[GOOD | {"scale": ""}]]}, "scale"),
        ({"title": "T", "any_of": [[GOOD | {"kind": "best_ever"}]]}, "kind"),
        ({"title": "T", "any_of": [[GOOD | {"kind": "gain_share_at_least"}]]}, "kind"),
        ({"title": "T", "any_of": [[GOOD | {"value": None}]]}, "value"),
        ({"title": "T", "any_of": [[GOOD | {"value": float("nan")}]]}, "value"),
        ({"title": "T", "any_of": [[GOOD | {"value": True}]]}, "value"),
    ],
)
def test_a_bad_definition_is_named(rule, key):
    with pytest.raises(DefinitionError) as caught:
        read_definition("ours", rule)
    assert caught.value.key == key


# a threshold of one's own


def test_the_gain_of_those_a_little_better_is_a_threshold():
    gains = {3: [5.0, 6.0, 7.0] * 4, 4: [0.0, 1.0, -1.0] * 4, 2: [11.0] * 4, 5: [-5.0] * 4}
    people = [(rating, gain) for rating, each in gains.items() for gain in each]
    pairs = {str(place): (20.0, 20.0 - gain) for place, (_, gain) in enumerate(people)}
    ratings = np.array([float(rating) for rating, _ in people])
    found = anchor_threshold(at_month_3(LIKERT, pairs), ratings)
    assert (found.gain.n, found.gain.mean, found.unchanged.mean, found.usable) == (12, 6.0, 0.0, True)
    assert found.correlation.r > 0.9
    assert not anchor_threshold(at_month_3(LIKERT, pairs), ratings, at_least=13).usable
    assert not anchor_threshold(at_month_3(LIKERT, pairs), 8 - ratings).usable
    nobody = anchor_threshold(at_month_3(LIKERT, pairs), np.full(len(people), np.nan))
    assert (nobody.gain.n, nobody.usable) == (0, False)


def test_examples_run():
    found = doctest.testmod(definitions)
    assert found.attempted > 0
    assert found.failed == 0
