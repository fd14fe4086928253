"""How differently people changed: the spread as measured, the spread that error makes, and what is left of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outcomes.figures import style, words
from outcomes.figures.figure import Figure, LinkedRow, Measure, Table, columns
from outcomes.figures.style import Margin, Piece
from outcomes.voice import N_, Voice

ROW_HEIGHT = 52
MARGIN = Margin(left=14, right=24, top=32, bottom=48)


class Spread(StrEnum):
    """Whose standard deviation it is."""

    MEASURED = "measured"
    ERROR = "error"
    TRUE = "true"
    DONOR = "donor"
    PERSON = "person"
    RESPONSE = "response"


NAMES = {
    Spread.MEASURED: N_("change as measured"),
    Spread.ERROR: N_("made by measurement error alone"),
    Spread.TRUE: N_("true change, by the model"),
    Spread.DONOR: N_("true change between donors"),
    Spread.PERSON: N_("true change between people with one donor"),
    Spread.RESPONSE: N_("response, against the comparison group"),
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """A standard deviation with its 95 % interval; `sd` None when it cannot be estimated, with the reason."""

    spread: Spread
    sd: float | None
    low: float | None = None
    high: float | None = None
    reason: str = ""


def variation(voice: Voice, measure: Measure, deviations: Sequence[Deviation]) -> Figure:
    """Draw each standard deviation as a mark with its interval.

    Parameters:
        deviations: in the order in which they are read, the measured one first.
    """
    headline = _headline(voice, measure, deviations)
    told = voice.say("Standard deviations of the change of %(scale)s between people", scale=measure.title)
    return Figure(
        name="variation",
        headline=headline,
        sentence=f"{told}. {headline}.",
        direction=voice.say("further right: people changed more differently from one another"),
        plot={"data": list(_traces(measure, deviations)), "layout": _layout(voice, measure, deviations)},
        table=_table(voice, measure, deviations),
    )


def _traces(measure: Measure, deviations: Sequence[Deviation]) -> Iterator[Piece]:
    """Intervals as one gapped line, estimates as marks."""
    known = [(row, d, d.sd) for row, d in enumerate(deviations) if d.sd is not None]
    bars = [(row, d.low, d.high) for row, d, _ in known if d.low is not None and d.high is not None]
    if bars:
        xs = [x for _, low, high in bars for x in (low, high, None)]
        ys = [y for row, _, _ in bars for y in (row, row, None)]
        yield style.strand(xs, ys, colour=style.INK, width=2)
    if known:
        yield style.marks(
            [sd for _, _, sd in known],
            [row for row, _, _ in known],
            symbol=["circle-open" if d.spread is Spread.ERROR else "circle" for _, d, _ in known],
            size=11,
            stroke=2,
            hover=f"%{{x:.{measure.change_decimals}f}}",
        )


def _layout(voice: Voice, measure: Measure, deviations: Sequence[Deviation]) -> Piece:
    """One row a deviation, its name above its mark."""
    values = [0.0, *(v for d in deviations for v in (d.sd, d.low, d.high) if v is not None)]
    low, high = min(values), max([1.0, *values]) * 1.04
    ticks = style.nice_ticks(low, high)
    rows = max(1, len(deviations))
    return style.layout(
        "cohort",
        x=style.axis(low, high, ticks, [voice.number(tick) for tick in ticks]),
        y=style.bare(rows - 0.4, -0.75),
        language=voice.language,
        margin=MARGIN,
        shapes=[style.upright(0)] if low < 0 else [],
        labels=list(_labels(voice, measure, deviations)),
        height=MARGIN.top + MARGIN.bottom + ROW_HEIGHT * rows,
    )


def _labels(voice: Voice, measure: Measure, deviations: Sequence[Deviation]) -> Iterator[style.Label]:
    """What the axis is, and the name and number of each row."""
    unit = measure.unit or voice.say("points")
    full = voice.say("standard deviation between people, in %(unit)s", unit=unit)
    yield style.heading(full, voice.say("SD in %(unit)s", unit=unit), MARGIN)
    for row, deviation in enumerate(deviations):
        text = f"{voice.say(NAMES[deviation.spread])} · {_estimate(voice, measure, deviation)}"
        place = style.Wish(0, row, up=20, aside=0, edge=True)
        yield style.movable(
            text,
            [place, style.Wish(0, row, up=20, aside=0, edge=True, text=voice.say(NAMES[deviation.spread]))],
            colour=style.INK,
        )


def _estimate(voice: Voice, measure: Measure, deviation: Deviation) -> str:
    """The number with its interval, or why there is none."""
    if deviation.sd is None:
        return deviation.reason or voice.say("cannot be estimated")
    bounds = words.mean_interval(voice, measure, deviation.low, deviation.high)
    number = words.score_mean(voice, measure, deviation.sd)
    return f"{number} ({bounds})" if bounds else number


def _headline(voice: Voice, measure: Measure, deviations: Sequence[Deviation]) -> str:
    """What is known of how differently people truly changed."""
    true = next((d for d in deviations if d.spread is Spread.TRUE), None)
    if true is None or true.sd is None:
        return voice.say("How differently people truly changed cannot be estimated")
    if true.low is not None and true.low <= 0:
        return voice.say("The differences between people may be measurement error alone")
    return voice.say(
        "People truly changed differently: SD %(sd)s %(unit)s once error is taken off",
        sd=_estimate(voice, measure, true),
        unit=measure.unit or voice.say("points"),
    )


def _table(voice: Voice, measure: Measure, deviations: Sequence[Deviation]) -> Table:
    """Every deviation with its interval."""
    interval = voice.say("%(level)s interval", level=voice.percent(0.95))
    return Table(
        voice.say("Standard deviations of the change of %(scale)s between people", scale=measure.title),
        columns(voice.say(N_("Spread")), voice.say(N_("SD")), interval, numeric=(1, 2)),
        lambda: (_row(voice, measure, deviation) for deviation in deviations),
    )


def _row(voice: Voice, measure: Measure, deviation: Deviation) -> LinkedRow:
    """One deviation."""
    bounds = words.mean_interval(voice, measure, deviation.low, deviation.high)
    number = (
        _estimate(voice, measure, deviation) if deviation.sd is None else words.score_mean(voice, measure, deviation.sd)
    )
    return None, (voice.say(NAMES[deviation.spread]), number, bounds)
