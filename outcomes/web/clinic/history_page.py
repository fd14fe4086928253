"""The history of a record in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from outcomes.records.queries.header import PatientHeader
from outcomes.records.queries.history import History, HistoryEntry, Look
from outcomes.voice import N_, Voice
from outcomes.web.clinic.history_words import field_words

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
}
LOOKS = {
    "record": N_("the record"),
    "all fields": N_("all fields"),
    "visit form": N_("the visit form"),
    "visit": N_("a visit"),
    "answers": N_("the answers"),
    "history": N_("the history"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One change of one row."""

    when: str
    who: str
    what: str
    reason: str
    fields: tuple[tuple[str, str, str], ...]


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
        lines=tuple(_line(voice, entry, zone) for entry in found.entries),
        withheld=found.withheld,
        more=found.count > skipped + len(found.entries),
        looks=tuple(
            (voice.moment(look.at, zone), look.name, voice.say(LOOKS.get(look.what, look.what))) for look in seen
        ),
    )


def _line(voice: Voice, entry: HistoryEntry, zone: str) -> Line:
    return Line(
        when=voice.moment(entry.at, zone),
        who=entry.actor or voice.say("the program"),
        what=f"{voice.say(TABLES[entry.table])}, {voice.say(_operation(entry))}",
        reason=entry.reason or "",
        fields=tuple(field_words(voice, entry.table, change, zone) for change in entry.changes),
    )


def _operation(entry: HistoryEntry) -> str:
    """What was done to the row; a row that is taken back is marked, never thrown away."""
    taken_back = any(change.field == "deleted_at" and change.new for change in entry.changes)
    return TAKEN_BACK if taken_back else OPERATIONS.get(entry.operation.lower(), entry.operation)
