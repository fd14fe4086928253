"""The history of a record in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from outcomes.records.queries.header import PatientHeader
from outcomes.records.queries.history import History, HistoryEntry, Look, columns_told
from outcomes.records.queries.references import Names
from outcomes.voice import N_, Voice
from outcomes.web.clinic.history_words import field_words, label_of, named, told_value
from outcomes.web.clinic.reasons import reason_words

OPERATIONS = {"insert": N_("entered"), "update": N_("changed"), "delete": N_("deleted")}
TAKEN_BACK = N_("taken back")
TABLES = {
    "patient": N_("patient"),
    "visit": N_("visit"),
    "assessment": N_("questionnaire"),
    "course": N_("course"),
    "infusion": N_("infusion"),
    "arm": N_("arm"),
    "exposure": N_("exposure"),
    "adverse_event": N_("adverse event"),
    "case_definition": N_("case definition"),
    "consent": N_("consent"),
    "patient_ending": N_("ending"),
    "signature": N_("signature"),
    "signature_void": N_("unlocking"),
}
KINDS: Mapping[str, tuple[str, frozenset[str]]] = {
    "patient": (N_("Fields of the patient"), frozenset({"patient", "case_definition", "consent", "arm"})),
    "treatment": (N_("Courses and infusions"), frozenset({"course", "infusion"})),
    "visits": (N_("Visits and answers"), frozenset({"visit", "assessment", "signature", "signature_void"})),
    "events": (N_("Events"), frozenset({"adverse_event", "exposure", "patient_ending"})),
}
"""Parts of a record that a reader may choose, each with the tables that hold it."""
WHICH = ("on_date", "started_on", "given_on", "number", "visit_id", "signature_id", "definition", "label")
"""By what a row is told from others of its kind, the first that it holds."""
LOOKS = {
    "record": N_("the record"),
    "all fields": N_("all fields"),
    "visit form": N_("the visit form"),
    "visit": N_("a visit"),
    "answers": N_("the answers"),
    "history": N_("the history"),
    "trail": N_("entries of the audit trail"),
    "whole record as a file": N_("the whole record, taken as a file"),
    "scores as a REDCap file": N_("answers and scores, taken as REDCap files"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One change of one row."""

    when: str
    who: str
    what: str
    reason: str
    fields: tuple[tuple[str, str, str], ...]
    which: str
    address: tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Everything the history shows."""

    patient_id: UUID
    who: str
    lede: str
    lines: tuple[Line, ...]
    withheld: int
    more: bool
    looks: tuple[tuple[str, str, str], ...]


def page(
    voice: Voice, header: PatientHeader, found: History, seen: Sequence[Look], zone: str, skipped: int = 0
) -> HistoryPage:
    """Put the history of a record into words, beginning after so many entries."""
    return HistoryPage(
        patient_id=header.id,
        who=header.name or header.code,
        lede=voice.count("%(n)s entry", "%(n)s entries", found.count),
        lines=tuple(_line(voice, entry, zone, found.names) for entry in found.entries),
        withheld=found.withheld,
        more=found.count > skipped + len(found.entries),
        looks=tuple(
            (voice.moment(look.at, zone), look.name, voice.say(LOOKS.get(look.what, look.what))) for look in seen
        ),
    )


def _line(voice: Voice, entry: HistoryEntry, zone: str, names: Names) -> Line:
    return Line(
        when=voice.moment(entry.at, zone),
        who=entry.actor or voice.say("the program"),
        what=f"{voice.say(TABLES[entry.table])}, {voice.say(_operation(entry))}",
        reason=reason_words(voice, entry.reason),
        fields=tuple(field_words(voice, entry.table, change, zone, names) for change in entry.changes),
        which=_which(voice, entry, zone, names),
        address=(entry.table, UUID(entry.row_id)),
    )


def _which(voice: Voice, entry: HistoryEntry, zone: str, names: Names) -> str:
    """Say which row of its kind was changed."""
    told = next((name for name in WHICH if entry.row.get(name) is not None), None)
    if told is None:
        return ""
    value = entry.row[told]
    said = named(voice, told, value, zone, names) or told_value(voice, entry.table, told, value, zone)
    return f"{entry.row['instrument']}, {said}" if "instrument" in entry.row else said


def fields_to_choose(voice: Voice, kind: str) -> list[tuple[str, str]]:
    """Every field of a part of the record that a reader may ask for, with its name, in the order of the alphabet."""
    if kind not in KINDS:
        return []
    known = {
        column: voice.say(label_of(table, column.removesuffix("_sealed")))
        for table in KINDS[kind][1]
        for column in columns_told(table)
    }
    return sorted(known.items(), key=lambda each: each[1])


def _operation(entry: HistoryEntry) -> str:
    """What was done to the row; a row that is taken back is marked, never thrown away."""
    taken_back = any(change.field == "deleted_at" and change.new for change in entry.changes)
    return TAKEN_BACK if taken_back else OPERATIONS.get(entry.operation.lower(), entry.operation)
