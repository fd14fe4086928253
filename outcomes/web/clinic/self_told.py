"""What a patient tells beside the visits, on the clinician's page: forms sent in, the diary by week, own activities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outcomes.actions.diary import DIARY
from outcomes.figures.figure import Figure
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.portal_own import ActivityRow, Diary
from outcomes.records.queries.portal_reports import ReportRow
from outcomes.records.queries.record import PatientRecord
from outcomes.voice import Voice
from outcomes.web.own_series import diary_chart

MOST_REPORTS = 5


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One form that was sent in: what it is, and whether it waits."""

    id: UUID
    title: str
    waits: bool
    told: str


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One own activity: the first and the newest score, each with its date."""

    words: str
    first: str
    newest: str
    aside: bool


@dataclass(frozen=True, slots=True)
class SelfTold:
    """Everything a patient told beside the visits."""

    reports: tuple[ReportLine, ...]
    diaries: tuple[tuple[str, Figure], ...]
    activities: tuple[ActivityLine, ...]

    @property
    def anything(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.reports or self.diaries or self.activities)


def self_told(
    voice: Voice,
    catalogue: Catalogue,
    record: PatientRecord,
    reports: Sequence[ReportRow],
    diaries: Mapping[str, Diary],
    activities: Sequence[ActivityRow],
) -> SelfTold:
    """Lay out what a patient told."""
    drawn = {key: diary_chart(voice, catalogue, record, diaries[key]) for key in DIARY if key in diaries}
    return SelfTold(
        reports=tuple(report_line(voice, row) for row in reports[:MOST_REPORTS]),
        diaries=tuple((voice.pick(catalogue.scale(key).title), figure) for key, figure in drawn.items()),
        activities=tuple(_activity(voice, row) for row in activities if row.scores or row.open),
    )


def report_line(voice: Voice, row: ReportRow) -> ReportLine:
    """Say what was sent in, and what became of it."""
    kinds = {True: voice.say("too ill to answer"), False: voice.say("one question") if row.short else ""}
    title = ", ".join(filter(None, [voice.date(row.on_date), kinds[row.too_ill]]))
    if row.reviewed_at is None:
        return ReportLine(row.id, title, waits=True, told=voice.say("waits for review"))
    when = voice.date(row.reviewed_at.date())
    if row.reviewer is None:  # it came with a record of another clinic, whose members have no name here
        return ReportLine(
            row.id, title, waits=False, told=voice.say("reviewed in another clinic on %(date)s", date=when)
        )
    told = voice.say("reviewed by %(who)s on %(date)s", who=row.reviewer, date=when)
    return ReportLine(row.id, title, waits=False, told=told)


def _activity(voice: Voice, row: ActivityRow) -> ActivityLine:
    first = _score(voice, row.scores[0]) if row.scores else ""
    newest = _score(voice, row.scores[-1]) if len(row.scores) > 1 else ""
    return ActivityLine(row.words, first, newest, aside=not row.open)


def _score(voice: Voice, score: tuple[date, int, UUID]) -> str:
    return voice.say("%(value)s on %(date)s", value=voice.number(score[1]), date=voice.date(score[0]))
