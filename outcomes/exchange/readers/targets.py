"""Columns of scores and answers: which instrument, scale or item each is, and whether its numbers are permitted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outcomes.exchange.readers.columns import Column, Parsed, numbers
from outcomes.exchange.readers.mapping import ColumnMapping, Key
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument, Item
from outcomes.instruments.errors import AnswerError
from outcomes.instruments.scoring import STANDARD_ERROR, score


@dataclass(frozen=True, slots=True)
class Target:
    """What one column of numbers holds: an item's answers, or a scale's totals (or their standard errors)."""

    instrument: Instrument
    code: str
    is_item: bool

    @property
    def item(self) -> Item:
        """The item it answers."""
        return self.instrument.item(self.code)


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A target with its numbers, row by row."""

    target: Target
    column: str
    values: Sequence[float | None]


def target_of(name: str, catalogue: Catalogue) -> Target | ProblemCode:
    """Find what a key names: "chalder11:3" an item, "chalder11.likert" a scale, "promis_fatigue_8a.t_se" its error."""
    code, sign, rest = name.partition(":") if ":" in name else name.partition(".")
    instrument = catalogue.get(code)
    if instrument is None or not rest:
        return ProblemCode.TARGET_UNKNOWN
    if sign == ":":
        known = any(item.code == rest for item in instrument.items)
        return Target(instrument, rest, is_item=True) if known else _no_item(instrument)
    scales = {scale.code: scale for scale in instrument.scales}
    scale = scales.get(rest) or scales.get(rest.removesuffix(STANDARD_ERROR))
    if scale is None or (scale.code != rest and not scale.carries_standard_error):
        return ProblemCode.TARGET_UNKNOWN
    return Target(instrument, rest, is_item=False) if instrument.accepts_totals else ProblemCode.TOTALS_REFUSED


def _no_item(instrument: Instrument) -> ProblemCode:
    return ProblemCode.TARGET_UNKNOWN if instrument.items else ProblemCode.ITEMS_REFUSED


def resolve(mapping: ColumnMapping, catalogue: Catalogue) -> tuple[dict[Key, Target], list[ImportProblem]]:
    """Resolve every target of a mapping."""
    found: dict[Key, Target] = {}
    problems = []
    for key, column in mapping.targets.items():
        target = target_of(key.name, catalogue)
        if isinstance(target, Target):
            found[key] = target
            continue
        values = {"target": key.name, "instrument": key.name.partition(".")[0].partition(":")[0]}
        problems.append(ImportProblem(target, None, column, values))
    return found, problems


def read_target(target: Target, column: Column, mapping: ColumnMapping, delimiter: str | None) -> Parsed[float]:
    """Read a column of numbers and refuse those that the instrument does not permit."""
    parsed = numbers(column.without(frozenset(mapping.missing)), mapping.decimal, delimiter)
    refused = _refused(target)
    known: dict[float, ImportProblem | None] = {}
    for place, value in enumerate(parsed.values):
        if value is None:
            continue
        if value not in known:
            known[value] = refused(column, value)
        problem = known[value]
        if problem is not None:
            parsed.values[place] = None
            parsed.problems.append(ImportProblem(problem.code, column.numbers[place], problem.column, problem.values))
    return parsed


def _refused(target: Target) -> Callable[[Column, float], ImportProblem | None]:
    """Return what says why a number is not permitted."""
    return (
        (lambda column, value: _answer_problem(target, column, value))
        if target.is_item
        else (lambda column, value: _total_problem(target, column, value))
    )


def _answer_problem(target: Target, column: Column, value: float) -> ImportProblem | None:
    item = target.item
    if item.permits(value):
        return None
    least, most = f"{item.minimum:g}", f"{item.maximum:g}"
    return column.problem(ProblemCode.ANSWER_REFUSED, None, value=f"{value:g}", least=least, most=most)


def _total_problem(target: Target, column: Column, value: float) -> ImportProblem | None:
    """Ask the scoring engine whether it takes this total."""
    try:
        score(target.instrument, {}, {target.code: value})
    except AnswerError:
        scale = target.instrument.scale(target.code.removesuffix(STANDARD_ERROR))
        ends = {"least": scale.minimum, "most": scale.maximum}
        told = {name: "…" if end is None else f"{end:g}" for name, end in ends.items()}
        return column.problem(ProblemCode.TOTAL_REFUSED, None, value=f"{value:g}", **told)
    return None
