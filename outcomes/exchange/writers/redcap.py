"""A clinic's scores in the shape of a REDCap project: a data file with repeating visits, and its data dictionary.

These are identified records for the clinic's own use, never a release: they carry its own numbers of patients, and
civil dates. Texts are guarded against spreadsheets that compute; `readers.redcap` takes the guard off.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import StringIO

from outcomes.exchange.writers.texts import guarded, named
from outcomes.terms import Absence

FORM = "visit"
FIRST = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "visit_date")
DICTIONARY = (
    *("Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"),
    *("Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number"),
    *("Text Validation Min", "Text Validation Max", "Identifier?"),
    *("Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment"),
    *("Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", "Field Annotation"),
)
LONGEST_NAME = 20
ABSENT = "_absent"


@dataclass(frozen=True, slots=True)
class RedcapScale:
    """A scale as a field: its key here, its title and its ends."""

    key: str
    title: str
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class RedcapVisit:
    """One visit of one patient: each scale's value, or why there is none."""

    code: str
    on_date: date
    values: Mapping[str, float] = field(default_factory=dict)
    absences: Mapping[str, Absence] = field(default_factory=dict)


def variables(scales: Sequence[RedcapScale]) -> dict[str, str]:
    """Name the field of each scale, as REDCap takes names."""
    taken = set(FIRST)
    return {scale.key: named(scale.key, taken, LONGEST_NAME) for scale in scales}


def data_file(scales: Sequence[RedcapScale], visits: Iterable[RedcapVisit]) -> str:
    """Write the data: one row a visit, patients by their numbers, visits counted from 1.

    Parameters:
        scales: the fields, in their order.
        visits: each patient's together, in the order of days.

    Returns:
        The file; `readers.redcap.read_data` gives the same visits back.

    Raises:
        Nothing.

    References:
        REDCap's own manual names the columns of repeating instruments.

    Example:
        >>> scale = RedcapScale("own_fatigue.score", "Fatigue", 0, 10)
        >>> print(data_file([scale], [RedcapVisit("P-1", date(2026, 5, 12), {"own_fatigue.score": 6.0})]), end="")
        record_id,redcap_repeat_instrument,redcap_repeat_instance,visit_date,own_fatigue_score,own_fatigue_score_absent
        P-1,visit,1,2026-05-12,6,
    """
    names = variables(scales)
    header = [*FIRST, *(column for name in names.values() for column in (name, f"{name}{ABSENT}"))]
    return _written(header, _rows(names, visits))


def _rows(names: Mapping[str, str], visits: Iterable[RedcapVisit]) -> Iterator[list[str]]:
    count: dict[str, int] = {}
    for visit in visits:
        count[visit.code] = number = count.get(visit.code, 0) + 1
        cells = [guarded(visit.code), FORM, str(number), visit.on_date.isoformat()]
        for key in names:
            value, absence = visit.values.get(key), visit.absences.get(key)
            cells += ["" if value is None else _number(value), "" if absence is None else absence.value]
        yield cells


def _number(value: float) -> str:
    """Write a number so that reading it gives the same one."""
    return str(int(value)) if value.is_integer() else repr(value)


def data_dictionary(scales: Sequence[RedcapScale]) -> str:
    """Write the data dictionary: the columns that REDCap's own designer writes; each scale's key is its annotation.

    Parameters:
        scales: the fields, in their order.

    Returns:
        The file.

    Raises:
        Nothing.

    References:
        REDCap's data dictionary has eighteen columns.

    Example:
        >>> data_dictionary([RedcapScale("own_fatigue.score", "Fatigue", 0, 10)]).count("own_fatigue_score")
        3
    """
    return _written(DICTIONARY, _fields(scales))


def _fields(scales: Sequence[RedcapScale]) -> Iterator[list[str]]:
    yield _field("record_id", "text", "Number of the patient", identifier="y")
    yield _field("visit_date", "text", "Date of the visit", validation="date_ymd", identifier="y")
    choices = " | ".join(f"{absence.value}, {absence.value.replace('_', ' ')}" for absence in Absence)
    for scale, name in zip(scales, variables(scales).values(), strict=True):
        low, high = ("" if end is None else _number(float(end)) for end in (scale.minimum, scale.maximum))
        yield _field(name, "text", scale.title, validation="number", low=low, high=high, annotation=scale.key)
        missing = f"[{name}] = ''"
        yield _field(f"{name}{ABSENT}", "dropdown", f"{scale.title}: why absent", choices=choices, shown=missing)


def _field(name: str, kind: str, label: str, **told: str) -> list[str]:
    said = {key: told.get(key, "") for key in ("choices", "validation", "low", "high", "identifier", "shown")}
    cells = [name, FORM, "", kind, label, said["choices"], "", said["validation"], said["low"], said["high"]]
    return [
        guarded(cell) for cell in (*cells, said["identifier"], said["shown"], *[""] * 5, told.get("annotation", ""))
    ]


def _written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    file = StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return file.getvalue()
