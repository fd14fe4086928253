"""Time to a change that lasts, or to its loss: the share that had it by each day, with how many were still at risk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outcomes.figures import style, words
from outcomes.figures.figure import Band, Figure, LinkedRow, Table, columns
from outcomes.figures.stairs import stairs
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.voice import N_, Voice

LEFT, ROW = 96, 17


class Lasting(StrEnum):
    """What is waited for: a change found at two visits in a row, or the loss of one for the better."""

    BETTER = "better"
    WORSE = "worse"
    LOSS = "loss"


NAMES = {
    Lasting.BETTER: N_("lasting change for the better"),
    Lasting.WORSE: N_("lasting change for the worse"),
    Lasting.LOSS: N_("change for the better lost again"),
}
COLOURS = {Lasting.BETTER: style.BETTER, Lasting.WORSE: style.WORSE, Lasting.LOSS: style.INK}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One curve: by each day the share that had the event, with its band, and the numbers still at risk.

    `share` grows from 0; it is one minus the Kaplan–Meier estimate. `at_risk` has a number for each day of the figure.
    """

    event: Lasting
    days: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    at_risk: tuple[int, ...]
    events: int
    title: str = ""


def survival(voice: Voice, curves: Sequence[Waiting], *, days: Sequence[int], band: Band | None = None) -> Figure:
    """Draw time to an event for one or more curves.

    Parameters:
        curves: the first is the one that the headline tells of.
        days: where the numbers at risk are told, the days of the visits.
        band: only its kind is used, for the right words.
    """
    if any(len(curve.at_risk) != len(days) for curve in curves):
        msg = "every curve needs one number at risk for each day"
        raise ValueError(msg)
    headline = _headline(voice, curves, days, band)
    note = voice.say("A change counts when it is found at two visits in a row; its day is that of the first visit.")
    return Figure(
        name="survival",
        headline=headline,
        sentence=f"{headline}. {note}",
        direction=voice.say("share of people, rising with each event"),
        plot={"data": list(_traces(curves, days)), "layout": _layout(voice, curves, days)},
        table=_table(voice, curves),
    )


def _name(voice: Voice, curve: Waiting) -> str:
    """The curve's own name, else that of its event."""
    return curve.title or voice.say(NAMES[curve.event])


def _end(days: Sequence[int], curves: Sequence[Waiting]) -> float:
    """The last day in view."""
    return max([1.0, *days, *(day for curve in curves for day in curve.days)])


def _traces(curves: Sequence[Waiting], days: Sequence[int]) -> Iterator[Piece]:
    """Bands first, then the curves."""
    end = _end(days, curves)
    for curve in curves:
        if curve.days and curve.low:
            xs, low = stairs(curve.days, curve.low, start=0, end=end)
            back, high = stairs(curve.days, curve.high, start=0, end=end)
            ribbon = style.area([*xs, *reversed(back)], [*low, *reversed(high)], fill=COLOURS[curve.event])
            yield ribbon | {"opacity": 0.16}
    for k, curve in enumerate(curves):
        xs, ys = stairs(curve.days, curve.share, start=0, end=end)
        yield style.strand(xs, ys, colour=COLOURS[curve.event], width=2.25, dash="6px 4px" if k % 2 else "")


def _layout(voice: Voice, curves: Sequence[Waiting], days: Sequence[int]) -> Piece:
    """Days and the numbers at risk under the axis, shares beside it."""
    rows = len(curves) + 1
    margin = Margin(left=LEFT, right=16, top=32, bottom=16 + ROW * rows)
    end = _end(days, curves)
    top = max([0.25, *(value for curve in curves for value in (*curve.share, *curve.high))])
    shares = [tick for tick in style.nice_ticks(0, min(1.0, top), 4) if tick <= 1]
    under = [
        "<br>".join([voice.number(day), *(voice.number(c.at_risk[k]) for c in curves)]) for k, day in enumerate(days)
    ]
    last = len(days) - 1
    return style.layout(
        "cohort",
        x=style.axis(-0.02 * end, end * 1.02, [float(day) for day in days], under, ticklen=8),
        y=style.value_axis(0, min(1.0, top) * 1.04, shares, [voice.percent(share) for share in shares]),
        language=voice.language,
        margin=margin,
        labels=list(_labels(voice, curves, margin, end)),
        keep=list(dict.fromkeys([last, 0, *range(last, -1, -1)])) if days else [],
        height=style.SIZES["cohort"][1] + ROW * max(0, rows - 2),
    )


def _labels(voice: Voice, curves: Sequence[Waiting], margin: Margin, end: float) -> Iterator[style.Label]:
    """Names of the axis, of the rows under it, and of the curves."""
    yield style.heading(voice.say("share of people so far"), voice.say("share so far"), margin)
    rows = [voice.say("day"), *(voice.say("at risk") if len(curves) == 1 else _short(voice, c) for c in curves)]
    text = "<br>".join(style.label(row) for row in rows)
    yield style.fixed(0, 0, text, xref="paper", yref="paper", xshift=-LEFT, yanchor="top", yshift=-9, align="left")
    for curve in curves:
        at = curve.share[-1] if curve.share else 0.0
        places = [Wish(x, at, "right", up) for up in (11, -12, 26) for x in (end, end * 0.7)]
        yield style.movable(_name(voice, curve), places, colour=COLOURS[curve.event])


def _short(voice: Voice, curve: Waiting) -> str:
    """A row's name in a word or two."""
    if curve.title:
        return curve.title
    short = {
        Lasting.BETTER: N_("at risk, better"),
        Lasting.WORSE: N_("at risk, worse"),
        Lasting.LOSS: N_("at risk, loss"),
    }
    return voice.say(short[curve.event])


def _headline(voice: Voice, curves: Sequence[Waiting], days: Sequence[int], band: Band | None) -> str:
    """The share at the end of the first curve."""
    if not curves or not curves[0].days:
        return voice.say("No lasting change seen yet")
    first = curves[0]
    messages = {
        Lasting.BETTER: N_("By %(day)s, %(share)s had become better %(beyond)s and stayed so for two visits"),
        Lasting.WORSE: N_("By %(day)s, %(share)s had become worse %(beyond)s and stayed so for two visits"),
        Lasting.LOSS: N_("By %(day)s, %(share)s had lost their change for the better again"),
    }
    share = voice.percent(first.share[-1])
    if first.low:
        share = f"{share} ({words.share_interval(voice, (first.low[-1], first.high[-1]))})"
    day = voice.day(round(_end(days, curves)))
    return voice.say(messages[first.event], day=day, share=share, beyond=words.beyond(voice, band))


def _table(voice: Voice, curves: Sequence[Waiting]) -> Table:
    """Every step of every curve."""
    titles = (N_("Event"), N_("Day"), N_("Share so far"))
    interval = voice.say("%(level)s interval", level=voice.percent(0.95))
    return Table(
        voice.say("Share of people with the event by each day"),
        columns(*(voice.say(title) for title in titles), interval, numeric=(1, 2, 3)),
        lambda: (row for curve in curves for row in _rows(voice, curve)),
    )


def _rows(voice: Voice, curve: Waiting) -> Iterator[LinkedRow]:
    """The steps of one curve."""
    for k, (day, share) in enumerate(zip(curve.days, curve.share, strict=True)):
        bounds = (curve.low[k], curve.high[k]) if curve.low else None
        yield None, (_name(voice, curve), voice.number(day), voice.percent(share), words.share_interval(voice, bounds))
