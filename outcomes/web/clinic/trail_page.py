"""The audit trail and a verification of it in words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outcomes.actions.checking import Check
from outcomes.records.faults import SENTENCES, FaultKind
from outcomes.records.queries.history import FieldChange
from outcomes.records.queries.references import Names
from outcomes.records.queries.trail import Anchored, ReadRow, Trail, TrailEntry
from outcomes.voice import N_, Voice
from outcomes.web.clinic.history_page import LOOKS, OPERATIONS, TABLES, TAKEN_BACK
from outcomes.web.clinic.history_words import field_words
from outcomes.web.clinic.reasons import reason_words

FURTHER = {
    "activity_score": N_("how hard an activity was"),
    "clinic": N_("clinic"),
    "diary_day": N_("day of the diary"),
    "donor": N_("donor"),
    "donor_screening": N_("screening"),
    "import_mapping": N_("mapping of columns"),
    "import_run": N_("import"),
    "invitation": N_("invitation"),
    "lot": N_("lot"),
    "membership": N_("member"),
    "own_activity": N_("own activity"),
    "passkey": N_("passkey"),
    "patient_key": N_("patient's key"),
    "protocol": N_("protocol"),
    "recovery_code": N_("recovery code"),
    "release": N_("release"),
    "release_approval": N_("approval of a release"),
    "release_script": N_("script for the safe room"),
    "release_secret": N_("key of a release"),
    "release_taking": N_("release taken"),
    "responder_definition": N_("definition"),
    "score": N_("score"),
    "self_report": N_("self-report"),
    "user_account": N_("account"),
}
EVERY_TABLE = TABLES | FURTHER


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One change."""

    when: str
    utc: str
    who: str
    what: str
    whose: tuple[UUID, str] | None
    reason: str
    fields: tuple[tuple[str, str, str], ...]
    withheld: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a verification found, or how far it has come."""

    title: str
    running: bool
    done: int
    total: int
    faults: tuple[tuple[str, str], ...]
    more: int
    anchor: str


def table_words(voice: Voice, table: str) -> str:
    """Return what the rows of a table are called."""
    return voice.say(EVERY_TABLE[table]) if table in EVERY_TABLE else table.replace("_", " ")


def tables_to_choose(voice: Voice) -> list[tuple[str, str]]:
    """Every kind of row that a reader may ask for, in the order of the alphabet."""
    return sorted(((table, voice.say(words)) for table, words in EVERY_TABLE.items()), key=lambda each: each[1])


def trail_lines(voice: Voice, found: Trail, zone: str) -> tuple[TrailLine, ...]:
    """Put a page of the trail into words."""
    return tuple(_line(voice, entry, found.names, zone) for entry in found.entries)


def _line(voice: Voice, entry: TrailEntry, names: Names, zone: str) -> TrailLine:
    taken_back = any(change.field == "deleted_at" and change.new for change in entry.changes)
    done = TAKEN_BACK if taken_back else OPERATIONS.get(entry.operation, entry.operation)
    return TrailLine(
        when=voice.moment(entry.at, zone),
        utc=_utc(voice, entry.at),
        who=entry.who or voice.say("the program"),
        what=f"{table_words(voice, entry.table)}, {voice.say(done)}",
        whose=(entry.patient.id, entry.patient.code) if entry.patient else None,
        reason=reason_words(voice, entry.reason),
        fields=tuple(_field(voice, entry.table, change, zone, names) for change in entry.changes),
        withheld=entry.withheld,
    )


def _field(voice: Voice, table: str, change: FieldChange, zone: str, names: Names) -> tuple[str, str, str]:
    label, before, after = field_words(voice, table, change, zone, names)
    return label.replace("_", " "), before, after


def _utc(voice: Voice, at: datetime) -> str:
    return voice.say("%(moment)s UTC", moment=at.strftime("%Y-%m-%d %H:%M:%S"))


def read_lines(voice: Voice, rows: tuple[ReadRow, ...], zone: str) -> list[tuple[str, str, str, UUID, str, str]]:
    """Put a page of the read log into words: when, in UTC, who, whose record, its number, what of it."""
    return [
        (
            voice.moment(row.at, zone),
            _utc(voice, row.at),
            row.who,
            row.patient_id,
            row.patient.code if row.patient else voice.say("no longer here"),
            voice.say(LOOKS.get(row.what, row.what)),
        )
        for row in rows
    ]


def check_words(voice: Voice, check: Check | None, anchored: Anchored, zone: str) -> Found:
    """Put the last verification into words."""
    return Found(
        title=_title(voice, check, zone),
        running=check is not None and check.is_running,
        done=check.done if check else 0,
        total=check.total if check else 0,
        faults=tuple(_fault(voice, dict(each)) for each in check.faults) if check else (),
        more=check.count - len(check.faults) if check else 0,
        anchor=_anchor(voice, anchored, zone),
    )


def _title(voice: Voice, check: Check | None, zone: str) -> str:
    if check is None:
        return voice.say("The records were not verified yet")
    if check.is_running:
        return voice.say("Verifying the records")
    if check.ended_at is None:
        return voice.say("The last verification was broken off")
    when = voice.moment(datetime.fromisoformat(check.ended_at), zone)
    entries = voice.count("%(n)s entry", "%(n)s entries", check.entries)
    if not check.count:
        return voice.say("%(when)s: %(entries)s verified, nothing is wrong", when=when, entries=entries)
    faults = voice.count("%(n)s fault", "%(n)s faults", check.count)
    return voice.say("%(when)s: %(entries)s verified, %(faults)s found", when=when, entries=entries, faults=faults)


def _fault(voice: Voice, told: dict[str, object]) -> tuple[str, str]:
    """Say what is wrong and where: the kind of row, its key, the field, the place in the trail."""
    table, position = told.get("table"), told.get("position")
    where = [
        table_words(voice, str(table)) if table else "",
        voice.say("row %(row)s", row=told["row"]) if told.get("row") else "",
        voice.say("field %(field)s", field=told["field"]) if told.get("field") else "",
        voice.say("place %(n)s in the trail", n=position) if position is not None else "",
    ]
    return voice.say(SENTENCES[FaultKind(str(told["kind"]))]), " · ".join(filter(None, where))


def _anchor(voice: Voice, anchored: Anchored, zone: str) -> str:
    if anchored.at is None:
        return voice.say("The trail was never anchored outside the database.")
    return voice.say(
        "Last anchored outside the database on %(when)s, at entry %(n)s of %(all)s.",
        when=voice.moment(anchored.at, zone),
        n=anchored.anchored,
        all=anchored.position,
    )
