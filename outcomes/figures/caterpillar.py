"""The model's best estimate of each person's true change, with its interval, in order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outcomes.figures import style, words
from outcomes.figures.figure import Figure, LinkedRow, Measure, Table, columns
from outcomes.figures.sampling import said, sample
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.voice import N_, Voice

MARGIN = Margin(left=44, right=12, top=32, bottom=40)
SIDES = ((1, style.BETTER), (-1, style.WORSE), (0, style.SAME))


@dataclass(frozen=True, slots=True)
class Estimate:
    """One person: the model's change with its 95 % interval, and the change as measured where there is one."""

    name: str
    change: float
    low: float
    high: float
    measured: float | None = None
    link: str | None = None


def side(measure: Measure, person: Estimate) -> int:
    """1 when the whole interval is on the better side of no change, -1 on the worse, 0 when it holds both."""
    if measure.better is None or person.low <= 0 <= person.high:
        return 0
    return 1 if measure.gain(person.change) > 0 else -1


def caterpillar(
    voice: Voice, measure: Measure, people: Sequence[Estimate], *, visit: str, mean: float | None = None
) -> Figure:
    """Draw one interval a person, worst change first.

    Parameters:
        people: those whose estimate may be shown; nobody when the model withholds them.
        visit: what the change is to, "after FMT" or the name of a visit.
        mean: the model's mean change.

    Returns:
        A figure that draws a stated sample, evenly spaced over the order, above 1,000 people.
    """
    ordered = sorted(people, key=lambda person: (measure.gain(person.change), person.name))
    drawn = sample(ordered)
    stated = said(voice, len(drawn), len(ordered))
    headline = _headline(voice, measure, ordered)
    told = voice.say("Model estimate of the change of %(scale)s, %(visit)s", scale=measure.title, visit=visit)
    return Figure(
        name="caterpillar",
        headline=headline,
        sentence=". ".join(part for part in (told, headline, stated) if part) + ".",
        direction=words.change_direction(voice, measure),
        plot={"data": list(_traces(measure, drawn)), "layout": _layout(voice, measure, drawn, mean, (visit, stated))},
        table=_table(voice, measure, ordered, visit),
    )


def _traces(measure: Measure, drawn: Sequence[Estimate]) -> Iterator[Piece]:
    """For each side the intervals as one gapped line, and the dots that open their people."""
    placed = list(enumerate(drawn))
    for which, colour in SIDES:
        mine = [(k, person) for k, person in placed if side(measure, person) == which]
        if mine:
            xs = [x for k, _ in mine for x in (k, k, None)]
            ys = [y for _, person in mine for y in (person.low, person.high, None)]
            yield style.strand(xs, ys, colour=colour, width=1.25, opacity=0.7)
            yield _dots(measure, mine, colour, filled=which != 0)


def _dots(measure: Measure, mine: Sequence[tuple[int, Estimate]], colour: str, *, filled: bool) -> Piece:
    """The estimates: filled when the interval leaves zero out, open when it does not."""
    return style.marks(
        [k for k, _ in mine],
        [person.change for _, person in mine],
        symbol="circle" if filled else "circle-open",
        colour=colour,
        size=6,
        stroke=0 if filled else 1.25,
        texts=[style.label(person.name) for _, person in mine],
        links=[person.link for _, person in mine],
        hover=f"%{{text}} · %{{y:+.{measure.change_decimals}f}}",
    )


def _layout(
    voice: Voice, measure: Measure, drawn: Sequence[Estimate], mean: float | None, named: tuple[str, str]
) -> Piece:
    """Zero, the mean, and their names."""
    values = [0.0, *(value for person in drawn for value in (person.low, person.high))]
    low, high = style.padded(min(values), max(values), 0.06)
    ticks = style.nice_ticks(low, high)
    total = max(1, len(drawn))
    shapes = [style.rule(-0.7, 0, total - 0.3, 0, colour=style.INK)]
    if mean is not None:
        shapes.append(style.across(mean, dash="5px 4px"))
    return style.layout(
        "cohort",
        x=style.bare(-0.8, total - 0.2),
        y=style.value_axis(low, high, ticks, [voice.signed(tick) for tick in ticks]),
        language=voice.language,
        margin=MARGIN,
        shapes=shapes,
        labels=list(_labels(voice, measure, total if drawn else 0, mean, named)),
    )


def _labels(
    voice: Voice, measure: Measure, people: int, mean: float | None, named: tuple[str, str]
) -> Iterator[style.Label]:
    """What is drawn, the mean, how many people."""
    visit, stated = named
    full = " · ".join(part for part in (visit, words.change_words(voice, measure), stated) if part)
    yield style.heading(full, stated or words.change_direction(voice, measure), MARGIN)
    if mean is not None and people:
        text = voice.say("mean %(change)s", change=words.change(voice, measure, mean))
        end, start = people - 0.5, -0.5
        yield style.movable(
            text, [Wish(x, mean, at, up) for up in (11, -11) for x, at in ((end, "right"), (start, "left"))]
        )
    counted = voice.count("%(n)s person, ordered by change", "%(n)s people, ordered by change", people)
    yield style.fixed(0, 0, style.label(counted), xref="paper", yref="paper", yshift=-16)


def _headline(voice: Voice, measure: Measure, people: Sequence[Estimate]) -> str:
    """On how many the model is sure, and on how many it is not."""
    if not people:
        return voice.say("No estimates for single people")
    sides = Counter(side(measure, person) for person in people)
    return voice.say(
        "Whole interval better for %(better)s people, worse for %(worse)s, undecided for %(undecided)s",
        better=voice.number(sides[1]),
        worse=voice.number(sides[-1]),
        undecided=voice.number(sides[0]),
    )


def _table(voice: Voice, measure: Measure, ordered: Sequence[Estimate], visit: str) -> Table:
    """Everybody in the order of the plot; a sample above 1,000."""
    titles = (N_("Person"), N_("Change, model"))
    interval = voice.say("%(level)s interval", level=voice.percent(0.95))
    listed = sample(ordered)
    parts = (measure.title, visit, words.change_direction(voice, measure), said(voice, len(listed), len(ordered)))
    return Table(
        ", ".join(part for part in parts if part),
        columns(*(voice.say(title) for title in titles), interval, voice.say("Change, measured"), numeric=(1, 2, 3)),
        lambda: (_row(voice, measure, person) for person in listed),
    )


def _row(voice: Voice, measure: Measure, person: Estimate) -> LinkedRow:
    """One person."""
    return person.link, (
        person.name,
        words.change(voice, measure, person.change),
        words.change_interval(voice, measure, person.low, person.high),
        words.change(voice, measure, person.measured),
    )
