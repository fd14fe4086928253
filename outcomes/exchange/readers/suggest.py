"""A first guess of what a table's columns mean, from their names. Somebody looks at it before anything is imported."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from outcomes.exchange.readers.columns import ISO_FORMAT, Column, TimeKind, dates, plain
from outcomes.exchange.readers.mapping import ColumnMapping, Field, Key, Layout
from outcomes.exchange.readers.table import Table
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument

_NAMES: Mapping[Field, tuple[str, ...]] = {
    Field.PATIENT: (
        *(
            "patient",
            "patient id",
            "patient code",
            "patient no",
            "patient number",
            "id",
            "code",
            "subject",
            "subject id",
        ),
        *("participant", "participant id", "person", "record id", "hasta", "hasta id", "hasta no", "hasta kodu", "kod"),
    ),
    Field.TIME: (
        *("date", "visit date", "assessment date", "visit", "time", "timepoint", "time point", "event"),
        *("tarih", "vizit tarihi", "degerlendirme tarihi", "vizit", "zaman", "redcap event name"),
    ),
    Field.FMT: ("fmt", "fmt date", "date of fmt", "infusion date", "fmt tarihi", "infuzyon tarihi"),
    Field.ANCHOR: ("day 0", "anchor", "start date", "treatment date", "baslangic tarihi", "tedavi tarihi"),
    Field.ROUTE: ("route", "fmt route", "yol", "uygulama yolu"),
    Field.MATERIAL: ("material", "fmt material", "materyal"),
    Field.NAME: ("name", "full name", "patient name", "ad soyad", "adi soyadi", "ad", "isim", "hasta adi"),
    Field.SEX: ("sex", "gender", "cinsiyet"),
    Field.BIRTH_DATE: ("birth date", "date of birth", "birthdate", "dob", "dogum tarihi"),
    Field.ARM: ("arm", "group", "treatment arm", "treatment", "kol", "grup"),
}
_FIELDS = {name: each for each, names in _NAMES.items() for name in names}
_UNITS = {
    **dict.fromkeys(("day", "days", "gun", "study day"), TimeKind.DAYS),
    **dict.fromkeys(("week", "weeks", "hafta"), TimeKind.WEEKS),
    **dict.fromkeys(("month", "months", "ay"), TimeKind.MONTHS),
}
_ITEM_WORDS = ("", "item ", "q", "q ", "i", "i ", "madde ", "soru ", "s")
_FORMATS = (ISO_FORMAT, "DD.MM.YYYY", "D.M.YYYY", "DD/MM/YYYY", "D/M/YYYY", "MM/DD/YYYY", "M/D/YYYY", "YYYY/MM/DD")
_LONGEST_VISIT = 2


def suggest(table: Table, catalogue: Catalogue, today: date, labels: Mapping[str, str] | None = None) -> ColumnMapping:
    """Guess a mapping from the names of the columns, and the way dates are written from the cells.

    Parameters:
        table: the file.
        catalogue: the instruments whose scales and items may stand in it.
        today: the last day that can be a date of the past.
        labels: what a column is called besides its name, asked where the name says nothing.

    Returns:
        A mapping; columns whose names say nothing are not in it.
    """
    index = _index(catalogue)
    found = {name: _meaning(_bare(name), index) for name in table.header if name}
    if labels:
        titles = {**_titles(catalogue), **index}
        called = {name: _key(_bare(labels.get(name, "")), titles) for name, key in found.items() if key is None}
        found |= {name: Key(key) for name, key in called.items() if key}
    columns = _first_of_each({column: str(key) for column, key in found.items() if key is not None})
    visits = Counter(key.visit for key in map(Key.of, columns) if key.visit)
    layout = Layout.WIDE if visits else Layout.LONG
    if layout is Layout.WIDE:
        columns = {
            key: name for key, name in columns.items() if Key.of(key).visit or Key.of(key).field is not Field.TIME
        }
    mapping = ColumnMapping(columns, layout, date_format=_date_format(table, columns, today))
    return _with_time(table, mapping, today)


def _bare(text: str) -> str:
    """Return a name in small plain letters and digits, its words parted by one space."""
    letters = "".join(sign for sign in unicodedata.normalize("NFKD", plain(text)) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"[a-z0-9]+", letters))


def _index(catalogue: Catalogue) -> dict[str, str]:
    """Return every name under which a scale or an item may stand, and its key."""
    stems = Counter(instrument.code.rstrip("0123456789") for instrument in catalogue)
    index: dict[str, str] = {}
    for instrument in catalogue:
        stem = instrument.code.rstrip("0123456789")
        for alias in {instrument.code, stem} if stems[stem] == 1 else {instrument.code}:
            for name, key in _names_of(instrument, _bare(alias)):
                index.setdefault(name, key)
    return index


def _titles(catalogue: Catalogue) -> dict[str, str]:
    """Return the titles of scales and items in every language, and their keys."""
    titles: dict[str, str] = {}
    for instrument in catalogue:
        for title in instrument.title.values():
            for name, key in _names_of(instrument, _bare(title)):
                titles.setdefault(name, key)
        for scale in instrument.scales:
            for language, title in scale.title.items():
                titles.setdefault(f"{_bare(instrument.title[language])} {_bare(title)}", scale.key)
    return titles


def _names_of(instrument: Instrument, alias: str) -> Iterator[tuple[str, str]]:
    """Yield names and keys of one instrument."""
    for item in instrument.items:
        for word in _ITEM_WORDS:
            yield f"{alias} {word}{_bare(item.code)}", f"{instrument.code}:{item.code}"
    if instrument.accepts_totals:
        for scale in instrument.scales:
            yield f"{alias} {_bare(scale.code)}", scale.key
        for scale in instrument.headlines[:1]:
            yield alias, scale.key
            yield f"{alias} total", scale.key
            yield f"{alias} toplam", scale.key


def _meaning(name: str, index: Mapping[str, str]) -> Key | None:
    """Return the key a column's name stands for, with the visit it names in a wide table."""
    whole = _key(name, index)
    if whole is not None:
        return Key(whole)
    words = name.split()
    for length in range(1, min(_LONGEST_VISIT, len(words) - 1) + 1):
        for base, visit in ((words[:-length], words[-length:]), (words[length:], words[:length])):
            key = _key(" ".join(base), index)
            if key is not None and (key == Field.TIME or key not in _FIELD_VALUES):
                return Key(key, "_".join(visit))
    return None


_FIELD_VALUES = frozenset(each.value for each in Field)


def _key(name: str, index: Mapping[str, str]) -> str | None:
    if name in _UNITS:
        return Field.TIME.value
    return _FIELDS[name].value if name in _FIELDS else index.get(name)


def _first_of_each(found: Mapping[str, str]) -> dict[str, str]:
    """Return key to column; of two columns with one meaning the first."""
    columns: dict[str, str] = {}
    for column, key in found.items():
        columns.setdefault(key, column)
    return columns


def _date_format(table: Table, columns: Mapping[str, str], today: date) -> str:
    """Return the way of writing dates that reads the most cells of the columns that may hold dates."""
    wanted = {Field.TIME, Field.FMT, Field.ANCHOR, Field.BIRTH_DATE}
    names = [name for key, name in columns.items() if Key.of(key).field in wanted and _bare(name) not in _UNITS]
    return max(_FORMATS, key=lambda written: sum(_dates_in(table, name, written, today)[0] for name in names))


def _dates_in(table: Table, name: str, written: str, today: date) -> tuple[int, int]:
    """How many cells of a column are dates written so, and how many are not."""
    read = dates(_column(table, name), today, written)
    return sum(each is not None for each in read.values), len(read.problems)


def _column(table: Table, name: str) -> Column:
    return Column(name, table.numbers, table.column(name))


def _with_time(table: Table, mapping: ColumnMapping, today: date) -> ColumnMapping:
    """Tell how times are written: by the column's name, by whether its cells are dates, else as labels."""
    names = [name for key, name in mapping.columns.items() if Key.of(key).field is Field.TIME]
    kind = TimeKind.DATE if names or mapping.layout is Layout.LONG else TimeKind.LABEL
    if names and _bare(names[0]) in _UNITS:
        kind = _UNITS[_bare(names[0])]
    elif any(
        found < others for found, others in (_dates_in(table, name, mapping.date_format, today) for name in names)
    ):
        kind = TimeKind.LABEL
    return mapping.with_time(kind)


def _mostly_dates(table: Table, name: str, written: str, today: date) -> bool:
    found, others = _dates_in(table, name, written, today)
    return found >= others
