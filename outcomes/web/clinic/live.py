"""What the visit form says while one types: how much is answered, the score, and the change from before FMT."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outcomes.actions.assess import preview
from outcomes.change.individual import (
    Change,
    OwnError,
    Reading,
    baseline,
    change,
    error_in_force,
    smallest_detectable_change,
)
from outcomes.change.words import sentence, verdict_words
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument, Scale
from outcomes.instruments.scoring import ScaleScore
from outcomes.records.queries.record import PatientRecord
from outcomes.terms import Better
from outcomes.voice import Voice
from outcomes.web.clinic.answers import Filled, field_names, mode_of, read

MIDDLE, REACH, BAND = 150.0, 138.0, 48.0
"""The meter in its own units: where no change stands, how far a dot may go, and the half-width of the band."""


@dataclass(frozen=True, slots=True)
class Meter:
    """Places on the meter, from 0 to 300, right of the middle for the better; None where there is nothing to draw."""

    dot: float | None
    threshold: float | None
    banded: bool
    hatched: bool


@dataclass(frozen=True, slots=True)
class LiveScale:
    """One scale of an instrument that is being filled in."""

    key: str
    title: str
    before: str
    value: str
    measured: bool
    verdict: str
    sentence: str
    meter: Meter


@dataclass(frozen=True, slots=True)
class Live:
    """The state of the whole form."""

    answered: int
    total: int
    count: str
    scales: tuple[LiveScale, ...]


def live(
    voice: Voice,
    catalogue: Catalogue,
    record: PatientRecord,
    own: Mapping[str, OwnError | None],
    instruments: Sequence[Instrument],
    fields: Mapping[str, str],
    on: date,
) -> Live:
    """Work out the state of the form from its fields."""
    names = [name for instrument in instruments for name in field_names(instrument, fields)]
    answered = sum(bool(fields.get(name, "").strip()) for name in names)
    day = 0 if record.first_day is None else (on - record.first_day).days
    scales = tuple(
        _scale(voice, record, scale, own.get(scale.key), result, day)
        for instrument in instruments
        for scale, result in _results(voice, catalogue, instrument, fields)
    )
    count = voice.say("%(done)s of %(all)s answered", done=answered, all=len(names))
    return Live(answered, len(names), count, scales)


def _results(
    voice: Voice, catalogue: Catalogue, instrument: Instrument, fields: Mapping[str, str]
) -> Sequence[tuple[Scale, ScaleScore]]:
    filled: Filled = read(instrument, fields, voice)
    scores = {each.scale: each for each in preview(catalogue, instrument.code, filled.answers, filled.totals)}
    shown = instrument.headlines or instrument.scales[:1]
    if mode_of(instrument, fields) == "totals":
        shown = tuple(scale for scale in instrument.scales if scale.key in scores) or shown
    return [(scale, scores[scale.key]) for scale in shown[:2] if scale.key in scores]


def _scale(
    voice: Voice, record: PatientRecord, scale: Scale, own: OwnError | None, result: ScaleScore, day: int
) -> LiveScale:
    base = baseline(record.readings(scale.key))
    reading = Reading(max(day, 1), result.value, result.standard_error, absence=result.absence)
    judged = change(scale, base, reading, error_in_force(scale, own))
    measured = result.value is not None
    value = voice.number(result.value, scale.decimals) if result.value is not None else voice.say("no score yet")
    return LiveScale(
        key=scale.key,
        title=_title(voice, scale),
        before=voice.say("before FMT %(mean)s", mean=voice.number(base.mean, max(scale.decimals, 1))) if base else "",
        value=value,
        measured=measured,
        verdict=_verdict(voice, judged, result),
        sentence=_sentence(voice, scale, judged, result, followed=base is not None and day > 0),
        meter=meter(scale, judged),
    )


def _title(voice: Voice, scale: Scale) -> str:
    way = {Better.LOWER: voice.say("lower is better"), Better.HIGHER: voice.say("higher is better")}
    parts = [voice.pick(scale.title)]
    if scale.minimum is not None and scale.maximum is not None:
        parts.append(f"{voice.number(scale.minimum)}–{voice.number(scale.maximum)}")
    return ", ".join([*parts, *([way[scale.better]] if scale.better else [])])


def _verdict(voice: Voice, judged: Change, result: ScaleScore) -> str:
    if result.value is None:
        left = result.items - result.items_used
        return voice.count("%(n)s answer is missing", "%(n)s answers are missing", left) if result.items_used else ""
    return verdict_words(voice, judged)


def _sentence(voice: Voice, scale: Scale, judged: Change, result: ScaleScore, *, followed: bool) -> str:
    if result.value is None:
        return result.why.say(voice) if result.items_used and result.why else ""
    return sentence(voice, scale, judged) if followed else voice.say("This score is part of the baseline.")


def meter(scale: Scale, judged: Change) -> Meter:
    """Place a change on the meter: the band has a fixed width, and a scale without one is drawn by its range."""
    turn = -1.0 if scale.better is Better.LOWER else 1.0
    span = (scale.maximum or 100.0) - (scale.minimum or 0.0)
    band = judged.band or _band_to_come(judged)
    unit = BAND / band if band else REACH / span
    dot = None if judged.change is None else MIDDLE + _within(judged.change * turn * unit)
    goal = None if judged.threshold is None else MIDDLE + _within(judged.threshold.value * unit)
    hatched = judged.error is not None and not judged.error.covers_daily_variation
    return Meter(dot, goal, band is not None, hatched)


def _band_to_come(judged: Change) -> float | None:
    """The band before there is a score: known where the error does not depend on the score itself."""
    if judged.error is None or judged.error.sem is None or judged.baseline is None:
        return None
    return smallest_detectable_change(judged.error.sem, judged.baseline.count)


def _within(offset: float) -> float:
    return max(-REACH, min(REACH, offset))
