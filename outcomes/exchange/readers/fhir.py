"""A whole record read back from the bundle that the program wrote, value for value.

Only bundles of the program's own are read: a resource without its tag is passed over, so the patient's other data may
stand in the same bundle.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from outcomes.exchange.writers.fhir import ANSWERS, GIVEN_ON, TOTALS
from outcomes.exchange.writers.fhir_codes import own, unknown_codes
from outcomes.exchange.writers.fhir_fields import take_row
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
    WholeRecord,
)

BROKEN = (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""What comes of walking through JSON of another shape."""
Made = TypeVar("Made")
Resources = Mapping[str, list[Mapping[str, Any]]]


class BundleNotReadError(ValueError):
    """A bundle that is not one of the program's own, or has been changed so that it cannot be read.

    `where` names the kind of row; the text holds nothing of what stands in it.
    """

    def __init__(self, code: str, where: str) -> None:
        super().__init__(f"{code}: {where}")
        self.code = code
        self.where = where


def read_bundle(bundle: Mapping[str, Any]) -> WholeRecord:
    """Read a whole record from a bundle.

    Raises:
        BundleNotReadError: `not_ours` when it is no bundle with one patient of the program, `unknown_code` for a code
            that R4 does not know, `damaged` when a row cannot be read.
    """
    found = _resources_of_ours(bundle)
    as_of, clinic = _heading(bundle, found["person"][0])
    return WholeRecord(
        as_of=as_of,
        clinic=clinic,
        person=_rows(found, "person", PersonRow)[0],
        definitions=_rows(found, "definition", DefinitionRow),
        consents=_rows(found, "consent", ConsentRow),
        endings=_rows(found, "ending", EndingRow),
        arms=_rows(found, "arm", ArmRow),
        courses=_rows(found, "course", CourseRow),
        infusions=_rows(found, "infusion", InfusionRow),
        visits=_rows(found, "visit", VisitRow),
        filled=_rows(found, "filled", FilledRow),
        scores=_rows(found, "score", ScoreRow),
        exposures=_rows(found, "exposure", ExposureRow),
        events=_rows(found, "event", EventRow),
        activities=_rows(found, "activity", ActivityRow),
        activity_scores=_rows(found, "activity_score", ActivityScoreRow),
        diary=_rows(found, "diary", DiaryRow),
        reports=_rows(found, "report", ReportRow),
    )


def _resources_of_ours(bundle: Mapping[str, Any]) -> Resources:
    """The resources of a bundle with one patient of the program, none with a code that R4 does not know."""
    try:
        found, faults = _resources(bundle), unknown_codes(bundle)
    except BROKEN:
        raise BundleNotReadError("not_ours", "bundle") from None
    if len(found.get("person", ())) != 1:
        raise BundleNotReadError("not_ours", "person")
    for fault in faults:
        raise BundleNotReadError("unknown_code", fault.partition(":")[0])
    return found


def _heading(bundle: Mapping[str, Any], person: Mapping[str, Any]) -> tuple[datetime, str]:
    """When a record was written, and by which clinic."""
    try:
        as_of = datetime.fromisoformat(bundle["timestamp"])
        clinic = person["identifier"][0]["assigner"]["display"]
    except BROKEN:
        raise BundleNotReadError("damaged", "bundle") from None
    if as_of.tzinfo is None or not isinstance(clinic, str):
        raise BundleNotReadError("damaged", "bundle")
    return as_of, clinic


def _resources(bundle: Mapping[str, Any]) -> Resources:
    """The resources by the kind of row that they hold."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for entry in bundle.get("entry", ()):
        resource = entry.get("resource", {})
        for tag in resource.get("meta", {}).get("tag", ()):
            if tag.get("system") == own("row"):
                found.setdefault(str(tag.get("code")), []).append(resource)
    return found


def _rows(found: Resources, name: str, kind: type[Made]) -> tuple[Made, ...]:
    try:
        if kind is FilledRow:
            return tuple(take_row(each, kind, **_given(each)) for each in found.get(name, ()))
        return tuple(take_row(each, kind) for each in found.get(name, ()))
    except BROKEN:
        raise BundleNotReadError("damaged", name) from None  # the fault's own words may hold what somebody answered


def _given(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, totals and days of a questionnaire's response."""
    groups = {each["linkId"]: each.get("item", []) for each in resource["item"]}
    days = {each["linkId"]: day for each in groups[ANSWERS] if (day := _mark(each, GIVEN_ON))}
    return {"answers": _values(groups[ANSWERS]), "totals": _values(groups[TOTALS]), "given_on": days or None}


def _values(items: list[Mapping[str, Any]]) -> dict[str, Any]:
    found = {each["linkId"]: _value(each) for each in items if not _mark(each, "skipped")}
    if len({each["linkId"] for each in items}) != len(items):
        raise ValueError("an item is there twice")
    return found


def _value(item: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an answer as stored
    answers = item.get("answer")
    if not answers:
        return None
    ((_, value),) = answers[0].items()  # one value of one kind, or it is no answer
    return value


def _mark(item: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - an extension's value
    there = (each for each in item.get("extension", ()) if each["url"] == own(name))
    return next((value for each in there for key, value in each.items() if key != "url"), None)
