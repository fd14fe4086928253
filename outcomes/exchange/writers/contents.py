"""What goes into the file of a release: plain frozen rows, already recoded. Nothing here knows a patient.

Long things are given as batches of rows and are read more than once: a value with `__iter__` that starts anew each
time, such as a list of lists or an object that runs its statement again. Rows are tuples in the order of the columns.
A number that is not there is None, and the reason stands in a column beside it or, where there is only one, in the
description of the column.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from outcomes.privacy.tiers import Tier
from outcomes.terms import Absence, Better, Language
from outcomes.voice import N_, Voice

Titles: TypeAlias = Mapping[Language, str]
Cells: TypeAlias = Sequence[str | int | float | None]
Batches: TypeAlias = Iterable[Sequence[Cells]]

MEASURED = "measured"
NO_SCORE = "no_score"
WITHHELD = "withheld"
NOT_KNOWN = "not_known"
NOT_COUNTED = "not_counted"
OUTSIDE = "outside"
"""The visit of a score that lies in no window; its day is withheld."""

BASELINE, AT_VISIT, FURTHER = "baseline", "visit", "further"


def said(message: str, /, **values: object) -> Titles:
    """Say a sentence in every language of the house."""
    return {language: Voice(language).say(message, **values) for language in Language}


REASONS: Mapping[str, str] = {
    Absence.TOO_ILL: N_("too ill to answer"),
    Absence.SKIPPED: N_("skipped"),
    Absence.ITEMS_MISSING: N_("too few items answered"),
    Absence.NOT_ASKED: N_("not asked"),
    Absence.OUT_OF_RANGE: N_("an answer out of range"),
    Absence.TOTAL_ONLY: N_("only the total is known"),
    NO_SCORE: N_("nothing on record at this visit"),
    WITHHELD: N_("withheld to protect the patient"),
    NOT_KNOWN: N_("not known"),
    NOT_COUNTED: N_("not counted, the score was entered as a whole"),
}
"""Why a number is not there, in an order that stays: its place is its code in .sav and .dta files."""


ROLES: Mapping[str, str] = {
    BASELINE: N_("part of the patient's baseline"),
    AT_VISIT: N_("the patient's score at this visit"),
    FURTHER: N_("on record, not part of the summary"),
}
"""What a score is in the summary of the cohort."""


FIRST_MISSING, LAST_MISSING = -9901, -9999
"""Numbers that stand for reasons in .sav files, the first reason first; no score may be one of them."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"

    @property
    def is_number(self) -> bool:
        """Whether one computes with it."""
        return self in {Kind.INTEGER, Kind.NUMBER}


class Code(NamedTuple):
    """One value of a coded column."""

    code: str
    title: Titles


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in every format, what it means, and why a number of it may not be there.

    `absence` names the column that says why a number is missing; `reason` is the only reason, where there is one only.
    A column without either is never missing.
    """

    name: str
    kind: Kind
    title: Titles
    codes: tuple[Code, ...] = ()
    absence: str | None = None
    reason: str | None = None

    @property
    def may_be_missing(self) -> bool:
        """Whether a number of it may not be there."""
        return self.absence is not None or self.reason is not None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a release: its name, columns and rows in batches. `key` names the columns that tell rows apart."""

    name: str
    title: Titles
    columns: tuple[Column, ...]
    batches: Batches = field(repr=False)
    key: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


class LongRow(NamedTuple):
    """One score of one patient. `day` is the planned day of the visit's window, never the patient's own.

    A score in no window has the visit `OUTSIDE` and no day. `role` is one of `ROLES`: which scores make up the baseline
    and which one stands for a visit follows the rules of the cohort page. `absence` is None where there is a value.
    `items` are how many items the scale has, None where it was entered as a whole. `occurrence` counts scores of one
    scale in one window, from 1. All rows of a patient come one after another.
    """

    patient: str
    visit: str
    day: int | None
    scale: str
    value: float | None
    standard_error: float | None
    absence: str | None
    items_used: int | None
    items: int | None
    key_version: str
    answered_by: str
    language: str
    role: str
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class ReleasedScale:
    """A scale as a reader of the file needs it."""

    key: str
    instrument: str
    title: Titles
    domain: str
    minimum: float | None
    maximum: float | None
    better: Better | None
    unit: str
    loinc: str | None = None


@dataclass(frozen=True, slots=True)
class ReleasedVisit:
    """A visit window: its planned day and its ends, in days from the first infusion."""

    code: str
    title: Titles
    day: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class ReleasedKey:
    """A version of a scoring key: the file itself, and the sources it was made from."""

    instrument: str
    version: str
    title: Titles
    file: bytes = field(repr=False)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasedDefinition:
    """A definition of who counts as better, as it was in force."""

    number: int
    title: str
    rule: Mapping[str, Any]
    words: Titles
    after_data_seen: bool


@dataclass(frozen=True, slots=True)
class Records:
    """Tables with a row a patient or a score; only where the tier lets records leave.

    `patients` begins with the column `patient`; FHIR and CDISC files look for `sex`, `country`, `age` and `years_ill`
    in it, for `route`, `material`, `state` in `treatments` and for `grade`, `seriousness`, `relation`, `outcome` in
    `events`. Other columns go to the tables alone.
    """

    long: Iterable[Sequence[LongRow]] = field(repr=False)
    scales: tuple[ReleasedScale, ...]
    visits: tuple[ReleasedVisit, ...]
    patients: Table
    treatments: Table
    events: Table
    scores: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseContents:
    """Everything that one release says. `as_of` is the only time in the file.

    `scales` and `visits` describe a release of counts; one with records has them beside those.
    """

    release: str
    title: str
    tier: Tier
    as_of: datetime
    country: str
    summaries: tuple[Table, ...]
    records: Records | None = None
    scales: tuple[ReleasedScale, ...] = ()
    visits: tuple[ReleasedVisit, ...] = ()
    keys: tuple[ReleasedKey, ...] = ()
    warnings: tuple[Titles, ...] = ()
    definitions: tuple[ReleasedDefinition, ...] = ()
    risk: Mapping[str, Any] = field(default_factory=dict)
    risk_words: Mapping[Language, Sequence[str]] = field(default_factory=dict)

    @property
    def all_scales(self) -> tuple[ReleasedScale, ...]:
        """The scales that it speaks of."""
        return self.records.scales if self.records else self.scales

    @property
    def all_visits(self) -> tuple[ReleasedVisit, ...]:
        """The visit windows that it speaks of."""
        return self.records.visits if self.records else self.visits

    def __post_init__(self) -> None:
        """Refuse records in a release of counts, and an instant without a zone."""
        if self.records is not None and self.tier is not Tier.AGREEMENT:
            raise ContentsError("records", "tier")
        if self.as_of.tzinfo is None:
            raise ContentsError("as_of", "zone")


class ContentsError(ValueError):
    """What is to be written contradicts its own description; names the table or field and what is wrong."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where, self.what = where, what


@dataclass(frozen=True, slots=True)
class Step:
    """How far the writing is: the part of the file, and how many rows of how many are done (None while not known)."""

    part: str
    done: int
    of: int | None = None


Progress: TypeAlias = Callable[[Step], None]
