"""Says an instrument's rules in plain words, in either language: how a score comes about and what it needs."""

from collections.abc import Iterator, Mapping

from outcomes.instruments.definition import Formula, Instrument, Item, MeasurementError, Rule, Scale
from outcomes.instruments.notation import spans
from outcomes.terms import ErrorKind, LicencePolicy
from outcomes.voice import N_, Voice

FORMULAS: Mapping[Formula, str] = {
    Formula.SUM: N_("Sum of items %(items)s."),
    Formula.MEAN: N_("Mean of items %(items)s."),
    Formula.TABLE: N_("Sum of items %(items)s, looked up in the table."),
    Formula.CRITERIA: N_("1 for yes, 0 for no. Yes when one of these holds: %(criteria)s."),
    Formula.ENTERED: N_("Worked out elsewhere and entered as a number."),
}
ONE_ITEM = N_("The answer to item %(items)s.")
TURNED = N_("Turned round before counting: items %(items)s.")
ITEM_RECODED = N_("Items %(items)s count as %(recode)s.")
SCALE_RECODED = N_("For this scale the answers count as %(recode)s.")
STRETCHED = N_("The score is that times %(multiply)s, then %(add)s added.")

NEEDS_ALL = N_("All %(items)s answers are needed; no published rule for missing answers was found.")
NEEDS_ONE = N_("Without an answer there is no score.")
NEEDS_TABLE = N_("The table needs all %(items)s answers.")
NEEDS_SOME = N_(
    "At least %(needed)s of %(items)s answers are needed; the mean of those given stands for the missing ones."
)
NEEDS_OVERALL = N_("At least %(overall)s answers are needed on the whole form.")
NEEDS_DECISION = N_("There is a result as soon as the answers given decide it; a blank never counts as no.")

ERROR_KINDS: Mapping[ErrorKind, str] = {
    ErrorKind.RETEST: N_("retest error"),
    ErrorKind.OWN_BASELINES: N_("own repeated baselines"),
    ErrorKind.SCORE_LEVEL: N_("standard error of each score"),
    ErrorKind.INTERNAL_CONSISTENCY: N_("internal consistency"),
}

POLICIES: Mapping[LicencePolicy, str] = {
    LicencePolicy.BUNDLED: N_("The wording is our own and ships with the program."),
    LicencePolicy.LOCAL_PACK: N_("No wording ships. Install your licensed or granted wording as a pack."),
    LicencePolicy.SCORE_ONLY: N_("Only numbers are kept. No wording ships."),
}


def rule_in_words(voice: Voice, instrument: Instrument, scale: Scale) -> tuple[str, ...]:
    """Say how the scale's value comes from the answers, a sentence a step."""
    return tuple(_steps(voice, instrument, scale))


def _steps(voice: Voice, instrument: Instrument, scale: Scale) -> Iterator[str]:
    rule = scale.rule
    single = len(scale.items) == 1 and rule.formula is Formula.SUM
    message = ONE_ITEM if single else FORMULAS[rule.formula]
    yield voice.say(message, items=spans(scale.items), criteria=_criteria(voice, rule))
    used = [item for item in instrument.items if item.code in scale.items]
    if turned := [item.code for item in used if item.reverse]:
        yield voice.say(TURNED, items=spans(turned))
    for recode, codes in _recodes(used):
        yield voice.say(ITEM_RECODED, items=spans(codes), recode=_pairs(voice, dict(recode)))
    if rule.recode is not None:
        yield voice.say(SCALE_RECODED, recode=_pairs(voice, rule.recode))
    if (rule.multiply, rule.add) != (1, 0):
        yield voice.say(STRETCHED, multiply=voice.number(rule.multiply), add=voice.number(rule.add))


def _criteria(voice: Voice, rule: Rule) -> str:
    groups = ([f"{clause.item} ≥ {voice.number(clause.at_least)}" for clause in group] for group in rule.criteria)
    return "; ".join(voice.join(group) for group in groups)


def _recodes(items: list[Item]) -> Iterator[tuple[tuple[tuple[float, float], ...], list[str]]]:
    """Yield each way of recoding with the items that it concerns."""
    groups: dict[tuple[tuple[float, float], ...], list[str]] = {}
    for item in items:
        if item.recode is not None:
            groups.setdefault(tuple(item.recode.items()), []).append(item.code)
    yield from groups.items()


def _pairs(voice: Voice, recode: Mapping[float, float]) -> str:
    return ", ".join(f"{voice.number(answer)} → {voice.number(counts)}" for answer, counts in recode.items())


def missing_in_words(voice: Voice, scale: Scale) -> tuple[str, ...]:
    """Say what the scale does when answers are missing; nothing when it has no items."""
    rule, items = scale.rule, len(scale.items)
    if rule.formula is Formula.ENTERED:
        return ()
    overall = (voice.say(NEEDS_OVERALL, overall=rule.at_least_overall),) if rule.at_least_overall else ()
    return (voice.say(_need(rule, items), items=items, needed=rule.at_least), *overall)


def _need(rule: Rule, items: int) -> str:
    if rule.formula is Formula.CRITERIA:
        return NEEDS_DECISION
    if rule.at_least < items:
        return NEEDS_SOME
    if items == 1:
        return NEEDS_ONE
    return NEEDS_TABLE if rule.formula is Formula.TABLE else NEEDS_ALL


def range_in_words(voice: Voice, scale: Scale) -> str:
    """Say the range of a scale, "0–33", or the end that is known."""
    low, high = scale.minimum, scale.maximum
    if low is not None and high is not None:
        return f"{voice.number(low)}–{voice.number(high)}"
    if low is not None:
        return f"≥ {voice.number(low)}"
    return f"≤ {voice.number(high)}" if high is not None else "–"


def error_in_words(voice: Voice, error: MeasurementError) -> str:
    """Say where a measurement error comes from: "retest error, 6 months, multiple sclerosis"."""
    interval = (voice.say(error.interval),) if error.interval else ()
    return ", ".join((voice.say(ERROR_KINDS[error.kind]), *interval, voice.say(error.population)))
