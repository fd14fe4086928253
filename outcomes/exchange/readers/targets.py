"""Columns of scores and answers: which instrument, scale or item each is, and whether its numbers are permitted.

Beside a score may stand the reason why it is absent: "chalder11.likert_absent".
"""

from collections.abc import Callable
from dataclasses import dataclass

from outcomes.exchange.readers.columns import Column, Parsed, numbers, plain
from outcomes.exchange.readers.mapping import ColumnMapping, Key
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, shown
from outcomes.exchange.readers.table import text_of
from outcomes.exchange.writers.redcap import ABSENT
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument, Item
from outcomes.instruments.errors import AnswerError, AnswerProblem
from outcomes.instruments.scoring import STANDARD_ERROR, score
from outcomes.terms import Absence


@dataclass(frozen=True, slots=True)
class Target:
    """What one column holds: an item's answers, a scale's totals (or their standard errors), or why there are none.

    `code` is the item's or the scale's; of a reason it is that of the scale whose score is absent.
    """

    instrument: Instrument
    code: str
    is_item: bool
    is_reason: bool = False

    @property
    def item(self) -> Item:
        """The item it answers."""
        return self.instrument.item(self.code)


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
    if rest not in scales and rest.removesuffix(ABSENT) in scales:
        return Target(instrument, rest.removesuffix(ABSENT), is_item=False, is_reason=True)
    scale = scales.get(rest) or scales.get(rest.removesuffix(STANDARD_ERROR))
    if scale is None or (scale.code != rest and not scale.carries_standard_error):
        return ProblemCode.TARGET_UNKNOWN
    return Target(instrument, rest, is_item=False)


def _no_item(instrument: Instrument) -> ProblemCode:
    return ProblemCode.TARGET_UNKNOWN if instrument.items else ProblemCode.ITEMS_REFUSED


def resolve(mapping: ColumnMapping, catalogue: Catalogue) -> tuple[dict[Key, Target], list[ImportProblem]]:
    """Resolve every target of a mapping."""
    found: dict[Key, Target] = {}
    problems = []
    beside = {(key.name.replace(":", ".").partition(".")[0], key.visit) for key in mapping.targets if _explains(key)}
    for key, column in mapping.targets.items():
        target = target_of(key.name, catalogue)
        if isinstance(target, Target) and _totals_alone(target, key.visit, beside):
            target = ProblemCode.TOTALS_REFUSED
        if isinstance(target, Target):
            found[key] = target
            continue
        values = {"target": key.name, "instrument": key.name.partition(".")[0].partition(":")[0]}
        problems.append(ImportProblem(target, None, column, values))
    return found, problems


def _explains(key: Key) -> bool:
    """Whether a column beside a total is one of answers, or of reasons why there is none."""
    return ":" in key.name or key.name.endswith(ABSENT)


def _totals_alone(target: Target, visit: str, beside: set[tuple[str, str]]) -> bool:
    """Whether a total stands by itself where only answers are taken; beside these it is compared with them."""
    is_total = not target.is_item and not target.is_reason
    return is_total and not target.instrument.accepts_totals and (target.instrument.code, visit) not in beside


def read_reasons(column: Column, mapping: ColumnMapping) -> Parsed[Absence]:
    """Read a column of reasons why scores are absent."""
    known = {plain(each.value): each for each in Absence}
    return column.without(frozenset(mapping.missing)).read(
        lambda cell: (
            known.get(plain(text_of(cell)))
            or column.problem(ProblemCode.REASON_UNKNOWN, None, value=shown(text_of(cell)), known=", ".join(Absence))
        )
    )


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
    """Ask the scoring engine whether it takes this total; one that is only compared with answers need not be taken."""
    try:
        score(target.instrument, {}, {target.code: value})
    except AnswerError as error:
        if error.code is AnswerProblem.TOTALS_NOT_ACCEPTED:
            return None
        scale = target.instrument.scale(target.code.removesuffix(STANDARD_ERROR))
        ends = {"least": scale.minimum, "most": scale.maximum}
        told = {name: "…" if end is None else f"{end:g}" for name, end in ends.items()}
        return column.problem(ProblemCode.TOTAL_REFUSED, None, value=f"{value:g}", **told)
    return None
