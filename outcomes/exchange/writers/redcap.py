"""A clinic's answers and scores in the shape of a REDCap project: repeating visits, and their data dictionary.

These are identified records for the clinic's own use, never a release: they carry its own numbers of patients, and
civil dates. Texts are guarded against spreadsheets that compute; `readers.redcap` says so in the mapping that it makes.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from outcomes.exchange.writers.contents import REASONS
from outcomes.exchange.writers.texts import guarded, named
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.scoring import STANDARD_ERROR
from outcomes.terms import Absence
from outcomes.voice import N_, Voice

FORM = "visit"
RECORD, REPEATED, INSTANCE, DATE = "record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "visit_date"
FIRST = (RECORD, REPEATED, INSTANCE, DATE)
VARIABLE, FORM_NAME, KIND, LABEL = "Variable / Field Name", "Form Name", "Field Type", "Field Label"
CHOICES, VALIDATION = "Choices, Calculations, OR Slider Labels", "Text Validation Type OR Show Slider Number"
ANNOTATION = "Field Annotation"
DICTIONARY = (
    *(VARIABLE, FORM_NAME, "Section Header", KIND, LABEL, CHOICES, "Field Note", VALIDATION),
    *("Text Validation Min", "Text Validation Max", "Identifier?"),
    *("Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment"),
    *("Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", ANNOTATION),
)
ABSENT = "_absent"
LONGEST_NAME = 26  # REDCap advises against longer ones
DATA_FILE, DICTIONARY_FILE = "redcap_data.csv", "redcap_data_dictionary.csv"


@dataclass(frozen=True, slots=True)
class RedcapField:
    """A scale ("chalder11.likert"), its typed standard error ("promis_fatigue_8a.t_se") or an item ("chalder11:3").

    `title` and the ends of what may stand in it are written into the dictionary.
    """

    key: str
    title: str
    minimum: float | None = None
    maximum: float | None = None

    @property
    def is_score(self) -> bool:
        """Whether it holds a score, which says why when it is absent."""
        return ":" not in self.key and not self.key.endswith(STANDARD_ERROR)


@dataclass(frozen=True, slots=True)
class RedcapVisit:
    """One visit of one patient: each answer and score by its key, and why a score is absent."""

    code: str
    on_date: date
    values: Mapping[str, float] = field(default_factory=dict)
    absences: Mapping[str, Absence] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RedcapFiles:
    """The data file and its dictionary, as text."""

    data: str
    dictionary: str

    def archive(self) -> bytes:
        """Both in one zip; the same files give the same bytes."""
        target = BytesIO()
        with ZipFile(target, "w") as archive:
            for name, text in ((DATA_FILE, self.data), (DICTIONARY_FILE, self.dictionary)):
                archive.writestr(ZipInfo(name), text, ZIP_DEFLATED)
        return target.getvalue()


def fields_of(catalogue: Catalogue, voice: Voice, keys: Iterable[str]) -> list[RedcapField]:
    """Return the fields of these keys: by instrument, its items before its scales, each in its own order.

    Parameters:
        catalogue: the instruments; a key that none of them has any more goes by itself, behind the others.
        voice: says the titles.
        keys: of items and scales, in any order.

    Returns:
        The fields.
    """
    known = {each.key: each for instrument in catalogue for each in _of_instrument(instrument, voice)}
    place = {key: number for number, key in enumerate(known)}
    ordered = sorted(set(keys), key=lambda key: (place.get(key, len(place)), key))
    return [known.get(key, RedcapField(key, key)) for key in ordered]


def _of_instrument(instrument: Instrument, voice: Voice) -> Iterator[RedcapField]:
    title = voice.pick(instrument.title)
    for item in instrument.items:
        label = voice.pick(item.label) if item.label else voice.say(N_("item %(code)s"), code=item.code)
        yield RedcapField(f"{instrument.code}:{item.code}", f"{title}: {label}", item.minimum, item.maximum)
    for scale in instrument.scales:
        said = voice.pick(scale.title)
        said = title if said == title else f"{title}: {said}"
        yield RedcapField(scale.key, said, scale.minimum, scale.maximum)
        if scale.carries_standard_error:
            error = voice.say(N_("%(scale)s, standard error"), scale=said)
            yield RedcapField(f"{scale.key}{STANDARD_ERROR}", error)


def variables(fields: Sequence[RedcapField]) -> dict[str, str]:
    """Name the variable of each field, as REDCap takes names."""
    taken = set(FIRST)
    return {each.key: named(each.key, taken, LONGEST_NAME - len(ABSENT) * each.is_score) for each in fields}


def redcap_files(fields: Sequence[RedcapField], visits: Iterable[RedcapVisit], voice: Voice) -> RedcapFiles:
    """Write both files."""
    return RedcapFiles(data_file(fields, visits), data_dictionary(fields, voice))


def data_file(fields: Sequence[RedcapField], visits: Iterable[RedcapVisit]) -> str:
    """Write the data: one row a visit, patients by their numbers, visits counted from 1.

    Parameters:
        fields: the fields, in their order.
        visits: each patient's together, in the order of days.

    Returns:
        The file.

    Raises:
        Nothing.

    References:
        REDCap's own manual names the columns of repeating instruments.

    Example:
        >>> scale = RedcapField("own_fatigue.score", "Fatigue", 0, 10)
        >>> print(data_file([scale], [RedcapVisit("P-1", date(2026, 5, 12), {"own_fatigue.score": 6.0})]), end="")
        record_id,redcap_repeat_instrument,redcap_repeat_instance,visit_date,own_fatigue_score,own_fatigue_score_absent
        P-1,visit,1,2026-05-12,6,
    """
    return _written([*FIRST, *_columns(fields)], _rows(fields, visits))


def _columns(fields: Sequence[RedcapField]) -> Iterator[str]:
    names = variables(fields)
    for each in fields:
        yield names[each.key]
        if each.is_score:
            yield f"{names[each.key]}{ABSENT}"


def _rows(fields: Sequence[RedcapField], visits: Iterable[RedcapVisit]) -> Iterator[list[str]]:
    count: dict[str, int] = {}
    for visit in visits:
        count[visit.code] = number = count.get(visit.code, 0) + 1
        cells = [guarded(visit.code), FORM, str(number), visit.on_date.isoformat()]
        for each in fields:
            value, absence = visit.values.get(each.key), visit.absences.get(each.key)
            cells.append("" if value is None else _number(value))
            if each.is_score:
                cells.append("" if absence is None else absence.value)
        yield cells


def _number(value: float) -> str:
    """Write a number so that reading it gives the same one."""
    return str(int(value)) if value.is_integer() else repr(value)


def data_dictionary(fields: Sequence[RedcapField], voice: Voice) -> str:
    """Write the data dictionary: the columns that REDCap's own designer writes; each field's key is its annotation.

    Parameters:
        fields: the fields, in their order.
        voice: says the labels.

    Returns:
        The file.

    Raises:
        Nothing.

    References:
        REDCap's data dictionary has eighteen columns.

    Example:
        >>> from outcomes.terms import Language
        >>> told = RedcapField("own_fatigue.score", "Fatigue", 0, 10)
        >>> data_dictionary([told], Voice(Language.ENGLISH)).count("own_fatigue_score")
        3
    """
    return _written(DICTIONARY, _described(fields, voice))


def _described(fields: Sequence[RedcapField], voice: Voice) -> Iterator[list[str]]:
    yield _line(RECORD, "text", voice.say(N_("Number of the patient")), identifier="y")
    yield _line(DATE, "text", voice.say(N_("Date of the visit")), validation="date_ymd", identifier="y")
    choices = " | ".join(f"{absence.value}, {voice.say(REASONS[absence])}" for absence in Absence)
    names = variables(fields)
    for each in fields:
        name = names[each.key]
        low, high = ("" if end is None else _number(float(end)) for end in (each.minimum, each.maximum))
        yield _line(name, "text", each.title, validation="number", low=low, high=high, annotation=each.key)
        if each.is_score:
            label, shown = voice.say(N_("%(scale)s: why there is no score"), scale=each.title), f"[{name}] = ''"
            told = f"{each.key}{ABSENT}"
            yield _line(f"{name}{ABSENT}", "dropdown", label, choices=choices, shown=shown, annotation=told)


def _line(name: str, kind: str, label: str, **told: str) -> list[str]:
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
