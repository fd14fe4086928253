"""Refuses a definition that contradicts itself, before any score is computed with it."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from outcomes.instruments.definition import NEAR, Formula, Instrument, Item, Scale, Wording
from outcomes.instruments.section import Section

MOST_CHOICES = 1001


def check_instrument(section: Section, instrument: Instrument) -> None:
    """Refuse items and scales that cannot give a score within the declared range."""
    _unique(section, "items", (item.code for item in instrument.items))
    _unique(section, "scales", (scale.code for scale in instrument.scales))
    for item in instrument.items:
        _check_item(section, item)
    if not instrument.scales:
        raise section.wrong("scales", "is missing: an instrument needs at least one scale")
    for place, scale in enumerate(instrument.scales, start=1):
        _check_scale(Section(section.file, {}, f"scales[{place}]"), scale, instrument)
    _check_headlines(section, instrument)
    if not instrument.items and not instrument.accepts_totals:
        raise section.wrong("accepts_totals", "must be true: without items nothing else can be entered")
    if instrument.minutes <= 0:
        raise section.wrong("minutes", "must be more than 0")


def check_wording(section: Section, wording: Wording, instrument: Instrument) -> None:
    """Refuse words for an item or an answer that the instrument does not have."""
    items = {item.code: item for item in instrument.items}
    for code in wording.items:
        if code not in items:
            raise section.wrong(f"items.{code}", f"{instrument.code} has no such item")
    for code, words in wording.choices.items():
        if code != "*" and code not in items:
            raise section.wrong(f"choices.{code}", f"{instrument.code} has no such item")
        for answer in words:
            if code != "*" and not items[code].permits(answer):
                raise section.wrong(f"choices.{code}", f"{answer:g} is not a permitted answer of item {code}")


def _unique(section: Section, key: str, codes: Iterable[str]) -> None:
    for code, times in Counter(codes).items():
        if times > 1:
            raise section.wrong(key, f'"{code}" stands there {times} times')


def _check_item(section: Section, item: Item) -> None:
    key = f"items ({item.code})"
    if item.maximum <= item.minimum or item.step <= 0:
        raise section.wrong(key, "the maximum must lie above the minimum, and the step above 0")
    if not item.permits(item.maximum):
        raise section.wrong(key, "the range must be a whole number of steps")
    if (item.maximum - item.minimum) / item.step >= MOST_CHOICES:
        raise section.wrong(key, f"has more than {MOST_CHOICES} permitted answers")
    if item.recode is not None and set(item.recode) != set(item.choices):
        raise section.wrong(key, "recode must name every permitted answer and no other")
    if item.recode is not None and item.reverse:
        raise section.wrong(key, "cannot be both recoded and reversed")


def _check_headlines(section: Section, instrument: Instrument) -> None:
    domains = Counter(scale.domain for scale in instrument.headlines)
    if not domains:
        raise section.wrong("scales", "one of them must be the headline")
    for domain, times in domains.items():
        if times > 1:
            raise section.wrong("scales", f"{times} headlines for {domain}; one is allowed")


def _check_scale(section: Section, scale: Scale, instrument: Instrument) -> None:
    _unique(section, "items", scale.items)
    known = {item.code for item in instrument.items}
    if unknown := [code for code in scale.items if code not in known]:
        raise section.wrong("items", f"names items that do not exist: {', '.join(unknown)}")
    if bool(scale.items) is (scale.rule.formula is Formula.ENTERED):
        raise section.wrong("formula", 'a scale has items, or its formula is "entered"')
    if sum(threshold.default for threshold in scale.thresholds) > 1:
        raise section.wrong("thresholds", "only one can be the default")
    if scale.step is not None and scale.step <= 0:
        raise section.wrong("step", "must be more than 0")
    if None not in (scale.minimum, scale.maximum) and not _below(scale.minimum, scale.maximum):
        raise section.wrong("maximum", "must lie above the minimum")
    if scale.rule.formula is not Formula.ENTERED:
        _check_rule(section, scale, instrument)


def _below(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low < high


def _check_rule(section: Section, scale: Scale, instrument: Instrument) -> None:
    rule = scale.rule
    if not 1 <= rule.at_least <= len(scale.items):
        raise section.wrong("at_least", f"must be from 1 to {len(scale.items)}")
    if (rule.table is not None) is not (rule.formula is Formula.TABLE):
        raise section.wrong("table", 'is there when the formula is "table", and only then')
    if bool(rule.criteria) is not (rule.formula is Formula.CRITERIA):
        raise section.wrong("criteria", 'is there when the formula is "criteria", and only then')
    if stray := {clause.item for group in rule.criteria for clause in group} - set(scale.items):
        raise section.wrong("criteria", f"names items that are not of this scale: {', '.join(sorted(stray))}")
    numbers = {code: _numbers(section, scale, instrument.item(code)) for code in scale.items}
    if rule.table is not None:
        _check_table(section, scale, list(numbers.values()))
    elif rule.formula is not Formula.CRITERIA:
        _check_range(section, scale, list(numbers.values()))


def _numbers(section: Section, scale: Scale, item: Item) -> list[float]:
    """Every number this item can contribute to the scale."""
    numbers = [item.counts_as(answer) for answer in item.choices]
    recode = scale.rule.recode
    if recode is None:
        return numbers
    if missing := sorted(set(numbers) - set(recode)):
        raise section.wrong("recode", f"does not name {', '.join(f'{x:g}' for x in missing)}")
    return [recode[x] for x in numbers]


def _bounds(numbers: list[list[float]]) -> tuple[float, float]:
    return sum(min(each) for each in numbers), sum(max(each) for each in numbers)


def _check_range(section: Section, scale: Scale, numbers: list[list[float]]) -> None:
    """The declared range must be the one the formula can reach."""
    share = 1 / len(numbers) if scale.rule.formula is Formula.MEAN else 1
    ends = sorted(scale.rule.add + scale.rule.multiply * bound * share for bound in _bounds(numbers))
    for key, declared, reached in (("minimum", scale.minimum, ends[0]), ("maximum", scale.maximum, ends[1])):
        if declared is None or abs(declared - reached) > NEAR:
            raise section.wrong(key, f"the formula reaches {reached:g}")


def _check_table(section: Section, scale: Scale, numbers: list[list[float]]) -> None:
    """The table must hold every raw sum, rise or fall without a break, and end at the declared range."""
    table = scale.rule.table or {}
    if any(x != int(x) for each in numbers for x in each):
        raise section.wrong("table", "needs whole numbers from every item")
    low, high = _bounds(numbers)
    wanted = {float(raw) for raw in range(round(low), round(high) + 1)}
    if set(table) != wanted:
        raise section.wrong("table", f"must hold every raw sum from {low:g} to {high:g} and no other")
    values = [table[raw][0] for raw in sorted(table)]
    if not all(a < b for a, b in pairwise(values)):
        raise section.wrong("table", "values must rise with the raw sum")
    if (scale.minimum, scale.maximum) != (values[0], values[-1]):
        raise section.wrong("minimum", f"the table reaches from {values[0]:g} to {values[-1]:g}")
    if scale.rule.at_least != len(scale.items):
        raise section.wrong("at_least", "a table needs every item")
