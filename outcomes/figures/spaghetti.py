"""A line for each person over the visits, the mean with its interval, and under the axis how many were measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

from outcomes.figures import style, words
from outcomes.figures.figure import MOST_DRAWN, Band, Figure, Measure, Table, columns
from outcomes.figures.infusions import infusion_labels, infusion_lines
from outcomes.figures.sampling import said, sample
from outcomes.figures.style import Margin, Piece
from outcomes.terms import Verdict
from outcomes.voice import N_, Voice

MARGIN = Margin(left=36, right=60, top=50, bottom=56)
SAMPLE = 200
"""How many lines are drawn among the bands of a large cohort."""
MOST_DOTTED = 200
"""Above this many lines only those beyond the band end in a dot: dots take as long to draw as the lines."""
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
CLASSES = (
    (None, style.SAME, 1.0, 0.5),
    (Verdict.WORSE_BEYOND, style.WORSE, 1.5, 0.8),
    (Verdict.BETTER_BEYOND, style.BETTER, 1.5, 0.8),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One person: a score or None for each visit of the figure, and the verdict at the visit shown."""

    values: tuple[float | None, ...]
    verdict: Verdict = Verdict.NOT_MEASURABLE
    link: str | None = None


@dataclass(frozen=True, slots=True)
class VisitMean:
    """One visit: its day and name, how many were measured, their mean with its 95 % interval."""

    day: int
    title: str
    n: int
    mean: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """Mean change from the baseline at the visit shown, among those measured."""

    title: str
    n: int
    mean: float
    low: float | None = None
    high: float | None = None


def spaghetti(
    voice: Voice,
    measure: Measure,
    lines: Sequence[Line],
    visits: Sequence[VisitMean],
    *,
    shift: Shift | None = None,
    band: Band | None = None,
    infusions: Sequence[int] = (0,),
) -> Figure:
    """Draw everybody's scores over the visits.

    Parameters:
        lines: one a person, values in the order of `visits`.
        visits: in the order of days.
        shift: the mean change to tell of; None when nobody was measured twice.
        band: only its kind is used, for the right words.

    Returns:
        A figure that draws bands and a stated sample above 1,000 people.
    """
    if any(len(line.values) != len(visits) for line in lines):
        msg = "every line needs one value for each visit"
        raise ValueError(msg)
    headline = _headline(voice, measure, lines, shift, band)
    drawn = min(len(lines), SAMPLE) if len(lines) > MOST_DRAWN else len(lines)
    stated = said(voice, drawn, len(lines))
    counts = "; ".join(f"{visit.title}: n = {voice.number(visit.n)}" for visit in visits)
    return Figure(
        name="spaghetti",
        headline=headline,
        sentence=". ".join(part for part in (measure.title, headline, stated, counts) if part) + ".",
        direction=words.direction(voice, measure),
        plot={
            "data": _traces(measure, lines, visits),
            "layout": _layout(voice, measure, visits, infusions, bounds=_bounds(measure, lines), stated=stated),
        },
        table=_table(voice, measure, visits),
    )


def _traces(measure: Measure, lines: Sequence[Line], visits: Sequence[VisitMean]) -> list[Piece]:
    """Bands for many, lines by class, a dot at each line's end, the mean above all."""
    days = [visit.day for visit in visits]
    many = len(lines) > MOST_DRAWN
    drawn = sample(lines, SAMPLE) if many else lines
    return [
        *(_bands(lines, days) if many else ()),
        *(trace for kind in CLASSES for trace in _class(drawn, days, kind)),
        _mean(measure, visits),
    ]


def _class(lines: Sequence[Line], days: list[int], kind: tuple[Verdict | None, str, float, float]) -> Iterator[Piece]:
    """One gapped trace for all lines of a class, and one of the dots that open their people."""
    verdict, colour, width, opacity = kind
    others = {Verdict.BETTER_BEYOND, Verdict.WORSE_BEYOND}
    mine = [line for line in lines if (line.verdict not in others if verdict is None else line.verdict is verdict)]
    if not mine:
        return
    values = list(chain.from_iterable((*line.values, None) for line in mine))
    yield style.strand([*days, None] * len(mine), values, colour=colour, width=width, opacity=opacity)
    dotted = verdict is not None or len(lines) <= MOST_DOTTED
    ends = [end for line in mine if (end := _end(line, days))] if dotted else []
    if ends:
        xs, ys, links = (list(map(itemgetter(k), ends)) for k in range(3))
        made = style.marks(xs, ys, colour=colour, size=5, links=links, hover="%{x} · %{y}")
        yield made | {"opacity": opacity}


def _end(line: Line, days: list[int]) -> tuple[int, float, str | None] | None:
    """The last score of a line."""
    for day, value in zip(reversed(days), reversed(line.values), strict=True):
        if value is not None:
            return day, value, line.link
    return None


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of sorted values, interpolated between neighbours."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _bands(lines: Sequence[Line], days: list[int]) -> Iterator[Piece]:
    """The middle 90 % and the middle half of everybody, visit by visit."""
    columns_ = [
        sorted(v for v in column if v is not None) for column in zip(*(line.values for line in lines), strict=True)
    ]
    rows = [(day, [quantile(c, share) for share in SHARES]) for day, c in zip(days, columns_, strict=True) if c]
    for low, high in ((0, 4), (1, 3)):
        xs = [day for day, _ in rows]
        ys = [cuts[low] for _, cuts in rows] + [cuts[high] for _, cuts in reversed(rows)]
        yield style.area([*xs, *reversed(xs)], ys) | {"opacity": 0.7}


def _mean(measure: Measure, visits: Sequence[VisitMean]) -> Piece:
    """The mean with its interval, as the heaviest line."""
    known = [(visit, visit.mean) for visit in visits if visit.mean is not None]
    means = [mean for _, mean in known]
    bars = {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, (v.high if v.high is not None else m) - m) for v, m in known],
        "arrayminus": [max(0.0, m - (v.low if v.low is not None else m)) for v, m in known],
        "color": style.INK,
        "thickness": 2,
        "width": 0,
    }
    texts = [style.label(visit.title) for visit, _ in known]
    hover = f"%{{text}} · %{{y:.{measure.change_decimals}f}}"
    made = style.marks([visit.day for visit, _ in known], means, size=7, texts=texts, hover=hover)
    return made | {"mode": "lines+markers", "line": {"color": style.INK, "width": 3}, "error_y": bars}


def _bounds(measure: Measure, lines: Sequence[Line]) -> tuple[float, float]:
    """The range of scores; the data are only asked where the scale has no ends."""
    ended = measure.minimum is not None and measure.maximum is not None
    values = [] if ended else [value for line in lines for value in line.values if value is not None]
    return style.score_range(measure.minimum, measure.maximum, values)


def _layout(
    voice: Voice,
    measure: Measure,
    visits: Sequence[VisitMean],
    infusions: Sequence[int],
    *,
    bounds: tuple[float, float],
    stated: str,
) -> Piece:
    """Days and n under the axis, the scale's own range beside it."""
    low, high = bounds
    ticks = style.nice_ticks(low, high, 5)
    days = [float(visit.day) for visit in visits]
    ends = style.padded(min([0.0, *days]), max([1.0, *days]), 0.04)
    last = len(days) - 1
    return style.layout(
        "cohort",
        x=style.axis(*ends, days, [_under(voice, visit) for visit in visits], ticklen=8),
        y=style.value_axis(low, high, ticks, [voice.number(tick) for tick in ticks]),
        language=voice.language,
        margin=MARGIN,
        shapes=infusion_lines(infusions),
        labels=[*_labels(voice, measure, visits, stated), *infusion_labels(voice, infusions, ends)],
        keep=list(dict.fromkeys([last, 0, *range(last, -1, -1)])) if days else [],
    )


def _under(voice: Voice, visit: VisitMean) -> str:
    """Day and n, one under the other."""
    return f"{voice.number(visit.day)}<br>{voice.number(visit.n)}"


def _labels(voice: Voice, measure: Measure, visits: Sequence[VisitMean], stated: str) -> Iterator[style.Label]:
    """The words of the axis, of the rows under it and of the mean."""
    full = " · ".join(part for part in (words.axis_words(voice, measure), stated) if part)
    yield style.heading(full, stated or words.direction(voice, measure), MARGIN, up=22)
    day = style.label(voice.say("day"))
    rows = f"{day}<br>n"
    yield style.fixed(
        0, 0, rows, xref="paper", yref="paper", xshift=-MARGIN.left, yanchor="top", yshift=-9, align="left"
    )
    known = [(visit, visit.mean) for visit in visits if visit.mean is not None]
    if known:
        mean_of = style.label(voice.say("mean,"))
        text = f"{mean_of}<br>{style.label(voice.percent(0.95))}"
        (visit, mean) = known[-1]
        yield style.fixed(visit.day, mean, text, colour=style.INK, xshift=9, align="left")


def _headline(voice: Voice, measure: Measure, lines: Sequence[Line], shift: Shift | None, band: Band | None) -> str:
    """The mean change with its interval, and whether single people went both ways."""
    if shift is None:
        return voice.say("No change can be told yet")
    mean = words.change(voice, measure, shift.mean)
    bounds = words.change_interval(voice, measure, shift.low, shift.high)
    told = f"{mean} ({bounds})" if bounds else mean
    better = sum(line.verdict is Verdict.BETTER_BEYOND for line in lines)
    worse = sum(line.verdict is Verdict.WORSE_BEYOND for line in lines)
    first = voice.say("Mean change %(change)s, %(visit)s", change=told, visit=shift.title)
    if better and worse:
        return voice.say("%(mean)s; single lines go both ways", mean=first)
    return voice.say(
        "%(mean)s; %(better)s better and %(worse)s worse %(beyond)s",
        mean=first,
        better=voice.number(better),
        worse=voice.number(worse),
        beyond=words.beyond(voice, band),
    )


def _table(voice: Voice, measure: Measure, visits: Sequence[VisitMean]) -> Table:
    """Each visit with n, mean and interval."""
    titles = (N_("Visit"), N_("Day"), N_("n"), N_("Mean"))
    interval = voice.say("%(level)s interval", level=voice.percent(0.95))
    caption = voice.say(
        "%(scale)s by visit, %(direction)s", scale=measure.title, direction=words.direction(voice, measure)
    )
    return Table(
        caption,
        columns(*(voice.say(title) for title in titles), interval, numeric=(1, 2, 3, 4)),
        lambda: (
            (
                None,
                (
                    v.title,
                    voice.number(v.day),
                    voice.number(v.n),
                    words.score_mean(voice, measure, v.mean),
                    words.mean_interval(voice, measure, v.low, v.high),
                ),
            )
            for v in visits
        ),
    )
