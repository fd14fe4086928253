"""From a data dictionary to a mapping: all of it for our own files, as much as can be told for those of others."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from outcomes.change.windows import TimePoint
from outcomes.exchange.readers.columns import TimeKind, plain
from outcomes.exchange.readers.mapping import ColumnMapping, Field, Key, Layout
from outcomes.exchange.readers.people import SEXES
from outcomes.exchange.readers.problems import ImportProblem, ProblemCode, UnreadableFile
from outcomes.exchange.readers.redcap import CHECKBOX, EVENT, MADE_BY_REDCAP, OF_FORMS, Variable, is_redcap
from outcomes.exchange.readers.suggest import suggest
from outcomes.exchange.readers.table import Table, text_of
from outcomes.exchange.readers.times import known_labels
from outcomes.exchange.writers.redcap import DATE, INSTANCE, REPEATED
from outcomes.instruments.catalogue import Catalogue
from outcomes.terms import Material, Route, Sex

_ARM = re.compile(r"_arm_[0-9]+[a-z]?$")
_DATED = ("date_", "datetime_")
_WORDS: Mapping[Field, Mapping[str, str]] = {
    Field.SEX: {**{plain(word): sex.value for word, sex in SEXES.items()}, **{each.value: each.value for each in Sex}},
    Field.ROUTE: {each.value: each.value for each in Route},
    Field.MATERIAL: {each.value: each.value for each in Material},
}


@dataclass(frozen=True, slots=True)
class Described:
    """What a dictionary tells of a data file.

    `labels` are those of its columns, `choices` what their codes stand for; `complete` says that nothing is left for a
    person to say, because the files are this program's own.
    """

    mapping: ColumnMapping
    labels: Mapping[str, str]
    choices: Mapping[str, Mapping[str, str]]
    complete: bool


def describe(
    table: Table, variables: Sequence[Variable], catalogue: Catalogue, points: Sequence[TimePoint], today: date
) -> Described:
    """Make the mapping of a data file from its dictionary.

    Parameters:
        table: the data file.
        variables: the dictionary's fields.
        catalogue: the instruments.
        points: the protocol's time points, by which events may be named.
        today: the last day that can be a date of the past.

    Returns:
        The mapping, and the words of the dictionary for those who complete it.

    Raises:
        UnreadableFile: with each column that the dictionary does not know.
    """
    labels = {name: label for each in variables for name, label in each.columns.items()}
    _check(table, variables, labels)
    choices = {each.name: each.choices for each in variables if each.choices and each.kind != CHECKBOX}
    own = {each.key: each.name for each in variables if each.key}
    if own:
        mapping = _own(variables[0].name, own)
        left = set(table.header) - set(mapping.columns.values()) - {REPEATED, ""}
        return Described(mapping, labels, choices, complete=not left)
    return Described(_foreign(table, variables, labels, catalogue, points, today), labels, choices, complete=False)


def _check(table: Table, variables: Sequence[Variable], labels: Mapping[str, str]) -> None:
    """Refuse a dictionary that does not know the file's columns: it is that of another file."""
    forms = {f"{each.form}{ending}" for each in variables for ending in OF_FORMS}
    known = MADE_BY_REDCAP | forms | labels.keys()
    unknown = [name for name in table.header if name and name not in known]
    if unknown:
        raise UnreadableFile(*(ImportProblem(ProblemCode.DICTIONARY_OTHER, None, name) for name in unknown))


def _own(record: str, keys: Mapping[str, str]) -> ColumnMapping:
    """Our own files say everything: numbers with a point, dates as YYYY-MM-DD, texts guarded."""
    columns = {Field.PATIENT.value: record, Field.TIME.value: DATE, Field.INSTANCE.value: INSTANCE, **keys}
    return ColumnMapping(columns, decimal=".", guarded=True)


def _foreign(
    table: Table,
    variables: Sequence[Variable],
    labels: Mapping[str, str],
    catalogue: Catalogue,
    points: Sequence[TimePoint],
    today: date,
) -> ColumnMapping:
    """Guess from names and labels; the record's number, instances and events are known by REDCap's own rules."""
    mapping = suggest(table, catalogue, today, labels)
    repeated = is_redcap(table)
    if repeated:
        mapping = replace(mapping, layout=Layout.LONG, columns=_long(mapping.columns))
    record = next((each.name for each in variables if each.name in table.header), None)
    known = {Field.PATIENT: record, Field.INSTANCE: INSTANCE if INSTANCE in table.header else None}
    columns = {key: name for key, name in mapping.columns.items() if name != record}
    columns |= {key.value: name for key, name in known.items() if name}
    mapping = replace(mapping, columns=columns, words=_words(variables, columns), decimal=_decimal(variables, columns))
    return _timed(mapping, table, variables, points) if repeated else mapping


def _long(columns: Mapping[str, str]) -> dict[str, str]:
    """Where REDCap repeats rows, each is one event: a name that seems to carry a visit is only a name."""
    return {key: name for key, name in columns.items() if not Key.of(key).visit}


def _timed(
    mapping: ColumnMapping, table: Table, variables: Sequence[Variable], points: Sequence[TimePoint]
) -> ColumnMapping:
    """Choose the date of the visit where there is one, else the event by its name."""
    taken = {name for key, name in mapping.columns.items() if key != Field.TIME.value}
    found = mapping.column(Field.TIME)
    dated = [each.name for each in variables if each.validation.startswith(_DATED) and each.name in table.header]
    free = [name for name in ([found] if found in dated else []) + dated if name and name not in taken]
    if free:
        return replace(mapping, time=TimeKind.DATE, columns={**mapping.columns, Field.TIME.value: free[0]})
    if EVENT not in table.header:
        return mapping
    columns = {**mapping.columns, Field.TIME.value: EVENT}
    return replace(mapping, time=TimeKind.LABEL, columns=columns, labels=_events(table, points))


def _events(table: Table, points: Sequence[TimePoint]) -> dict[str, str | int]:
    """Return the events that are named like a time point of the protocol: "month_3_arm_1" is month_3."""
    days = known_labels({}, points)
    codes = {plain(point.code): point.code for point in points}
    found: dict[str, str | int] = {}
    for event in dict.fromkeys(text_of(cell) for cell in table.column(EVENT)):
        name = plain(_ARM.sub("", event))
        for said in (name, name.replace("_", " ")):
            if event and said in days:
                found.setdefault(event, codes.get(said, days[said]))
    return found


def _words(variables: Sequence[Variable], columns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what the codes of choices stand for, where their words are understood: "1, Female" is female."""
    choices = {each.name: each.choices for each in variables if each.choices}
    found = {}
    for name, known in _WORDS.items():
        told = choices.get(columns.get(name.value, ""), {})
        words = {code: known[plain(said)] for code, said in told.items() if plain(said) in known}
        if words:
            found[name.value] = words
    return found


def _decimal(variables: Sequence[Variable], columns: Mapping[str, str]) -> str | None:
    """Return the decimal sign, where the fields that are read agree on one."""
    used = set(columns.values())
    signs = {
        "," if each.validation.endswith("comma_decimal") else "."
        for each in variables
        if each.name in used and each.validation.startswith("number")
    }
    return signs.pop() if len(signs) == 1 else None
