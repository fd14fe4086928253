"""The history of a record in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from outcomes.records.queries.header import PatientHeader
from outcomes.records.queries.history import FieldChange, History, HistoryEntry, Look
from outcomes.voice import N_, Voice

OPERATIONS = {"insert": N_("entered"), "update": N_("changed"), "delete": N_("deleted")}
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
LONGEST = 120


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
    done = voice.say(OPERATIONS.get(entry.operation.lower(), entry.operation))
    return Line(
        when=voice.moment(entry.at, zone),
        who=entry.actor or voice.say("the program"),
        what=f"{voice.say(TABLES[entry.table])}, {done}",
        reason=entry.reason or "",
        fields=tuple(_field(voice, change) for change in entry.changes),
    )


def _field(voice: Voice, change: FieldChange) -> tuple[str, str, str]:
    if change.sealed:
        return change.field.removesuffix("_sealed"), voice.say("sealed"), voice.say("sealed")
    return change.field, _told(change.old), _told(change.new)


def _told(value: Any) -> str:  # noqa: ANN401 - what a column held
    if value is None:
        return "–"
    text = ", ".join(f"{name}={each}" for name, each in value.items()) if isinstance(value, Mapping) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
