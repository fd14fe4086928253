"""Cohort figures: the counts they tell are those of the people they were given, and the missing are never lost."""

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from outcomes.figures.before_after import before_after
from outcomes.figures.caterpillar import Estimate, caterpillar
from outcomes.figures.cumulative import Curve, cumulative, median
from outcomes.figures.figure import Band, Measure
from outcomes.figures.flow import State, Step, flow, state_of
from outcomes.figures.heatmap import MOST_ROWS, Person, heatmap
from outcomes.figures.pairs import Pair
from outcomes.figures.sampling import sample
from outcomes.figures.shares import VisitShares, shares
from outcomes.figures.spaghetti import SAMPLE, Line, Shift, VisitMean, quantile, spaghetti
from outcomes.figures.stairs import stairs
from outcomes.figures.survival import Lasting, Waiting, survival
from outcomes.figures.variation import Deviation, Spread, variation
from outcomes.figures.waterfall import waterfall
from outcomes.terms import Better, ErrorKind, Language, Verdict
from outcomes.voice import Voice
from tests.figures.scenes import cohort, cohort_before_after, cohort_spaghetti, cohort_waterfall

V = Verdict
EN = Voice(Language.ENGLISH)
FATIGUE = Measure("Fatigue", 0, 33, Better.LOWER, "points", 0)
FUNCTION = Measure("Function", 0, 100, Better.HIGHER, "points", 0)
USUAL, OCCASION = Band(5, ErrorKind.RETEST), Band(5, ErrorKind.SCORE_LEVEL)
PAIRS = [
    Pair("A", 20, 12, V.BETTER_BEYOND, 5, "/patients/a"),
    Pair("B", 20, 17, V.BETTER_WITHIN, 5, "/patients/b"),
    Pair("C", 20, 28, V.WORSE_BEYOND, 5, "/patients/c"),
    Pair("D", 20, 20, V.NO_CHANGE, 7, "/patients/d"),
    Pair("E", 20, None, V.NOT_MEASURABLE, None, "/patients/e"),
]


def marks(figure):
    return [t for t in figure.plot["data"] if t.get("mode") == "markers"]


def texts(figure):
    return [note["text"] for note in figure.plot["layout"]["annotations"]]


# ---- spaghetti


def visits(*counts):
    return [VisitMean(day, EN.day(day), n, 20.0, 18.0, 22.0) for day, n in zip((-14, 91, 180), counts, strict=True)]


LINES = [
    Line((20, 15, None), V.BETTER_BEYOND, "/patients/a"),
    Line((20, None, 28), V.WORSE_BEYOND, "/patients/b"),
    Line((21, 20, 22), V.NO_CHANGE, "/patients/c"),
    Line((20, 19, 23), V.NOT_MEASURABLE),
]


def test_there_is_one_gapped_line_for_each_class():
    figure = spaghetti(EN, FATIGUE, LINES, visits(4, 3, 3))
    rest, worse, better, _ = [t for t in figure.plot["data"] if "lines" in t["mode"]]
    assert rest["y"] == [21, 20, 22, None, 20, 19, 23, None]
    assert rest["x"] == [-14, 91, 180, None] * 2
    assert worse["y"] == [20, None, 28, None]
    assert better["y"] == [20, 15, None, None]


def test_n_at_risk_stands_under_the_axis():
    axis = spaghetti(EN, FATIGUE, LINES, visits(4, 3, 3)).plot["layout"]["xaxis"]
    assert axis["ticktext"] == ["−14<br>4", "91<br>3", "180<br>3"]


def test_a_line_opens_its_person_at_its_last_score():
    figure = spaghetti(EN, FATIGUE, LINES, visits(4, 3, 3))
    ends = {link: (x, y) for t in marks(figure) for link, x, y in zip(t["customdata"], t["x"], t["y"], strict=True)}
    assert ends["/patients/a"] == (91, 15)
    assert ends["/patients/b"] == (180, 28)


@pytest.mark.parametrize(
    ("lines", "headline"),
    [
        (LINES, "Mean change −1.6 (−3.4 to +0.2), day 180; single lines go both ways"),
        (LINES[2:], "Mean change −1.6 (−3.4 to +0.2), day 180; 0 better and 0 worse beyond usual variation"),
    ],
)
def test_the_mean_is_told_with_its_interval(lines, headline):
    shift = Shift("day 180", 3, -1.6, -3.4, 0.2)
    assert spaghetti(EN, FATIGUE, lines, visits(4, 3, 3), shift=shift, band=USUAL).headline == headline


def test_a_line_that_does_not_fit_the_visits_is_refused():
    with pytest.raises(ValueError, match="one value for each visit"):
        spaghetti(EN, FATIGUE, [Line((1.0,))], visits(4, 3, 3))


def test_a_large_cohort_gets_bands_and_a_stated_sample():
    figure = cohort_spaghetti(EN, 1001)
    bands = [t for t in figure.plot["data"] if t["mode"] == "none"]
    assert len(bands) == 2
    assert sum(t["y"].count(None) and len(t["x"]) // 7 for t in figure.plot["data"] if t["mode"] == "lines") == SAMPLE
    assert "200 of 1,001 people drawn" in figure.sentence


@given(st.lists(st.floats(-100, 100), min_size=1), st.floats(0, 1))
def test_a_quantile_lies_between_the_ends(values, share):
    ordered = sorted(values)
    assert ordered[0] - 1e-9 <= quantile(ordered, share) <= ordered[-1] + 1e-9
    assert (quantile(ordered, 0), quantile(ordered, 1)) == (ordered[0], ordered[-1])


# ---- before and after, waterfall


def test_before_after_marks_those_beyond_the_band_and_counts_the_rest():
    figure = before_after(EN, FATIGUE, PAIRS, visit="day 180", band=USUAL)
    drawn = {t["marker"]["symbol"]: list(zip(t["x"], t["y"], strict=True)) for t in marks(figure)}
    assert drawn == {
        "circle-open": [(20, 17), (20, 20)],
        "triangle-left": [(20, 28)],
        "triangle-right": [(20, 12)],
    }
    assert figure.headline == "1 better and 1 worse beyond usual variation, of 4 measured twice"
    assert "4 of 5 have both scores" in figure.sentence
    assert "usual variation ±5.0" in texts(figure)
    assert any("band wider with fewer baselines" in text for text in texts(figure))
    assert len(figure.table.rows) == len(PAIRS)
    assert figure.table.rows[4] == ("E", "20.0", "–", "–", "", "not measured")


@pytest.mark.parametrize(("measure", "corner"), [(FATIGUE, "worse"), (FUNCTION, "better")])
def test_the_corner_above_the_diagonal_is_named_by_the_direction(measure, corner):
    figure = before_after(EN, measure, PAIRS, visit="day 180", band=USUAL)
    top = figure.plot["layout"]["yaxis"]["range"][1]
    assert [n["text"] for n in figure.plot["layout"]["annotations"] if n["y"] == top and n["yref"] == "y"] == [corner]


def test_weaker_words_for_an_error_of_one_occasion():
    figure = before_after(EN, FATIGUE, PAIRS, visit="day 180", band=OCCASION)
    assert figure.headline == "1 better and 1 worse beyond questionnaire error, of 4 measured twice"
    assert "fillpattern" in figure.plot["data"][0]


@pytest.mark.parametrize(("measure", "order"), [(FATIGUE, [8, 0, -3, -8]), (FUNCTION, [-8, -3, 0, 8])])
def test_the_waterfall_begins_with_the_worst_and_ends_with_blanks(measure, order):
    figure = waterfall(EN, measure, PAIRS, visit="day 180", band=USUAL)
    (bars,) = figure.plot["data"]
    assert bars["y"] == order
    blanks = [s for s in figure.plot["layout"]["shapes"] if s["type"] == "rect" and s["layer"] == "above"]
    assert [(s["x0"] + s["x1"]) / 2 for s in blanks] == [4]
    assert figure.headline == "From −8.0 to +8.0 points, and 1 not measured"
    assert [row[0] for row in figure.table.rows][-1] == "E"


def test_nobody_measured_is_said():
    lost = [Pair("A", 20, None)]
    assert before_after(EN, FATIGUE, lost, visit="x").headline == "Nobody measured before and after yet"
    assert waterfall(EN, FATIGUE, lost, visit="x").headline == "No change can be told yet"
    assert "1 not measured" in texts(waterfall(EN, FATIGUE, lost, visit="x"))


def test_large_cohorts_are_sampled_and_say_so():
    assert "of 1" in cohort_before_after(EN, 3000).sentence
    figure = cohort_waterfall(EN, 3000)
    assert len(figure.plot["data"][0]["y"]) == 1000
    changes = [p.change for _, _, p in cohort(3000) if p.change is not None]
    assert figure.plot["data"][0]["y"][0] == max(changes)
    assert figure.plot["data"][0]["y"][-1] == min(changes)
    assert f"1,000 of {len(changes):,} people drawn" in figure.sentence


@given(st.lists(st.integers()), st.integers(2, 50))
def test_a_sample_keeps_order_and_both_ends(items, most):
    taken = sample(items, most)
    assert len(taken) == min(len(items), most)
    if items:
        assert (taken[0], taken[-1]) == (items[0], items[-1])
    places = iter(items)
    assert all(any(each == other for other in places) for each in taken)


SCORE = st.one_of(st.none(), st.floats(0, 33))
PEOPLE = st.lists(st.builds(Pair, st.text(max_size=9), SCORE, SCORE, st.sampled_from(V)), max_size=20)
BANDS = st.one_of(st.none(), st.builds(Band, st.floats(0.01, 60), st.sampled_from(ErrorKind)))


@given(PEOPLE, BANDS, st.sampled_from([FATIGUE, FUNCTION, Measure("X", None, None, None)]))
def test_any_cohort_can_be_drawn(pairs, band, measure):
    known = sum(pair.change is not None for pair in pairs)
    dots = before_after(EN, measure, pairs, visit="day 180", band=band)
    assert sum(len(t["x"]) for t in marks(dots)) == known
    bars = waterfall(EN, measure, pairs, visit="day 180", band=band)
    assert sum(len(t["x"]) for t in bars.plot["data"] if t["type"] == "bar") == known
    blanks = [s for s in bars.plot["layout"]["shapes"] if s["type"] == "rect" and s["layer"] == "above"]
    assert len(blanks) == len(pairs) - known
    fromstring(dots.still)
    fromstring(bars.still)


# ---- shares


SHARES = [
    VisitShares(
        "day 91", {V.BETTER_BEYOND: 12, V.NO_CHANGE: 20, V.WORSE_BEYOND: 4}, 12, {V.BETTER_BEYOND: (0.15, 0.39)}
    ),
    VisitShares("day 365", {V.BETTER_BEYOND: 9, V.NO_CHANGE: 19, V.WORSE_BEYOND: 2, V.NOT_MEASURABLE: 1}, 17),
]


def test_the_missing_are_a_share_of_their_own():
    figure = shares(EN, SHARES, band=USUAL)
    by_name = {t["name"]: t["x"] for t in figure.plot["data"]}
    assert by_name["missing"] == [12, 17]
    assert by_name["not measurable"] == [0, 1]
    assert [sum(c) for c in zip(*by_name.values(), strict=True)] == [48, 48]
    assert next(iter(by_name)) == "worse beyond"
    assert list(by_name)[-1] == "missing"
    assert figure.headline == "Day 365: 9 better and 2 worse beyond usual variation, 17 of 48 missing"


def test_shares_are_listed_with_their_intervals():
    rows = shares(EN, SHARES, band=USUAL).table.rows
    assert rows[0] == ("day 91", "4", "0", "20", "0", "12 (15 % to 39 %)", "0", "12", "48")


def test_no_visit_is_said():
    assert shares(EN, []).headline == "No visit yet"
    assert shares(EN, []).still


# ---- estimates, distribution, flow, time, people by scales, variation


def test_an_interval_that_holds_zero_is_undecided():
    people = [Estimate("A", -6, -9, -3, -8, "/patients/a"), Estimate("B", -1, -4, 2), Estimate("C", 5, 1, 9)]
    figure = caterpillar(EN, FATIGUE, people, visit="day 180", mean=-1)
    assert figure.headline == "Whole interval better for 1 people, worse for 1, undecided for 1"
    assert [row[0] for row in figure.table.rows] == ["C", "B", "A"]
    assert {t["marker"]["color"]: t["marker"]["symbol"] for t in marks(figure)} == {
        "var(--better)": "circle",
        "var(--worse)": "circle",
        "var(--same)": "circle-open",
    }
    mirrored = caterpillar(EN, FUNCTION, people, visit="day 180")
    assert [row[0] for row in mirrored.table.rows] == ["A", "B", "C"]


def test_withheld_estimates_leave_an_empty_figure_that_says_so():
    assert caterpillar(EN, FATIGUE, [], visit="day 180").headline == "No estimates for single people"


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (FATIGUE, "Half of 4 people changed by −3.0 or better, day 180"),
        (FUNCTION, "Half of 4 people changed by −3.0 or worse, day 180"),
        (Measure("X", None, None, None), "Half of 4 people changed by −3.0 or less, day 180"),
    ],
)
def test_the_middle_of_the_distribution_is_told_with_its_direction(measure, said):
    curve = Curve("day 180", 4, (-8, -3, 0, 8), (0.25, 0.5, 0.75, 1.0))
    figure = cumulative(EN, measure, [curve], band=USUAL)
    assert median(curve) == -3
    assert figure.headline == said
    assert [row[1:3] for row in figure.table.rows] == [
        ("−8.0", "25 %"),
        ("−3.0", "50 %"),
        ("0.0", "75 %"),
        ("+8.0", "100 %"),
    ]


def test_stairs_rise_at_their_values_only():
    assert stairs([1, 2], [0.5, 1], start=0, end=3) == [[0, 1, 1, 2, 2, 3], [0.0, 0.0, 0.5, 0.5, 1, 1]]


def test_flow_keeps_everybody():
    moves = {
        (V.BETTER_BEYOND, V.BETTER_BEYOND): 5,
        (V.BETTER_BEYOND, V.NO_CHANGE): 2,
        (V.BETTER_WITHIN, None): 1,
        (V.WORSE_BEYOND, V.WORSE_WITHIN): 3,
        (V.NOT_MEASURABLE, None): 4,
    }
    figure = flow(EN, ["day 91", "day 180"], [Step(moves)], band=USUAL)
    assert figure.headline == "Of 7 better beyond usual variation at day 91, 5 still were at day 180"
    assert sum(int(row[4]) for row in figure.table.rows) == 15
    assert ("day 91", "day 180", "not known", "not known", "4") in figure.table.rows
    ribbons = [t for t in figure.plot["data"] if "name" in t]
    assert sum(t["y"][3] - t["y"][0] for t in ribbons) == pytest.approx(1)


@pytest.mark.parametrize("verdict", [*V, None])
def test_every_verdict_has_a_state(verdict):
    assert state_of(verdict) in State


def test_flow_needs_a_step_between_two_visits():
    with pytest.raises(ValueError, match="one step between"):
        flow(EN, ["a", "b"], [])
    assert flow(EN, ["a"], []).headline == "One visit only, so nobody can be followed"


def test_numbers_at_risk_stand_under_the_curve():
    curve = Waiting(Lasting.BETTER, (30, 91), (0.1, 0.3), (0.03, 0.2), (0.2, 0.4), (48, 40, 20), 9)
    figure = survival(EN, [curve], days=(0, 91, 365), band=USUAL)
    assert figure.plot["layout"]["xaxis"]["ticktext"] == ["0<br>48", "91<br>40", "365<br>20"]
    assert figure.headline == (
        "By day 365, 30 % (20 % to 40 %) had become better beyond usual variation and stayed so for two visits"
    )
    (line,) = [t for t in figure.plot["data"] if t["mode"] == "lines"]
    assert line["y"] == [0.0, 0.0, 0.1, 0.1, 0.3, 0.3]
    with pytest.raises(ValueError, match="number at risk"):
        survival(EN, [curve], days=(0,))


def test_people_who_changed_both_ways_are_counted():
    people = [
        Person("A", (V.BETTER_BEYOND, V.WORSE_BEYOND), "/patients/a"),
        Person("B", (V.BETTER_BEYOND, None)),
        Person("C", (V.NO_CHANGE, V.NOT_MEASURABLE)),
    ]
    figure = heatmap(EN, ["Fatigue", "Mood"], people, visit="day 180")
    assert figure.headline == "2 better and 1 worse on at least one scale, 1 of them both, of 3 people"
    assert sum(len(t["x"]) for t in marks(figure)) == 5
    assert figure.table.rows[0] == ("A", "better beyond", "worse beyond")


def test_a_heat_map_of_many_says_whom_it_draws():
    many = [Person(f"{k:03d}", (V.NO_CHANGE,)) for k in range(MOST_ROWS + 1)]
    figure = heatmap(EN, ["Fatigue"], many, visit="day 180")
    assert "150 of 151 people drawn" in texts(figure)
    assert len(figure.table.rows) == 151


@pytest.mark.parametrize(
    ("true", "headline"),
    [
        (
            Deviation(Spread.TRUE, 4.5, 2.6, 5.4),
            "People truly changed differently: SD 4.5 (2.6 to 5.4) points once error is taken off",
        ),
        (Deviation(Spread.TRUE, 0.4, 0.0, 2.0), "The differences between people may be measurement error alone"),
        (Deviation(Spread.TRUE, None), "How differently people truly changed cannot be estimated"),
    ],
)
def test_variation_tells_what_is_left_of_it(true, headline):
    figure = variation(EN, FATIGUE, [Deviation(Spread.MEASURED, 5.1, 4.2, 6.6), true])
    assert figure.headline == headline
    assert figure.table.rows[0] == ("change as measured", "5.1", "4.2 to 6.6")
