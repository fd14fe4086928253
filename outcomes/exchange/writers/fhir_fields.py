"""Where each field of a row stands in its FHIR resource: one table, read in both directions.

A field that FHIR has an element for stands in that element; every other one is an extension of the program's own,
named after the field. Writing and reading follow the same table, so that what is written can be read again.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from outcomes.exchange.writers.fhir_codes import own
from outcomes.exchange.writers.own_record import (
    ActivityRow,
    ActivityScoreRow,
    ArmRow,
    ConsentRow,
    CourseRow,
    DefinitionRow,
    DiaryRow,
    EndingRow,
    EventRow,
    ExposureRow,
    FilledRow,
    InfusionRow,
    PersonRow,
    ReportRow,
    ScoreRow,
    VisitRow,
)

Made = TypeVar("Made")
Json = dict[str, Any]

URN = "urn:uuid:"
NOT_IN_STRINGS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
"""What no FHIR string may hold; words with it are kept in base 64."""

ELEMENTS: dict[type[Any], dict[str, str]] = {
    PersonRow: {
        "id": "id",
        "code": "identifier.0.value",
        "name": "name.0.text",
        "contact": "telecom.0.value",
        "birth_date": "birthDate",
        "sex": "gender",
        "country": "address.0.country",
    },
    DefinitionRow: {
        "id": "id",
        "definition": "code.coding.0.code",
        "met": "valueBoolean",
        "on_date": "effectiveDateTime",
        "assessor": "performer.0.display",
    },
    ConsentRow: {
        "id": "id",
        "purpose": "category.0.coding.0.code",
        "text_version": "policyRule.text",
        "given_on": "dateTime",
        "withdrawn_on": "provision.period.end",
    },
    EndingRow: {
        "id": "id",
        "kind": "valueCodeableConcept.coding.0.code",
        "on_date": "effectiveDateTime",
        "reason": "note.0.text",
    },
    ArmRow: {"id": "id", "label": "valueString", "starts_on": "effectiveDateTime"},
    CourseRow: {"id": "id", "indication": "reasonCode.0.text", "note": "note.0.text"},
    InfusionRow: {
        "id": "id",
        "course_id": "partOf.0.reference",
        "on_date": "performedDateTime",
        "route": "category.coding.0.code",
        "note": "note.0.text",
    },
    VisitRow: {"id": "id", "on_date": "period.start"},
    FilledRow: {"id": "id", "visit_id": "encounter.reference", "finished_at": "authored", "language": "language"},
    ScoreRow: {
        "scale": "code.coding.0.code",
        "visit_id": "encounter.reference",
        "assessment_id": "derivedFrom.0.reference",
        "on_date": "effectiveDateTime",
        "value": "valueQuantity.value",
        "absence": "dataAbsentReason.coding.0.code",
    },
    ExposureRow: {
        "id": "id",
        "kind": "code.coding.0.code",
        "text": "valueString",
        "started_on": "effectivePeriod.start",
        "ended_on": "effectivePeriod.end",
    },
    EventRow: {
        "id": "id",
        "term": "event.text",
        "started_on": "date",
        "seriousness": "seriousness.coding.0.code",
        "infusion_id": "suspectEntity.0.instance.reference",
    },
    ActivityRow: {"id": "id", "words": "description.text"},
    ActivityScoreRow: {
        "activity_id": "focus.0.reference",
        "visit_id": "encounter.reference",
        "on_date": "effectiveDateTime",
        "value": "valueInteger",
    },
    DiaryRow: {"scale": "code.coding.0.code", "on_date": "effectiveDateTime", "value": "valueInteger"},
    ReportRow: {
        "id": "id",
        "visit_id": "encounter.reference",
        "sent_at": "sent",
        "words": "payload.0.contentString",
        "note": "note.0.text",
    },
}
HELD_APART = {FilledRow: {"answers", "totals", "given_on"}}
"""Fields that are items of a questionnaire's response."""
EXACT = "exact"


def put_row(resource: Json, row: Any) -> Json:  # noqa: ANN401 - any kind of row
    """Write every field of a row into its resource; what is not known is left out."""
    kind: Any = type(row)  # mypy takes no class for hashable
    elements = ELEMENTS[kind]
    for name in _fields_of(kind):
        value = getattr(row, name)
        if value is None or value == ():
            continue
        if isinstance(value, str) and not isinstance(value, StrEnum) and not _is_plain(value):
            _extend(resource, {"url": own(f"{EXACT}:{name}"), "valueBase64Binary": _base64(value)})
        elif name in elements:
            _put(resource, elements[name].split("."), _element(value, elements[name]))
        else:
            for each in value if isinstance(value, tuple) else (value,):
                _extend(resource, {"url": own(name), **_extension(each)})
    return resource


def take_row(resource: Mapping[str, Any], kind: type[Made], **more: Any) -> Made:  # noqa: ANN401 - fields held apart
    """Read a row back; a field that is not there is None.

    Raises:
        ValueError, KeyError, TypeError: what is there cannot be such a field.
    """
    known: Any = kind  # as above
    elements, hints = ELEMENTS[kind], _hints(known)
    values: dict[str, Any] = {}
    for name in _fields_of(known):
        told = _extensions(resource, name)
        if exact := _extensions(resource, f"{EXACT}:{name}"):
            values[name] = base64.b64decode(exact[0]).decode()
        elif _is_tuple(hints[name]):
            values[name] = tuple(_read(each, get_args(hints[name])[0]) for each in told)
        else:
            found = _get(resource, elements[name].split(".")) if name in elements else next(iter(told), None)
            values[name] = _read(found, hints[name])
    return kind(**values, **more)


def reference(row_id: UUID) -> Json:
    """Point to another resource of the bundle."""
    return {"reference": f"{URN}{row_id}"}


@lru_cache(maxsize=64)
def _hints(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a class
    return get_type_hints(kind)


@lru_cache(maxsize=64)
def _fields_of(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    return tuple(each.name for each in fields(kind) if each.name not in HELD_APART.get(kind, ()))


def _is_tuple(hint: Any) -> bool:  # noqa: ANN401 - a type
    return get_origin(hint) is tuple


def _is_plain(text: str) -> bool:
    return bool(text.strip()) and not NOT_IN_STRINGS.search(text)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _extend(resource: Json, extension: Json) -> None:
    resource.setdefault("extension", []).append(extension)


def _extensions(resource: Mapping[str, Any], name: str) -> list[Any]:
    there = (each for each in resource.get("extension", ()) if each["url"] == own(name))
    return [next((value for key, value in each.items() if key.startswith("value")), None) for each in there]


def _element(value: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    """A value as an element of FHIR holds it."""
    if isinstance(value, UUID):
        return str(value) if path == "id" else f"{URN}{value}"
    if isinstance(value, date):  # an instant is one too
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _extension(value: Any) -> Json:  # noqa: ANN401 - any value of a row
    """A value as an extension holds it."""
    kinds = (
        (bool, "valueBoolean"),
        (int, "valueInteger"),
        (float, "valueDecimal"),
        (datetime, "valueDateTime"),
        (date, "valueDate"),
        (StrEnum, "valueCode"),
        (UUID, "valueUuid"),
        (str, "valueString"),
    )
    name = next(name for kind, name in kinds if isinstance(value, kind))
    return {name: _element(value, name)}


def _put(resource: Json, path: list[str], value: Any) -> None:  # noqa: ANN401 - JSON
    """Set the element at a path, making what leads to it; a number stands for a place in a list."""
    here: Any = resource
    for name, after in pairwise(path):
        empty: Any = [{}] if after.isdigit() else {}
        here = here[int(name)] if name.isdigit() else here.setdefault(name, empty)
    here[path[-1]] = value


def _get(resource: Mapping[str, Any], path: list[str]) -> Any:  # noqa: ANN401 - JSON
    here: Any = resource
    for name in path:
        here = (here[int(name)] if here else None) if name.isdigit() else here.get(name)
        if here is None:
            return None
    return here


def _read(value: Any, hint: Any) -> Any:  # noqa: ANN401 - JSON to any value of a row
    """Turn what FHIR holds into what a field of this type holds."""
    kinds = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    if value is None:
        if type(None) not in kinds:
            raise ValueError("a field is missing")
        return None
    kind = next(each for each in kinds if each is not type(None))
    if kind is UUID:
        return UUID(str(value).removeprefix(URN))
    if kind in {date, datetime}:
        return kind.fromisoformat(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if issubclass(kind, StrEnum):
        return kind(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError("a field is of another kind")
    return value
