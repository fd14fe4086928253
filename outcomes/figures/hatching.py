"""Hatching for still pictures: slanted lines cut to a convex shape, so that no pattern needs an id on the page."""

from collections.abc import Sequence
from math import ceil, floor

STEP = 7.0

Point = tuple[float, float]


def hatching(corners: Sequence[Point], step: float = STEP) -> list[tuple[Point, Point]]:
    """Rising lines at 45 degrees, `step` pixels apart along the axes, inside a convex polygon."""
    sums = [x + y for x, y in corners]
    made = []
    for k in range(ceil(min(sums) / step), floor(max(sums) / step) + 1):
        cut = _cut(corners, k * step)
        if cut is not None:
            made.append(cut)
    return made


def _cut(corners: Sequence[Point], total: float) -> tuple[Point, Point] | None:
    """Where the line x + y = total enters and leaves the polygon."""
    met = []
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        a, b = ax + ay - total, bx + by - total
        if (a <= 0 <= b or b <= 0 <= a) and a != b:
            share = a / (a - b)
            met.append((ax + (bx - ax) * share, ay + (by - ay) * share))
    if not met:
        return None
    first, last = min(met), max(met)
    return None if first == last else (first, last)
