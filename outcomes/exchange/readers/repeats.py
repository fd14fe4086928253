"""Rows that REDCap repeats: which instance of which form each is, and whether one stands twice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outcomes.exchange.readers.mapping import ColumnMapping, Field
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, shown
from outcomes.exchange.readers.redcap import EVENT
from outcomes.exchange.readers.table import Table, text_of
from outcomes.exchange.writers.redcap import REPEATED

_COUNTED = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A row's place among its like: the event and form it belongs to, and which instance of them it is."""

    of: tuple[str, str] = ("", "")
    instance: int = 0


def repeats(
    table: Table, mapping: ColumnMapping, people: Sequence[str | None]
) -> tuple[list[Repeat], list[ImportProblem]]:
    """Return each row's place, and a problem for each that has none or has that of another row.

    Parameters:
        table: the rows.
        mapping: names the column of instances; without one no row repeats another.
        people: the patient of each row.

    Returns:
        A place a row, and the problems.
    """
    column = mapping.column(Field.INSTANCE)
    if column is None:
        return [Repeat()] * len(table.rows), []
    kinds = [table.column(name) if name in table.header else (None,) * len(table.rows) for name in (EVENT, REPEATED)]
    found: list[Repeat] = []
    problems: list[ImportProblem] = []
    first: dict[tuple[str | None, Repeat], int] = {}
    for number, code, cell, event, form in zip(table.numbers, people, table.column(column), *kinds, strict=True):
        written = text_of(cell)
        if written and not _COUNTED.fullmatch(written):
            problems.append(ImportProblem(ProblemCode.INSTANCE_WRONG, number, column, {"value": shown(written)}))
        repeat = Repeat((text_of(event), text_of(form)), int(written) if _COUNTED.fullmatch(written) else 0)
        found.append(repeat)
        other = first.setdefault((code, repeat), number)
        if code is not None and other != number:
            values = {"patient": code, "instance": str(repeat.instance or "–"), "other": str(other)}
            problems.append(ImportProblem(ProblemCode.INSTANCE_TWICE, number, column, values))
    return found, problems


def turns(places: Sequence[Repeat]) -> list[int]:
    """Count the visits of one day from 0, by the instance of each row among those of its form."""
    instances: dict[tuple[str, str], list[int]] = {}
    for each in places:
        instances.setdefault(each.of, []).append(each.instance)
    ranked = {of: sorted(set(numbers)) for of, numbers in instances.items()}
    return [ranked[each.of].index(each.instance) for each in places]
