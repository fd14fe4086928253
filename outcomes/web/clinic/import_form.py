"""The form in which somebody says what a table's columns mean, and the way between it and a mapping."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import SelectField, TextAreaField

from outcomes.exchange.readers.columns import ISO_FORMAT, TimeKind
from outcomes.exchange.readers.delimited import ENCODINGS
from outcomes.exchange.readers.mapping import ColumnMapping, Layout, mapping_of
from outcomes.exchange.readers.problems import MappingRefused, sentence
from outcomes.exchange.readers.redcap_mapping import Described
from outcomes.exchange.readers.table import Table, text_of
from outcomes.terms import AnsweredBy, Language, Material, Route
from outcomes.voice import N_
from outcomes.web.clinic.fields import RecordForm, day, text, word
from outcomes.web.clinic.import_words import meaning_of, told
from outcomes.web.forms import offered
from outcomes.web.i18n import NAMES, say, voice
from outcomes.web.readable import WHOLE

SAMPLES, LONGEST = 3, 40
DATE_FORMATS = (ISO_FORMAT, "DD.MM.YYYY", "D.M.YYYY", "DD/MM/YYYY", "D/M/YYYY", "MM/DD/YYYY", "M/D/YYYY", "YYYY/MM/DD")

LAYOUTS = {
    Layout.LONG: N_("Each row is one visit"),
    Layout.WIDE: N_("Each row is one patient, visits side by side"),
}
TIMES = {
    TimeKind.DATE: N_("dates"),
    TimeKind.DAYS: N_("days from a day"),
    TimeKind.WEEKS: N_("weeks from a day"),
    TimeKind.MONTHS: N_("months from a day"),
    TimeKind.LABEL: N_("names of visits"),
}
DELIMITERS = {";": N_("semicolon"), ",": N_("comma"), "\t": N_("tab")}
DECIMALS = {".": N_("point"), ",": N_("comma")}
RECOGNISED = N_("recognised")


def _listed(words: Mapping[Any, str], empty: str | None = None) -> list[tuple[str, str]]:
    """Return value and words for a list to choose from."""
    first = [] if empty is None else [("", say(empty))]
    return [*first, *((str(value), say(told_as)) for value, told_as in words.items())]


_USUAL = (ISO_FORMAT, AnsweredBy.PAPER)


class MappingEntry(RecordForm):
    """Everything a mapping says besides the meanings of the columns, which are rows of the page."""

    groups = (
        (N_("Visits and their times"), ("layout", "time", "anchor", "at", "labels")),
        (N_("Patients and treatment"), ("route", "material", "comparison", "answered_by", "language")),
        (N_("Rows and signs"), ("where", "missing")),
        (N_("How the file is written"), ("date_format", "decimal", "encoding", "delimiter", "sheet")),
    )
    layout = SelectField(N_("Layout"), choices=offered(lambda: _listed(LAYOUTS)))
    time = SelectField(N_("Times are"), choices=offered(lambda: _listed(TIMES)))
    anchor = day(N_("Times count from"), N_("Only when no column says it. Left empty: from the day of FMT."))
    at = TextAreaField(
        N_("Fixed time"), description=N_("When no column says it. In a wide table a line a visit: T0 = 0.")
    )
    labels = TextAreaField(
        N_("Names of visits"), description=N_("A line each: name = day, or = code of a time point, such as V1 = 0.")
    )
    route = word(N_("Route"), Route, empty=True, hint=N_("For all rows, when no column says it."))
    material = word(N_("Material"), Material, empty=True, hint=N_("For all rows, when no column says it."))
    comparison = text(N_("Comparison arms"), 300, N_("Labels of arms, separated by semicolons."))
    answered_by = word(N_("Answered by"), AnsweredBy)
    language = SelectField(
        N_("Language of the questionnaires"), choices=offered(lambda: [("", say(N_("the clinic's"))), *_languages()])
    )
    where = TextAreaField(N_("Only rows with"), description=N_("A line each: column = text."))
    missing = text(N_("Signs for a missing value"), 300, N_("Separated by semicolons, such as NA; -99."))
    date_format = SelectField(N_("Dates are written"), choices=offered(lambda: [(each, each) for each in DATE_FORMATS]))
    decimal = SelectField(N_("Decimal sign"), choices=offered(lambda: _listed(DECIMALS, RECOGNISED)))
    encoding = SelectField(
        N_("Encoding"), choices=offered(lambda: [("", say(RECOGNISED)), *((each, each) for each in ENCODINGS)])
    )
    delimiter = SelectField(N_("Between cells"), choices=offered(lambda: _listed(DELIMITERS, RECOGNISED)))
    sheet = text(N_("Sheet"), 100, N_("Left empty: the first."))

    def opened(self, names: Iterable[str]) -> bool:
        """Whether a group of fields has anything to show: an error, or something other than what is usual."""
        return any(self[name].errors or self[name].data not in {None, "", *_USUAL} for name in names)

    def mapping(self, columns: Mapping[str, str], before: ColumnMapping) -> ColumnMapping:
        """Return the mapping that the form and the rows of columns ask for; the file's own words and guards are kept.

        Raises:
            MappingRefused: with every reason found.
        """
        data: dict[str, Any] = {"columns": dict(columns), "words": before.as_data().get("words", {})}
        data["guarded"] = before.guarded
        for name in ("layout", "time", "date_format", "decimal", "encoding", "delimiter", "language"):
            data[name] = self[name].data or None
        for name in ("route", "material", "answered_by"):
            data[name] = self[name].data
        data["anchor"] = self.anchor.data.isoformat() if self.anchor.data else None
        data["sheet"] = (self.sheet.data or "").strip() or None
        data["missing"], data["comparison"] = _parts(self.missing.data), _parts(self.comparison.data)
        data["at"] = dict(_pair(line) for line in _lines(self.at.data))
        data["labels"] = {label: _day(stands_for) for label, stands_for in _pairs(self.labels.data)}
        data["where"] = _where(_pairs(self.where.data))
        return mapping_of(data)


def _languages() -> list[tuple[str, str]]:
    return [(language.value, NAMES[language]) for language in Language]


def filled(mapping: ColumnMapping) -> MappingEntry:
    """Return the form as it says a mapping."""
    data = {name: getattr(mapping, name) for name in ("anchor", "route", "material", "answered_by", "date_format")}
    data |= {name: getattr(mapping, name) or "" for name in ("decimal", "encoding", "delimiter", "sheet")}
    data |= {"layout": mapping.layout.value, "time": mapping.time.value, "language": mapping.language or ""}
    data["missing"], data["comparison"] = "; ".join(mapping.missing), "; ".join(mapping.comparison)
    data["at"] = "\n".join(f"{visit} = {time}" if visit else time for visit, time in mapping.at.items())
    data["labels"] = "\n".join(f"{label} = {stands_for}" for label, stands_for in mapping.labels.items())
    data["where"] = "\n".join(f"{column} = {each}" for column, texts in mapping.where.items() for each in texts)
    return MappingEntry(data=data)


def _lines(typed: str | None) -> list[str]:
    return [line.strip() for line in (typed or "").splitlines() if line.strip()]


def _parts(typed: str | None) -> list[str]:
    return [part.strip() for part in (typed or "").split(";") if part.strip()]


def _pair(line: str) -> tuple[str, str]:
    """Cut "left = right"; a line without the sign is all right side."""
    left, sign, right = line.partition("=")
    return (left.strip(), right.strip()) if sign else ("", left.strip())


def _pairs(typed: str | None) -> list[tuple[str, str]]:
    return [_pair(line) for line in _lines(typed)]


def _day(typed: str) -> str | int:
    """A day is a whole number; anything else is the code of a time point."""
    plain = typed.replace("−", "-")
    return int(plain) if WHOLE.fullmatch(plain.removeprefix("-")) else typed


def _where(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for column, wanted_text in pairs:
        wanted.setdefault(column, []).append(wanted_text)
    return wanted


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column on the page: its name, its label in a dictionary, what stands in it, and what it is said to mean."""

    name: str
    label: str
    samples: tuple[str, ...]
    meaning: str
    visit: str


def column_rows(
    table: Table, mapping: ColumnMapping, known: Mapping[str, str], described: Described | None
) -> list[ColumnRow]:
    """Return the columns with the meanings of a mapping."""
    said = {column: told(key, known) for key, column in reversed(list(mapping.columns.items()))}
    return [_row(table, described, name, *said.get(name, ("", ""))) for name in _named(table)]


def typed_rows(table: Table, described: Described | None) -> list[ColumnRow]:
    """Return the columns with the meanings just typed."""
    typed, visits = request.form.getlist("meaning"), request.form.getlist("visit")
    names = _named(table)
    missing = [""] * len(names)
    return [
        _row(table, described, name, meaning, visit)
        for name, meaning, visit in zip(names, typed + missing, visits + missing, strict=False)
    ]


def columns_of(rows: Sequence[ColumnRow], known: Mapping[str, str], form: MappingEntry) -> dict[str, str]:
    """Return key to column; two columns that mean the same are told in the form."""
    columns: dict[str, str] = {}
    for row in rows:
        key = meaning_of(row.meaning, row.visit, known)
        if key is not None and columns.setdefault(key, row.name) != row.name:
            both = {"one": columns[key], "other": row.name}
            form.form_errors.append(say(N_("“%(one)s” and “%(other)s” are said to mean the same."), **both))
    return columns


def asked(form: MappingEntry, table: Table, before: ColumnMapping, known: Mapping[str, str]) -> ColumnMapping | None:
    """Return the mapping that was typed; None when it cannot be, with the reasons in the form."""
    columns = columns_of(typed_rows(table, None), known, form)
    if not form.validate() or form.form_errors:
        return None
    try:
        return form.mapping(columns, before)
    except MappingRefused as refused:
        form.form_errors.extend(sentence(voice(), problem) for problem in refused.problems)
        return None


def _named(table: Table) -> list[str]:
    return [name for name in table.header if name]


def _row(table: Table, described: Described | None, name: str, meaning: str, visit: str) -> ColumnRow:
    label = described.labels.get(name, "") if described else ""
    choices = described.choices.get(name, {}) if described else {}
    return ColumnRow(name, label, _samples(table, name, choices), meaning, visit)


def _samples(table: Table, name: str, choices: Mapping[str, str]) -> tuple[str, ...]:
    """What stands in a column, with the words of codes that have any."""
    place = table.header.index(name)
    cells = dict.fromkeys(
        text_of(row.cells[place])[:LONGEST] for row in table.rows[:50] if row.cells[place] is not None
    )
    return tuple(f"{cell} = {choices[cell][:LONGEST]}" if choices.get(cell) else cell for cell in cells)[:SAMPLES]
