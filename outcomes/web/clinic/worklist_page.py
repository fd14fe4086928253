"""The clinician's home in words: what changed, what is due, what is unfinished."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outcomes.change.windows import DueState, DueVisit
from outcomes.change.words import verdict_words
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.drafts import DraftLine
from outcomes.records.queries.portal_reports import WaitingReport
from outcomes.records.queries.reach import Person
from outcomes.records.queries.worklist import DueGroup, DueLine, UnseenChange, Worklist
from outcomes.voice import N_, Voice
from outcomes.web.progress import MARKS

GROUPS = {
    DueState.CLOSING: N_("Closing within 7 days"),
    DueState.OPEN: N_("Open"),
    DueState.OVERDUE: N_("Overdue"),
    DueState.UPCOMING: N_("Opening within 7 days"),
}
STRIP = 120.0
"""Width of the little picture of a window, in its own units."""


@dataclass(frozen=True, slots=True)
class Window:
    """A visit window as a picture: where it begins and ends and where today is, on a line of 120."""

    start: float
    width: float
    today: float


@dataclass(frozen=True, slots=True)
class DueItem:
    """One visit to make."""

    patient_id: UUID
    name: str
    code: str
    visit: str
    point: str
    window: Window
    when: str
    has_draft: bool


@dataclass(frozen=True, slots=True)
class DueSection:
    """The visits in one state."""

    title: str
    count: str
    more: int
    items: tuple[DueItem, ...]


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One change beyond the band."""

    patient_id: UUID
    name: str
    code: str
    scale: str
    mark: str
    verdict: str
    size: str


@dataclass(frozen=True, slots=True)
class DraftItem:
    """One form that was begun."""

    patient_id: UUID | None
    name: str
    point: str
    told: str


@dataclass(frozen=True, slots=True)
class ReportItem:
    """One form that a patient sent in."""

    patient_id: UUID
    report_id: UUID
    name: str
    code: str
    told: str


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """Everything the worklist shows."""

    lede: str
    reports: tuple[ReportItem, ...]
    more_reports: int
    changes: tuple[ChangeItem, ...]
    due: tuple[DueSection, ...]
    drafts: tuple[DraftItem, ...]
    more_unseen: bool


def page(voice: Voice, catalogue: Catalogue, worklist: Worklist) -> WorklistPage:
    """Put a worklist into words."""
    waiting = voice.count("%(n)s thing waits for you", "%(n)s things wait for you", worklist.count)
    return WorklistPage(
        lede=f"{voice.date(worklist.today, 'full')} · {waiting}",
        reports=tuple(_report(voice, each) for each in worklist.reports),
        more_reports=worklist.reports_count - len(worklist.reports),
        changes=tuple(_change(voice, catalogue, each) for each in worklist.changes),
        due=tuple(_section(voice, group, worklist.today) for group in worklist.due if group.lines),
        drafts=tuple(_draft(voice, each) for each in worklist.drafts if each.person and each.form.startswith("visit:")),
        more_unseen=worklist.more_unseen,
    )


def called(person: Person) -> str:
    """Return how a patient is called: the name, else the code."""
    return person.name or person.code


def _section(voice: Voice, group: DueGroup, today: date) -> DueSection:
    items = tuple(_due(voice, line, today) for line in group.lines)
    return DueSection(voice.say(GROUPS[group.state]), voice.number(group.count), group.count - len(items), items)


def _due(voice: Voice, line: DueLine, today: date) -> DueItem:
    person, due = line.person, line.due
    return DueItem(
        patient_id=person.id,
        name=called(person),
        code=person.code,
        visit=voice.pick(due.point.title),
        point=due.point.code,
        window=_window(due, today),
        when=due_words(voice, due) if line.day_zero else voice.say("before FMT"),
        has_draft=line.draft is not None,
    )


def _window(due: DueVisit, today: date) -> Window:
    """Lay the window over the middle of the line, with today inside the picture whatever its distance."""
    span = max((due.closes - due.opens).days, 1)
    unit = STRIP / 2 / span
    start = STRIP / 4
    now = start + (today - due.opens).days * unit
    return Window(round(start, 1), round(span * unit, 1), round(min(STRIP - 2, max(2.0, now)), 1))


def due_words(voice: Voice, due: DueVisit) -> str:
    """Say when a planned visit is due: "closes in 4 days", "overdue by 11 days"."""
    if due.state is DueState.UPCOMING:
        return voice.count("opens in %(n)s day", "opens in %(n)s days", due.days)
    if due.state in {DueState.OVERDUE, DueState.MISSED}:
        return voice.count("overdue by %(n)s day", "overdue by %(n)s days", due.days)
    if due.state is DueState.DONE:
        return voice.say("done")
    if due.days == 0:
        return voice.say("closes today")
    if due.state is DueState.CLOSING:
        return voice.count("closes in %(n)s day", "closes in %(n)s days", due.days)
    return voice.count("%(n)s day left", "%(n)s days left", due.days)


def _change(voice: Voice, catalogue: Catalogue, news: UnseenChange) -> ChangeItem:
    scale, change = catalogue.scale(news.scale), news.change
    decimals = max(scale.decimals, 1)
    moved = change.change or 0.0
    size = voice.number(abs(moved), decimals)
    said = voice.say("%(size)s lower", size=size) if moved < 0 else voice.say("%(size)s higher", size=size)
    band = voice.say("band ±%(band)s", band=voice.number(change.band or 0.0, decimals))
    return ChangeItem(
        patient_id=news.person.id,
        name=called(news.person),
        code=news.person.code,
        scale=voice.pick(scale.title),
        mark=MARKS[change.verdict],
        verdict=verdict_words(voice, change),
        size=f"{said} · {band} · {voice.day(news.day)}",
    )


def _report(voice: Voice, waiting: WaitingReport) -> ReportItem:
    marks = {
        voice.say("too ill to answer"): waiting.too_ill,
        voice.say("one question"): waiting.short,
        voice.say("during a crash"): waiting.crash,
    }
    said = [voice.date(waiting.on_date), *(text for text, holds in marks.items() if holds)]
    person = waiting.person
    return ReportItem(person.id, waiting.id, called(person), person.code, " · ".join(said))


def _draft(voice: Voice, line: DraftLine) -> DraftItem:
    point = line.form.rpartition(":")[2]
    filled = voice.count("%(n)s field filled in", "%(n)s fields filled in", line.filled)
    kept = voice.say("kept until %(date)s", date=voice.date(line.kept_until.date()))
    return DraftItem(
        patient_id=line.person.id if line.person else None,
        name=called(line.person) if line.person else "",
        point=point,
        told=f"{filled} · {kept}",
    )
