"""People by scales: one small mark for each verdict, so that whoever changed in opposite directions is seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outcomes.figures import style, words
from outcomes.figures.figure import Figure, LinkedRow, Table, columns
from outcomes.figures.sampling import said, sample
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.terms import Verdict
from outcomes.voice import N_, Voice

MOST_ROWS = 150
ROW_HEIGHT = 18
LEVELS, SHORTENED = (10, 26, 42), (8, 4, 2)
MARGIN = Margin(left=84, right=12, top=72, bottom=12)
RANK = {verdict: rank for rank, verdict in enumerate(reversed(style.VERDICT_ORDER[:5]))}
BETTER, WORSE = Verdict.BETTER_BEYOND, Verdict.WORSE_BEYOND


@dataclass(frozen=True, slots=True)
class Person:
    """One person: a verdict for each scale of the figure, None where nothing was measured."""

    name: str
    verdicts: tuple[Verdict | None, ...]
    link: str | None = None


def heatmap(voice: Voice, scales: Sequence[str], people: Sequence[Person], *, visit: str) -> Figure:
    """Draw people as rows and scales as columns.

    Parameters:
        scales: their titles, in the order of the verdicts.
        people: everybody; above 150 a sample, evenly spaced over the order, is drawn, and the figure says so.
        visit: the name of the visit shown.
    """
    if any(len(person.verdicts) != len(scales) for person in people):
        msg = "every person needs one verdict or None for each scale"
        raise ValueError(msg)
    ordered = sorted(people, key=lambda person: ([_rank(v) for v in person.verdicts], person.name))
    drawn = sample(ordered, MOST_ROWS)
    headline = _headline(voice, people)
    told = voice.say(
        "Verdict of %(n)s people on %(scales)s, %(visit)s",
        n=voice.number(len(people)),
        scales=voice.join(scales),
        visit=visit,
    )
    return Figure(
        name="heatmap",
        headline=headline,
        sentence=f"{told}. {headline}.",
        direction=voice.say("a mark pointing right is better, one pointing left is worse"),
        plot={"data": list(_traces(voice, scales, drawn)), "layout": _layout(voice, scales, drawn, len(people))},
        table=_table(voice, scales, ordered, visit),
    )


def _rank(verdict: Verdict | None) -> int:
    """Better first, not measured last."""
    return len(RANK) + (verdict is None) if verdict is None else RANK.get(verdict, len(RANK))


def _traces(voice: Voice, scales: Sequence[str], drawn: Sequence[Person]) -> Iterator[Piece]:
    """One trace for each verdict."""
    for verdict in style.VERDICT_ORDER:
        cells = [
            (column, row, person)
            for row, person in enumerate(drawn)
            for column, found in enumerate(person.verdicts)
            if found is verdict
        ]
        if cells:
            yield _marks(voice, scales, cells, verdict)


def _marks(voice: Voice, scales: Sequence[str], cells: Sequence[tuple[int, int, Person]], verdict: Verdict) -> Piece:
    """The marks of one verdict; a click opens the person."""
    named = voice.say(words.SHORT[verdict])
    return style.marks(
        [column for column, _, _ in cells],
        [row for _, row, _ in cells],
        symbol=style.VERDICT_SYMBOLS[verdict],
        colour=style.EDGES[verdict],
        size=10 if verdict in {BETTER, WORSE} else 8,
        stroke=1.5,
        texts=[style.label(f"{person.name} · {scales[column]} · {named}") for column, _, person in cells],
        links=[person.link for _, _, person in cells],
        hover="%{text}",
    )


def _layout(voice: Voice, scales: Sequence[str], drawn: Sequence[Person], everybody: int) -> Piece:
    """Names of people beside the rows, of scales above the columns."""
    rows, width = max(1, len(drawn)), max(1, len(scales))
    names = [style.label(person.name) for person in drawn]
    ticks = list(range(len(drawn)))
    lines = [style.rule(-0.5, row, width - 0.5, row, colour=style.LINE) | {"name": style.BACKDROP} for row in ticks]
    return style.layout(
        "cohort",
        x=style.axis(-0.5, width - 0.5, list(range(len(scales))), [""] * len(scales), showline=False, ticks=""),
        y=style.value_axis(rows - 0.5, -0.5, ticks, names),
        language=voice.language,
        margin=MARGIN,
        shapes=lines,
        labels=list(_labels(voice, scales, len(drawn), everybody)),
        height=MARGIN.top + MARGIN.bottom + ROW_HEIGHT * rows,
    )


def _labels(voice: Voice, scales: Sequence[str], drawn: int, everybody: int) -> Iterator[style.Label]:
    """The scales, on three levels so that neighbours do not meet, shortened where need be, and how many are drawn."""
    for column, title in enumerate(scales):
        texts = [title, *(f"{title[:most]}…" for most in SHORTENED if len(title) > most)]
        places = [Wish(column, 1, "center", up, text=text, paper=True) for text in texts for up in LEVELS]
        yield style.movable(title, places)
    text = said(voice, drawn, everybody)
    if text:
        yield style.fixed(0, 1, style.label(text), xref="paper", yref="paper", xshift=-MARGIN.left, yshift=60)


def _headline(voice: Voice, people: Sequence[Person]) -> str:
    """How many changed on any scale, and how many in both directions."""
    better = sum(BETTER in person.verdicts for person in people)
    worse = sum(WORSE in person.verdicts for person in people)
    both = sum(BETTER in person.verdicts and WORSE in person.verdicts for person in people)
    return voice.say(
        "%(better)s better and %(worse)s worse on at least one scale, %(both)s of them both, of %(all)s people",
        better=voice.number(better),
        worse=voice.number(worse),
        both=voice.number(both),
        all=voice.number(len(people)),
    )


def _table(voice: Voice, scales: Sequence[str], people: Sequence[Person], visit: str) -> Table:
    """Everybody with every verdict in words; a sample above 1,000."""
    listed = sample(people)
    caption = voice.say("Verdicts by person and scale, %(visit)s", visit=visit)
    return Table(
        ", ".join(part for part in (caption, said(voice, len(listed), len(people))) if part),
        columns(voice.say(N_("Person")), *scales),
        lambda: (_row(voice, person) for person in listed),
    )


def _row(voice: Voice, person: Person) -> LinkedRow:
    """One person."""
    told = (voice.say(words.SHORT[v]) if v is not None else voice.say("not measured") for v in person.verdicts)
    return person.link, (person.name, *told)
