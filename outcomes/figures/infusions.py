"""Infusions on a day axis: thin lines behind the data, near ones sharing a label."""

from collections.abc import Iterator, Sequence

from outcomes.figures import style
from outcomes.figures.style import Label, Piece, Wish
from outcomes.voice import Voice

ROOM = 0.2
"""Share of the axis that a label needs; nearer infusions are named together."""


def infusion_lines(days: Sequence[int]) -> list[Piece]:
    """A thin line for each day with an infusion."""
    return [style.upright(day, colour=style.ACCENT, width=1.25) for day in sorted(set(days))]


def grouped(days: Sequence[int], room: float) -> list[tuple[int, int, int]]:
    """Group infusions nearer than `room`: the day of the first, the number of the first, that of the last."""
    groups: list[tuple[int, int, int]] = []
    for number, day in enumerate(sorted(days), start=1):
        if groups and day - groups[-1][0] < room:
            groups[-1] = (groups[-1][0], groups[-1][1], number)
        else:
            groups.append((day, number, number))
    return groups


def infusion_name(voice: Voice, first: int, last: int) -> str:
    """Name one infusion or a run of them: "FMT 1", "FMT 1–3"."""
    numbers = voice.number(first) if first == last else f"{voice.number(first)}–{voice.number(last)}"
    return voice.say("FMT %(numbers)s", numbers=numbers)


def infusion_labels(voice: Voice, days: Sequence[int], bounds: tuple[float, float]) -> Iterator[Label]:
    """Labels above the plot, each right of its line, left of it near the end."""
    room = ROOM * (bounds[1] - bounds[0])
    for day, first, last in grouped(days, room):
        name = infusion_name(voice, first, last)
        number = name.split(maxsplit=1)[-1]
        places = [
            Wish(day, 1, side, up=10, aside=aside, text=text, paper=True)
            for text in (name, number)
            for side, aside in (("left", -3), ("right", -3))
        ]
        yield style.movable(name, places, colour=style.ACCENT)
