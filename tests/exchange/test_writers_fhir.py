"""FHIR lines of a release: they pass an independent library's R4B models and our own lists of required R4 codes."""

import importlib
import json
import re

import pytest

from outcomes.exchange.writers.contents import REASONS
from outcomes.exchange.writers.fhir_codes import unknown_codes
from outcomes.exchange.writers.fhir_ndjson import ABSENT
from tests.exchange.releasing import events, long_rows, opened, packed_once, patients, release, treatments

KINDS = ("ResearchStudy", "Patient", "ResearchSubject", "Observation", "Procedure", "AdverseEvent")
STATUSES = {
    "ResearchStudy": "active administratively-completed approved closed-to-accrual closed-to-accrual-and-intervention "
    "completed disapproved in-review temporarily-closed-to-accrual temporarily-closed-to-accrual-and-intervention "
    "withdrawn",
    "ResearchSubject": "candidate eligible follow-up ineligible not-registered off-study on-study "
    "on-study-intervention on-study-observation pending-on-study potential-candidate screening withdrawn",
}
"""Required codes of the two kinds that one patient's bundle has not, from the pages of https://hl7.org/fhir/R4/:
valueset-research-study-status.html and valueset-research-subject-status.html."""
HL7_REASONS = {
    "unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "masked", "not-applicable",
    "unsupported", "as-text", "error", "not-a-number", "negative-infinity", "positive-infinity", "not-performed",
    "not-permitted",
}  # fmt: skip
"""https://hl7.org/fhir/R4/valueset-data-absent-reason.html"""


def resources(kind):
    lines = opened(packed_once()).read(f"fhir/{kind}.ndjson").decode().splitlines()
    return [json.loads(line) for line in lines]


def test_there_is_one_resource_a_row():
    counts = {kind: len(resources(kind)) for kind in KINDS}
    rows = {"Patient": patients(40), "Procedure": treatments(40), "AdverseEvent": events(40)}
    assert {kind: counts[kind] for kind in rows} == {kind: len(table.batches[0]) for kind, table in rows.items()}
    assert counts["Observation"] == len(long_rows(release()))
    assert counts["ResearchSubject"] == counts["Patient"]


@pytest.mark.parametrize("kind", KINDS)
def test_models_take_every_resource(kind):
    model = getattr(importlib.import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    for resource in resources(kind)[:200]:
        assert model.model_validate(resource) is not None


@pytest.mark.parametrize("kind", KINDS)
def test_required_codes_are_in_their_lists(kind):
    for resource in resources(kind):
        assert unknown_codes(resource) == ()
        if kind in STATUSES:
            assert resource["status"] in STATUSES[kind].split()


def test_reasons_are_codes_of_hl7_and_ours_stands_beside_them():
    assert set(ABSENT.values()) <= HL7_REASONS
    absent = [each["dataAbsentReason"] for each in resources("Observation") if "dataAbsentReason" in each]
    assert len(absent) > 50
    assert {each["coding"][0]["code"] for each in absent} <= HL7_REASONS
    assert {each["coding"][1]["code"] for each in absent} <= set(REASONS)


def test_every_observation_has_a_value_or_a_reason_and_never_both():
    assert all(("valueQuantity" in each) != ("dataAbsentReason" in each) for each in resources("Observation"))


def test_identifiers_are_unique_and_references_lead_somewhere():
    found = {f"{kind}/{each['id']}" for kind in KINDS for each in resources(kind)}
    assert len(found) == sum(len(resources(kind)) for kind in KINDS)
    assert all(re.fullmatch(r"[A-Za-z]+/[A-Za-z0-9.-]{1,64}", name) for name in found)
    text = "".join(opened(packed_once()).read(f"fhir/{kind}.ndjson").decode() for kind in KINDS)
    references = set(re.findall(r'"reference":"([^"]+)"', text))
    assert len(references) > 40
    assert references <= found
