"""REDCap's data dictionary: what each column of a data file is called, how it is written, and what its choices say."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from outcomes.exchange.readers.files import read_table
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, UnreadableFile, refuse, shown
from outcomes.exchange.readers.table import Row, Table, text_of
from outcomes.exchange.writers.redcap import (
    ANNOTATION,
    CHOICES,
    FORM_NAME,
    INSTANCE,
    KIND,
    LABEL,
    REPEATED,
    VALIDATION,
    VARIABLE,
)
from outcomes.exchange.writers.texts import unguarded

NEEDED = (VARIABLE, FORM_NAME, KIND, LABEL, CHOICES)
EVENT = "redcap_event_name"
MADE_BY_REDCAP = frozenset({EVENT, REPEATED, INSTANCE, "redcap_data_access_group", "redcap_survey_identifier"})
SHAPES = frozenset({EVENT, REPEATED, INSTANCE})
OF_FORMS = ("_complete", "_timestamp")
CHECKBOX = "checkbox"
YES_NO = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
WITH_CHOICES = frozenset({"radio", "dropdown", CHECKBOX})
_TAG = re.compile(r"<[^>]{1,200}>")
_KEY = re.compile(r"[a-z][a-z0-9_]*[.:][A-Za-z0-9_]+")
_CHOICE = re.compile(r"\s*([^,|]+?)\s*,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Variable:
    """A field of a dictionary. `key` is what it means here, where the dictionary is one that this program wrote."""

    name: str
    form: str
    kind: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    validation: str = ""
    key: str | None = None

    @property
    def columns(self) -> dict[str, str]:
        """The columns that hold it, with their labels: one, or one for each choice of a checkbox."""
        if self.kind != CHECKBOX:
            return {self.name: self.label}
        return {
            f"{self.name}___{code.lower().replace('-', '_')}": f"{self.label}: {x}" for code, x in self.choices.items()
        }


def is_redcap(table: Table) -> bool:
    """Whether a table is a data file of REDCap, by the columns that it alone writes."""
    return not SHAPES.isdisjoint(table.header)


def without_guards(table: Table) -> Table:
    """Take the apostrophes off that our own files put where a spreadsheet would begin to compute."""
    rows = tuple(
        Row(row.number, tuple(unguarded(cell) if isinstance(cell, str) else cell for cell in row.cells))
        for row in table.rows
    )
    return replace(table, rows=rows)


def read_dictionary(content: bytes) -> tuple[Variable, ...]:
    r"""Read a data dictionary, in any usual encoding.

    Parameters:
        content: the file.

    Returns:
        Its fields, in their order.

    Raises:
        UnreadableFile: it is no data dictionary, a field stands twice, or choices cannot be read; with every reason.

    References:
        See `writers.redcap.data_dictionary`.

    Example:
        >>> head = 'Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"'
        >>> read_dictionary(f'{head}\nsex,intake,radio,Sex,"1, Female | 2, Male"\n'.encode())[0].choices
        {'1': 'Female', '2': 'Male'}
    """
    try:
        table = read_table(content)
    except UnreadableFile as refused:
        raise refuse(ProblemCode.DICTIONARY_UNREADABLE, line=refused.problems[0].row or 1) from refused
    missing = [name for name in NEEDED if name not in table.header]
    if missing:
        raise refuse(ProblemCode.DICTIONARY_WRONG, missing=missing[0])
    rows = [(row.number, _cells(table, row)) for row in table.rows]
    problems = [*_twice(rows), *_choices_problems(rows)]
    if problems:
        raise UnreadableFile(*problems)
    return tuple(_variable(cells) for _, cells in rows if cells[VARIABLE])


def _cells(table: Table, row: Row) -> dict[str, str]:
    found = {name: unguarded(text_of(cell)) for name, cell in zip(table.header, row.cells, strict=True)}
    return {name: found.get(name, "") for name in (*NEEDED, VALIDATION, ANNOTATION)}


def _twice(rows: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[ImportProblem]:
    seen: set[str] = set()
    for number, cells in rows:
        name = cells[VARIABLE]
        if name and name in seen:
            yield ImportProblem(ProblemCode.DICTIONARY_TWICE, values={"line": str(number), "name": shown(name)})
        seen.add(name)


def _choices_problems(rows: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[ImportProblem]:
    for number, cells in rows:
        parts = cells[CHOICES].split("|") if cells[KIND] in WITH_CHOICES and cells[CHOICES] else []
        if not all(_CHOICE.fullmatch(part) for part in parts if part.strip()):
            values = {"line": str(number), "name": shown(cells[VARIABLE])}
            yield ImportProblem(ProblemCode.DICTIONARY_CHOICES, values=values)


def _variable(cells: Mapping[str, str]) -> Variable:
    kind, annotation = cells[KIND].lower(), cells[ANNOTATION]
    return Variable(
        cells[VARIABLE],
        cells[FORM_NAME],
        kind,
        _text(cells[LABEL]),
        _choices(cells[CHOICES]) if kind in WITH_CHOICES else YES_NO.get(kind, {}),
        cells[VALIDATION].lower(),
        annotation if _KEY.fullmatch(annotation) else None,
    )


def _choices(written: str) -> dict[str, str]:
    """Read "1, Yes | 2, No"."""
    found = (_CHOICE.fullmatch(part) for part in written.split("|"))
    return {each[1]: _text(each[2]) for each in found if each}


def _text(written: str) -> str:
    """A label on one line, without the marks of its formatting."""
    return " ".join(_TAG.sub(" ", written).split())
