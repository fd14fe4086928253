"""How people move between better, unchanged, worse and unknown from visit to visit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from outcomes.figures import style, words
from outcomes.figures.figure import Band, Figure, LinkedRow, Table, columns
from outcomes.figures.style import Margin, Piece, Wish
from outcomes.terms import Verdict
from outcomes.voice import N_, Voice

MARGIN = Margin(left=8, right=84, top=30, bottom=40)
HALF = 0.09
"""Half the width of a column, in visits."""
SIDE = 0.3
"""Room beside the first and the last column, in visits."""
GAP = 0.03
"""Room between classes in a column, as a share of everybody."""
ENOUGH = 0.045
"""Share of everybody that a box needs to hold its number."""


class State(StrEnum):
    """What a person is at a visit, coarse enough to follow."""

    BETTER = "better"
    UNCHANGED = "unchanged"
    WORSE = "worse"
    UNKNOWN = "unknown"


STATES = {
    Verdict.BETTER_BEYOND: State.BETTER,
    Verdict.BETTER_WITHIN: State.UNCHANGED,
    Verdict.NO_CHANGE: State.UNCHANGED,
    Verdict.WORSE_WITHIN: State.UNCHANGED,
    Verdict.WORSE_BEYOND: State.WORSE,
    Verdict.NOT_MEASURABLE: State.UNKNOWN,
}
NAMES = {
    State.BETTER: N_("better"),
    State.UNCHANGED: N_("unchanged"),
    State.WORSE: N_("worse"),
    State.UNKNOWN: N_("not known"),
}
LOOKS = {
    State.BETTER: (style.BETTER, style.ON_STRONG),
    State.UNCHANGED: (style.BAND, style.INK),
    State.WORSE: (style.WORSE, style.ON_STRONG),
    State.UNKNOWN: (style.CLEAR, style.INK),
}
RIBBONS = {
    State.BETTER: style.BETTER_SOFT,
    State.UNCHANGED: style.BAND,
    State.WORSE: style.WORSE_SOFT,
    State.UNKNOWN: style.LINE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """From one visit to the next: how many moved from which verdict to which; None is "not measured"."""

    moves: Mapping[tuple[Verdict | None, Verdict | None], int]


def state_of(verdict: Verdict | None) -> State:
    """The state of a verdict; unknown without one."""
    return State.UNKNOWN if verdict is None else STATES[verdict]


def flow(voice: Voice, visits: Sequence[str], steps: Sequence[Step], *, band: Band | None = None) -> Figure:
    """Draw a column of classes for each visit and ribbons between them.

    Parameters:
        visits: names of the visits, one more than `steps`.
        steps: the moves between neighbours; everybody of the cohort is in each.
        band: only its kind is used, for the right words.
    """
    if len(steps) != max(0, len(visits) - 1):
        msg = "there must be one step between each two visits"
        raise ValueError(msg)
    merged = [_merged(step) for step in steps]
    headline = _headline(voice, visits, merged, band)
    told = voice.say("People moving between better, unchanged, worse and not known")
    return Figure(
        name="flow",
        headline=headline,
        sentence=f"{told}. {headline}.",
        direction=voice.say("better on top, not known at the bottom"),
        plot={"data": [*_ribbons(voice, merged), *_unknown(merged)], "layout": _layout(voice, visits, merged)},
        table=_table(voice, visits, merged),
    )


Moves = dict[tuple[State, State], int]


def _merged(step: Step) -> Moves:
    """The moves between states."""
    made: Moves = {}
    for (start, end), count in step.moves.items():
        key = state_of(start), state_of(end)
        made[key] = made.get(key, 0) + count
    return made


def _columns(merged: Sequence[Moves]) -> list[dict[State, int]]:
    """How many are in each state at each visit: those who leave it, and at the last those who arrive."""
    made = [{state: sum(n for (a, _), n in moves.items() if a is state) for state in State} for moves in merged]
    if merged:
        made.append({state: sum(n for (_, b), n in merged[-1].items() if b is state) for state in State})
    return made


def _tops(counts: Mapping[State, int], total: int) -> dict[State, float]:
    """Where each state begins, counted from the top of the column, as shares of everybody."""
    tops, at = {}, 0.0
    for state in State:
        tops[state] = at
        at += counts[state] / total + GAP
    return tops


def _height() -> float:
    """The height of a column with its gaps."""
    return 1 + GAP * (len(State) - 1)


def _ribbons(voice: Voice, merged: Sequence[Moves]) -> Iterator[Piece]:
    """A straight ribbon for each move, as wide as it has people."""
    counts = _columns(merged)
    for k, moves in enumerate(merged):
        total = max(1, sum(moves.values()))
        left, right = _tops(counts[k], total), _tops(counts[k + 1], total)
        for start in State:
            for end in State:
                share = moves.get((start, end), 0) / total
                if share:
                    yield _ribbon(voice, k, (left[start], right[end]), share, (start, end))
                    left[start] += share
                    right[end] += share


def _unknown(merged: Sequence[Moves]) -> Iterator[Piece]:
    """Hatching in the boxes of those of whom nothing is known."""
    for k, column in enumerate(_columns(merged)):
        total = max(1, sum(column.values()))
        if column[State.UNKNOWN]:
            top = _tops(column, total)[State.UNKNOWN]
            base = top + column[State.UNKNOWN] / total
            left, right = k - HALF, k + HALF
            yield style.area([left, right, right, left], [top, top, base, base], hatched=True)


def _ribbon(voice: Voice, k: int, tops: tuple[float, float], share: float, move: tuple[State, State]) -> Piece:
    """One ribbon."""
    x0, x1 = k + HALF, k + 1 - HALF
    ys = [tops[0], tops[1], tops[1] + share, tops[0] + share]
    made = style.area([x0, x1, x1, x0], ys, fill=RIBBONS[move[0]])
    name = style.label(f"{voice.say(NAMES[move[0]])} → {voice.say(NAMES[move[1]])}")
    return made | {"opacity": 0.75, "name": name}


def _layout(voice: Voice, visits: Sequence[str], merged: Sequence[Moves]) -> Piece:
    """Columns of boxes with their numbers, visits under them."""
    counts = _columns(merged)
    places = list(range(len(visits)))
    last = len(visits) - 1
    return style.layout(
        "cohort",
        x=style.axis(-SIDE, max(1, last) + SIDE, places, [style.label(v) for v in visits], showline=False, ticklen=0),
        y=style.bare(_height(), 0),
        language=voice.language,
        margin=MARGIN,
        shapes=[shape for k, column in enumerate(counts) for shape in _boxes(k, column)],
        labels=[
            style.heading(voice.say("people in each class at each visit"), voice.say("people"), MARGIN),
            *(label for k, column in enumerate(counts) for label in _numbers(voice, k, column, last)),
        ],
        keep=[last, 0, *range(1, max(1, last))] if last > 0 else [],
    )


def _boxes(k: int, column: Mapping[State, int]) -> Iterator[Piece]:
    """The boxes of one visit."""
    total = max(1, sum(column.values()))
    for state, top in _tops(column, total).items():
        if column[state]:
            base = top + column[state] / total
            made = style.box(k - HALF, top, k + HALF, base, fill=LOOKS[state][0], edge=style.EDGE)
            yield made | {"layer": "above"}


def _numbers(voice: Voice, k: int, column: Mapping[State, int], last: int) -> Iterator[style.Label]:
    """The number in each box, and beside the last column the names of the states."""
    total = max(1, sum(column.values()))
    for state, top in _tops(column, total).items():
        share = column[state] / total
        middle = top + share / 2
        if share >= ENOUGH:
            number = style.label(voice.number(column[state]))
            ground = {"bgcolor": style.PAPER} if state is State.UNKNOWN else {}
            yield style.fixed(k, middle, number, colour=LOOKS[state][1], xanchor="center", **ground)
        if share and k == last:
            yield style.movable(voice.say(NAMES[state]), [Wish(last + HALF, middle)])


def _headline(voice: Voice, visits: Sequence[str], merged: Sequence[Moves], band: Band | None) -> str:
    """Of those better at the visit before the last, how many still were at the last."""
    if not merged:
        return voice.say("One visit only, so nobody can be followed")
    moves = merged[-1]
    before = sum(n for (start, _), n in moves.items() if start is State.BETTER)
    return voice.say(
        "Of %(n)s better %(beyond)s at %(first)s, %(kept)s still were at %(second)s",
        n=voice.number(before),
        beyond=words.beyond(voice, band),
        first=visits[-2],
        kept=voice.number(moves.get((State.BETTER, State.BETTER), 0)),
        second=visits[-1],
    )


def _table(voice: Voice, visits: Sequence[str], merged: Sequence[Moves]) -> Table:
    """Every move of every step."""
    titles = (N_("From visit"), N_("To visit"), N_("Was"), N_("Became"), N_("People"))
    return Table(
        voice.say("People by what they were and became"),
        columns(*(voice.say(title) for title in titles), numeric=(4,)),
        lambda: (row for k, moves in enumerate(merged) for row in _rows(voice, visits[k : k + 2], moves)),
    )


def _rows(voice: Voice, pair: Sequence[str], moves: Moves) -> Iterator[LinkedRow]:
    """The moves of one step."""
    for start in State:
        for end in State:
            count = moves.get((start, end), 0)
            if count:
                names = voice.say(NAMES[start]), voice.say(NAMES[end])
                yield None, (pair[0], pair[1], *names, voice.number(count))
