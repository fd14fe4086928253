"""Worked examples: answers and what must come of them. Tests, the manual and the library's pages share them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from outcomes.instruments.catalogue import LIBRARY
from outcomes.instruments.definition import Instrument
from outcomes.instruments.errors import AnswerProblem
from outcomes.instruments.section import Section, open_file
from outcomes.terms import Absence

FOLDER = LIBRARY / "examples"


@dataclass(frozen=True, slots=True)
class Expected:
    """What one scale must give: a value, with its standard error where it has one, or the reason why none."""

    value: float | None
    standard_error: float | None = None
    absence: Absence | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a table of worked examples. `answers` is written shortly: "1-7=2, 4=3, 9=".

    `refused` is the problem that must be raised, and `at` the item or scale that it must name.
    """

    title: str
    answers: str
    totals: Mapping[str, float]
    expected: Mapping[str, Expected] = field(default_factory=dict)
    refused: AnswerProblem | None = None
    at: str | None = None


def examples(instrument: Instrument, folder: Path | None = None) -> tuple[Example, ...]:
    """Return the worked examples of an instrument; none when there is no file of them.

    Parameters:
        instrument: its definition.
        folder: where the files `<code>.toml` stand; the library's own by default. For an instrument of the clinic,
            its folder's `examples`.

    Returns:
        The examples in the order of the file.

    Raises:
        InstrumentFileError: for a file that cannot be used, naming file, key and reason.

    Example:
        >>> from outcomes.instruments.catalogue import load_catalogue
        >>> examples(load_catalogue()["fss9"])[0].expected["mean"].value
        1.0
    """
    return _read((folder or FOLDER) / f"{instrument.code}.toml", tuple(scale.code for scale in instrument.scales))


@lru_cache(maxsize=128)
def _read(file: Path, scales: tuple[str, ...]) -> tuple[Example, ...]:
    if not file.is_file():
        return ()
    section = open_file(file)
    found = tuple(_example(each, scales) for each in section.sections("examples"))
    section.finish()
    return found


def _example(section: Section, scales: tuple[str, ...]) -> Example:
    totals = section.section("totals") if section.has("totals") else None
    expect = section.section("expect") if section.has("expect") else None
    example = Example(
        title=section.text("title"),
        answers=section.text("answers", ""),
        totals={} if totals is None else {code: totals.number(code) for code in totals.values},
        expected={} if expect is None else {code: _expected(expect, code, scales) for code in expect.values},
        refused=section.one_of("refused", AnswerProblem) if section.has("refused") else None,
        at=section.text_or_none("at"),
    )
    section.finish()
    if bool(example.expected) is bool(example.refused):
        raise section.wrong("expect", "an example expects scores, or is refused")
    return example


def _expected(section: Section, code: str, scales: tuple[str, ...]) -> Expected:
    if code not in scales:
        raise section.wrong(code, "is not a scale of this instrument")
    value = section.raw(code)
    if isinstance(value, str):
        return Expected(None, absence=section.one_of(code, Absence))
    if isinstance(value, list) and len(value) == 2:  # noqa: PLR2004 - a value and its standard error
        return Expected(float(value[0]), float(value[1]))
    return Expected(section.number(code))
