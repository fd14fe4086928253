"""What an instrument is: items, scales, scoring rules, errors, thresholds and sources, as plain values.

Nothing here computes a score. The files of the library are read into these classes by `outcomes.instruments.reader`,
and `outcomes.instruments.scoring` applies them. Short English texts kept here (a unit, a population, a method, an
interval, the name of a cut-off) are message ids: say them with `Voice.say` before showing them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outcomes.terms import Better, Domain, ErrorKind, Language, LicencePolicy

NEAR = 1e-9


class Formula(StrEnum):
    """How a scale's value comes from its items."""

    SUM = "sum"
    MEAN = "mean"
    TABLE = "table"
    CRITERIA = "criteria"
    ENTERED = "entered"


@dataclass(frozen=True, slots=True)
class Citation:
    """A source, with its DOI where one is known."""

    text: str
    doi: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its permitted codes, and how an answer counts in its scales.

    `recode` maps every permitted answer to the number that counts; `reverse` turns the answer round within its
    range. `source_id` is the publisher's own name of the item, `label` a neutral label other than "Item 7".
    """

    code: str
    minimum: float
    maximum: float
    step: float
    reverse: bool
    recode: Mapping[float, float] | None
    source_id: str | None = None
    label: Mapping[Language, str] | None = None

    @property
    def choices(self) -> tuple[float, ...]:
        """Every permitted answer, lowest first."""
        return tuple(self.minimum + self.step * k for k in range(round((self.maximum - self.minimum) / self.step) + 1))

    def permits(self, answer: float) -> bool:
        """Whether this answer is one of the permitted codes."""
        if not self.minimum <= answer <= self.maximum:
            return False
        steps = (answer - self.minimum) / self.step
        return abs(steps - round(steps)) < NEAR

    def nearest(self, answer: float) -> float:
        """The permitted code that a permitted answer stands for, free of binary noise."""
        return self.minimum + self.step * round((answer - self.minimum) / self.step)

    def counts_as(self, answer: float) -> float:
        """The number this answer contributes, after recoding or reversal."""
        if self.recode is not None:
            return self.recode[answer]
        return self.minimum + self.maximum - answer if self.reverse else answer


@dataclass(frozen=True, slots=True)
class MeasurementError:
    """How far apart two scores may lie without any true change, and what that figure covers.

    `sem` is None for a score-level error, where each score carries its own standard error.
    """

    kind: ErrorKind
    sem: float | None
    interval: str | None
    population: str
    source: str
    unverified: bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """A published difference that is said to matter, with how and in whom it was found."""

    value: float
    method: str
    population: str
    source: str
    unverified: bool
    default: bool


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A named value on the scale."""

    name: str
    value: float
    population: str
    source: str
    unverified: bool


@dataclass(frozen=True, slots=True)
class Norm:
    """Mean and spread of a published sample, to see where one stands."""

    population: str
    mean: float
    sd: float | None
    n: int | None
    source: str
    unverified: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """One clause of a criterion: the answer to `item` is at least `at_least`."""

    item: str
    at_least: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How a value is made of answers, and when it may not be.

    The value is `add + multiply * x`, x being the sum or mean of the items counted. `at_least` is how many of the
    scale's items must be answered, `at_least_overall` how many of the whole instrument's. A sum with fewer
    than all items is the mean of those answered times their full number. `table` maps a raw sum to (value, standard
    error). `criteria` is met when all clauses of any one group hold.
    """

    formula: Formula
    at_least: int = 0
    at_least_overall: int = 0
    recode: Mapping[float, float] | None = None
    multiply: float = 1.0
    add: float = 0.0
    table: Mapping[float, tuple[float, float | None]] | None = None
    criteria: tuple[tuple[Condition, ...], ...] = ()
    source: str = ""
    unverified: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """One score of an instrument, with everything needed to read it.

    `key` is the instrument's code and the scale's code joined by a dot; `step` the smallest possible difference
    between two complete scores (None when irregular); `better` None when the scale has no good end. The first of
    `errors` is the one in force unless the clinic's own baselines give a better one. `headline` marks the scale shown
    first for its instrument and domain.
    """

    key: str
    code: str
    title: Mapping[Language, str]
    domain: Domain
    items: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    step: float | None
    better: Better | None
    unit: str
    decimals: int
    errors: tuple[MeasurementError, ...]
    thresholds: tuple[Threshold, ...]
    cutoffs: tuple[Cutoff, ...]
    loinc: str | None
    headline: bool
    rule: Rule = field(default_factory=lambda: Rule(Formula.ENTERED))
    norms: tuple[Norm, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def default_threshold(self) -> Threshold | None:
        """The threshold in force unless somebody chooses another."""
        return next((t for t in self.thresholds if t.default), None)

    @property
    def carries_standard_error(self) -> bool:
        """Whether each score of this scale has a standard error of its own."""
        return any(error.kind is ErrorKind.SCORE_LEVEL for error in self.errors)

    def at_floor(self, value: float) -> bool:
        """Whether the value is the lowest possible, so that a fall cannot be seen."""
        return self.minimum is not None and value <= self.minimum

    def at_ceiling(self, value: float) -> bool:
        """Whether the value is the highest possible, so that a rise cannot be seen."""
        return self.maximum is not None and value >= self.maximum


@dataclass(frozen=True, slots=True)
class Instrument:
    """A questionnaire, test or marker: one version of its scoring key."""

    code: str
    version: str
    title: Mapping[Language, str]
    recall_days: int | None
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    policy: LicencePolicy
    accepts_items: bool
    accepts_totals: bool
    form_versions: tuple[str, ...]
    minutes: float
    form_title: Mapping[Language, str] | None = None
    attribution: str = ""
    licence_note: str = ""
    loinc: str | None = None
    citations: tuple[Citation, ...] = ()
    unverified: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def headlines(self) -> tuple[Scale, ...]:
        """The scales shown first, at most one of each domain."""
        return tuple(scale for scale in self.scales if scale.headline)

    def item(self, code: str) -> Item:
        """The item of this code; KeyError when there is none."""
        return {item.code: item for item in self.items}[code]

    def scale(self, code: str) -> Scale:
        """The scale of this code ("likert") or full key ("chalder11.likert"); KeyError when there is none."""
        return {scale.code: scale for scale in self.scales}[code.removeprefix(f"{self.code}.")]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one instrument in one language: instructions, item texts and answer choices.

    `choices` maps an item's code, or "*" for all items, to the words of each permitted answer.
    """

    code: str
    language: Language
    version: str
    instructions: str
    items: Mapping[str, str]
    choices: Mapping[str, Mapping[float, str]]
    title: str | None = None

    def choices_of(self, item: str) -> Mapping[float, str]:
        """The words of each answer to this item; empty when digits must do."""
        return self.choices.get(item, self.choices.get("*", {}))
