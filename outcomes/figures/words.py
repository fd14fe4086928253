"""Words that several figures share: verdicts, directions, bands, provenance, amounts."""

from outcomes.change.words import PLAIN_QUESTIONNAIRE, PLAIN_USUAL, QUESTIONNAIRE, USUAL
from outcomes.figures.figure import Band, Measure
from outcomes.terms import Absence, AnsweredBy, Better, Verdict
from outcomes.voice import N_, Voice

SHORT = {
    Verdict.BETTER_BEYOND: N_("better beyond"),
    Verdict.BETTER_WITHIN: N_("better within"),
    Verdict.NO_CHANGE: N_("no change"),
    Verdict.WORSE_WITHIN: N_("worse within"),
    Verdict.WORSE_BEYOND: N_("worse beyond"),
    Verdict.NOT_MEASURABLE: N_("not measurable"),
}
ANSWERED = {
    AnsweredBy.SELF: N_("answered by the patient"),
    AnsweredBy.PROXY: N_("answered by a carer"),
    AnsweredBy.CLINICIAN_READ: N_("read out by a clinician"),
    AnsweredBy.PAPER: N_("from paper"),
}
ABSENT = {
    Absence.TOO_ILL: N_("too ill"),
    Absence.SKIPPED: N_("skipped"),
    Absence.ITEMS_MISSING: N_("items missing"),
    Absence.NOT_ASKED: N_("not asked"),
    Absence.OUT_OF_RANGE: N_("out of range"),
    Absence.TOTAL_ONLY: N_("total only"),
}
DIRECTIONS = {
    Better.LOWER: N_("lower is better"),
    Better.HIGHER: N_("higher is better"),
    None: N_("neither end is better"),
}
BAND_NAMES = {False: N_("usual variation"), True: N_("questionnaire error")}
PLAIN_BAND_NAMES = {False: N_("your usual ups and downs"), True: N_("the questionnaire's error")}
DASH = "–"


def verdict(voice: Voice, found: Verdict, band: Band | None, *, plain: bool = False) -> str:
    """Name a verdict; an error known for one occasion only gets the weaker words."""
    weak = band is not None and band.hatched
    tables = (PLAIN_USUAL, PLAIN_QUESTIONNAIRE) if plain else (USUAL, QUESTIONNAIRE)
    return voice.say(tables[weak][found])


def band_name(voice: Voice, band: Band, *, plain: bool = False) -> str:
    """Name what a band shows."""
    return voice.say((PLAIN_BAND_NAMES if plain else BAND_NAMES)[band.hatched])


def beyond(voice: Voice, band: Band | None) -> str:
    """Say "beyond usual variation", or the weaker words where only questionnaire error is known."""
    if band is not None and band.hatched:
        return voice.say("beyond questionnaire error")
    return voice.say("beyond usual variation")


def direction(voice: Voice, measure: Measure) -> str:
    """Say which end of a scale is better."""
    return voice.say(DIRECTIONS[measure.better])


def change_direction(voice: Voice, measure: Measure) -> str:
    """Say which side of zero is better for a change on this scale."""
    if measure.better is None:
        return direction(voice, measure)
    return voice.say("below 0 is better") if measure.better is Better.LOWER else voice.say("above 0 is better")


def extent(voice: Voice, measure: Measure) -> str:
    """Range and unit of a scale: "0–33 points"; only the unit where the scale has no bounds."""
    if measure.minimum is None or measure.maximum is None:
        return measure.unit or measure.title
    bounds = f"{voice.number(measure.minimum)}{DASH}{voice.number(measure.maximum)}"
    return f"{bounds} {measure.unit}".strip()


def axis_words(voice: Voice, measure: Measure) -> str:
    """The words above an axis of scores: "0–33 points · lower is better"."""
    return f"{extent(voice, measure)} · {direction(voice, measure)}"


def change_words(voice: Voice, measure: Measure) -> str:
    """The words above an axis of changes: "change in points · below 0 is better"."""
    unit = measure.unit or voice.say("points")
    return voice.say("change in %(unit)s · %(direction)s", unit=unit, direction=change_direction(voice, measure))


def score(voice: Voice, measure: Measure, value: float | None) -> str:
    """A score as it is read; a dash where there is none."""
    return DASH if value is None else voice.number(value, measure.decimals)


def score_mean(voice: Voice, measure: Measure, value: float | None) -> str:
    """A mean of scores; a dash where there is none."""
    return DASH if value is None else voice.number(value, measure.change_decimals)


def change(voice: Voice, measure: Measure, value: float | None) -> str:
    """A change with its sign; a dash where there is none."""
    return DASH if value is None else voice.signed(value, measure.change_decimals)


def amount(voice: Voice, measure: Measure, value: float) -> str:
    """The size of a difference with its unit: "9.0 points"."""
    return f"{voice.number(abs(value), measure.change_decimals)} {measure.unit}".strip()


def mean_interval(voice: Voice, measure: Measure, low: float | None, high: float | None) -> str:
    """An interval of means: "22.1 to 24.8"; empty where there is none."""
    if low is None or high is None:
        return ""
    return voice.say("%(low)s to %(high)s", low=score_mean(voice, measure, low), high=score_mean(voice, measure, high))


def change_interval(voice: Voice, measure: Measure, low: float | None, high: float | None) -> str:
    """An interval of changes: "−3.4 to +0.2"; empty where there is none."""
    if low is None or high is None:
        return ""
    return voice.say("%(low)s to %(high)s", low=change(voice, measure, low), high=change(voice, measure, high))


def share_interval(voice: Voice, bounds: tuple[float, float] | None) -> str:
    """An interval of a share: "12 to 34 %"; empty where there is none."""
    if bounds is None:
        return ""
    return voice.say("%(low)s to %(high)s", low=voice.percent(bounds[0]), high=voice.percent(bounds[1]))


def plus_minus(voice: Voice, measure: Measure, band: Band) -> str:
    """The band as a number: "±4.8"."""
    return "±" + voice.number(band.width, measure.change_decimals)
