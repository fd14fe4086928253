"""The codes that FHIR R4 (4.0.1) requires where this program writes them, written down with their sources.

A required binding admits these codes and no other. Models of FHIR in software often take any word for a code; these
lists do not. Source of every list: the value set's own page of https://hl7.org/fhir/R4/, named beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["OWN", "REQUIRED", "SYSTEMS", "Required", "own", "unknown_codes"]

OWN = "urn:x-outcomes"
"""The beginning of the program's own names of codes and extensions. They are names, not addresses."""

SYSTEMS = {
    "loinc": "http://loinc.org",
    "ucum": "http://unitsofmeasure.org",
    "observation-category": "http://terminology.hl7.org/CodeSystem/observation-category",
    "data-absent-reason": "http://terminology.hl7.org/CodeSystem/data-absent-reason",
    "consent-scope": "http://terminology.hl7.org/CodeSystem/consentscope",
    "act-code": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    "condition-clinical": "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "condition-verification": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "event-outcome": "http://terminology.hl7.org/CodeSystem/adverse-event-outcome",
    "event-severity": "http://terminology.hl7.org/CodeSystem/adverse-event-severity",
    "participant": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
}


@dataclass(frozen=True, slots=True)
class Required:
    """One element bound to a value set with the strength "required". Of a concept the first coding is meant."""

    element: str
    codes: frozenset[str]
    source: str


def _required(element: str, source: str, codes: str) -> Required:
    return Required(element, frozenset(codes.split()), f"https://hl7.org/fhir/R4/valueset-{source}.html")


_EVENT = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"
REQUIRED = (
    _required(
        "Bundle.type",
        "bundle-type",
        "document message transaction transaction-response batch batch-response history searchset collection",
    ),
    _required("Patient.gender", "administrative-gender", "male female other unknown"),
    _required("Patient.telecom.system", "contact-point-system", "phone fax email pager url sms other"),
    _required(
        "Condition.clinicalStatus", "condition-clinical", "active recurrence relapse inactive remission resolved"
    ),
    _required(
        "Condition.verificationStatus",
        "condition-ver-status",
        "unconfirmed provisional differential confirmed refuted entered-in-error",
    ),
    _required(
        "Consent.status",
        "consent-state-codes",
        "draft proposed active rejected inactive entered-in-error",
    ),
    _required("Consent.provision.type", "consent-provision-type", "deny permit"),
    _required("Procedure.status", "event-status", _EVENT),
    _required("Communication.status", "event-status", _EVENT),
    _required(
        "Encounter.status",
        "encounter-status",
        "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    ),
    _required(
        "QuestionnaireResponse.status",
        "questionnaire-answers-status",
        "in-progress completed amended entered-in-error stopped",
    ),
    _required(
        "Observation.status",
        "observation-status",
        "registered preliminary final amended corrected cancelled entered-in-error unknown",
    ),
    _required("AdverseEvent.actuality", "adverse-event-actuality", "actual potential"),
    _required(
        "AdverseEvent.outcome",
        "adverse-event-outcome",
        "resolved recovering ongoing resolvedWithSequelae fatal unknown",
    ),
    _required("AdverseEvent.severity", "adverse-event-severity", "mild moderate severe"),
    _required(
        "Goal.lifecycleStatus",
        "goal-status",
        "proposed planned accepted active on-hold completed cancelled entered-in-error rejected",
    ),
)


def own(name: str) -> str:
    """Return the program's own name of something.

    >>> own("scale")
    'urn:x-outcomes:scale'
    """
    return f"{OWN}:{name}"


def unknown_codes(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every required element of a resource, or of a bundle's, whose code its list does not have.

    An element that is not there is no fault of its code. The answer names element and code, and nothing else.

    >>> unknown_codes({"resourceType": "Patient", "gender": "woman"})
    ('Patient.gender: woman',)
    """
    inside = (each["resource"] for each in resource.get("entry", ()) if "resource" in each)
    return tuple(_wrong(resource)) + tuple(fault for each in inside for fault in unknown_codes(each))


def _wrong(resource: Mapping[str, Any]) -> Iterator[str]:
    for rule in REQUIRED:
        kind, *path = rule.element.split(".")
        if resource.get("resourceType") != kind:
            continue
        for code in _codes_at(resource, path):
            if code not in rule.codes:
                yield f"{rule.element}: {code}"


def _codes_at(value: Any, path: list[str]) -> Iterator[str]:  # noqa: ANN401 - JSON
    if value is None:
        return
    if isinstance(value, list):
        for each in value:
            yield from _codes_at(each, path)
    elif path:
        yield from _codes_at(value.get(path[0]), path[1:])
    elif isinstance(value, dict):
        codings = value.get("coding") or [{}]
        yield str(codings[0].get("code"))
    else:
        yield str(value)
