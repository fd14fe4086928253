"""One person's change in words: the verdict, the sentence with its reason, and where its numbers come from.

Where an error covers one occasion only, the words are about questionnaire error, not about usual variation.
"""

from collections.abc import Mapping
from datetime import date

from outcomes.change.individual import Change, ErrorInForce, Reason
from outcomes.instruments.definition import Scale, Threshold
from outcomes.terms import Absence, ErrorKind, Language, Verdict
from outcomes.voice import N_, Voice

FEW_DECIMALS = 2

USUAL = {
    Verdict.BETTER_BEYOND: N_("better, beyond usual variation"),
    Verdict.BETTER_WITHIN: N_("better, within usual variation"),
    Verdict.NO_CHANGE: N_("no measurable change"),
    Verdict.WORSE_WITHIN: N_("worse, within usual variation"),
    Verdict.WORSE_BEYOND: N_("worse, beyond usual variation"),
    Verdict.NOT_MEASURABLE: N_("cannot be measured"),
}
QUESTIONNAIRE = USUAL | {
    Verdict.BETTER_BEYOND: N_("better, beyond questionnaire error"),
    Verdict.BETTER_WITHIN: N_("better, within questionnaire error"),
    Verdict.WORSE_WITHIN: N_("worse, within questionnaire error"),
    Verdict.WORSE_BEYOND: N_("worse, beyond questionnaire error"),
}
PLAIN_USUAL = {
    Verdict.BETTER_BEYOND: N_("Better than your usual ups and downs"),
    Verdict.BETTER_WITHIN: N_("Within your usual ups and downs"),
    Verdict.NO_CHANGE: N_("About the same as before"),
    Verdict.WORSE_WITHIN: N_("Within your usual ups and downs"),
    Verdict.WORSE_BEYOND: N_("Worse than your usual ups and downs"),
    Verdict.NOT_MEASURABLE: N_("Cannot be told yet"),
}
PLAIN_QUESTIONNAIRE = PLAIN_USUAL | {
    Verdict.BETTER_BEYOND: N_("Better by more than the questionnaire's error"),
    Verdict.BETTER_WITHIN: N_("Within the questionnaire's error"),
    Verdict.WORSE_WITHIN: N_("Within the questionnaire's error"),
    Verdict.WORSE_BEYOND: N_("Worse by more than the questionnaire's error"),
}
ABSENCES = {
    Absence.TOO_ILL: N_("too ill that day"),
    Absence.SKIPPED: N_("not answered"),
    Absence.ITEMS_MISSING: N_("too many answers missing"),
    Absence.NOT_ASKED: N_("not asked"),
    Absence.OUT_OF_RANGE: N_("outside the range that can be scored"),
    Absence.TOTAL_ONLY: N_("only another total was entered"),
}


def verdict_words(voice: Voice, change: Change, *, plain: bool = False) -> str:
    """Name the verdict: for the clinic as a phrase in lower case, plain for the patient."""
    strong, weak = (PLAIN_USUAL, PLAIN_QUESTIONNAIRE) if plain else (USUAL, QUESTIONNAIRE)
    return voice.say((weak if _weak(change) else strong)[change.verdict])


def sentence(
    voice: Voice, scale: Scale, change: Change, day: int | None = None, *, plain: bool = False, on: date | None = None
) -> str:
    """Say how the score moved and why the verdict is what it is.

    Parameters:
        voice: the language.
        scale: the scale, for its unit and decimals.
        change: the change to tell.
        day: the day the sentence begins with, that of the follow-up when not given.
        plain: in words for the patient.
        on: a date to begin with instead of a day.

    Returns:
        Two short sentences: "Day 91: 9.0 points lower than before FMT. Usual variation is ±4.8; an important change
        is 6.5."
    """
    then = _beginning(voice, change, day, on)
    movement, reason = (_plain_movement, _PLAIN_REASONS) if plain else (_movement, _REASONS)
    said = voice.say(reason[_strength(change)][change.reason], **_figures(voice, scale, change))
    return f"{movement(voice, scale, change, then)} {said}".strip()


def source_sentence(voice: Voice, scale: Scale, change: Change) -> str:
    """Say where the band and the important change come from, with population and source."""
    parts = [_band_source(voice, scale, change.error), _threshold_source(voice, scale, change.threshold)]
    if change.baseline is not None and change.baseline.count == 1:
        parts.append(voice.say("One score only before FMT, so the band is wider."))
    if change.baseline is not None and change.baseline.only_qualifying:
        parts.append(
            voice.say("The score before FMT is the one that qualified for treatment; the next often looks better.")
        )
    return " ".join(parts)


def _beginning(voice: Voice, change: Change, day: int | None, on: date | None) -> str:
    if on is not None:
        return voice.date(on)
    if day is None and change.follow_up is not None:
        day = change.follow_up.day
    return voice.say("The newest score") if day is None else opening(voice, voice.day(day))


def opening(voice: Voice, text: str) -> str:
    """Begin a sentence with a text: its first letter as a capital of this language."""
    first = "İ" if voice.language is Language.TURKISH and text[:1] == "i" else text[:1].upper()
    return first + text[1:]


def amount(voice: Voice, scale: Scale, size: float, *, plain: bool = False) -> str:
    """Write the size of a difference with its unit: "9.0 points"; plainly as "9 points"."""
    number = voice.number(round(abs(size), 1)) if plain else in_units(voice, scale, abs(size))
    if scale.unit == "points":
        one = number == voice.number(1)
        return voice.count("%(n)s point", "%(n)s points", 1 if one else 2, n=number)
    unit = voice.say("T points") if scale.unit == "T" else voice.say(scale.unit)
    return f"{number} {unit}"


def in_units(voice: Voice, scale: Scale, size: float) -> str:
    """Write a difference or mean of scores, to at least one decimal place."""
    return voice.number(size, max(scale.decimals, 1))


def as_published(voice: Voice, scale: Scale, size: float) -> str:
    """Write a published figure with the decimal places it has, two at most unless the scale itself has more."""
    return voice.number(size, scale.decimals if scale.decimals > FEW_DECIMALS else None)


def _weak(change: Change) -> bool:
    return change.error is not None and not change.error.covers_daily_variation


def _strength(change: Change) -> str:
    """Choose among the tables of reasons by what is known."""
    if _weak(change):
        return "weak with threshold" if change.threshold else "weak"
    return "strong with threshold" if change.threshold else "strong"


def _figures(voice: Voice, scale: Scale, change: Change) -> dict[str, str]:
    """Write every figure a reason may name."""
    return {
        "band": "" if change.band is None else in_units(voice, scale, change.band),
        "about": "" if change.band is None else amount(voice, scale, change.band, plain=True),
        "threshold": "" if change.threshold is None else as_published(voice, scale, change.threshold.value),
    }


def _movement(voice: Voice, scale: Scale, change: Change, then: str) -> str:
    """Say how far the score moved, or that there is none."""
    if change.change is None:
        return _unmoved(voice, scale, change, then)
    size = amount(voice, scale, change.change)
    if round(abs(change.change), max(scale.decimals, 1)) == 0:
        return voice.say("%(day)s: the same as before FMT.", day=then)
    if change.change < 0:
        return voice.say("%(day)s: %(amount)s lower than before FMT.", day=then, amount=size)
    return voice.say("%(day)s: %(amount)s higher than before FMT.", day=then, amount=size)


def _plain_movement(voice: Voice, scale: Scale, change: Change, then: str) -> str:
    """Say the same to the patient."""
    if change.change is None:
        return _unmoved(voice, scale, change, then)
    size = amount(voice, scale, change.change, plain=True)
    if round(abs(change.change), 1) == 0:
        return voice.say("%(day)s: your score was the same as before treatment.", day=then)
    if change.change < 0:
        return voice.say("%(day)s: your score was %(amount)s lower than before treatment.", day=then, amount=size)
    return voice.say("%(day)s: your score was %(amount)s higher than before treatment.", day=then, amount=size)


def _unmoved(voice: Voice, scale: Scale, change: Change, then: str) -> str:
    """Say that there is no score, or the score without anything to compare it with."""
    reading = change.follow_up
    if reading is None or reading.value is None:
        why = None if reading is None or reading.absence is None else voice.say(ABSENCES[reading.absence])
        if why is None:
            return voice.say("%(day)s: not measured.", day=then)
        return voice.say("%(day)s: not measured, %(why)s.", day=then, why=why)
    return voice.say("%(day)s: score %(score)s.", day=then, score=voice.number(reading.value, scale.decimals))


_HINDRANCES = {
    Reason.NO_SCORE: "",
    Reason.NO_BASELINE: N_("There is no score from the 28 days before FMT to compare with."),
    Reason.NO_DIRECTION: N_("Neither end of this scale is better, so there is no verdict."),
    Reason.NO_ERROR: N_("No measurement error is known for this score, so there is no band."),
    Reason.AT_FLOOR: N_("Both scores are the lowest possible; a fall cannot be seen there."),
    Reason.AT_CEILING: N_("Both scores are the highest possible; a rise cannot be seen there."),
}
_PLAIN_HINDRANCES = {
    Reason.NO_SCORE: "",
    Reason.NO_BASELINE: N_("There is no score from before treatment to compare with."),
    Reason.NO_DIRECTION: N_("Neither end of this scale is better."),
    Reason.NO_ERROR: N_("How much this score goes up and down by itself is not known, so we cannot say what it means."),
    Reason.AT_FLOOR: N_("Both scores are the lowest possible, so this scale cannot show a fall."),
    Reason.AT_CEILING: N_("Both scores are the highest possible, so this scale cannot show a rise."),
}
_USUAL = N_("Usual variation is ±%(band)s.")
_USUAL_BOTH = N_("Usual variation is ±%(band)s; an important change is %(threshold)s.")
_QUESTIONNAIRE = N_("Questionnaire error is ±%(band)s; variation from day to day is not known.")
_QUESTIONNAIRE_BOTH = N_(
    "Questionnaire error is ±%(band)s; an important change is %(threshold)s. Variation from day to day is not known."
)
_REASONS: Mapping[str, Mapping[Reason, str]] = {
    "strong": {
        **_HINDRANCES,
        Reason.BEYOND_BAND: _USUAL,
        Reason.INSIDE_BAND: N_("Usual variation is ±%(band)s, so this may be ordinary ups and downs."),
        Reason.BELOW_STEP: _USUAL,
    },
    "strong with threshold": {
        **_HINDRANCES,
        Reason.BEYOND_BAND: _USUAL_BOTH,
        Reason.REACHES_THRESHOLD: N_(
            "An important change is %(threshold)s, but usual variation is ±%(band)s, so this may be ordinary ups and "
            "downs."
        ),
        Reason.BELOW_THRESHOLD: _USUAL_BOTH,
    },
    "weak": {
        **_HINDRANCES,
        Reason.BEYOND_BAND: _QUESTIONNAIRE,
        Reason.INSIDE_BAND: N_("Questionnaire error is ±%(band)s, so this may be error alone."),
        Reason.BELOW_STEP: _QUESTIONNAIRE,
    },
    "weak with threshold": {
        **_HINDRANCES,
        Reason.BEYOND_BAND: _QUESTIONNAIRE_BOTH,
        Reason.REACHES_THRESHOLD: N_(
            "An important change is %(threshold)s, but questionnaire error is ±%(band)s, so this may be error alone."
        ),
        Reason.BELOW_THRESHOLD: _QUESTIONNAIRE_BOTH,
    },
}
_PLAIN_STRONG = {
    **_PLAIN_HINDRANCES,
    Reason.BEYOND_BAND: N_("Your usual ups and downs are about %(about)s either way."),
    Reason.REACHES_THRESHOLD: N_("Ups and downs of %(about)s are usual, so this may be nothing."),
    Reason.INSIDE_BAND: N_("Ups and downs of %(about)s are usual, so this may be nothing."),
    Reason.BELOW_THRESHOLD: N_("Ups and downs of %(about)s are usual."),
    Reason.BELOW_STEP: N_("Ups and downs of %(about)s are usual."),
}
_PLAIN_WEAK = {
    **_PLAIN_HINDRANCES,
    Reason.BEYOND_BAND: N_(
        "The questionnaire is exact to about %(about)s; how much you vary from day to day is not known."
    ),
    Reason.REACHES_THRESHOLD: N_("The questionnaire is exact to about %(about)s, so this may be nothing."),
    Reason.INSIDE_BAND: N_("The questionnaire is exact to about %(about)s, so this may be nothing."),
    Reason.BELOW_THRESHOLD: N_("The questionnaire is exact to about %(about)s."),
    Reason.BELOW_STEP: N_("The questionnaire is exact to about %(about)s."),
}
_PLAIN_REASONS: Mapping[str, Mapping[Reason, str]] = {
    "strong": _PLAIN_STRONG,
    "strong with threshold": _PLAIN_STRONG,
    "weak": _PLAIN_WEAK,
    "weak with threshold": _PLAIN_WEAK,
}

_BAND_SOURCES = {
    ErrorKind.OWN_BASELINES: N_(
        "Band: this clinic, %(people)s people scored at least twice before FMT, error %(sem)s."
    ),
    ErrorKind.RETEST: N_("Band: published retest error %(sem)s (%(population)s; %(source)s)."),
    ErrorKind.SCORE_LEVEL: N_(
        "Band: the standard error of each score, one occasion only (%(population)s; %(source)s)."
    ),
    ErrorKind.INTERNAL_CONSISTENCY: N_(
        "Band: error %(sem)s from internal consistency, one occasion only (%(population)s; %(source)s)."
    ),
}


def _band_source(voice: Voice, scale: Scale, error: ErrorInForce | None) -> str:
    if error is None:
        return voice.say("No band: no measurement error is known for this scale.")
    population = [voice.say(text) for text in (error.population, error.interval) if text]
    said = voice.say(
        _BAND_SOURCES[error.kind],
        people="" if error.people is None else voice.number(error.people),
        sem="" if error.sem is None else as_published(voice, scale, error.sem),
        population=", ".join(population),
        source=error.source,
    )
    return said if not error.unverified else f"{said} {_unverified(voice)}"


def _threshold_source(voice: Voice, scale: Scale, threshold: Threshold | None) -> str:
    if threshold is None:
        return voice.say("No important change is known for this scale.")
    said = voice.say(
        "Important change: %(value)s, %(method)s (%(population)s; %(source)s).",
        value=as_published(voice, scale, threshold.value),
        method=voice.say(threshold.method),
        population=voice.say(threshold.population),
        source=threshold.source,
    )
    return said if not threshold.unverified else f"{said} {_unverified(voice)}"


def _unverified(voice: Voice) -> str:
    return voice.say("This figure was not checked in its source.")
