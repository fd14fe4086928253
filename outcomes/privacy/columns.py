"""The allow-list: what every column would tell of a person. A column that is not named never leaves."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("columns.toml")


class Kind(StrEnum):
    """What a column would tell."""

    DIRECT = "direct"
    INTERNAL = "internal"
    DATE = "date"
    FREE_TEXT = "free_text"
    QUASI = "quasi"
    SENSITIVE = "sensitive"
    OUTCOME = "outcome"
    DESIGN = "design"
    NEVER = "never"


LEAVING = frozenset({Kind.QUASI, Kind.SENSITIVE, Kind.OUTCOME, Kind.DESIGN})
"""Kinds that may leave at record level, after recoding. Dates leave only as days from FMT in visit windows."""


class NotAllowedError(ValueError):
    """A column may not leave; names it and its kind."""

    def __init__(self, column: str, kind: Kind | None) -> None:
        super().__init__(f"{column} may not leave: {kind or 'not classified'}")
        self.column, self.kind = column, kind


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Kind]:
    """Read the kind of every column, keyed "table.column".

    Returns:
        The catalogue.

    Raises:
        ValueError: a kind that is none, or a column named twice.

    References:
        HIPAA Privacy Rule, 45 CFR 164.514(b)(2), lists eighteen identifiers; an allow-list is stricter than tags.

    Example:
        >>> catalogue()["patient.name_sealed"]
        <Kind.DIRECT: 'direct'>
    """
    with FILE.open("rb") as file:
        tables = tomllib.load(file)
    found: dict[str, Kind] = {}
    for table, kinds in tables.items():
        for kind, names in kinds.items():
            for name in names.split():
                if f"{table}.{name}" in found:
                    raise ValueError(f"{table}.{name} is classified twice")
                found[f"{table}.{name}"] = Kind(kind)
    return found


def kind_of(column: str) -> Kind | None:
    """Say what a column would tell.

    Parameters:
        column: "table.column".

    Returns:
        Its kind, or None while nobody has classified it.

    References:
        See `catalogue`.

    Raises:
        Nothing.

    Example:
        >>> kind_of("patient.shoe_size") is None
        True
    """
    return catalogue().get(column)


def allowed(*columns: str) -> tuple[str, ...]:
    """Let columns pass, or refuse the first that may not leave.

    Parameters:
        columns: each as "table.column".

    Returns:
        The same columns.

    Raises:
        NotAllowedError: one of them may not leave, or is not classified.

    References:
        See `catalogue`.

    Example:
        >>> allowed("score.value", "patient.sex")
        ('score.value', 'patient.sex')
    """
    for column in columns:
        if kind_of(column) not in LEAVING:
            raise NotAllowedError(column, kind_of(column))
    return columns
