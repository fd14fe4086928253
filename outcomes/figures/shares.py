"""How many were better, unchanged and worse at each visit, of everybody: the missing are a share of their own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from outcomes.change.words import opening
from outcomes.figures import style, words
from outcomes.figures.figure import Band, Figure, Row, Table, columns
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.terms import Verdict
from outcomes.voice import N_, Voice

MARGIN = Margin(left=96, right=14, top=34, bottom=52)
TEXTS = {Verdict.BETTER_BEYOND: style.ON_STRONG, Verdict.WORSE_BEYOND: style.ON_STRONG}
ROW_HEIGHT = 60


@dataclass(frozen=True, slots=True)
class VisitShares:
    """One visit: how many have each verdict, how many were not measured, and the intervals of the shares.

    `intervals` are 95 % intervals of shares of one, with everybody of the cohort in the denominator.
    """

    title: str
    counts: Mapping[Verdict, int]
    missing: int
    intervals: Mapping[Verdict, tuple[float, float]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Everybody."""
        return sum(self.counts.values()) + self.missing


def shares(voice: Voice, visits: Sequence[VisitShares], *, band: Band | None = None) -> Figure:
    """Draw one bar a visit: worse to the left, better to the right, what is not known at the end.

    Parameters:
        visits: in the order of days; the headline tells of the last.
        band: only its kind is used, for the right words.
    """
    headline = _headline(voice, visits, band)
    told = voice.say("People by verdict at each visit, the missing as their own share")
    return Figure(
        name="shares",
        headline=headline,
        sentence=f"{told}. {headline}.",
        direction=_direction(voice),
        plot={"data": list(_traces(voice, visits)), "layout": _layout(voice, visits)},
        table=_table(voice, visits, band),
    )


def _direction(voice: Voice) -> str:
    """How to read a bar."""
    return voice.say("worse to the left, better to the right")


def _traces(voice: Voice, visits: Sequence[VisitShares]) -> Iterator[Piece]:
    """One trace for each verdict, then the missing."""
    for verdict in style.VERDICT_ORDER:
        counts = [visit.counts.get(verdict, 0) for visit in visits]
        if any(counts):
            look = {"color": style.FILLS[verdict], "line": {"color": style.EDGES[verdict], "width": 1}}
            ink = TEXTS.get(verdict, style.INK)
            yield _segment(voice, counts, voice.say(words.SHORT[verdict]), look, ink)
    missing = [visit.missing for visit in visits]
    if any(missing):
        look = {
            "color": style.RAISED,
            "line": {"color": style.EDGE, "width": 1},
            "pattern": style.hatch(style.EDGE, style.RAISED),
        }
        yield _segment(voice, missing, voice.say("missing"), look, style.INK)


def _segment(voice: Voice, counts: list[int], name: str, look: Piece, ink: str) -> Piece:
    """One verdict's part of every bar, its number inside where it fits."""
    shown = style.label(name)
    return {
        "type": "bar",
        "orientation": "h",
        "name": shown,
        "y": list(range(len(counts))),
        "x": counts,
        "text": [voice.number(count) if count else "" for count in counts],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "insidetextfont": {"color": ink, "size": style.TEXT_SIZE},
        "hovertemplate": f"%{{x}} · {shown}<extra></extra>",
        "marker": look,
    }


def _layout(voice: Voice, visits: Sequence[VisitShares]) -> Piece:
    """One row a visit, people along the axis."""
    total = max([visit.total for visit in visits], default=0) or 1
    ticks = [tick for tick in style.nice_ticks(0, total, 5) if tick == round(tick)]
    ticks = [*(tick for tick in ticks if tick < total * 0.92), float(total)]
    people = voice.count("person", "people, of %(n)s", total)
    rows = len(visits)
    return style.layout(
        "shares",
        x=style.axis(0, total, ticks, [voice.number(tick) for tick in ticks]),
        y=style.axis(
            rows - 0.5,
            -0.5,
            list(range(rows)),
            [style.label(visit.title) for visit in visits],
            showline=False,
            ticklen=8,
            tickcolor=style.CLEAR,
        ),
        language=voice.language,
        margin=MARGIN,
        labels=[
            style.heading(_direction(voice), voice.say("right is better"), MARGIN, up=12),
            style.movable(people, [Wish(1, 0, "right", -36, 0, paper=True, edge=True)]),
        ],
        keep=[len(ticks) - 1, *range(len(ticks) - 1)],
        height=MARGIN.top + MARGIN.bottom + ROW_HEIGHT * max(1, rows),
        barmode="stack",
        bargap=0.4,
        uniformtext={"mode": "hide", "minsize": style.TEXT_SIZE},
    )


def _headline(voice: Voice, visits: Sequence[VisitShares], band: Band | None) -> str:
    """Both directions and the missing at the last visit."""
    if not visits:
        return voice.say("No visit yet")
    last = visits[-1]
    return voice.say(
        "%(visit)s: %(better)s better and %(worse)s worse %(beyond)s, %(missing)s of %(all)s missing",
        visit=opening(voice, last.title),
        better=voice.number(last.counts.get(Verdict.BETTER_BEYOND, 0)),
        worse=voice.number(last.counts.get(Verdict.WORSE_BEYOND, 0)),
        beyond=words.beyond(voice, band),
        missing=voice.number(last.missing),
        all=voice.number(last.total),
    )


def _table(voice: Voice, visits: Sequence[VisitShares], band: Band | None) -> Table:
    """Counts of every verdict with their intervals, and the missing."""
    names = [opening(voice, words.verdict(voice, verdict, band)) for verdict in style.VERDICT_ORDER]
    caption = voice.say(
        "People at each visit, with the %(level)s interval of the share; the missing stay in the denominator",
        level=voice.percent(0.95),
    )
    titles = (voice.say(N_("Visit")), *names, voice.say(N_("Missing")), voice.say(N_("All")))
    return Table(
        caption,
        columns(*titles, numeric=range(1, len(titles))),
        lambda: ((None, _row(voice, visit)) for visit in visits),
    )


def _row(voice: Voice, visit: VisitShares) -> Row:
    """One visit."""
    return (
        visit.title,
        *(_cell(voice, visit, verdict) for verdict in style.VERDICT_ORDER),
        voice.number(visit.missing),
        voice.number(visit.total),
    )


def _cell(voice: Voice, visit: VisitShares, verdict: Verdict) -> str:
    """A count, and the interval of its share where one is given."""
    count = voice.number(visit.counts.get(verdict, 0))
    bounds = words.share_interval(voice, visit.intervals.get(verdict))
    return f"{count} ({bounds})" if bounds else count
