"""The list of patients in words."""

from dataclasses import dataclass
from uuid import UUID

from outcomes.change.windows import DueState
from outcomes.records.queries.patients import PatientFilter, PatientLine, PatientPage, PatientState
from outcomes.terms import Severity, Sex
from outcomes.voice import N_, Voice
from outcomes.web.clinic.worklist_page import due_words
from outcomes.web.words import choices, word

STATES = {
    PatientState.BEFORE_TREATMENT: N_("before FMT"),
    PatientState.FOLLOW_UP: N_("in follow-up"),
    PatientState.DEATH: N_("died"),
    PatientState.WITHDRAWAL: N_("withdrew"),
    PatientState.LOST: N_("lost to follow-up"),
}
DUE = {
    DueState.OPEN: N_("open"),
    DueState.CLOSING: N_("closing within 7 days"),
    DueState.OVERDUE: N_("overdue"),
    DueState.UPCOMING: N_("opening within 7 days"),
}


@dataclass(frozen=True, slots=True)
class PatientItem:
    """One patient in the list."""

    id: UUID
    name: str
    code: str
    state: str
    severity: str
    last_visit: str
    due: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """One list to filter by."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class PatientsPage:
    """Everything the list shows."""

    lede: str
    rows: tuple[PatientItem, ...]
    filters: tuple[Choosing, ...]
    text: str
    filtered: bool
    next_after: str | None

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are set, as parts of an address."""
        return {each.name: each.chosen for each in self.filters if each.chosen}


def page(voice: Voice, found: PatientPage, chosen: PatientFilter, everybody: int) -> PatientsPage:
    """Put a page of patients into words."""
    return PatientsPage(
        lede=voice.count("%(n)s patient", "%(n)s patients", everybody),
        rows=tuple(_item(voice, row) for row in found.rows),
        filters=tuple(_filters(voice, chosen)),
        text=chosen.text,
        filtered=any((chosen.state, chosen.due, chosen.severity, chosen.sex)),
        next_after=found.next_after,
    )


def _item(voice: Voice, row: PatientLine) -> PatientItem:
    due = "" if row.due is None else f"{voice.pick(row.due.point.title)}, {due_words(voice, row.due)}"
    return PatientItem(
        id=row.id,
        name=row.name or row.code,
        code=row.code,
        state=voice.say(STATES[row.state]),
        severity=word(voice, row.severity) if row.severity else "",
        last_visit=voice.date(row.last_visit) if row.last_visit else "",
        due=due if row.day_zero else "",
    )


def _filters(voice: Voice, chosen: PatientFilter) -> list[Choosing]:
    anybody = voice.say("any")
    states = [("", anybody), *((state.value, voice.say(text)) for state, text in STATES.items())]
    due = [("", anybody), *((state.value, voice.say(text)) for state, text in DUE.items())]
    return [
        Choosing("state", voice.say("State"), tuple(states), chosen.state or ""),
        Choosing("due", voice.say("Visit"), tuple(due), chosen.due or ""),
        Choosing("severity", voice.say("Severity"), tuple(choices(voice, Severity, anybody)), chosen.severity or ""),
        Choosing("sex", voice.say("Sex"), tuple(choices(voice, Sex, anybody)), chosen.sex or ""),
    ]
