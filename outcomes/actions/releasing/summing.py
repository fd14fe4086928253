"""Everybody's change on the scales of a release, by the rules of the cohort page. Brings numpy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from outcomes.actions.releasing.records import Material
from outcomes.change.cohort import facts, series
from outcomes.change.columns import Changes, Columns, Person, columns, own_error
from outcomes.change.individual import error_in_force
from outcomes.change.warnings import Caution, CohortFacts, cautions
from outcomes.change.windows import TimePoint
from outcomes.exchange.writers.contents import AT_VISIT, BASELINE, LongRow
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.release import Subject

BEFORE = -1
"""The day of a baseline here: any within the window serves."""


def released_changes(
    rows: Iterable[Sequence[LongRow]], material: Material, catalogue: Catalogue
) -> list[tuple[Columns, Changes]]:
    """Changes worked out from the rows that leave, and from nothing else."""
    flat = [row for batch in rows for row in batch]
    people = [Person(name) for name in dict.fromkeys(row.patient for row in flat)]
    targets = {point.code: point.day for point in material.recipe.points}
    found = []
    for key in material.recipe.scales:
        own = (row for row in flat if row.scale == key and row.role in {BASELINE, AT_VISIT})
        data = columns(people, [_row(row, targets) for row in own])
        found += _followed(data, key, material.recipe.points, material.recipe.visits, catalogue)
    return found


def _row(row: LongRow, targets: dict[str, int]) -> tuple[Any, ...]:
    day = BEFORE if row.role == BASELINE else targets[row.visit]
    return row.patient, day, row.value, row.standard_error, False, row.absence


def all_changes(material: Material, catalogue: Catalogue) -> Iterator[tuple[Columns, Changes]]:
    """Changes of everybody who consents to counts, with the days of the records."""
    people = [_person(each) for each in material.subjects]
    for key in material.recipe.scales:
        scores = (each.score for own in material.series.by_patient.values() for each in own)
        rows = [
            (one.patient, one.day, one.value, one.standard_error, one.qualifying, one.absence)
            for one in scores
            if one.scale == key
        ]
        yield from _followed(columns(people, rows), key, material.recipe.points, material.recipe.visits, catalogue)


def _person(each: Subject) -> Person:
    return Person(each.key, each.seen.observed, each.seen.ending, each.seen.ended_day)


def _followed(
    data: Columns, key: str, points: Sequence[TimePoint], visits: Sequence[str], catalogue: Catalogue
) -> list[tuple[Columns, Changes]]:
    scale = catalogue.scale(key)
    error = error_in_force(scale, own_error(data))
    return [(data, each) for each in series(data, scale, points, error) if each.point.code in visits]


def warnings_of(
    found: Sequence[tuple[Columns, Changes]], points: Sequence[TimePoint], comparison: int
) -> tuple[Changes | None, tuple[Caution, ...]]:
    """The warnings in force for the scale and visit where most were measured, and which these are."""
    if not found:
        return None, ()
    told = [(_facts(data, each, points, comparison), each) for data, each in found]
    most, about = max(told, key=lambda pair: pair[0].measured)
    return about, cautions(most)


def _facts(data: Columns, found: Changes, points: Sequence[TimePoint], comparison: int) -> CohortFacts:
    return replace(facts(data, found, points), comparison=comparison)
