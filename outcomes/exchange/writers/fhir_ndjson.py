"""A release as FHIR R4 resources, one JSON object a line and one file a kind (application/fhir+ndjson).

No resource has a date: an Observation says its visit window and that window's planned day in an extension.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from outcomes.exchange.writers.contents import (
    REASONS,
    WITHHELD,
    LongRow,
    Records,
    ReleaseContents,
    ReleasedScale,
    Table,
)
from outcomes.exchange.writers.fhir_codes import SYSTEMS, own
from outcomes.exchange.writers.tables import blocks
from outcomes.terms import Absence, EventOutcome, Language

Resource: TypeAlias = dict[str, Any]
Row: TypeAlias = Mapping[str, Any]

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode

ABSENT = {
    Absence.TOO_ILL: "not-performed",
    Absence.SKIPPED: "asked-declined",
    Absence.NOT_ASKED: "not-asked",
    Absence.OUT_OF_RANGE: "error",
    WITHHELD: "masked",
}
"""HL7's reason for each of ours; what is not named here is "unknown". Ours stands beside it."""
ENDED = {
    EventOutcome.RECOVERED: "resolved",
    EventOutcome.RECOVERING: "recovering",
    EventOutcome.NOT_RECOVERED: "ongoing",
    EventOutcome.SEQUELAE: "resolvedWithSequelae",
    EventOutcome.FATAL: "fatal",
}


def files(contents: ReleaseContents) -> Mapping[str, Callable[[], Iterator[Sequence[Resource]]]]:
    """Give the resources of each kind in batches."""
    records = contents.records
    if records is None:
        return {}
    return {
        "ResearchStudy": lambda: iter([[_study(contents)]]),
        "Patient": lambda: _each(records.patients, _patient),
        "ResearchSubject": lambda: _each(records.patients, lambda row, _: _subject(contents, row)),
        "Observation": lambda: _observations(records),
        "Procedure": lambda: _each(records.treatments, _procedure),
        "AdverseEvent": lambda: _each(records.events, _event),
    }


def _each(table: Table, make: Callable[[Row, int], Resource]) -> Iterator[Sequence[Resource]]:
    """Make a resource of every row of a table."""
    number = 0
    for block in blocks(table):
        rows = [dict(zip(table.names, cells, strict=True)) for cells in zip(*block, strict=True)]
        yield [make(row, number + place) for place, row in enumerate(rows, 1)]
        number += len(rows)


def _concept(name: str, code: str, text: str | None = None) -> Resource:
    coded: Resource = {"coding": [{"system": own(name), "code": code}]}
    return coded | {"text": text} if text else coded


def _extension(name: str, **value: Any) -> Resource:  # noqa: ANN401 - FHIR's value[x]
    return {"url": own(name), **value}


def _to(kind: str, identifier: str) -> Resource:
    return {"reference": f"{kind}/{identifier}"}


def _study(contents: ReleaseContents) -> Resource:
    identifier = [{"system": own("release"), "value": contents.release}]
    return {
        "resourceType": "ResearchStudy",
        "id": "study",
        "identifier": identifier,
        "title": contents.title,
        "status": "completed",
    }


def _patient(row: Row, _: int) -> Resource:
    resource: Resource = {"resourceType": "Patient", "id": row["patient"]}
    sex = str(row.get("sex", "unknown"))
    resource["gender"] = sex if sex in {"female", "male", "other"} else "unknown"
    told = [name for name in row if name not in {"patient", "sex"}]
    return resource | _with([_extension(name, valueString=str(row[name])) for name in told if row[name] is not None])


def _with(extensions: list[Resource]) -> Resource:
    return {"extension": extensions} if extensions else {}


def _subject(contents: ReleaseContents, row: Row) -> Resource:
    return {
        "resourceType": "ResearchSubject",
        "id": f"subject-{row['patient']}",
        "identifier": [{"system": own("release"), "value": contents.release}],
        "status": "off-study",
        "study": _to("ResearchStudy", "study"),
        "individual": _to("Patient", row["patient"]),
    }


def _observations(records: Records) -> Iterator[Sequence[Resource]]:
    codes = {scale.key: _code(scale) for scale in records.scales}
    number = 0
    for batch in records.long:
        yield [_observation(LongRow(*row), codes, number + place) for place, row in enumerate(batch, 1)]
        number += len(batch)


def _code(scale: ReleasedScale) -> Resource:
    coding = [{"system": own("scale"), "code": scale.key}]
    loinc = [{"system": SYSTEMS["loinc"], "code": scale.loinc}] if scale.loinc else []
    return {"coding": [*loinc, *coding], "text": scale.title[Language.ENGLISH]}


def _observation(row: LongRow, codes: Mapping[str, Resource], number: int) -> Resource:
    resource: Resource = {
        "resourceType": "Observation",
        "id": f"score-{number}",
        "extension": [
            _extension("visit", valueCode=row.visit),
            _extension("answered-by", valueCode=row.answered_by),
            _extension("key-version", valueString=row.key_version),
            _extension("language", valueCode=row.language),
            _extension("role", valueCode=row.role),
            _extension("occurrence", valueInteger=row.occurrence),
        ],
        "status": "final",
        "code": codes[row.scale],
        "subject": _to("Patient", row.patient),
    }
    counted = (("planned-day", row.day), ("items-used", row.items_used), ("items", row.items))
    resource["extension"] += [_extension(name, valueInteger=n) for name, n in counted if n is not None]
    if row.standard_error is not None:
        resource["extension"].append(_extension("standard-error", valueDecimal=row.standard_error))
    return resource | _value(row)


def _value(row: LongRow) -> Resource:
    if row.value is not None:
        return {"valueQuantity": {"value": row.value}}
    why = str(row.absence)
    hl7 = {"system": SYSTEMS["data-absent-reason"], "code": ABSENT.get(why, "unknown")}
    return {"dataAbsentReason": {"coding": [hl7, {"system": own("absence"), "code": why}], "text": REASONS[why]}}


def _procedure(row: Row, number: int) -> Resource:
    told = [name for name in row if name != "patient" and row[name] is not None]
    return {
        "resourceType": "Procedure",
        "id": f"treatment-{number}",
        **_with([_extension(name, valueString=str(row[name])) for name in told]),
        "status": "completed",
        "code": _concept("procedure", "fmt", "faecal microbiota transplantation"),
        "subject": _to("Patient", row["patient"]),
    }


def _event(row: Row, number: int) -> Resource:
    told = [name for name in row if name not in {"patient", "outcome"} and row[name] is not None]
    ended = ENDED.get(row.get("outcome", ""), "unknown")
    return {
        "resourceType": "AdverseEvent",
        "id": f"event-{number}",
        **_with([_extension(name, valueString=str(row[name])) for name in told]),
        "actuality": "actual",
        "outcome": {"coding": [{"system": SYSTEMS["event-outcome"], "code": ended}]},
        "subject": _to("Patient", row["patient"]),
    }
