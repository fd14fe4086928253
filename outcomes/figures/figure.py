"""What a figure is: a finding in words, a plain Plotly dict, and the table that holds the same numbers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from markupsafe import Markup

from outcomes.change.individual import Change
from outcomes.figures import still
from outcomes.instruments.definition import Scale
from outcomes.terms import Better, ErrorKind
from outcomes.voice import Voice

Row = tuple[str, ...]
LinkedRow = tuple[str | None, Row]
Plot = dict[str, Any]

MOST_DRAWN = 1000
"""Above this many people a figure draws a stated sample (and bands, where it draws lines)."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a figure's table; numbers stand to the right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """The numbers of a figure as text in the reader's language, made only when somebody reads them.

    `make` gives one pair a row: the link of the row's person or None, and the cells.
    """

    caption: str
    columns: tuple[Column, ...]
    make: Callable[[], Iterable[LinkedRow]]

    @cached_property
    def _made(self) -> tuple[LinkedRow, ...]:
        """The rows with their links."""
        return tuple(self.make())

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The cells of each row."""
        return tuple(row for _, row in self._made)

    @cached_property
    def links(self) -> tuple[str | None, ...]:
        """The link of each row's person, None where there is none."""
        return tuple(link for link, _ in self._made)

    @property
    def marked(self) -> Iterator[tuple[str | None, str, tuple[tuple[str, bool], ...]]]:
        """Each row as a page writes it: its link, its first cell, and the others with whether they are numbers."""
        numeric = [column.numeric for column in self.columns[1:]]
        for link, (first, *others) in self._made:
            yield link, first, tuple(zip(others, numeric, strict=True))


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: headline and sentence are plain text, `plot` is a dict that Plotly draws as it stands."""

    name: str
    headline: str
    sentence: str
    direction: str
    plot: Plot
    table: Table

    @property
    def still(self) -> Markup:
        """The plot as a still SVG picture."""
        return still.svg(self)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a figure must know of a scale. `title` and `unit` are in the reader's language already."""

    title: str
    minimum: float | None
    maximum: float | None
    better: Better | None
    unit: str = ""
    decimals: int = 0

    @classmethod
    def of(cls, voice: Voice, scale: Scale) -> Self:
        """Take from a scale what its figures need."""
        unit = voice.say("T points") if scale.unit == "T" else voice.say(scale.unit)
        return cls(voice.pick(scale.title), scale.minimum, scale.maximum, scale.better, unit, scale.decimals)

    @property
    def change_decimals(self) -> int:
        """Means and changes are told to one place more than nothing."""
        return max(self.decimals, 1)

    def gain(self, change: float) -> float:
        """A change turned so that more is better."""
        return -change if self.better is Better.LOWER else change


@dataclass(frozen=True, slots=True)
class Band:
    """How far a change must go to leave the noise, and what that noise is known to cover."""

    width: float
    kind: ErrorKind

    @classmethod
    def of(cls, change: Change) -> Self | None:
        """Take the band from one person's change; None where no error is known."""
        if change.band is None or change.error is None:
            return None
        return cls(change.band, change.error.kind)

    @property
    def hatched(self) -> bool:
        """An error known for one occasion only says nothing of day-to-day variation."""
        return self.kind in {ErrorKind.SCORE_LEVEL, ErrorKind.INTERNAL_CONSISTENCY}


def columns(*titles: str, numeric: Sequence[int] = ()) -> tuple[Column, ...]:
    """Name the columns of a table; `numeric` holds the places of those with numbers."""
    return tuple(Column(title, place in numeric) for place, title in enumerate(titles))
