"""The scoring engine: answers in, scores out, and the reason when there is none. Missing is never zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from outcomes.instruments.definition import NEAR, Formula, Instrument, Item, Scale
from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.instruments.reasons import ABSENCES, Why, form_incomplete, items_missing, undecided
from outcomes.terms import Absence

STANDARD_ERROR = "_se"
WHOLE = 1.0
LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class ScaleScore:
    """One scale's value, or the reason why there is none.

    `items` is how many items the scale has and `items_used` how many were answered; `missing` names the others.
    `why` is the reason as a sentence that can be said in any language, `reason` the same in English. `entered` marks a
    total that was typed in, its items unknown.
    """

    scale: str
    value: float | None
    standard_error: float | None
    items_used: int
    items: int
    absence: Absence | None
    reason: str | None
    missing: tuple[str, ...] = ()
    why: Why | None = None
    entered: bool = False


def score(
    instrument: Instrument, answers: Mapping[str, float | None], totals: Mapping[str, float] | None = None
) -> tuple[ScaleScore, ...]:
    """Score every scale of an instrument.

    Parameters:
        instrument: its definition, from the catalogue.
        answers: the code answered to each item; an item left out, or None, has no answer.
        totals: scores worked out elsewhere, by scale code ("likert") or full key ("chalder11.likert"). A scale whose
            scores carry a standard error also takes it, as "t_se".

    Returns:
        One result per scale, in the order of the definition.

    Raises:
        AnswerError: for an answer or total that is not permitted, or a total that contradicts the answers.

    References:
        Each instrument's own citations, and docs/scoring.

    Example:
        >>> from outcomes.instruments.catalogue import load_catalogue
        >>> fss = load_catalogue()["fss9"]
        >>> score(fss, {str(item): 6 for item in range(1, 10)})[0].value
        6.0
        >>> score(fss, {"1": 6})[0].value is None
        True
    """
    given = _checked_answers(instrument, answers)
    counts = {item.code: item.counts_as(given[item.code]) for item in instrument.items if item.code in given}
    form = _Form(instrument.code, given, counts, _checked_totals(instrument, totals or {}))
    return tuple(_score_scale(scale, form) for scale in instrument.scales)


@dataclass(frozen=True, slots=True)
class _Form:
    """What was filled in: answers as given, what each counts after reversal or recoding, and totals."""

    instrument: str
    given: Mapping[str, float]
    counts: Mapping[str, float]
    entered: Mapping[str, float]


def _number(instrument: Instrument, where: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise AnswerError(instrument.code, where, value, AnswerProblem.NOT_A_NUMBER)
    return float(value)


def _checked_answers(instrument: Instrument, answers: Mapping[str, float | None]) -> dict[str, float]:
    """Keep what was answered; refuse what is no permitted code."""
    items = {item.code: item for item in instrument.items}
    given = {}
    for code, answer in answers.items():
        if code not in items:
            problem = AnswerProblem.UNKNOWN_ITEM if items else AnswerProblem.ITEMS_NOT_ACCEPTED
            raise AnswerError(instrument.code, code, answer, problem)
        if answer is not None:
            given[code] = _permitted(instrument, items[code], answer)
    return given


def _permitted(instrument: Instrument, item: Item, answer: float) -> float:
    number = _number(instrument, item.code, answer)
    if not item.permits(number):
        raise AnswerError(instrument.code, item.code, answer, AnswerProblem.NOT_PERMITTED)
    return item.nearest(number)


def _checked_totals(instrument: Instrument, totals: Mapping[str, float]) -> dict[str, float]:
    """Keep the totals by scale code; refuse an unknown scale and a value outside its range."""
    entered = {}
    for name, value in totals.items():
        code = name.removeprefix(f"{instrument.code}.")
        if not instrument.accepts_totals:
            raise AnswerError(instrument.code, code, value, AnswerProblem.TOTALS_NOT_ACCEPTED)
        entered[code] = _permitted_total(instrument, code, _number(instrument, code, value))
    return entered


def _permitted_total(instrument: Instrument, code: str, value: float) -> float:
    scales = {scale.code: scale for scale in instrument.scales}
    if code in scales and not _total_fits(scales[code], value):
        raise AnswerError(instrument.code, code, value, AnswerProblem.TOTAL_NOT_PERMITTED)
    if code not in scales:
        parent = scales.get(code.removesuffix(STANDARD_ERROR))
        if parent is None or not parent.carries_standard_error:
            raise AnswerError(instrument.code, code, value, AnswerProblem.UNKNOWN_SCALE)
        if value <= 0:
            raise AnswerError(instrument.code, code, value, AnswerProblem.TOTAL_NOT_PERMITTED)
    return value


def _total_fits(scale: Scale, value: float) -> bool:
    """Within the range; and a scale that counts in whole steps, without a rule for missing items, on a step."""
    if scale.minimum is not None and value < scale.minimum - NEAR:
        return False
    if scale.maximum is not None and value > scale.maximum + NEAR:
        return False
    if scale.step is None or scale.step < WHOLE or scale.rule.at_least < len(scale.items):
        return True
    steps = (value - (scale.minimum or 0)) / scale.step
    return abs(steps - round(steps)) < NEAR


def _score_scale(scale: Scale, form: _Form) -> ScaleScore:
    missing = tuple(code for code in scale.items if code not in form.given)
    used, total = len(scale.items) - len(missing), form.entered.get(scale.code)
    if total is not None and not used:
        return _entered(scale, form.entered)
    value, error = _computed(scale, form)
    if total is not None and not agrees(scale, value, total):
        raise AnswerError(form.instrument, scale.code, total, AnswerProblem.TOTAL_DIFFERS)
    absence = _absence(scale, form) if value is None else None
    why = _why(scale, absence, missing)
    reason = None if why is None else str(why)
    return ScaleScore(scale.key, value, error, used, len(scale.items), absence, reason, missing, why)


def _why(scale: Scale, absence: Absence | None, missing: tuple[str, ...]) -> Why | None:
    if absence is not Absence.ITEMS_MISSING:
        return None if absence is None else Why(ABSENCES[absence])
    if scale.rule.formula is Formula.CRITERIA:
        return undecided(missing)
    if len(scale.items) - len(missing) >= scale.rule.at_least:
        return form_incomplete(scale.rule.at_least_overall)
    return items_missing(missing, scale.rule.at_least, len(scale.items))


def agrees(scale: Scale, value: float | None, total: float) -> bool:
    """Whether a total written on the form is the one its answers give, as far as it was written out."""
    return value is not None and abs(value - total) <= 0.5 * 10**-scale.decimals + NEAR


def _entered(scale: Scale, entered: Mapping[str, float]) -> ScaleScore:
    value = entered[scale.code]
    error = entered.get(f"{scale.code}{STANDARD_ERROR}")
    if error is None and scale.rule.table is not None:
        error = dict(scale.rule.table.values()).get(value)
    return ScaleScore(scale.key, value, error, 0, len(scale.items), None, None, entered=True)


def _absence(scale: Scale, form: _Form) -> Absence:
    if not form.given and not form.entered:
        return Absence.SKIPPED
    if not scale.items:
        return Absence.NOT_ASKED
    return Absence.ITEMS_MISSING if form.given else Absence.TOTAL_ONLY


def _computed(scale: Scale, form: _Form) -> tuple[float | None, float | None]:
    """Apply the scale's rule: a value and its standard error, or None where the rule gives none."""
    rule = scale.rule
    if rule.formula is Formula.ENTERED or not form.given:
        return None, None
    if rule.formula is Formula.CRITERIA:
        return _criteria(scale, form.given), None
    numbers = [form.counts[code] for code in scale.items if code in form.counts]
    if len(numbers) < rule.at_least or len(form.given) < rule.at_least_overall:
        return None, None
    if rule.recode is not None:
        numbers = [rule.recode[x] for x in numbers]
    if rule.table is not None:
        return rule.table[sum(numbers)]
    return rule.add + rule.multiply * _combined(rule.formula, numbers, len(scale.items)), None


def _combined(formula: Formula, numbers: list[float], items: int) -> float:
    """The mean, or the sum; in a sum the mean of the answers given stands for those missing."""
    if formula is Formula.MEAN:
        return sum(numbers) / len(numbers)
    return sum(numbers) if len(numbers) == items else sum(numbers) / len(numbers) * items


def _criteria(scale: Scale, given: Mapping[str, float]) -> float | None:
    """1 when any group of clauses holds, 0 when none can, None while a missing answer could still decide."""
    groups = [
        [given[clause.item] >= clause.at_least if clause.item in given else None for clause in group]
        for group in scale.rule.criteria
    ]
    if any(all(group) for group in groups):
        return 1.0
    return 0.0 if all(any(holds is False for holds in group) for group in groups) else None


def asked(instrument: Instrument) -> tuple[str, ...]:
    """The items that any scale of the instrument uses, in their order on the form."""
    used = set(chain.from_iterable(scale.items for scale in instrument.scales))
    return tuple(item.code for item in instrument.items if item.code in used)
