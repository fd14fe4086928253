"""Quasi-identifiers: what somebody may know of a patient, and how each column may be coarsened.

Three kinds: words with a hierarchy (`Tree`), numbers with true ranges (`Numbers`), and visits with the ones that
everybody of a group shares (`Pattern`). Every kind says what a group of rows loses when it is written with one label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

SCORES_WEIGH = 6.0
"""What a patient's withheld scores weigh in the search, beside the label of one column: a release is made for them."""
WIDTHS = (2, 3, 5, 7, 10, 15, 20, 30, 50)
"""Widths of the bands tried for a number, in steps; what is written is the true range of the group."""


class UnknownValueError(ValueError):
    """A column holds a value that its hierarchy or its limits do not know."""

    def __init__(self, column: str, value: object) -> None:
        super().__init__(f"{column}: {value!r} has no place")
        self.column = column


@dataclass(frozen=True, slots=True)
class Span:
    """A range of numbers as released, both ends included."""

    low: float
    high: float

    def __str__(self) -> str:
        """Write the range as a file does: one number, or two with a dash."""
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g}-{self.high:g}"


@dataclass(frozen=True, slots=True)
class Shared:
    """The visits that every patient of a group has; the others are withheld from the whole group."""

    visits: tuple[str, ...]
    withheld: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name the visits, joined by a plus sign."""
        return "+".join(self.visits) or "none"


Label: TypeAlias = str | Span | Shared | None


@dataclass(frozen=True, slots=True)
class Split:
    """One way of coarsening a column: a group number for every row, and what each row loses by it."""

    group: Ints
    groups: int
    loss: Floats


def different(splits: Iterable[Split]) -> tuple[Split, ...]:
    """Keep one of the splits that part these rows alike: the first, which loses least."""
    found: dict[bytes, Split] = {}
    for split in splits:
        _, first, place = np.unique(split.group, return_index=True, return_inverse=True)
        found.setdefault(first[place.ravel()].tobytes(), split)
    return tuple(found.values())


class Coded(Protocol):
    """A column made ready for the search; `weight` says what its loss weighs there, beside the other columns'."""

    name: str
    splits: tuple[Split, ...]
    weight: float

    def lost(self, rows: Ints) -> float:
        """Say what one label for these rows loses, 0 to 1."""

    def label(self, rows: Ints) -> Label:
        """Say the narrowest label that covers these rows."""


class Quasi(Protocol):
    """A quasi-identifier: its name, and how its values are made ready."""

    @property
    def name(self) -> str:
        """Name of the column."""

    def code(self, values: Sequence[object]) -> Coded:
        """Make the values ready for the search."""

    def covers(self, label: Label, value: object) -> bool:
        """Whether a label is true of a value."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Words with a hierarchy: each word's labels from itself to the top that covers everything."""

    name: str
    paths: Mapping[str, tuple[str, ...]]

    def code(self, values: Sequence[object]) -> "CodedTree":
        """Make the values ready: a node for every row and level."""
        return CodedTree(self, values)

    def covers(self, label: Label, value: object) -> bool:
        """Whether a label lies on the value's way to the top."""
        return isinstance(label, str) and label in self.paths[str(value)]


@dataclass(frozen=True, slots=True)
class Numbers:
    """Whole numbers between two ends. A missing number is a value of its own: it is never given a range."""

    name: str
    low: float
    high: float

    def code(self, values: Sequence[object]) -> "CodedNumbers":
        """Make the values ready: exact, in bands of several widths, and all as one."""
        return CodedNumbers(self, values)

    def covers(self, label: Label, value: object) -> bool:
        """Whether the number lies in the range; the whole range also covers a missing number."""
        if not isinstance(label, Span):
            return value is None
        if value is None:
            return (label.low, label.high) == (self.low, self.high)
        return label.low <= float(str(value)) <= label.high


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which visits a patient has. Visits that only some of a group have are withheld from it."""

    name: str
    visits: tuple[str, ...]

    def code(self, values: Sequence[object]) -> "CodedPattern":
        """Make the values ready: the pattern itself, without one or two visits, without the last ones, without any."""
        return CodedPattern(self, values)

    def covers(self, label: Label, value: object) -> bool:
        """Whether the patient has the visits named, and no other that is not withheld."""
        if not isinstance(label, Shared) or not isinstance(value, Iterable):
            return False
        return set(value) - set(label.withheld) == set(label.visits)


class CodedTree:
    """A column of words: a node for every row at every level."""

    weight = 1.0

    def __init__(self, tree: Tree, values: Sequence[object]) -> None:
        self.name = tree.name
        words = [str(value) for value in values]
        for word in words:
            if word not in tree.paths:
                raise UnknownValueError(tree.name, word)
        depth = len(next(iter(tree.paths.values())))
        self._nodes: list[list[str]] = []
        self.splits = tuple(self._split(tree, words, level) for level in range(depth))

    def _split(self, tree: Tree, words: list[str], level: int) -> Split:
        """Take every word up to one level."""
        under: dict[str, int] = {}
        for path in tree.paths.values():
            under[path[level]] = under.get(path[level], 0) + 1
        number = {label: place for place, label in enumerate(under)}
        self._nodes.append(list(under))
        leaves = max(1, len(tree.paths) - 1)
        chosen = [tree.paths[word][level] for word in words]
        group = np.array([number[label] for label in chosen], dtype=np.int64)
        loss = np.array([(under[label] - 1) / leaves for label in chosen])
        return Split(group, len(under), loss)

    def _level(self, rows: Ints) -> int:
        """Find the lowest level at which the rows agree."""
        first = rows[0]
        groups = (split.group for split in self.splits)
        return next(level for level, group in enumerate(groups) if bool((group[rows] == group[first]).all()))

    def lost(self, rows: Ints) -> float:
        """Say what one label for these rows loses: (leaves covered − 1) / (leaves − 1)."""
        return float(self.splits[self._level(rows)].loss[rows[0]])

    def label(self, rows: Ints) -> Label:
        """Say the lowest label that covers these rows."""
        level = self._level(rows)
        return self._nodes[level][int(self.splits[level].group[rows[0]])]


class CodedNumbers:
    """A column of numbers: exact, in bands of several widths and places, and all as one."""

    weight = 1.0

    def __init__(self, numbers: Numbers, values: Sequence[object]) -> None:
        self.name = numbers.name
        self._column = numbers
        self._value = np.array([np.nan if value is None else float(str(value)) for value in values])
        outside = (self._value < numbers.low) | (self._value > numbers.high)
        if outside.any():
            raise UnknownValueError(numbers.name, float(self._value[outside][0]))
        self._missing = np.isnan(self._value)
        self._width = max(numbers.high - numbers.low, 1e-9)
        self.splits = (self._exact(), *self._bands(), self._whole())

    def _exact(self) -> Split:
        """Keep every number as it is."""
        found, group = np.unique(self._value, return_inverse=True)
        return Split(group.astype(np.int64).ravel(), len(found), np.zeros(len(self._value)))

    def _whole(self) -> Split:
        """Put all numbers and all missing ones together."""
        rows = len(self._value)
        return Split(np.zeros(rows, dtype=np.int64), 1, np.ones(rows))

    def _bands(self) -> Iterable[Split]:
        """Put numbers into bands, each width in two places so that no border is there for good."""
        for width in WIDTHS:
            if width > self._width:
                return
            for shift in (0, width // 2):
                place = np.floor((self._value - self._column.low + shift) / width)
                place[self._missing] = -1
                group = place.astype(np.int64) + 1
                loss = np.where(self._missing, 0.0, min(1.0, (width - 1) / self._width))
                yield Split(group, int(group.max(initial=0)) + 1, loss)

    def lost(self, rows: Ints) -> float:
        """Say what one range for these rows loses: its length as a share of the whole."""
        missing = self._missing[rows]
        if missing.any():
            return 0.0 if missing.all() else 1.0
        return float((self._value[rows].max() - self._value[rows].min()) / self._width)

    def label(self, rows: Ints) -> Label:
        """Say the true range of these rows."""
        missing = self._missing[rows]
        if missing.all():
            return None
        if missing.any():
            return Span(self._column.low, self._column.high)
        return Span(float(self._value[rows].min()), float(self._value[rows].max()))


class CodedPattern:
    """A column of sets of visits."""

    weight = SCORES_WEIGH

    def __init__(self, pattern: Pattern, values: Sequence[object]) -> None:
        self.name = pattern.name
        self._visits = pattern.visits
        place = {visit: number for number, visit in enumerate(pattern.visits)}
        self._has = np.zeros((len(values), len(pattern.visits)), dtype=bool)
        for row, value in enumerate(values):
            for visit in value if isinstance(value, Iterable) else ():
                if visit not in place:
                    raise UnknownValueError(pattern.name, visit)
                self._has[row, place[visit]] = True
        self.splits = tuple(self._without(left) for left in self._ways())

    def _ways(self) -> list[tuple[int, ...]]:
        """List which visits may be left out: none, any one, any two, the last few, all."""
        number = len(self._visits)
        few = [left for size in (1, 2) for left in combinations(range(number), size)]
        tails = [tuple(range(first, number)) for first in range(number - 2, -1, -1)]
        return list(dict.fromkeys([(), *few, *tails]))

    def _without(self, left: tuple[int, ...]) -> Split:
        """Look at the pattern without some of the visits."""
        seen = self._has.copy()
        seen[:, list(left)] = False
        found, group = np.unique(seen, axis=0, return_inverse=True)
        loss = self._has[:, list(left)].sum(axis=1) / np.maximum(1, self._has.sum(axis=1))
        return Split(group.astype(np.int64).ravel(), max(1, len(found)), loss)

    def _mixed(self, rows: Ints) -> NDArray[np.bool_]:
        """Find the visits that only some of these rows have."""
        seen = self._has[rows]
        mixed: NDArray[np.bool_] = np.asarray(seen.any(axis=0) & ~seen.all(axis=0))
        return mixed

    def lost(self, rows: Ints) -> float:
        """Say which share of the visits that these rows have is withheld from them."""
        seen = self._has[rows]
        return float(seen[:, self._mixed(rows)].sum() / max(1, seen.sum()))

    def label(self, rows: Ints) -> Label:
        """Say which visits all of these rows have, and which are withheld."""
        mixed, shared = self._mixed(rows), np.asarray(self._has[rows].all(axis=0))
        return Shared(
            tuple(visit for visit, here in zip(self._visits, list(shared), strict=True) if here),
            tuple(visit for visit, here in zip(self._visits, list(mixed), strict=True) if here),
        )
