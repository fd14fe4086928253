"""One person's chart and strip: what is drawn where, and what is said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.figures.figure import Band, Measure
from outcomes.figures.infusions import grouped
from outcomes.figures.strip import Event, Given, Seen, strip
from outcomes.figures.trajectory import Point, Standing, trajectory
from outcomes.terms import Absence, AnsweredBy, Better, ErrorKind, Language, Verdict
from outcomes.voice import Voice

EN, TR = Voice(Language.ENGLISH), Voice(Language.TURKISH)
FATIGUE = Measure("Fatigue", 0, 33, Better.LOWER, "points", 0)
FUNCTION = Measure("Function", 0, 100, Better.HIGHER, "points", 0)
RETEST = Band(4.8, ErrorKind.RETEST)
OCCASION = Band(4.8, ErrorKind.INTERNAL_CONSISTENCY)
POINTS = [
    Point(-10, 27, AnsweredBy.PAPER, baseline=True),
    Point(30, None, absence=Absence.TOO_ILL),
    Point(91, 18, AnsweredBy.CLINICIAN_READ, change=-9, verdict=Verdict.BETTER_BEYOND, on=date(2026, 8, 11)),
    Point(140, 20, AnsweredBy.PROXY, inside_window=False, crash=True, change=-7, verdict=Verdict.BETTER_BEYOND),
]


def draw(points=POINTS, measure=FATIGUE, standing=None, **more):
    return trajectory(EN, measure, points, standing=standing, infusions=(0, 7), **more)


def trace(figure, mode):
    return [t for t in figure.plot["data"] if t.get("mode") == mode]


def texts(figure):
    return [note["text"] for note in figure.plot["layout"]["annotations"]]


@pytest.mark.parametrize(
    ("standing", "headline"),
    [
        (None, "No baseline before FMT, so no change can be told"),
        (Standing(27.0, RETEST), "Before FMT 27.0; no later score yet"),
        (
            Standing(27, RETEST, None, 91, -9, Verdict.BETTER_BEYOND),
            "Better, beyond usual variation: 9.0 points lower than before FMT (day 91)",
        ),
        (
            Standing(27, OCCASION, None, 91, 6, Verdict.WORSE_BEYOND),
            "Worse, beyond questionnaire error: 6.0 points higher than before FMT (day 91)",
        ),
        (
            Standing(27, RETEST, None, 91, 0, Verdict.NO_CHANGE),
            "No measurable change: the same as before FMT (day 91)",
        ),
        (Standing(27, None, None, 91, -9, Verdict.NOT_MEASURABLE), "Cannot be measured (day 91)"),
    ],
)
def test_the_headline_is_the_verdict(standing, headline):
    assert draw(standing=standing).headline == headline


def test_the_patient_reads_plain_words():
    standing = Standing(27, RETEST, None, 91, -9, Verdict.BETTER_BEYOND)
    figure = draw(standing=standing, plain=True)
    assert figure.headline.startswith("Better than your usual ups and downs")
    assert "your usual ups and downs" in texts(figure)


def test_turkish_begins_with_its_own_capital():
    standing = Standing(27, RETEST, None, 91, -9, Verdict.BETTER_BEYOND)
    figure = trajectory(TR, FATIGUE, POINTS, standing=standing)
    assert figure.headline == "Daha iyi, olağan değişkenliğin ötesinde: FMT öncesinden 9,0 points daha düşük (91. gün)"


def test_nothing_is_drawn_where_nothing_was_measured():
    (line,) = trace(draw(), "lines")
    assert line["x"] == [-10, 30, 91, 140]
    assert line["y"] == [27, None, 18, 20]
    assert line["connectgaps"] is False
    assert "× too ill" in texts(draw())


def test_marks_show_who_answered_and_what_was_outside_its_window():
    ring, marks = trace(draw(), "markers")
    assert marks["marker"]["symbol"] == ["cross", "diamond", "square-open"]
    assert marks["marker"]["color"] == ["var(--same)", "var(--better)", "var(--better)"]
    assert (ring["x"], ring["marker"]["symbol"]) == ([140], "circle-open")
    assert "during a crash" in marks["text"][2]


def test_usual_variation_is_grey_and_questionnaire_error_is_hatched():
    usual = draw(standing=Standing(20, RETEST))
    occasion = draw(standing=Standing(20, OCCASION))
    grey = [s for s in usual.plot["layout"]["shapes"] if s["type"] == "rect"]
    assert [(s["y0"], s["y1"]) for s in grey] == [(15.2, 24.8)]
    assert "usual variation" in texts(usual)
    assert [s for s in occasion.plot["layout"]["shapes"] if s["type"] == "rect"] == []
    (hatched,) = trace(occasion, "none")
    assert sorted(set(hatched["y"])) == [15.2, 24.8]
    assert hatched["fillpattern"]["shape"] == "/"
    assert "questionnaire error" in texts(occasion)


def test_without_an_error_there_is_no_band_and_the_chart_says_so():
    figure = draw(standing=Standing(20, None))
    assert [s for s in figure.plot["layout"]["shapes"] if s["type"] == "rect"] == []
    assert "no band: the error of this scale is not known" in texts(figure)


@pytest.mark.parametrize(("measure", "goal"), [(FATIGUE, 13.5), (FUNCTION, 26.5)])
def test_the_important_change_lies_on_the_better_side(measure, goal):
    figure = draw(measure=measure, standing=Standing(20, RETEST, 6.5))
    dashed = [s for s in figure.plot["layout"]["shapes"] if s["line"].get("dash") == "5px 4px"]
    assert [s["y0"] for s in dashed] == [goal]


def test_the_table_tells_every_visit():
    figure = draw(standing=Standing(27, RETEST, None, 91, -9, Verdict.BETTER_BEYOND))
    assert [c.title for c in figure.table.columns] == ["Day", "Date", "Score", "Change", "Verdict", "Answered"]
    assert figure.table.rows == (
        ("−10", "", "27", "", "baseline", "from paper"),
        ("30", "", "–", "–", "too ill", ""),
        ("91", "11 August 2026", "18", "−9.0", "better, beyond usual variation", "read out by a clinician"),
        (
            "140",
            "",
            "20",
            "−7.0",
            "better, beyond usual variation",
            "answered by a carer, outside its window, during a crash",
        ),
    )


@pytest.mark.parametrize(
    ("days", "room", "groups"),
    [
        ((), 10, []),
        ((5,), 10, [(5, 1, 1)]),
        ((28, 0, 7), 10, [(0, 1, 2), (28, 3, 3)]),
        ((0, 7, 14, 21), 10, [(0, 1, 2), (14, 3, 4)]),
    ],
)
def test_near_infusions_share_a_label(days, room, groups):
    assert grouped(days, room) == groups


def test_near_infusions_are_named_together_in_the_chart():
    figure = trajectory(EN, FATIGUE, POINTS, infusions=(0, 7, 28, 130))
    assert {"FMT 1–3", "FMT 4"} <= set(texts(figure))
    assert sum(s["line"]["color"] == "var(--accent)" for s in figure.plot["layout"]["shapes"]) == 4


SCORES = st.floats(0, 33, allow_nan=False)
VISITS = st.builds(
    Point,
    day=st.integers(-400, 3000),
    value=st.one_of(st.none(), SCORES),
    answered_by=st.sampled_from(AnsweredBy),
    inside_window=st.booleans(),
    crash=st.booleans(),
    absence=st.one_of(st.none(), st.sampled_from(Absence)),
    change=st.one_of(st.none(), st.floats(-33, 33)),
    verdict=st.one_of(st.none(), st.sampled_from(Verdict)),
)
STANDINGS = st.builds(
    Standing,
    baseline=st.one_of(st.none(), SCORES),
    band=st.one_of(st.none(), st.builds(Band, st.floats(0.01, 60), st.sampled_from(ErrorKind))),
    threshold=st.one_of(st.none(), st.floats(0.01, 60)),
    day=st.one_of(st.none(), st.integers(1, 3000)),
    change=st.one_of(st.none(), st.floats(-33, 33)),
    verdict=st.one_of(st.none(), st.sampled_from(Verdict)),
)
MEASURES = st.sampled_from([FATIGUE, FUNCTION, Measure("CRP", None, None, None), Measure("X", 0, None, Better.HIGHER)])


@given(st.lists(VISITS, max_size=12), STANDINGS, MEASURES, st.lists(st.integers(-50, 3000), max_size=6))
def test_any_person_can_be_drawn(points, standing, measure, infusions):
    figure = trajectory(EN, measure, points, standing=standing, infusions=infusions)
    x0, x1 = figure.plot["layout"]["xaxis"]["range"]
    assert all(x0 < point.day < x1 for point in points)
    assert len(figure.table.rows) == len(points)
    seen = sum(point.value is not None for point in points)
    assert 'class="still"' in figure.still
    assert (
        sum(len(t["x"]) for t in figure.plot["data"] if t.get("mode") == "markers" and t["marker"]["size"] == 11)
        == seen
    )


def test_the_strip_lists_everything_by_day():
    figure = strip(
        EN,
        infusions=[Given(7, "enema"), Given(0, "colonoscopy", date(2026, 5, 12))],
        visits=[Seen(14, "2 weeks", AnsweredBy.PAPER), Seen(30, "month 1", None)],
        events=[Event(-3, "drug stopped")],
        today=40,
    )
    assert figure.headline == "2 infusions over 7 days, the first on 12 May 2026"
    assert [row[0] for row in figure.table.rows] == ["−3", "0", "7", "14", "30"]
    assert figure.table.rows[3] == ("14", "", "visit", "2 weeks, from paper")


def test_a_strip_without_infusion_says_so():
    assert strip(EN, today=0).headline == "No infusion yet"
    assert strip(EN, infusions=[Given(0, on=date(2026, 5, 12))], today=3).headline == "1 infusion, on 12 May 2026"
