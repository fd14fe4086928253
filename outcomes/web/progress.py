"""One patient's progress as both the clinic and the patient see it: a verdict, a sentence and a chart a scale.

Both audiences get the same figures from here; only the words differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outcomes.change.individual import Change, OwnError, Reading, baseline, baseline_readings, change, error_in_force
from outcomes.change.windows import TimePoint, place
from outcomes.change.words import opening, sentence, source_sentence, verdict_words
from outcomes.figures.figure import Figure, Measure
from outcomes.figures.trajectory import Point, Standing, trajectory
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Scale
from outcomes.records.queries.record import PatientRecord, ScoreRow
from outcomes.terms import Domain, Verdict
from outcomes.voice import N_, Voice

DOMAINS = {
    Domain.FATIGUE: N_("Fatigue"),
    Domain.COGNITION: N_("Cognition"),
    Domain.QUALITY_OF_LIFE: N_("Quality of life"),
    Domain.FUNCTION: N_("Function"),
    Domain.SYMPTOMS: N_("Symptoms"),
    Domain.MOOD: N_("Mood"),
    Domain.IMPRESSION: N_("Impression of change"),
    Domain.MARKER: N_("Markers"),
}
MARKS = {
    Verdict.BETTER_BEYOND: "bb",
    Verdict.BETTER_WITHIN: "bw",
    Verdict.NO_CHANGE: "no",
    Verdict.WORSE_WITHIN: "ww",
    Verdict.WORSE_BEYOND: "wb",
    Verdict.NOT_MEASURABLE: "na",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one scale: `mark` names the verdict's symbol, `change` holds every number behind the words."""

    scale: Scale
    title: str
    domain: str
    change: Change
    mark: str
    words: str
    sentence: str
    source: str
    figure: Figure


def told(
    voice: Voice,
    catalogue: Catalogue,
    record: PatientRecord,
    own: Mapping[str, OwnError | None],
    *,
    plain: bool = False,
) -> tuple[Told, ...]:
    """Tell of every scale shown first for its instrument that has a score, the protocol's primary scale first.

    An impression of change is a judgement itself and is compared with nothing, so it is not told here.
    """
    scales = [catalogue.scale(key) for key in record.scores]
    headlines = [scale for scale in scales if scale.headline and scale.domain is not Domain.IMPRESSION]
    shown = sorted(headlines, key=lambda scale: _order(record, scale))
    return tuple(_told(voice, catalogue, record, scale, own.get(scale.key), plain=plain) for scale in shown)


def _order(record: PatientRecord, scale: Scale) -> tuple[bool, int, str]:
    return scale.key != record.plan.primary_scale, list(Domain).index(scale.domain), scale.key


def judged(record: PatientRecord, scale: Scale, own: OwnError | None) -> dict[ScoreRow, Change]:
    """Judge every score after FMT against the baseline before the first course."""
    if record.first_day is None:
        return {}
    readings = record.readings(scale.key)
    base, error = baseline(readings), error_in_force(scale, own)
    rows = zip(record.scores.get(scale.key, ()), readings, strict=True)
    return {row: change(scale, base, reading, error) for row, reading in rows if reading.day > 0}


def window_of(record: PatientRecord, on: date) -> TimePoint | None:
    """Return the window a date lies in, counted from the latest course that had begun by then."""
    starts = sorted(course.starts_on for course in record.courses if course.starts_on)
    if not starts:
        return None
    begun = [start for start in starts if start <= on] or starts[:1]
    return place((on - begun[-1]).days, record.plan.points)


def newest(record: PatientRecord, changes: Mapping[ScoreRow, Change]) -> Change | None:
    """Return the newest change that can be told: of a score inside a window before one outside."""
    scored = [row for row in changes if row.value is not None]
    inside = [row for row in scored if window_of(record, row.on_date)]
    rows = inside or scored or list(changes)
    return changes[max(rows, key=lambda row: row.on_date)] if rows else None


def _told(
    voice: Voice, catalogue: Catalogue, record: PatientRecord, scale: Scale, own: OwnError | None, *, plain: bool
) -> Told:
    changes = judged(record, scale, own)
    latest = newest(record, changes) or _not_yet(record, scale, own)
    return Told(
        scale=scale,
        title=voice.pick(catalogue.instrument_of(scale.key).title),
        domain=voice.say(DOMAINS[scale.domain]),
        change=latest,
        mark=MARKS[latest.verdict],
        words=opening(voice, verdict_words(voice, latest, plain=plain)),
        sentence=sentence(voice, scale, latest, plain=plain),
        source=source_sentence(voice, scale, latest),
        figure=chart(voice, record, scale, changes, latest, plain=plain),
    )


def _not_yet(record: PatientRecord, scale: Scale, own: OwnError | None) -> Change:
    """Say why nothing can be told yet."""
    base = baseline(record.readings(scale.key))
    day = 0 if record.first_day is None else (record.today - record.first_day).days
    return change(scale, base, Reading(day, None), error_in_force(scale, own))


def chart(
    voice: Voice,
    record: PatientRecord,
    scale: Scale,
    changes: Mapping[ScoreRow, Change],
    latest: Change,
    *,
    plain: bool = False,
) -> Figure:
    """Draw every score of one scale, from the first infusion of the first course."""
    anchor = record.first_day or record.today
    infusions = [(each.on_date - anchor).days for course in record.courses for each in course.infusions]
    return trajectory(
        voice,
        Measure.of(voice, scale),
        _points(record, scale, changes, anchor, linked=not plain),
        standing=Standing.of(latest) if record.first_day else None,
        infusions=sorted(infusions),
        today=(record.today - anchor).days,
        plain=plain,
    )


def _points(
    record: PatientRecord, scale: Scale, changes: Mapping[ScoreRow, Change], anchor: date, *, linked: bool
) -> Sequence[Point]:
    before = {(each.day, each.value) for each in baseline_readings(record.readings(scale.key))}
    points = []
    for row in record.scores.get(scale.key, ()):
        day, judgement = (row.on_date - anchor).days, changes.get(row)
        points.append(
            Point(
                day=day,
                value=row.value,
                answered_by=row.answered_by,
                inside_window=window_of(record, row.on_date) is not None,
                crash=row.crash,
                absence=row.absence,
                change=judgement.change if judgement else None,
                verdict=judgement.verdict if judgement else None,
                baseline=(day, row.value) in before,
                on=row.on_date,
                link=f"/patients/{record.header.id}/visits/{row.visit_id}" if linked else None,
            )
        )
    return points
