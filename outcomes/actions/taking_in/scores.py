"""The scores of a record as its answers give them here, held against what the file says they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from outcomes.actions.assess import given, score_rows
from outcomes.exchange.writers.own_record import FilledRow, ScoreRow, VisitRow, WholeRecord
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.scoring import ScaleScore, score
from outcomes.terms import Absence

COMPARED = ("value", "standard_error", "absence", "items_used", "items", "key_version", "on_date")


@dataclass(frozen=True, slots=True)
class Stated:
    """A score as one of the two sides has it; None stands for a side that has none."""

    value: float | None
    absence: Absence | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A score that the file states otherwise than its answers give here. What the answers give is what is kept."""

    on_date: date
    scale: str
    stated: Stated | None
    computed: Stated | None


def scored(instrument: Instrument, row: FilledRow) -> tuple[ScaleScore, ...]:
    """Score a questionnaire of a record with its own version of the key.

    Raises:
        AnswerError: for an answer or total that is not permitted.
    """
    return score(instrument, row.answers, row.totals)


def rows_of(
    instrument: Instrument, row: FilledRow, visit: VisitRow, place: Mapping[str, UUID]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The answers of a questionnaire as they are stored, and the rows of its scores, under ids of this clinic."""
    assessment = dict(place) | {
        "key_version": instrument.version,
        "answers": given(row.answers),
        "totals": given(row.totals),
    }
    return assessment, score_rows(assessment, visit.on_date, scored(instrument, row), too_ill=visit.too_ill)


def differences(record: WholeRecord, catalogue: Catalogue) -> Iterator[Difference]:
    """Yield every score in which the file and its answers differ, the earliest first."""
    visits = {each.id: each for each in record.visits}
    stated: dict[UUID, dict[str, ScoreRow]] = {}
    for each in record.scores:
        stated.setdefault(each.assessment_id, {})[each.scale] = each
    found = (
        difference
        for row in record.filled
        for difference in _of(row, visits[row.visit_id], stated.get(row.id, {}), catalogue)
    )
    yield from sorted(found, key=lambda each: (each.on_date, each.scale))


def _of(row: FilledRow, visit: VisitRow, stated: dict[str, ScoreRow], catalogue: Catalogue) -> Iterator[Difference]:
    instrument = catalogue.get(row.instrument, row.key_version)
    if instrument is None:
        return
    ids = {"clinic_id": row.id, "patient_id": row.id, "id": row.id}  # whose they are is not compared
    _, computed = rows_of(instrument, row, visit, ids)
    for here in computed:
        there = stated.get(here["scale"])
        if there is None or there.visit_id != row.visit_id or any(getattr(there, x) != here[x] for x in COMPARED):
            yield Difference(visit.on_date, here["scale"], _stated(there), Stated(here["value"], here["absence"]))
    for scale in stated.keys() - {here["scale"] for here in computed}:
        yield Difference(visit.on_date, scale, _stated(stated[scale]), None)


def _stated(row: ScoreRow | None) -> Stated | None:
    return None if row is None else Stated(row.value, row.absence)
