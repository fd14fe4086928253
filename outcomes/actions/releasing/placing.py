"""Scores on their way into visit windows: no day of a patient goes further than this."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from outcomes.actions.releasing.recipe import Recipe
from outcomes.change.windows import BASELINE_WINDOW, TimePoint, place
from outcomes.exchange.writers.contents import AT_VISIT, BASELINE, FURTHER, OUTSIDE, ReleasedVisit
from outcomes.records.queries.release import StoredScore


class Placed(NamedTuple):
    """A score in its window and its role. `occurrence` counts scores of one scale in it, and `slot` names both."""

    score: StoredScore
    visit: str
    occurrence: int
    role: str

    @property
    def slot(self) -> str:
        """The window, and which time it was measured there: coming twice is as telling as coming at all."""
        return slot(self.visit, self.occurrence)


def slot(visit: str, occurrence: int) -> str:
    """Name a window and the time it was measured in."""
    return visit if occurrence == 1 else f"{visit}.{occurrence}"


@dataclass(frozen=True, slots=True)
class Series:
    """Everybody's scores in windows, by patient, and how often each window was measured at most."""

    by_patient: Mapping[str, tuple[Placed, ...]]
    named: Mapping[str, tuple[str, int]]

    @property
    def slots(self) -> tuple[str, ...]:
        """Every window and time, in the order of days."""
        return tuple(self.named)

    def of(self, key: str) -> tuple[Placed, ...]:
        """One patient's scores."""
        return self.by_patient.get(key, ())


def window(day: int, points: Sequence[TimePoint]) -> str:
    """Name the window a day lies in."""
    point = place(day, points)
    return OUTSIDE if point is None else point.code


def series(scores: Iterable[StoredScore], recipe: Recipe) -> Series:
    """Place scores, which come patient by patient and in the order of days."""
    found = {key: tuple(_placed(own, recipe)) for key, own in groupby(scores, key=lambda score: score.patient)}
    most: dict[str, int] = defaultdict(int)
    for each in (placed for own in found.values() for placed in own):
        most[each.visit] = max(most[each.visit], each.occurrence)
    return Series(found, {slot(v, n): (v, n) for v in recipe.in_order for n in range(1, most[v] + 1)})


def _placed(scores: Iterable[StoredScore], recipe: Recipe) -> Iterator[Placed]:
    seen: dict[tuple[str, str], int] = defaultdict(int)
    own = [(score, window(score.day, recipe.points)) for score in scores]
    roles = _roles(own, recipe.points)
    for (score, visit), role in zip(own, roles, strict=True):
        if visit in recipe.visits:
            seen[visit, score.scale] += 1
            yield Placed(score, visit, seen[visit, score.scale], role)


def _roles(own: Sequence[tuple[StoredScore, str]], points: Sequence[TimePoint]) -> list[str]:
    """Say of each of a patient's scores what it is in the summary, by the rules of the cohort page."""
    targets = {point.code: point.day for point in points if not point.is_baseline}
    unselected = {score.scale for score, _ in own if _before(score) and not score.qualifying}
    best: dict[tuple[str, str], int] = {}
    for number, (score, visit) in enumerate(own):
        if visit in targets:
            there = best.setdefault((visit, score.scale), number)
            best[visit, score.scale] = min(there, number, key=lambda each: _rank(own[each][0], targets[visit]))
    chosen = set(best.values())
    return [_role(score, score.scale in unselected, number in chosen) for number, (score, _) in enumerate(own)]


def _role(score: StoredScore, has_unselected: bool, is_chosen: bool) -> str:
    if _before(score) and not (score.qualifying and has_unselected):
        return BASELINE
    return AT_VISIT if is_chosen else FURTHER


def _before(score: StoredScore) -> bool:
    return -BASELINE_WINDOW <= score.day <= 0 and score.value is not None


def _rank(score: StoredScore, target: int) -> tuple[float, ...]:
    """Order a patient's scores of one window: with a value, nearest to the target, then earlier, then lower."""
    return (score.value is None, abs(score.day - target), score.day, score.value or 0.0)


def released_visits(recipe: Recipe) -> tuple[ReleasedVisit, ...]:
    """The windows as the file describes them, in their order."""
    points = sorted(recipe.points, key=lambda point: point.day)
    return tuple(
        ReleasedVisit(point.code, point.title, point.day, point.opens, point.closes)
        for point in points
        if point.code in recipe.visits
    )
