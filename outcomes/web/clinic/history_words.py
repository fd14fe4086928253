"""What a column of the record is called on screen, and what stood in it, in the words of the forms that fill it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from wtforms.fields.core import UnboundField

from outcomes.records.queries.history import FieldChange
from outcomes.records.queries.references import NAMES, Names
from outcomes.records.sealing import ERASED
from outcomes.terms import (
    AnsweredBy,
    AssessmentState,
    CaseDefinitionName,
    ChangeReason,
    Comorbidity,
    DonorKind,
    Ending,
    EntryBasis,
    EventOutcome,
    ExposureKind,
    Intent,
    Material,
    MaterialState,
    Meaning,
    Onset,
    Purpose,
    Reached,
    Relation,
    Role,
    Route,
    ScreeningResult,
    Seriousness,
    Severity,
    Sex,
    Trigger,
    WorkStatus,
)
from outcomes.voice import N_, Voice
from outcomes.web.clinic.fields import RecordForm
from outcomes.web.clinic.patient_forms import EnrolmentForm
from outcomes.web.clinic.treatment_forms import EndingEntry, EventEntry, ExposureEntry, NewInfusionEntry
from outcomes.web.words import word

LONGEST = 120
NOTHING = "–"
TERMS: Mapping[str, type[StrEnum]] = {
    "donor.kind": DonorKind,
    "donor_screening.result": ScreeningResult,
    "lot.state": MaterialState,
    "membership.role": Role,
    "answered_by": AnsweredBy,
    "assessment.state": AssessmentState,
    "comorbidities": Comorbidity,
    "definition": CaseDefinitionName,
    "entry_basis": EntryBasis,
    "exposure.kind": ExposureKind,
    "infusion.state": MaterialState,
    "intent": Intent,
    "material": Material,
    "meaning": Meaning,
    "onset_kind": Onset,
    "outcome": EventOutcome,
    "patient_ending.kind": Ending,
    "purpose": Purpose,
    "reached": Reached,
    "relation_to_fmt": Relation,
    "relation_to_procedure": Relation,
    "route": Route,
    "seriousness": Seriousness,
    "severity": Severity,
    "sex": Sex,
    "trigger": Trigger,
    "signature_void.why": ChangeReason,
    "work_status": WorkStatus,
}
"""The words of a column's values, by the column, or by table and column where its name alone does not tell."""
TRUTHS = frozenset(
    {
        "active",
        "anaerobic",
        "antibiotics_last_3_months",
        "blinded",
        "by_patient",
        "comparison",
        "crash",
        "crash_after_exertion",
        "expected",
        "met",
        "proton_pump_inhibitor",
        "qualifying",
        "sedation",
        "too_ill",
    }
)
ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "visit": {
        "on_date": N_("Date of the answers"),
        "reached": N_("How the patient was reached"),
        "severity": N_("Severity that day (NICE)"),
        "crash": N_("Worse than usual now because of exertion"),
        "too_ill": N_("too ill to answer"),
        "qualifying": N_("qualified for treatment"),
        "note": N_("Note"),
        "time_zone": N_("Time zone"),
        "made_at": N_("Entered at"),
    },
    "assessment": {
        "instrument": N_("Instrument"),
        "answered_by": N_("Answered by"),
        "answers": N_("Answers"),
        "totals": N_("Totals"),
        "language": N_("Language"),
        "form_version": N_("Form"),
        "key_version": N_("Key version"),
        "wording_version": N_("Version of the wording"),
        "state": N_("State"),
        "started_at": N_("Begun at"),
        "finished_at": N_("Finished at"),
    },
    "case_definition": {
        "definition": N_("Definition"),
        "met": N_("Met"),
        "on_date": N_("Assessed on"),
        "assessor": N_("Assessed by"),
    },
    "consent": {
        "purpose": N_("Purpose"),
        "given_on": N_("Given on"),
        "withdrawn_on": N_("Withdrawn on"),
        "text_version": N_("Version of the text"),
    },
    "arm": {
        "label": N_("Arm"),
        "comparison": N_("Comparison group"),
        "blinded": N_("Blinded"),
        "starts_on": N_("Began on"),
        "unblinded_on": N_("Opened on"),
    },
    "course": {"number": N_("Number")},
    "donor": {"code": N_("Pseudonym"), "kind": N_("Kind"), "active": N_("Still gives")},
    "donor_screening": {"on_date": N_("Date"), "panel": N_("What was looked for"), "result": N_("Result")},
    "lot": {
        "number": N_("Lot number"),
        "state": N_("State"),
        "prepared_on": N_("Prepared on"),
        "anaerobic": N_("Prepared without oxygen"),
        "recalled_on": N_("Recalled on"),
        "recall_reason": N_("Reason of the recall"),
    },
    "membership": {
        "display_name": N_("Name"),
        "role": N_("As"),
        "active": N_("Has a place here"),
        "user_id": N_("Account"),
    },
    "user_account": {
        "email": N_("E-mail"),
        "password_hash": N_("Password"),
        "active": N_("May sign in"),
        "uniquifier": N_("Mark of the sign-ins"),
        "language": N_("Language"),
        "theme": N_("Display"),
        "second_factor_secret": N_("Authenticator app"),
        "second_factor_since": N_("Authenticator app since"),
        "made_at": N_("Made at"),
    },
    "score": {
        "scale": N_("Scale"),
        "on_date": N_("Date of the answers"),
        "value": N_("Value"),
        "standard_error": N_("Standard error"),
        "items_used": N_("Items answered"),
        "items": N_("Items"),
        "absence": N_("Why there is none"),
        "key_version": N_("Key version"),
        "assessment_id": N_("Questionnaire"),
    },
    "signature": {
        "printed_name": N_("Printed name"),
        "meaning": N_("Meaning"),
        "signed_at": N_("Signed at"),
        "content_sha256": N_("Hash of what was signed"),
    },
    "signature_void": {
        "printed_name": N_("Unlocked by"),
        "why": N_("Reason"),
        "more": N_("In your own words"),
        "at": N_("Unlocked at"),
    },
    "exposure": {"by_patient": N_("Told by the patient")},
}
EVERYWHERE = {
    "deleted_at": N_("Taken back at"),
    "course_id": N_("Course"),
    "donor_id": N_("Donor"),
    "import_id": N_("Import"),
    "infusion_id": N_("Infusion"),
    "lot_id": N_("Lot"),
    "membership_id": N_("Member"),
    "merged_into_id": N_("Merged into"),
    "note": N_("Note"),
    "patient_id": N_("Patient"),
    "signature_id": N_("Signature"),
    "visit_id": N_("Visit"),
}
FORMS: Mapping[str, type[RecordForm]] = {
    "patient": EnrolmentForm,
    "course": NewInfusionEntry,
    "infusion": NewInfusionEntry,
    "exposure": ExposureEntry,
    "adverse_event": EventEntry,
    "patient_ending": EndingEntry,
}


def field_words(
    voice: Voice, table: str, change: FieldChange, zone: str, names: Names = MappingProxyType({})
) -> tuple[str, str, str]:
    """Say one change: what the field is called, what stood in it, and what stands there now."""
    name = change.field.removesuffix("_sealed")
    label = voice.say(label_of(table, name))
    if change.sealed:
        return label, voice.say("sealed"), voice.say("sealed")
    before, after = (
        named(voice, name, value, zone, names) or told_value(voice, table, name, value, zone)
        for value in (change.old, change.new)
    )
    return label, before, after


def named(voice: Voice, column: str, value: Any, zone: str, names: Names) -> str:  # noqa: ANN401 - what a column held
    """Say which row a column points to, as people call it; nothing where it points to none."""
    if column not in NAMES or value is None:
        return ""
    found = names.get((column, UUID(str(value))))
    if isinstance(found, datetime):
        return voice.moment(found, zone)
    if isinstance(found, date):
        return voice.date(found)
    return "" if found is None else str(found)


def label_of(table: str, name: str) -> str:
    """Return what a column is called on the forms, as an English message id."""
    known = ELSEWHERE.get(table, {}).get(name) or EVERYWHERE.get(name)
    field = getattr(FORMS.get(table), name, None)
    return known or (str(field.args[0]) if isinstance(field, UnboundField) else name)


def told_value(voice: Voice, table: str, name: str, value: Any, zone: str) -> str:  # noqa: ANN401 - what a column held
    """Say what stood in a column."""
    if value is None or value in ([], {}):
        return NOTHING
    if value == ERASED:
        return voice.say(ERASED)
    if isinstance(value, list):
        return voice.join([told_value(voice, table, name, each, zone) for each in value])
    if isinstance(value, Mapping):
        text = ", ".join(f"{key}={told_value(voice, table, name, each, zone)}" for key, each in value.items())
    else:
        text = _one(voice, table, name, value, zone)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _one(voice: Voice, table: str, name: str, value: Any, zone: str) -> str:  # noqa: ANN401 - what a column held
    terms = TERMS.get(f"{table}.{name}") or TERMS.get(name)
    if terms is not None and value in {term.value for term in terms}:
        return word(voice, terms(value))
    if name in TRUTHS:
        return voice.say("yes") if value else voice.say("no")
    if name.endswith(("_on", "on_date")) and isinstance(value, str):
        return voice.date(date.fromisoformat(value))
    if name.endswith("_at") or name == "at":
        return voice.moment(datetime.fromisoformat(value).replace(tzinfo=UTC), zone)
    return voice.number(value) if isinstance(value, float) else str(value)
