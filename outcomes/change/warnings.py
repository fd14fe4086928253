"""What a reader must know before believing a cohort: warnings that the data call for, with their figures and words.

A caution is a code with numbers. It is said in a language only at the door, so the same caution stands beside a
figure, in an export and in the output of a command.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outcomes.change.individual import ErrorInForce
from outcomes.voice import N_, Voice

SMALL_COHORT = 20
MUCH_LOSS = 0.20
MANY_AT_AN_END = 0.15
PLACEBO_RESPONDERS = 0.351  # overall response under placebo, Fluge et al. 2019, https://doi.org/10.7326/M18-1451


class CohortWarning(StrEnum):
    """Codes of the warnings, in the order in which they are shown."""

    NO_COMPARISON = "no_comparison"
    FEW_PEOPLE = "few_people"
    LOSS_TO_FOLLOW_UP = "loss_to_follow_up"
    SINGLE_BASELINE = "single_baseline"
    ENTRY_ON_SCORE = "entry_on_score"
    NO_ERROR = "no_error"
    ONE_OCCASION_ERROR = "one_occasion_error"
    THRESHOLD_BELOW_ERROR = "threshold_below_error"
    AT_FLOOR = "at_floor"
    AT_CEILING = "at_ceiling"
    OUT_OF_WINDOW = "out_of_window"
    VERSION_CHANGED = "version_changed"
    LANGUAGE_CHANGED = "language_changed"
    SEVERAL_SCALES = "several_scales"
    DEFINITION_CHANGED = "definition_changed"
    MODEL_SINGULAR = "model_singular"
    MODEL_WITHHELD = "model_withheld"


@dataclass(frozen=True, slots=True)
class CohortFacts:
    """The counts from which warnings follow.

    Parameters:
        people: those for whom the visit has come round.
        measured: how many of them have a score at it.
        comparison: people in a comparison group.
        with_baseline: people with any baseline; the next four count among them.
        single_baseline: those with one score only before treatment.
        entered_on_score: those treated because of a score, or whose baseline is nothing but such a score.
        at_floor: those whose baseline is the lowest possible score.
        at_ceiling: those whose baseline is the highest possible score.
        out_of_window: scores that lie in no window.
        threshold: the important change in use.
        band: the median half-width of the band in force.
        error: the measurement error in force.
        versions: different versions of the scoring key among the scores.
        languages: different languages among the scores.
        scales: scales looked at in this cohort.
        definitions_changed: responder definitions changed after data were seen.
        model_singular: the model found no spread of true change, or could not tell it from the baseline's.
        model_withheld: individual estimates of the model are not shown.
    """

    people: int
    measured: int
    comparison: int = 0
    with_baseline: int = 0
    single_baseline: int = 0
    entered_on_score: int = 0
    at_floor: int = 0
    at_ceiling: int = 0
    out_of_window: int = 0
    threshold: float | None = None
    band: float | None = None
    error: ErrorInForce | None = None
    versions: int = 1
    languages: int = 1
    scales: int = 1
    definitions_changed: int = 0
    model_singular: bool = False
    model_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """One warning with the numbers it speaks of."""

    code: CohortWarning
    figures: Mapping[str, float] = field(default_factory=dict)


def cautions(facts: CohortFacts) -> tuple[Caution, ...]:
    """Find the warnings that the data call for.

    Parameters:
        facts: the counts of the cohort.

    Returns:
        The warnings in the order of `CohortWarning`.

    Example:
        >>> [caution.code.value for caution in cautions(CohortFacts(people=12, measured=12, comparison=5))]
        ['few_people', 'no_error']
    """
    found = [*_of_design(facts), *_of_error(facts), *_of_scores(facts), *_of_analysis(facts)]
    return tuple(sorted(found, key=lambda caution: _ORDER[caution.code]))


_ORDER = {code: place for place, code in enumerate(CohortWarning)}


def _of_design(facts: CohortFacts) -> Iterator[Caution]:
    if facts.comparison == 0:
        yield Caution(CohortWarning.NO_COMPARISON)
    if facts.people < SMALL_COHORT:
        yield Caution(CohortWarning.FEW_PEOPLE, {"n": facts.people})
    lost = facts.people - facts.measured
    if lost > MUCH_LOSS * facts.people:
        yield Caution(CohortWarning.LOSS_TO_FOLLOW_UP, {"n": lost, "of": facts.people})
    if facts.single_baseline:
        yield Caution(CohortWarning.SINGLE_BASELINE, {"n": facts.single_baseline, "of": facts.with_baseline})
    if facts.entered_on_score:
        yield Caution(CohortWarning.ENTRY_ON_SCORE, {"n": facts.entered_on_score, "of": facts.people})


def _of_error(facts: CohortFacts) -> Iterator[Caution]:
    if facts.error is None:
        yield Caution(CohortWarning.NO_ERROR)
    elif not facts.error.covers_daily_variation:
        yield Caution(CohortWarning.ONE_OCCASION_ERROR)
    if facts.threshold is not None and facts.band is not None and facts.threshold < facts.band:
        yield Caution(CohortWarning.THRESHOLD_BELOW_ERROR, {"threshold": facts.threshold, "band": facts.band})


def _of_scores(facts: CohortFacts) -> Iterator[Caution]:
    ends = ((CohortWarning.AT_FLOOR, facts.at_floor), (CohortWarning.AT_CEILING, facts.at_ceiling))
    for code, count in ends:
        if count and count >= MANY_AT_AN_END * facts.with_baseline:
            yield Caution(code, {"n": count, "of": facts.with_baseline})
    if facts.out_of_window:
        yield Caution(CohortWarning.OUT_OF_WINDOW, {"n": facts.out_of_window})
    if facts.versions > 1:
        yield Caution(CohortWarning.VERSION_CHANGED, {"n": facts.versions})
    if facts.languages > 1:
        yield Caution(CohortWarning.LANGUAGE_CHANGED, {"n": facts.languages})


def _of_analysis(facts: CohortFacts) -> Iterator[Caution]:
    if facts.scales > 1:
        yield Caution(CohortWarning.SEVERAL_SCALES, {"n": facts.scales})
    if facts.definitions_changed:
        yield Caution(CohortWarning.DEFINITION_CHANGED, {"n": facts.definitions_changed})
    if facts.model_singular:
        yield Caution(CohortWarning.MODEL_SINGULAR)
    if facts.model_withheld:
        yield Caution(CohortWarning.MODEL_WITHHELD)


def lead(voice: Voice, caution: Caution) -> str:
    """Say the warning in a few words, with its figures."""
    return voice.say(_LEADS[caution.code], **_written(voice, caution.figures))


def explanation(voice: Voice, caution: Caution) -> str:
    """Say what the warning means for the reader."""
    return voice.say(_EXPLANATIONS[caution.code], placebo=voice.percent(PLACEBO_RESPONDERS))


def text(voice: Voice, caution: Caution) -> str:
    """Say the whole warning, as exports print it."""
    return f"{lead(voice, caution)} {explanation(voice, caution)}"


def _written(voice: Voice, figures: Mapping[str, float]) -> dict[str, str]:
    """Write the figures of a warning, and the share where a part and its whole are known."""
    written = {name: voice.number(value) for name, value in figures.items()}
    return written | ({"share": voice.percent(figures["n"] / figures["of"])} if figures.get("of") else {})


_LEADS = {
    CohortWarning.NO_COMPARISON: N_("No comparison group."),
    CohortWarning.FEW_PEOPLE: N_("Few people: %(n)s."),
    CohortWarning.LOSS_TO_FOLLOW_UP: N_("Not measured at this visit: %(n)s of %(of)s (%(share)s)."),
    CohortWarning.SINGLE_BASELINE: N_("One score only before FMT: %(n)s of %(of)s."),
    CohortWarning.ENTRY_ON_SCORE: N_("Treated because of a score: %(n)s of %(of)s."),
    CohortWarning.NO_ERROR: N_("No measurement error is known for this scale."),
    CohortWarning.ONE_OCCASION_ERROR: N_("The error is known for one occasion only."),
    CohortWarning.THRESHOLD_BELOW_ERROR: N_(
        "The important change of %(threshold)s is smaller than the measurement error of ±%(band)s."
    ),
    CohortWarning.AT_FLOOR: N_("At the lowest possible score before FMT: %(n)s of %(of)s (%(share)s)."),
    CohortWarning.AT_CEILING: N_("At the highest possible score before FMT: %(n)s of %(of)s (%(share)s)."),
    CohortWarning.OUT_OF_WINDOW: N_("Scores outside every window: %(n)s."),
    CohortWarning.VERSION_CHANGED: N_("Versions of this scale: %(n)s."),
    CohortWarning.LANGUAGE_CHANGED: N_("Languages of this scale: %(n)s."),
    CohortWarning.SEVERAL_SCALES: N_("Scales tested: %(n)s."),
    CohortWarning.DEFINITION_CHANGED: N_("Definitions changed after data were seen: %(n)s."),
    CohortWarning.MODEL_SINGULAR: N_("The model has reached its limit."),
    CohortWarning.MODEL_WITHHELD: N_("The model's estimates for single people are not shown."),
}

_EXPLANATIONS = {
    CohortWarning.NO_COMPARISON: N_(
        "What looks like improvement includes natural ups and downs, regression to the mean, expectation and other "
        "treatments. In a blinded trial of a drug in ME/CFS, %(placebo)s of those given placebo counted as responders."
    ),
    CohortWarning.FEW_PEOPLE: N_("With fewer than 20 people every share and mean is very uncertain."),
    CohortWarning.LOSS_TO_FOLLOW_UP: N_("They may have done worse; nothing here assumes that they did not."),
    CohortWarning.SINGLE_BASELINE: N_("Their band is wider, and a bad day at the start looks like improvement later."),
    CohortWarning.ENTRY_ON_SCORE: N_(
        "A score chosen for being bad is followed by a better one even when nothing has changed."
    ),
    CohortWarning.NO_ERROR: N_("Without it no change can be told from ordinary ups and downs."),
    CohortWarning.ONE_OCCASION_ERROR: N_(
        "How much the same person's scores differ from day to day is not known, so a change beyond questionnaire error "
        "may still be ordinary ups and downs."
    ),
    CohortWarning.THRESHOLD_BELOW_ERROR: N_("In one person such a change may be nothing but error."),
    CohortWarning.AT_FLOOR: N_("A change further down cannot be seen in them."),
    CohortWarning.AT_CEILING: N_("A change further up cannot be seen in them."),
    CohortWarning.OUT_OF_WINDOW: N_("They are drawn on their day and left out of every visit."),
    CohortWarning.VERSION_CHANGED: N_("Part of a change may come from the change of version."),
    CohortWarning.LANGUAGE_CHANGED: N_("Part of a difference may come from the translation."),
    CohortWarning.SEVERAL_SCALES: N_("The more scales are looked at, the likelier one of them stands out by chance."),
    CohortWarning.DEFINITION_CHANGED: N_("A definition chosen after looking can be made to fit."),
    CohortWarning.MODEL_SINGULAR: N_(
        "The data do not tell how differently people truly changed; take the model's spread as unknown."
    ),
    CohortWarning.MODEL_WITHHELD: N_(
        "With fewer than 20 people, or at the model's limit, an estimate for one person would mislead."
    ),
}
