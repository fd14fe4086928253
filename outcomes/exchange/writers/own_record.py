"""One patient's whole record as plain frozen rows, and as a table that spreadsheets open safely.

The rows hold what the records hold and nothing of how they are kept: no versions, no marks of deletion. `fhir` writes
them as a bundle, and `outcomes.exchange.readers.fhir` reads the same rows back.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from outcomes.terms import (
    Absence,
    AnsweredBy,
    AssessmentState,
    CaseDefinitionName,
    Comorbidity,
    Ending,
    EntryBasis,
    EventOutcome,
    ExposureKind,
    Intent,
    Language,
    Material,
    MaterialState,
    Onset,
    Purpose,
    Reached,
    Relation,
    Route,
    Seriousness,
    Severity,
    Sex,
    Trigger,
    WorkStatus,
)

HEADINGS = (
    "kind",
    "date",
    "questionnaire",
    "name",
    "value",
    "absence",
    "standard_error",
    "items_used",
    "items",
    "answered_by",
    "language",
    "key_version",
    "too_ill",
    "crash",
)
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
NOT_GIVEN = "not_given"
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Who the patient is: every field of enrolment."""

    id: UUID
    code: str
    name: str | None
    contact: str | None
    birth_date: date | None
    sex: Sex
    country: str | None
    onset_kind: Onset
    onset_year: int | None
    onset_month: int | None
    trigger: Trigger | None
    diagnosed_on: date | None
    work_status: WorkStatus
    comorbidities: tuple[Comorbidity, ...]
    medication: str | None
    diet: str | None
    antibiotics_last_3_months: bool | None
    entry_basis: EntryBasis


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """A case definition, met or not."""

    id: UUID
    definition: CaseDefinitionName
    met: bool
    on_date: date | None
    assessor: str | None


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """Consent to one purpose."""

    id: UUID
    purpose: Purpose
    text_version: str
    given_on: date
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class EndingRow:
    """Why no further scores are to be expected."""

    id: UUID
    kind: Ending
    on_date: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class ArmRow:
    """The arm of a comparison; without a label while it is hidden from the reader."""

    id: UUID
    label: str | None
    comparison: bool | None
    blinded: bool
    starts_on: date | None
    unblinded_on: date | None


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One course of FMT."""

    id: UUID
    number: int
    intent: Intent
    indication: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class InfusionRow:
    """One administration; what tells a hidden arm is left out of it."""

    id: UUID
    course_id: UUID
    on_date: date
    route: Route
    material: Material | None
    donor_code: str | None
    lot_number: str | None
    lot_recalled_on: date | None
    mass_g: float | None
    volume_ml: float | None
    capsules: int | None
    state: MaterialState | None
    thawed_on: date | None
    anaerobic: bool | None
    retention_minutes: int | None
    lavage_agent: str | None
    antibiotic: str | None
    antibiotic_days: int | None
    antibiotic_washout_days: int | None
    proton_pump_inhibitor: bool | None
    sedation: bool | None
    note: str | None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One occasion on which scores were taken."""

    id: UUID
    on_date: date
    time_zone: str
    reached: Reached
    severity: Severity | None
    crash: bool
    too_ill: bool
    qualifying: bool
    note: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class FilledRow:
    """One questionnaire as filled in: every answer as given, and how it was given."""

    id: UUID
    visit_id: UUID
    instrument: str
    key_version: str
    form_version: str | None
    language: Language
    wording_version: str | None
    answered_by: AnsweredBy
    state: AssessmentState
    started_at: datetime | None
    finished_at: datetime | None
    answers: Mapping[str, Any]
    totals: Mapping[str, Any]
    given_on: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One scale's value. It is None exactly when `absence` says why."""

    scale: str
    visit_id: UUID
    assessment_id: UUID
    on_date: date
    value: float | None
    standard_error: float | None
    absence: Absence | None
    items_used: int
    items: int
    key_version: str


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """Something besides FMT that may move scores, in the clinic's or the patient's words."""

    id: UUID
    kind: ExposureKind
    text: str | None
    started_on: date
    ended_on: date | None
    by_patient: bool
    how_bad: int | None


@dataclass(frozen=True, slots=True)
class EventRow:
    """An adverse event."""

    id: UUID
    infusion_id: UUID | None
    term: str | None
    started_on: date
    ended_on: date | None
    grade: int
    seriousness: Seriousness | None
    relation_to_fmt: Relation
    relation_to_procedure: Relation
    expected: bool | None
    action: str | None
    outcome: EventOutcome
    crash_after_exertion: bool
    organism: str | None


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """Something the patient wants to be able to do; `open` while it is asked."""

    id: UUID
    words: str | None
    made_at: datetime
    open: bool


@dataclass(frozen=True, slots=True)
class ActivityScoreRow:
    """How hard an own activity was on a visit."""

    activity_id: UUID
    visit_id: UUID
    on_date: date
    value: int


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """One tap of the diary."""

    scale: str
    on_date: date
    value: int


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A form that the patient or a carer sent in, and what the clinic said to it."""

    id: UUID
    visit_id: UUID
    sent_at: datetime
    short: bool
    by_carer: bool
    words: str | None
    note: str | None
    reviewed_at: datetime | None
    reviewer: str | None


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """Everything that is recorded of one patient, at one instant."""

    as_of: datetime
    clinic: str
    person: PersonRow
    definitions: tuple[DefinitionRow, ...] = ()
    consents: tuple[ConsentRow, ...] = ()
    endings: tuple[EndingRow, ...] = ()
    arms: tuple[ArmRow, ...] = ()
    courses: tuple[CourseRow, ...] = ()
    infusions: tuple[InfusionRow, ...] = ()
    visits: tuple[VisitRow, ...] = ()
    filled: tuple[FilledRow, ...] = ()
    scores: tuple[ScoreRow, ...] = ()
    exposures: tuple[ExposureRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    activities: tuple[ActivityRow, ...] = ()
    activity_scores: tuple[ActivityScoreRow, ...] = ()
    diary: tuple[DiaryRow, ...] = ()
    reports: tuple[ReportRow, ...] = ()


def as_csv(record: WholeRecord) -> bytes:
    """Write scores, answers, the diary and own activities as one long table, a row each.

    UTF-8 with the mark by which spreadsheets know it. Numbers are numbers; words that a spreadsheet would take for a
    formula begin with an apostrophe. What is missing says why and is never zero.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(HEADINGS)
    for line in _lines(record):
        writer.writerow([_cell(line.get(name)) for name in HEADINGS])
    return b"\xef\xbb\xbf" + table.getvalue().encode()


def _lines(record: WholeRecord) -> Iterator[dict[str, Any]]:
    visits = {each.id: each for each in record.visits}
    filled = {each.id: each for each in record.filled}
    for score in record.scores:
        yield _of_visit(visits.get(score.visit_id)) | _score(score, filled.get(score.assessment_id))
    for each in record.filled:
        for line in _answers(each):
            yield _of_visit(visits.get(each.visit_id)) | line
    for tap in record.diary:
        yield {"kind": "diary", "date": tap.on_date, "name": tap.scale, "value": tap.value}
    words = {each.id: each.words for each in record.activities}
    for activity in record.activity_scores:
        own = {"kind": "own_activity", "name": words.get(activity.activity_id), "value": activity.value}
        yield _of_visit(visits.get(activity.visit_id)) | {"date": activity.on_date} | own


def _of_visit(visit: VisitRow | None) -> dict[str, Any]:
    return {} if visit is None else {"date": visit.on_date, "too_ill": visit.too_ill, "crash": visit.crash}


def _score(score: ScoreRow, filled: FilledRow | None) -> dict[str, Any]:
    return {
        "kind": "score",
        "date": score.on_date,
        "questionnaire": score.scale.partition(".")[0],
        "name": score.scale,
        "value": score.value,
        "absence": score.absence,
        "standard_error": score.standard_error,
        "items_used": score.items_used,
        "items": score.items,
        "answered_by": filled.answered_by if filled else None,
        "language": filled.language if filled else None,
        "key_version": score.key_version,
    }


def _answers(filled: FilledRow) -> Iterator[dict[str, Any]]:
    common = {
        "questionnaire": filled.instrument,
        "answered_by": filled.answered_by,
        "language": filled.language,
        "key_version": filled.key_version,
    }
    days = filled.given_on or {}
    for item in dict.fromkeys((*filled.answers, *days)):
        value = filled.answers.get(item)
        missing = None if value is not None else SKIPPED if item in days else NOT_GIVEN
        given = {"date": days[item]} if item in days else {}
        yield common | {"kind": "answer", "name": item, "value": value, "absence": missing} | given
    for scale, value in filled.totals.items():
        yield common | {"kind": "total", "name": scale, "value": value}


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
