"""What a patient keeps beside the visits, drawn for patient and clinician: the diary by week, the own activities."""

from collections.abc import Sequence
from dataclasses import replace

from outcomes.change.diary import DiaryWeek
from outcomes.figures.figure import Figure, LinkedRow, Measure, Table, columns
from outcomes.figures.trajectory import Point, trajectory
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.portal_own import ActivityRow, Diary
from outcomes.records.queries.record import PatientRecord
from outcomes.terms import Better
from outcomes.voice import Voice

HARDEST = 10


def diary_chart(
    voice: Voice, catalogue: Catalogue, record: PatientRecord, diary: Diary, *, plain: bool = False
) -> Figure:
    """Draw the mean of each week at its middle, a series of its own: it asks about the day, the visits about a week."""
    scale, anchor = catalogue.scale(diary.scale), record.first_day or record.today
    title = voice.say("%(scale)s, diary: mean of each week", scale=voice.pick(scale.title))
    measure = replace(Measure.of(voice, scale), title=title, decimals=1)
    means = [week for week in diary.weeks if week.mean is not None]
    points = [Point((week.middle - anchor).days, week.mean, on=week.middle) for week in means]
    figure = _drawn(voice, record, measure, points, plain=plain)
    headline = _headline(voice, diary, means)
    return replace(figure, headline=headline, sentence=f"{title}. {headline}", table=_weeks(voice, title, diary.weeks))


def activity_chart(voice: Voice, record: PatientRecord, row: ActivityRow, *, plain: bool = False) -> Figure:
    """Draw how hard an own activity was at each follow-up; it has no band, for nobody knows its error."""
    anchor = record.first_day or record.today
    measure = Measure(row.words, 0, HARDEST, Better.LOWER)
    points = [Point((day - anchor).days, value, on=day) for day, value, _ in row.scores]
    figure = _drawn(voice, record, measure, points, plain=plain)
    sentence = f"{row.words}. {activity_sentence(voice, row)}"
    return replace(figure, headline=row.words, sentence=sentence, table=_scores(voice, row))


def activity_sentence(voice: Voice, row: ActivityRow) -> str:
    """Say how hard an activity was at first and how hard it is now, and no more."""
    if not row.scores:
        return voice.say("Not asked yet. Each follow-up asks how hard it was.")
    (first_day, first, _), (last_day, last, _) = row.scores[0], row.scores[-1]
    if len(row.scores) == 1:
        return voice.say("On %(date)s you gave it %(value)s of 10.", date=voice.date(first_day), value=first)
    return voice.say(
        "At first, on %(then)s, you gave it %(before)s of 10; last, on %(date)s, %(value)s of 10.",
        then=voice.date(first_day),
        before=first,
        date=voice.date(last_day),
        value=last,
    )


def _drawn(voice: Voice, record: PatientRecord, measure: Measure, points: Sequence[Point], *, plain: bool) -> Figure:
    anchor = record.first_day or record.today
    infusions = sorted((each.on_date - anchor).days for course in record.courses for each in course.infusions)
    today = (record.today - anchor).days
    days = [point.day for point in points]
    late = bool(days) and min(days) > today - min(days)
    return trajectory(voice, measure, points, infusions=infusions, today=today, plain=plain, from_start=not late)


def _headline(voice: Voice, diary: Diary, means: Sequence[DiaryWeek]) -> str:
    days = voice.count("%(n)s day in the diary", "%(n)s days in the diary", len(diary.days))
    if not means or means[-1].mean is None:
        return voice.say("%(days)s, no week with 4 days yet.", days=days)
    newest = voice.number(means[-1].mean, 1)
    return voice.say("%(days)s; the newest weekly mean is %(mean)s.", days=days, mean=newest)


def _weeks(voice: Voice, title: str, weeks: Sequence[DiaryWeek]) -> Table:
    named = (voice.say("Week of"), voice.say("Days"), voice.say("Mean"), voice.say("Standard error within the week"))
    return Table(title, columns(*named, numeric=(1, 2, 3)), lambda: (_week(voice, week) for week in weeks))


def _week(voice: Voice, week: DiaryWeek) -> LinkedRow:
    numbers = ("–" if each is None else voice.number(each, 1) for each in (week.mean, week.standard_error))
    return None, (voice.date(week.monday), voice.number(week.days), *numbers)


def _scores(voice: Voice, row: ActivityRow) -> Table:
    named = columns(voice.say("Date"), voice.say("How hard, 0 to 10"), numeric=(1,))
    return Table(row.words, named, lambda: ((None, (voice.date(day), str(value))) for day, value, _ in row.scores))
