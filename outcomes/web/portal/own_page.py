"""The diary, the own activities and the own events in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from outcomes.actions.diary import DIARY
from outcomes.change.diary import DAYS_NEEDED, DiaryWeek
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.portal_own import ActivityRow, Diary
from outcomes.records.queries.record import ExposureRow
from outcomes.terms import ExposureKind
from outcomes.voice import N_, Voice

TODAY = {
    "own_fatigue.score": N_("How bad is your fatigue today?"),
    "own_thinking.score": N_("How much trouble with thinking do you have today?"),
    "own_quality_of_life.score": N_("How good is your quality of life today?"),
}
SHOWN_DAYS = 7
MOST = 10


@dataclass(frozen=True, slots=True)
class DiaryScale:
    """One scale of the diary: today's question, its answers, the days and the weeks so far."""

    scale: str
    title: str
    question: str
    ends: tuple[str, str]
    today: int | None
    digits: tuple[tuple[int, str], ...]
    days: tuple[tuple[str, str], ...]
    weeks: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One own activity, with what was said about it."""

    id: UUID
    words: str
    told: str


@dataclass(frozen=True, slots=True)
class ActivitiesPage:
    """The own activities: those that are asked, and those laid aside."""

    asked: tuple[ActivityLine, ...]
    aside: tuple[ActivityLine, ...]


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event as the patient told it."""

    id: UUID
    words: str
    told: str


def diary_page(voice: Voice, catalogue: Catalogue, found: Mapping[str, Diary], today: date) -> tuple[DiaryScale, ...]:
    """Lay out the diary, fatigue first."""
    return tuple(_scale(voice, catalogue, scale, found.get(scale), today) for scale in DIARY)


def _scale(voice: Voice, catalogue: Catalogue, scale: str, diary: Diary | None, today: date) -> DiaryScale:
    days = diary.days if diary else {}
    code = scale.partition(".")[0]
    wording = catalogue.wording(code, voice.language)
    words = wording.choices_of("1") if wording else {}
    last = [today - timedelta(days=back) for back in range(SHOWN_DAYS)]
    return DiaryScale(
        scale=scale,
        title=wording.title if wording and wording.title else voice.pick(catalogue[code].title),
        question=voice.say(TODAY[scale]),
        ends=(f"0: {words.get(0, '')}", f"{MOST}: {words.get(MOST, '')}"),
        today=days.get(today),
        digits=tuple((n, voice.number(n)) for n in range(MOST + 1)),
        days=tuple((voice.date(day, "short"), _value(voice, days.get(day))) for day in last),
        weeks=tuple(_week(voice, each) for each in reversed(diary.weeks if diary else ())),
    )


def _value(voice: Voice, value: float | None) -> str:
    return "–" if value is None else voice.number(value)


def _week(voice: Voice, week: DiaryWeek) -> tuple[str, str, str]:
    last = week.monday + timedelta(days=6)
    when = f"{voice.date(week.monday, 'short')} – {voice.date(last, 'short')}"
    return when, week_mean(voice, week), voice.count("%(n)s day", "%(n)s days", week.days)


def week_mean(voice: Voice, week: DiaryWeek) -> str:
    """Tell the mean of a week with its error, or how many days it lacks."""
    if week.mean is None:
        return voice.say("needs %(n)s days", n=voice.number(DAYS_NEEDED))
    if week.standard_error is None:
        return voice.number(week.mean, 1)
    return f"{voice.number(week.mean, 1)} ± {voice.number(week.standard_error, 1)}"


def activities_page(voice: Voice, rows: Sequence[ActivityRow]) -> ActivitiesPage:
    """Lay out the own activities."""
    lines = {row.id: ActivityLine(row.id, row.words, _scores(voice, row)) for row in rows}
    return ActivitiesPage(
        tuple(lines[row.id] for row in rows if row.open), tuple(lines[row.id] for row in rows if not row.open)
    )


def _scores(voice: Voice, row: ActivityRow) -> str:
    said = [f"{voice.date(day, 'short')}: {voice.number(value)}" for day, value, _ in row.scores]
    return " · ".join(said) or voice.say("not asked yet")


def told_events(voice: Voice, rows: Sequence[ExposureRow]) -> tuple[ToldEvent, ...]:
    """Lay out what the patient told, the newest first."""
    return tuple(ToldEvent(row.id, row.text, _event(voice, row)) for row in reversed(rows))


def _event(voice: Voice, row: ExposureRow) -> str:
    crash = voice.say("crash after exertion") if row.kind is ExposureKind.CRASH else ""
    bad = voice.say("%(n)s of 10", n=voice.number(row.how_bad)) if row.how_bad is not None else ""
    return " · ".join(filter(None, [voice.date(row.started_on), crash, bad]))
