"""A short way to write answers, `1-7=2, 4=3, 9=`, and lists of items, "1–7, 9"."""

import re
from collections.abc import Iterable, Iterator

from outcomes.instruments.definition import Instrument
from outcomes.instruments.errors import AnswerError, AnswerProblem

SPAN = re.compile(r"([0-9]+)-([0-9]+)")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
SHORTEST_SPAN = 3


def parse_answers(instrument: Instrument, text: str) -> dict[str, float | None]:
    """Read answers such as "1=3, 2-7=0, 9="; nothing after the sign means no answer.

    A later single item overrides an earlier span ("1-9=6, 4=2").

    Raises:
        AnswerError: for a part that is no answer, and for an item answered twice.
    """
    answers: dict[str, float | None] = {}
    single: set[str] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = (each.strip() for each in part.partition("="))
        if not name or not sign or name in single:
            raise AnswerError(instrument.code, name, part, AnswerProblem.NOT_READABLE)
        answers |= dict.fromkeys(_named(instrument, name), _value(instrument, name, value))
        single.add(name)
    return answers


def parse_totals(instrument: Instrument, text: str) -> dict[str, float]:
    """Read totals such as "likert=24, physical=14".

    Raises:
        AnswerError: for a part that is no total.
    """
    totals: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = (each.strip() for each in part.partition("="))
        number = _value(instrument, name, value)
        if not name or number is None or name in totals:
            raise AnswerError(instrument.code, name, part, AnswerProblem.NOT_READABLE)
        totals[name] = number
    return totals


def _named(instrument: Instrument, name: str) -> Iterable[str]:
    span = SPAN.fullmatch(name)
    if span is None:
        return (name,)
    first, last = int(span[1]), int(span[2])
    if not first <= last <= first + len(instrument.items):
        raise AnswerError(instrument.code, name, name, AnswerProblem.UNKNOWN_ITEM)
    return map(str, range(first, last + 1))


def _value(instrument: Instrument, name: str, value: str) -> float | None:
    if not value:
        return None
    if not NUMBER.fullmatch(value):
        raise AnswerError(instrument.code, name, value, AnswerProblem.NOT_A_NUMBER)
    return float(value)


def spans(codes: Iterable[str]) -> str:
    """Write item codes shortly: "1–7, 9"; names that are not numbers stand by themselves."""
    return ", ".join(_written(run) for run in _runs(list(codes)))


def _runs(codes: list[str]) -> Iterator[list[str]]:
    """Split into runs of numbers that follow one another."""
    run: list[str] = []
    for code in codes:
        follows = run and code.isdecimal() and run[-1].isdecimal() and int(code) == int(run[-1]) + 1
        if run and not follows:
            yield run
            run = []
        run.append(code)
    if run:
        yield run


def _written(run: list[str]) -> str:
    return f"{run[0]}–{run[-1]}" if len(run) >= SHORTEST_SPAN else ", ".join(run)
