"""One person on one scale: every score on its day, the baseline with its band, the important change, the infusions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from outcomes.change.individual import Change
from outcomes.change.words import opening
from outcomes.figures import style, words
from outcomes.figures.figure import Band, Figure, LinkedRow, Measure, Table, columns
from outcomes.figures.infusions import infusion_labels, infusion_lines
from outcomes.figures.style import Label, Margin, Piece, Wish
from outcomes.terms import Absence, AnsweredBy, Better, Verdict
from outcomes.voice import N_, Voice

MARGIN = Margin(left=36, right=12, top=50, bottom=38)
NEAR = 12
"""Pixels between a line and the label that names it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One score on its day from the first infusion, or the reason why there is none.

    `change` and `verdict` compare it with the baseline; both None for a baseline score. `link` opens the visit.
    """

    day: int
    value: float | None
    answered_by: AnsweredBy = AnsweredBy.SELF
    inside_window: bool = True
    crash: bool = False
    absence: Absence | None = None
    change: float | None = None
    verdict: Verdict | None = None
    baseline: bool = False
    on: date | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the chart says: the baseline, its band, the important change, and the verdict on one day."""

    baseline: float | None = None
    band: Band | None = None
    threshold: float | None = None
    day: int | None = None
    change: float | None = None
    verdict: Verdict | None = None

    @classmethod
    def of(cls, change: Change) -> Self:
        """Take the standing from the change that the page tells of."""
        return cls(
            baseline=change.baseline.mean if change.baseline else None,
            band=Band.of(change),
            threshold=change.threshold.value if change.threshold else None,
            day=change.follow_up.day if change.follow_up else None,
            change=change.change,
            verdict=change.verdict,
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """What is in view: the bounds of both axes and the points, in the order of days."""

    points: tuple[Point, ...]
    days: tuple[float, float]
    scores: tuple[float, float]

    @property
    def seen(self) -> tuple[Point, ...]:
        """The points that have a score."""
        return tuple(point for point in self.points if point.value is not None)


def trajectory(
    voice: Voice,
    measure: Measure,
    points: Sequence[Point],
    *,
    standing: Standing | None = None,
    infusions: Sequence[int] = (),
    today: int | None = None,
    plain: bool = False,
    from_start: bool = True,
) -> Figure:
    """Draw one person's scores of one scale.

    Parameters:
        points: every score and every visit without one, in any order.
        standing: baseline, band, threshold and the verdict to tell; None before there is a baseline.
        infusions: days of the infusions.
        today: the last day to show, beyond the last score.
        plain: the patient's own words instead of the clinician's.
        from_start: show everything from day 0 on; else from the first score on, with the infusions since then.

    Returns:
        A figure whose headline is the verdict.
    """
    standing = standing or Standing()
    sight = _sight(measure, points, standing, infusions, today, from_start=from_start)
    infusions = [day for day in infusions if day >= sight.days[0]]
    return Figure(
        name="trajectory",
        headline=_headline(voice, measure, standing, sight, plain=plain),
        sentence=_sentence(voice, measure, standing, sight, plain=plain),
        direction=words.direction(voice, measure),
        plot={
            "data": _traces(voice, measure, standing, sight),
            "layout": _layout(voice, measure, standing, sight, infusions, plain=plain),
        },
        table=_table(voice, measure, standing, sight, plain=plain),
    )


def _sight(
    measure: Measure,
    points: Sequence[Point],
    standing: Standing,
    infusions: Sequence[int],
    today: int | None,
    *,
    from_start: bool,
) -> Sight:
    """Find the bounds that show everything."""
    ordered = tuple(sorted(points, key=lambda point: point.day))
    days = [*(point.day for point in ordered), *([] if today is None else [today])]
    if from_start or not ordered:
        days += [0, *infusions]
    room = max(6.0, (max(days) - min(days)) * 0.05)
    return Sight(ordered, (min(days) - room, max(days) + room), _scores(measure, ordered, standing))


def _scores(measure: Measure, points: Sequence[Point], standing: Standing) -> tuple[float, float]:
    """Bounds of the scores: those of the scale where it has some, else what is drawn."""
    drawn = [point.value for point in points if point.value is not None]
    if standing.baseline is not None:
        reach = max(standing.band.width if standing.band else 0, standing.threshold or 0)
        drawn += [standing.baseline - reach, standing.baseline + reach]
    return style.score_range(measure.minimum, measure.maximum, drawn)


def _traces(voice: Voice, measure: Measure, standing: Standing, sight: Sight) -> list[Piece]:
    """The hatched band if there is one, the line with its gaps, rings for crashes, and the marks."""
    seen = sight.seen
    line = style.strand([p.day for p in sight.points], [p.value for p in sight.points])
    return [*_hatched(standing, sight), line, *_rings(seen), _marks(voice, measure, seen)] if sight.points else []


def _marks(voice: Voice, measure: Measure, seen: Sequence[Point]) -> Piece:
    """One mark a score: its shape says who answered, hollow says outside the window."""
    return style.marks(
        [p.day for p in seen],
        [p.value for p in seen if p.value is not None],
        symbol=[style.SYMBOLS[p.answered_by] + ("" if p.inside_window else "-open") for p in seen],
        colour=[_tone(p.verdict) for p in seen],
        stroke=[0 if p.inside_window else 2 for p in seen],
        texts=[style.label(f"{words.score(voice, measure, p.value)} · {_provenance(voice, p)}") for p in seen],
        links=[p.link for p in seen],
        hover="%{x} · %{text}",
    )


def _tone(verdict: Verdict | None) -> str:
    """Colour only what left the band."""
    return {Verdict.BETTER_BEYOND: style.BETTER, Verdict.WORSE_BEYOND: style.WORSE}.get(
        verdict or Verdict.NOT_MEASURABLE, style.SAME
    )


def _rings(seen: Sequence[Point]) -> Iterator[Piece]:
    """A ring round each score that was given during a crash."""
    crashes = [(p.day, p.value) for p in seen if p.crash and p.value is not None]
    if crashes:
        days, values = zip(*crashes, strict=True)
        yield style.marks(list(days), list(values), symbol="circle-open", colour=style.INK, size=20, stroke=1)


def _band_bounds(standing: Standing, sight: Sight) -> tuple[float, float] | None:
    """The band round the baseline, cut to what is in view."""
    if standing.baseline is None or standing.band is None:
        return None
    low, high = sight.scores
    width = standing.band.width
    return max(low, standing.baseline - width), min(high, standing.baseline + width)


def _hatched(standing: Standing, sight: Sight) -> Iterator[Piece]:
    """The band of questionnaire error, which is no usual variation and must not look like it."""
    bounds = _band_bounds(standing, sight)
    if bounds and standing.band and standing.band.hatched:
        (x0, x1), (y0, y1) = sight.days, bounds
        yield style.area([x0, x1, x1, x0], [y0, y0, y1, y1], hatched=True)


def _shapes(standing: Standing, sight: Sight, goal: float | None) -> Iterator[Piece]:
    """The band of usual variation, the baseline, the important change."""
    bounds = _band_bounds(standing, sight)
    if bounds and standing.band and not standing.band.hatched:
        yield style.box(0, bounds[0], 1, bounds[1], xref="paper")
    if standing.baseline is not None:
        yield style.across(standing.baseline, dash="1px 3px")
    if goal is not None:
        yield style.across(goal, colour=style.INK, dash="5px 4px")


def _goal(measure: Measure, standing: Standing, sight: Sight) -> float | None:
    """The score at which the change for the better is an important one; None where out of view."""
    if standing.baseline is None or standing.threshold is None or measure.better is None:
        return None
    goal = standing.baseline + (-1 if measure.better is Better.LOWER else 1) * standing.threshold
    return goal if sight.scores[0] < goal < sight.scores[1] else None


def _layout(
    voice: Voice, measure: Measure, standing: Standing, sight: Sight, infusions: Sequence[int], *, plain: bool
) -> Piece:
    """Axes, lines and labels."""
    goal = _goal(measure, standing, sight)
    ticks, texts, keep = _day_ticks(voice, standing, sight)
    scores = style.nice_ticks(*_inside(measure, sight))
    labels = [
        style.heading(words.axis_words(voice, measure), words.direction(voice, measure), MARGIN, up=22),
        *infusion_labels(voice, infusions, sight.days),
        *_band_label(voice, standing, sight, plain=plain),
        *_goal_label(voice, measure, goal, sight),
        *_absence_labels(voice, sight),
    ]
    return style.layout(
        "person",
        x=style.axis(*sight.days, ticks, texts),
        y=style.value_axis(*sight.scores, scores, [voice.number(tick) for tick in scores]),
        language=voice.language,
        margin=MARGIN,
        shapes=[*_shapes(standing, sight, goal), *infusion_lines(infusions)],
        labels=labels,
        keep=keep,
    )


def _inside(measure: Measure, sight: Sight) -> tuple[float, float]:
    """Bounds for ticks: never beyond the ends of the scale."""
    low, high = sight.scores
    return (
        low if measure.minimum is None else max(low, measure.minimum),
        high if measure.maximum is None else min(high, measure.maximum),
    )


def _day_ticks(voice: Voice, standing: Standing, sight: Sight) -> tuple[list[float], list[str], list[int]]:
    """Day 0 and the days of visits after it; first the day that the headline tells of, then 0, then the last."""
    days = sorted({*([0] if sight.days[0] <= 0 else []), *(point.day for point in sight.points if point.day > 0)})
    first = [day for day in (0, standing.day, days[-1]) if day in days]
    wanted = [*first, *days]
    texts = [voice.day(0) if day == 0 else voice.number(day) for day in days]
    return [float(day) for day in days], texts, [days.index(day) for day in dict.fromkeys(wanted)]


def _up(sight: Sight) -> float:
    """How many score units make the distance between a line and its label."""
    height = style.SIZES["person"][1] - MARGIN.top - MARGIN.bottom
    return NEAR / height * (sight.scores[1] - sight.scores[0])


def _band_label(voice: Voice, standing: Standing, sight: Sight, *, plain: bool) -> Iterator[Label]:
    """The name of the band inside it, or the reason why there is none."""
    bounds = _band_bounds(standing, sight)
    end, up = sight.days[1], _up(sight)
    if bounds and standing.band:
        low, high = bounds
        yield style.movable(
            words.band_name(voice, standing.band, plain=plain),
            [
                wish
                for y in (high - up, low + up, high - 2.6 * up, high + up, low - up)
                for wish in (Wish(end, y, "right"), Wish(sight.days[0], y), Wish(0, y))
            ],
            ground=style.PAPER if standing.band.hatched else None,
        )
    elif standing.baseline is not None:
        low, high = sight.scores
        places = [Wish(end, y, "right") for y in (high - up, low + 3 * up, (low + high) / 2)]
        yield style.movable(voice.say("no band: the error of this scale is not known"), _with_short(voice, places))


def _with_short(voice: Voice, places: Sequence[Wish]) -> list[Wish]:
    """The same places with the short wording, should the long one find no room."""
    short = voice.say("no band")
    return [*places, *(Wish(place.x, place.y, place.side, text=short) for place in places)]


def _goal_label(voice: Voice, measure: Measure, goal: float | None, sight: Sight) -> Iterator[Label]:
    """The name of the line of important change, on its far side."""
    if goal is None:
        return
    up = _up(sight) * (-1 if measure.better is Better.LOWER else 1)
    end, start = sight.days[1], sight.days[0]
    texts = (voice.say("important change"), voice.say("important"))
    yield style.movable(
        texts[0],
        [wish for text in texts for y in (goal + up, goal - up) for wish in _ends(start, end, y, text)],
        colour=style.INK,
    )


def _ends(start: float, end: float, y: float, text: str) -> tuple[Wish, Wish, Wish]:
    """A label at the right end, after the first infusion, or at the left end."""
    return Wish(end, y, "right", text=text), Wish(0, y, text=text), Wish(start, y, text=text)


def _absence_labels(voice: Voice, sight: Sight) -> Iterator[Label]:
    """A cross on the axis at each visit without a score, with its reason where there is room."""
    for point in sight.points:
        if point.value is None:
            text = f"× {_absence(voice, point)}"
            places = [
                Wish(point.day, 0, "left", up, -4, wording, paper=True) for wording in (text, "×") for up in (9, 25)
            ]
            yield style.movable(text, places, colour=style.INK)


def _absence(voice: Voice, point: Point) -> str:
    """Why there is no score."""
    return voice.say(words.ABSENT[point.absence]) if point.absence else voice.say("not measured")


def _provenance(voice: Voice, point: Point) -> str:
    """Who answered, and what was unusual about it."""
    parts = [voice.say(words.ANSWERED[point.answered_by])]
    if not point.inside_window:
        parts.append(voice.say("outside its window"))
    if point.crash:
        parts.append(voice.say("during a crash"))
    return ", ".join(parts)


def _headline(voice: Voice, measure: Measure, standing: Standing, sight: Sight, *, plain: bool) -> str:
    """The verdict and the size of the change; before a verdict, how much is known."""
    if standing.verdict is None or standing.day is None:
        return _early_headline(voice, measure, standing, sight)
    found = words.verdict(voice, standing.verdict, standing.band, plain=plain)
    found = opening(voice, found)
    if standing.change is None or standing.verdict is Verdict.NOT_MEASURABLE:
        return voice.say("%(verdict)s (%(day)s)", verdict=found, day=voice.day(standing.day))
    return voice.say(
        "%(verdict)s: %(difference)s (%(day)s)",
        verdict=found,
        difference=_difference(voice, measure, standing.change),
        day=voice.day(standing.day),
    )


def _difference(voice: Voice, measure: Measure, change: float) -> str:
    """The change in words: "9.0 points lower than before FMT"."""
    size = words.amount(voice, measure, change)
    if not any(digit in size for digit in "123456789"):
        return voice.say("the same as before FMT")
    if change < 0:
        return voice.say("%(amount)s lower than before FMT", amount=size)
    return voice.say("%(amount)s higher than before FMT", amount=size)


def _early_headline(voice: Voice, measure: Measure, standing: Standing, sight: Sight) -> str:
    """What can be said before there is a verdict."""
    if standing.baseline is not None:
        mean = voice.number(standing.baseline, measure.change_decimals)
        return voice.say("Before FMT %(mean)s; no later score yet", mean=mean)
    if sight.seen:
        return voice.say("No baseline before FMT, so no change can be told")
    return voice.say("No score yet")


def _sentence(voice: Voice, measure: Measure, standing: Standing, sight: Sight, *, plain: bool) -> str:
    """The chart in words, for those who do not see it."""
    parts = [f"{measure.title}, {words.axis_words(voice, measure)}."]
    parts.append(f"{_headline(voice, measure, standing, sight, plain=plain)}.")
    if standing.baseline is not None and standing.band is not None:
        name = words.band_name(voice, standing.band, plain=plain)
        text = f"{opening(voice, name)} {words.plus_minus(voice, measure, standing.band)}."
        parts.append(text)
    missing = sum(point.value is None for point in sight.points)
    if missing:
        parts.append(voice.count("Not measured at %(n)s visit.", "Not measured at %(n)s visits.", missing))
    return " ".join(parts)


def _table(voice: Voice, measure: Measure, standing: Standing, sight: Sight, *, plain: bool) -> Table:
    """Every visit with its score, change, verdict and provenance."""
    titles = (N_("Day"), N_("Date"), N_("Score"), N_("Change"), N_("Verdict"), N_("Answered"))
    caption = voice.say(
        "%(scale)s by visit, %(direction)s", scale=measure.title, direction=words.direction(voice, measure)
    )
    return Table(
        caption,
        columns(*(voice.say(title) for title in titles), numeric=(2, 3)),
        lambda: (_row(voice, measure, standing, point, plain=plain) for point in sight.points),
    )


def _row(voice: Voice, measure: Measure, standing: Standing, point: Point, *, plain: bool) -> LinkedRow:
    """One visit."""
    if point.value is None:
        said, provenance = _absence(voice, point), ""
    else:
        said, provenance = _said(voice, standing, point, plain=plain), _provenance(voice, point)
    return point.link, (
        voice.number(point.day),
        "" if point.on is None else voice.date(point.on),
        words.score(voice, measure, point.value),
        "" if point.baseline else words.change(voice, measure, point.change),
        said,
        provenance,
    )


def _said(voice: Voice, standing: Standing, point: Point, *, plain: bool) -> str:
    """The verdict on one score, or that it belongs to the baseline."""
    if point.baseline:
        return voice.say("baseline")
    return "" if point.verdict is None else words.verdict(voice, point.verdict, standing.band, plain=plain)
