"""How many people a figure draws one by one, and how it says that it draws a part of them."""

from collections.abc import Sequence
from typing import TypeVar

from outcomes.figures.figure import MOST_DRAWN
from outcomes.voice import Voice

T = TypeVar("T")


def sample(items: Sequence[T], most: int = MOST_DRAWN) -> list[T]:
    """Take at most `most` items, evenly spaced over the given order, both ends included; the same ones every time."""
    if len(items) <= most:
        return list(items)
    last, steps = len(items) - 1, most - 1
    return [items[(k * last) // steps] for k in range(most)]


def said(voice: Voice, drawn: int, of: int) -> str:
    """Say that a sample is drawn; empty when everybody is."""
    if drawn >= of:
        return ""
    return voice.say("%(drawn)s of %(all)s people drawn", drawn=voice.number(drawn), all=voice.number(of))
