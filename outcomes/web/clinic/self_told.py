"""What a patient tells beside the visits, on the clinician's page: forms sent in, the diary by week, own activities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from outcomes.actions.diary import DIARY
from outcomes.change.diary import DiaryWeek
from outcomes.figures.figure import Figure, LinkedRow, Measure, Table, columns
from outcomes.figures.trajectory import Point, trajectory
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.portal_own import ActivityRow, Diary
from outcomes.records.queries.portal_reports import ReportRow
from outcomes.records.queries.record import PatientRecord
from outcomes.voice import Voice

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
    told = voice.say("reviewed by %(who)s on %(date)s", who=row.reviewer or "", date=when)
    return ReportLine(row.id, title, waits=False, told=told)


def _activity(voice: Voice, row: ActivityRow) -> ActivityLine:
    first = _score(voice, row.scores[0]) if row.scores else ""
    newest = _score(voice, row.scores[-1]) if len(row.scores) > 1 else ""
    return ActivityLine(row.words, first, newest, aside=not row.open)


def _score(voice: Voice, score: tuple[date, int, UUID]) -> str:
    return voice.say("%(value)s on %(date)s", value=voice.number(score[1]), date=voice.date(score[0]))


def diary_chart(voice: Voice, catalogue: Catalogue, record: PatientRecord, diary: Diary) -> Figure:
    """Draw the mean of each week at its middle, a series of its own: it asks about the day, the visits about a week."""
    scale, anchor = catalogue.scale(diary.scale), record.first_day or record.today
    title = voice.say("%(scale)s, diary: mean of each week", scale=voice.pick(scale.title))
    measure = replace(Measure.of(voice, scale), title=title, decimals=1)
    means = [week for week in diary.weeks if week.mean is not None]
    points = [Point((week.middle - anchor).days, week.mean, on=week.middle) for week in means]
    infusions = sorted((each.on_date - anchor).days for course in record.courses for each in course.infusions)
    figure = trajectory(voice, measure, points, infusions=infusions, today=(record.today - anchor).days)
    headline = _headline(voice, diary, means)
    return replace(figure, headline=headline, sentence=f"{title}. {headline}", table=_weeks(voice, title, diary.weeks))


def _headline(voice: Voice, diary: Diary, means: Sequence[DiaryWeek]) -> str:
    days = voice.count("%(n)s day in the diary", "%(n)s days in the diary", len(diary.days))
    if not means or means[-1].mean is None:
        return voice.say("%(days)s, no week with 4 days yet.", days=days)
    newest = voice.number(means[-1].mean, 1)
    return voice.say("%(days)s; the newest weekly mean is %(mean)s.", days=days, mean=newest)


def _weeks(voice: Voice, title: str, weeks: Sequence[DiaryWeek]) -> Table:
    named = (voice.say("Week of"), voice.say("Days"), voice.say("Mean"), voice.say("Standard error within the week"))
    return Table(title, columns(*named, numeric=(1, 2, 3)), lambda: (_row(voice, week) for week in weeks))


def _row(voice: Voice, week: DiaryWeek) -> LinkedRow:
    numbers = ("–" if each is None else voice.number(each, 1) for each in (week.mean, week.standard_error))
    return None, (voice.date(week.monday), voice.number(week.days), *numbers)
