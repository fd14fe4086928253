"""What the columns of a clinic's table mean: a plain value that is shown, corrected, remembered and written as JSON."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from outcomes.exchange.readers.columns import FIRST_DAY, ISO_FORMAT, LAST_DAY, TimeKind, date_pattern
from outcomes.exchange.readers.delimited import ENCODINGS
from outcomes.exchange.readers.problems import ImportProblem, MappingRefused, ProblemCode, shown
from outcomes.terms import AnsweredBy, Language, Material, Route, Sex

E = TypeVar("E", bound=StrEnum)


class Layout(StrEnum):
    """How visits lie in a table: a row each, or side by side in the patient's one row."""

    LONG = "long"
    WIDE = "wide"


class Field(StrEnum):
    """What a column can say besides scores and answers."""

    PATIENT = "patient"
    TIME = "time"
    ANCHOR = "anchor"
    FMT = "fmt"
    ROUTE = "route"
    MATERIAL = "material"
    NAME = "name"
    SEX = "sex"
    BIRTH_DATE = "birth_date"
    ARM = "arm"
    INSTANCE = "instance"


_WORDED: Mapping[Field, type[StrEnum]] = {Field.SEX: Sex, Field.ROUTE: Route, Field.MATERIAL: Material}
_FIELDS = frozenset(each.value for each in Field)


@dataclass(frozen=True, slots=True)
class Key:
    """The left side of a mapping: a field or a target ("hamd.total", "chalder11:3"), and in a wide table its visit."""

    name: str
    visit: str = ""

    @classmethod
    def of(cls, text: str) -> "Key":
        """Read "name" or "name@visit"."""
        name, _, visit = text.partition("@")
        return cls(name.strip(), visit.strip())

    def __str__(self) -> str:
        return f"{self.name}@{self.visit}" if self.visit else self.name

    @property
    def field(self) -> Field | None:
        """The field it names, if it is no target."""
        return Field(self.name) if self.name in _FIELDS else None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How a table is to be read.

    Parameters:
        columns: key ("patient", "hamd.total", "chalder11:3", in a wide table also "hamd.total@T0") to column name.
        layout: a row a visit (long) or a row a patient (wide).
        time: how times are written.
        at: a fixed time, in place of a column: of every row (""), or of a visit of a wide table.
        anchor: the day from which days, weeks, months and labels count, when no column holds it.
        labels: names of visits to a day counted from the anchor, or to the code of a time point of the protocol.
        words: a field's own words ("sex", "route", "material") to the words of this program.
        where: only rows in which these columns hold one of these texts are read.
        missing: texts that stand for a missing value.
        comparison: labels of arms that are comparison arms.
        route, material: how FMT was given, when no column says it.
        answered_by, language: who gave the answers and in which language the forms were.
        date_format, decimal, encoding, delimiter, sheet: how the file is written; recognised when None.
        guarded: whether its texts carry the apostrophes that this program's own files put before formulas.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    layout: Layout = Layout.LONG
    time: TimeKind = TimeKind.DATE
    at: Mapping[str, str] = field(default_factory=dict)
    anchor: date | None = None
    labels: Mapping[str, str | int] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    comparison: tuple[str, ...] = ()
    route: Route | None = None
    material: Material | None = None
    answered_by: AnsweredBy = AnsweredBy.PAPER
    language: Language | None = None
    date_format: str = ISO_FORMAT
    decimal: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    guarded: bool = False

    def column(self, name: Field, visit: str = "") -> str | None:
        """The column of a field; in a wide table that of one visit."""
        return self.columns.get(str(Key(name.value, visit)))

    @property
    def targets(self) -> dict[Key, str]:
        """The keys that name scores or answers, with their columns."""
        keys = {Key.of(text): column for text, column in self.columns.items()}
        return {key: column for key, column in keys.items() if key.field is None}

    @property
    def visits(self) -> tuple[str, ...]:
        """The visits of a wide table in the order of their columns; one without a name stands for a long row."""
        if self.layout is Layout.LONG:
            return ("",)
        return tuple(dict.fromkeys(key.visit for key in self.targets))

    def with_columns(self, columns: Mapping[str, str]) -> "ColumnMapping":
        """Return the mapping with some columns added or replaced."""
        return replace(self, columns={**self.columns, **columns})

    def with_time(self, kind: TimeKind) -> "ColumnMapping":
        """Return the mapping with times written in another way."""
        return replace(self, time=kind)

    def written_like(self, other: "ColumnMapping") -> "ColumnMapping":
        """Return the mapping for a file that is written as another mapping says."""
        return replace(
            self, encoding=other.encoding, delimiter=other.delimiter, sheet=other.sheet, guarded=other.guarded
        )

    def as_data(self) -> dict[str, Any]:
        """Return the mapping as plain data; what has its usual value is left out."""
        usual = ColumnMapping()
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        changed = {name: value for name, value in data.items() if value != getattr(usual, name)}
        return {name: _as_plain(value) for name, value in changed.items()}

    def as_json(self) -> str:
        """Return the mapping as a file that `read_mapping` reads."""
        return json.dumps(self.as_data(), ensure_ascii=False, indent=2) + "\n"


def _as_plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        return {name: _as_plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def read_mapping(text: str) -> ColumnMapping:
    """Read a mapping from JSON.

    Raises:
        MappingRefused: with every reason found.

    Example:
        >>> read_mapping('{"columns": {"patient": "id"}, "time": "weeks"}').time
        <TimeKind.WEEKS: 'weeks'>
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise MappingRefused(ImportProblem(ProblemCode.MAPPING_NO_JSON, values={"line": str(error.lineno)})) from error
    except RecursionError as error:
        raise MappingRefused(ImportProblem(ProblemCode.MAPPING_NO_JSON, values={"line": "1"})) from error
    if not isinstance(data, dict):
        raise MappingRefused(ImportProblem(ProblemCode.MAPPING_NO_JSON, values={"line": "1"}))
    return mapping_of(data)


def mapping_of(data: Mapping[str, Any]) -> ColumnMapping:
    """Read a mapping from plain data.

    Raises:
        MappingRefused: with every reason found.
    """
    problems, values = [], {}
    for name, raw in data.items():
        reader = _READERS.get(name)
        if reader is None:
            problems.append(_wrong(ProblemCode.MAPPING_KEY, name, known=", ".join(_READERS)))
            continue
        try:
            values[name] = None if raw is None else reader[0](raw)
        except (ValueError, TypeError, AttributeError, KeyError):
            problems.append(_wrong(ProblemCode.MAPPING_VALUE, name, value=shown(raw), known=reader[1]))
    if problems:
        raise MappingRefused(*problems)
    return ColumnMapping(**{name: value for name, value in values.items() if value is not None})


def _wrong(code: ProblemCode, key: str, **values: str) -> ImportProblem:
    return ImportProblem(code, values={"key": shown(key), **values})


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw or not raw.isprintable():
        raise ValueError("no text")
    return raw


def _texts(raw: object) -> tuple[str, ...]:
    if isinstance(raw, str):
        return (raw,)
    if not isinstance(raw, list):
        raise TypeError("no list")
    return tuple(_text(each) for each in raw)


def _columns(raw: Mapping[str, Any]) -> dict[str, str]:
    return {str(Key.of(_text(key))): _text(column) for key, column in raw.items()}


def _at(raw: object) -> dict[str, str]:
    if isinstance(raw, Mapping):
        return {_text(visit) if visit else "": str(value) for visit, value in raw.items()}
    return {"": str(raw)}


def _label(raw: object) -> str | int:
    if isinstance(raw, bool) or not isinstance(raw, str | int):
        raise TypeError("no day and no code")
    return raw if isinstance(raw, int) else _text(raw)


def _labels(raw: Mapping[str, Any]) -> dict[str, str | int]:
    return {_text(label): _label(stands_for) for label, stands_for in raw.items()}


def _words(raw: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {
        name: {_text(own): _WORDED[Field(name)](word).value for own, word in each.items()} for name, each in raw.items()
    }


def _where(raw: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {_text(column): _texts(wanted) for column, wanted in raw.items()}


def _anchor(raw: str) -> date:
    day = date.fromisoformat(raw)
    if not FIRST_DAY <= day < LAST_DAY:
        raise ValueError("no day of a treatment")
    return day


def _format(raw: object) -> str:
    written = _text(raw)
    date_pattern(written)
    return written


def _yes(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise TypeError("neither true nor false")
    return raw


def _among(known: Iterable[str]) -> tuple[Callable[[Any], str], str]:
    """A reader of one of some texts, and how it is told which."""
    allowed = tuple(known)

    def read(raw: object) -> str:
        if raw not in allowed:
            raise ValueError("none of them")
        return str(raw)

    return read, ", ".join(repr(each) for each in allowed)


def _one_of(kind: type[E]) -> tuple[Callable[[Any], E], str]:
    """A reader of one word of an enumeration, and how it is told which."""
    return kind, ", ".join(kind)


_READERS: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "columns": (_columns, "key: column"),
    "layout": _one_of(Layout),
    "time": _one_of(TimeKind),
    "at": (_at, "a time, or visit: time"),
    "anchor": (_anchor, ISO_FORMAT),
    "labels": (_labels, "label: day or time point"),
    "words": (_words, "field: {own word: word}"),
    "where": (_where, "column: [text]"),
    "missing": (_texts, "[text]"),
    "comparison": (_texts, "[text]"),
    "route": _one_of(Route),
    "material": _one_of(Material),
    "answered_by": _one_of(AnsweredBy),
    "language": _one_of(Language),
    "date_format": (_format, "DD.MM.YYYY, D/M/YYYY, MM/DD/YYYY"),
    "decimal": _among((".", ",")),
    "encoding": _among(ENCODINGS),
    "delimiter": _among((";", ",", "\t")),
    "sheet": (_text, "text"),
    "guarded": (_yes, "true, false"),
}
