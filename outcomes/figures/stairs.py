"""Step curves, written as straight lines: shares that hold until the next value."""

from collections.abc import Sequence


def stairs(
    xs: Sequence[float], ys: Sequence[float], *, start: float, end: float, first: float = 0.0
) -> list[list[float]]:
    """Corners of a curve that is `first` from `start`, takes each value at its place, and holds it to `end`.

    Returns:
        The places and the values, two lists of one length.
    """
    places, values, now = [start], [first], first
    for x, y in zip(xs, ys, strict=True):
        places += [x, x]
        values += [now, y]
        now = y
    return [[*places, end], [*values, now]]
