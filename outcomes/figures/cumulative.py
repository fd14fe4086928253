"""Which share of people changed by how much: the cumulative distribution of the change at one or more visits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from outcomes.figures import style, words
from outcomes.figures.figure import Band, Figure, LinkedRow, Measure, Table, columns
from outcomes.figures.stairs import stairs
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.terms import Better
from outcomes.voice import N_, Voice

MARGIN = Margin(left=48, right=14, top=32, bottom=48)
DASHES = ("2px 3px", "6px 4px", "8px 3px 2px 3px")
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """One visit or arm: at each value the share of people whose change is that or lower, with its 95 % band."""

    title: str
    n: int
    values: tuple[float, ...]
    shares: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def cumulative(voice: Voice, measure: Measure, curves: Sequence[Curve], *, band: Band | None = None) -> Figure:
    """Draw the distribution of change.

    Parameters:
        curves: the first is the one the headline tells of, drawn heavy and with its band.
        band: usual variation, drawn on both sides of no change.
    """
    headline = _headline(voice, measure, curves)
    told = voice.say("Share of people by change of %(scale)s", scale=measure.title)
    counted = ", ".join(f"{curve.title} n = {voice.number(curve.n)}" for curve in curves)
    return Figure(
        name="cumulative",
        headline=headline,
        sentence=". ".join(part for part in (told, headline, counted) if part) + ".",
        direction=words.change_direction(voice, measure),
        plot={
            "data": list(_traces(curves, _range(curves, band), band)),
            "layout": _layout(voice, measure, curves, band),
        },
        table=_table(voice, measure, curves),
    )


def _range(curves: Sequence[Curve], band: Band | None) -> tuple[float, float]:
    """Room for every change and the band."""
    values = [0.0, *(value for curve in curves for value in curve.values)]
    values += [-band.width, band.width] if band else []
    return style.padded(min(values), max(values), 0.06)


def _traces(curves: Sequence[Curve], bounds: tuple[float, float], band: Band | None) -> Iterator[Piece]:
    """The band of noise, the band of the first curve, the curves from last to first."""
    start, end = bounds
    if band and band.hatched:
        w = band.width
        yield style.area([-w, w, w, -w], [0, 0, 1, 1], hatched=True)
    if curves and curves[0].low:
        yield _ribbon(curves[0], start, end)
    dashes = ["", *(dash for dash, _ in zip(cycle(DASHES), curves[1:], strict=False))]
    for curve, dash in reversed(list(zip(curves, dashes, strict=False))):
        xs, ys = stairs(curve.values, curve.shares, start=start, end=end)
        yield style.strand(xs, ys, colour=style.SAME if dash else style.INK, width=1.5 if dash else 2.5, dash=dash)


def _ribbon(curve: Curve, start: float, end: float) -> Piece:
    """The confidence band of a curve."""
    xs, low = stairs(curve.values, curve.low, start=start, end=end)
    back, high = stairs(curve.values, curve.high, start=start, end=end, first=curve.high[0])
    return style.area([*xs, *reversed(back)], [*low, *reversed(high)], fill=style.EDGE) | {"opacity": 0.22}


def _layout(voice: Voice, measure: Measure, curves: Sequence[Curve], band: Band | None) -> Piece:
    """Changes along the axis, shares beside it."""
    low, high = _range(curves, band)
    ticks = style.nice_ticks(low, high)
    shares = [0, 0.25, 0.5, 0.75, 1]
    shapes = [style.upright(0, colour=style.EDGE), style.across(HALF, colour=style.LINE) | {"name": style.BACKDROP}]
    if band and not band.hatched:
        shapes.insert(0, style.box(-band.width, 0, band.width, 1, yref="paper"))
    return style.layout(
        "cohort",
        x=style.axis(low, high, ticks, [voice.signed(tick) for tick in ticks]),
        y=style.value_axis(0, 1.02, shares, [voice.percent(share) for share in shares]),
        language=voice.language,
        margin=MARGIN,
        shapes=shapes,
        labels=list(_labels(voice, measure, curves, band)),
    )


def _labels(voice: Voice, measure: Measure, curves: Sequence[Curve], band: Band | None) -> Iterator[style.Label]:
    """What the axes are, the band, and each curve beside it."""
    short = voice.say("share of people")
    yield style.heading(voice.say("share of people with this change or a lower one"), short, MARGIN)
    below = Wish(1, 0, "right", -32, 0, paper=True, edge=True)
    yield style.movable(
        words.change_words(voice, measure),
        [below, Wish(1, 0, "right", -32, 0, words.change_direction(voice, measure), paper=True, edge=True)],
    )
    if band:
        name = f"{words.band_name(voice, band)} {words.plus_minus(voice, measure, band)}"
        wording = words.plus_minus(voice, measure, band)
        places = [
            Wish(0, y, "center", up, text=text) for text in (name, wording) for y, up in ((0, 12), (1, -12), (1, -30))
        ]
        yield style.movable(name, places)
    for k, curve in enumerate(curves):
        yield _curve_label(voice, curve, style.INK if k == 0 else style.MUTED)


def _curve_label(voice: Voice, curve: Curve, colour: str) -> style.Label:
    """Name and n of a curve, beside one of its steps."""
    text = voice.say("%(curve)s, n = %(n)s", curve=curve.title, n=voice.number(curve.n))
    steps = list(zip(curve.values, curve.shares, strict=True))
    picked = (
        [steps[int(share * (len(steps) - 1))] for share in (0.85, 0.65, 0.35, 0.15, 0.5)] if steps else [(0.0, 0.0)]
    )
    places = [
        Wish(x, y, at, up, aside=8)
        for x, y in picked
        for at, up in (("right", 10), ("left", -12), ("right", 24), ("left", -26))
    ]
    return style.movable(text, places, colour=colour)


def median(curve: Curve) -> float | None:
    """The lowest value that half of the people do not exceed."""
    for value, share in zip(curve.values, curve.shares, strict=True):
        if share >= HALF:
            return value
    return None


def _headline(voice: Voice, measure: Measure, curves: Sequence[Curve]) -> str:
    """The middle person's change."""
    middle = median(curves[0]) if curves else None
    if middle is None:
        return voice.say("No change can be told yet")
    message = N_("Half of %(n)s people changed by %(change)s or less, %(visit)s")
    if measure.better is Better.LOWER:
        message = N_("Half of %(n)s people changed by %(change)s or better, %(visit)s")
    if measure.better is Better.HIGHER:
        message = N_("Half of %(n)s people changed by %(change)s or worse, %(visit)s")
    first = curves[0]
    return voice.say(message, n=voice.number(first.n), change=words.change(voice, measure, middle), visit=first.title)


def _table(voice: Voice, measure: Measure, curves: Sequence[Curve]) -> Table:
    """Every step of every curve."""
    titles = (N_("Curve"), N_("Change"), N_("Share at or below"))
    interval = voice.say("%(level)s interval", level=voice.percent(0.95))
    caption = voice.say(
        "%(scale)s by change, %(direction)s", scale=measure.title, direction=words.change_direction(voice, measure)
    )
    return Table(
        caption,
        columns(*(voice.say(title) for title in titles), interval, numeric=(1, 2, 3)),
        lambda: (row for curve in curves for row in _rows(voice, measure, curve)),
    )


def _rows(voice: Voice, measure: Measure, curve: Curve) -> Iterator[LinkedRow]:
    """The steps of one curve."""
    for k, (value, share) in enumerate(zip(curve.values, curve.shares, strict=True)):
        bounds = (curve.low[k], curve.high[k]) if curve.low else None
        change = words.change(voice, measure, value)
        yield None, (curve.title, change, voice.percent(share), words.share_interval(voice, bounds))
