"""What can be wrong with a clinic's file: a code, a place and the values to say it with.

Nothing here is a sentence for the screen yet: `sentence` says a problem in a language at the door.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from outcomes.voice import N_, Voice

SHOWN = 40


class ProblemCode(StrEnum):
    """Every reason for which a file, a column or a cell is refused."""

    EMPTY_FILE = "empty_file"
    FILE_TOO_LARGE = "file_too_large"
    UNZIPPED_TOO_LARGE = "unzipped_too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    CELL_TOO_LONG = "cell_too_long"
    NOT_A_TABLE = "not_a_table"
    OLD_WORKBOOK = "old_workbook"
    WORKBOOK_BROKEN = "workbook_broken"
    WORKBOOK_LOCKED = "workbook_locked"
    SHEET_MISSING = "sheet_missing"
    FORMULA = "formula"
    CELL_ERROR = "cell_error"
    ENCODING_UNKNOWN = "encoding_unknown"
    ENCODING_WRONG = "encoding_wrong"
    ENCODING_MIXED = "encoding_mixed"
    QUOTES = "quotes"
    ROW_TOO_SHORT = "row_too_short"
    ROW_TOO_LONG = "row_too_long"
    HEADER_MISSING = "header_missing"
    HEADER_DUPLICATE = "header_duplicate"
    NO_ROWS = "no_rows"
    COLUMN_MISSING = "column_missing"
    MAPPING_NO_JSON = "mapping_no_json"
    MAPPING_KEY = "mapping_key"
    MAPPING_VALUE = "mapping_value"
    MAPPING_LAYOUT = "mapping_layout"
    MAPPING_PATIENT = "mapping_patient"
    MAPPING_SCORES = "mapping_scores"
    MAPPING_TIME = "mapping_time"
    MAPPING_ANCHOR = "mapping_anchor"
    MAPPING_INFUSION = "mapping_infusion"
    TARGET_UNKNOWN = "target_unknown"
    ITEMS_REFUSED = "items_refused"
    TOTALS_REFUSED = "totals_refused"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NO_VALUE_WORD = "no_value_word"
    DECIMALS_MIXED = "decimals_mixed"
    DECIMALS_AMBIGUOUS = "decimals_ambiguous"
    DATE_UNREADABLE = "date_unreadable"
    DATE_IMPOSSIBLE = "date_impossible"
    DATE_TOO_OLD = "date_too_old"
    DATE_IN_FUTURE = "date_in_future"
    TIME_NOT_WHOLE = "time_not_whole"
    TIME_TOO_FAR = "time_too_far"
    TIME_MISSING = "time_missing"
    ANCHOR_MISSING = "anchor_missing"
    LABEL_UNKNOWN = "label_unknown"
    WORD_UNKNOWN = "word_unknown"
    PATIENT_MISSING = "patient_missing"
    PATIENT_UNUSABLE = "patient_unusable"
    TEXT_TOO_LONG = "text_too_long"
    PATIENT_CONFLICT = "patient_conflict"
    PATIENT_DIFFERS = "patient_differs"
    PATIENT_CLOSED = "patient_closed"
    PATIENT_NEARLY = "patient_nearly"
    IDENTITY_DIFFERS = "identity_differs"
    ANSWER_REFUSED = "answer_refused"
    TOTAL_REFUSED = "total_refused"
    TOTAL_DIFFERS = "total_differs"
    ROW_TWICE = "row_twice"
    VISIT_TWICE = "visit_twice"
    SCORE_DIFFERS = "score_differs"
    REASON_UNKNOWN = "reason_unknown"
    REASON_DIFFERS = "reason_differs"
    REASON_AND_VALUE = "reason_and_value"
    INSTANCE_WRONG = "instance_wrong"
    INSTANCE_TWICE = "instance_twice"
    DICTIONARY_WRONG = "dictionary_wrong"
    DICTIONARY_UNREADABLE = "dictionary_unreadable"
    DICTIONARY_ALONE = "dictionary_alone"
    DICTIONARY_MISSING = "dictionary_missing"
    DICTIONARY_OTHER = "dictionary_other"
    DICTIONARY_TWICE = "dictionary_twice"
    DICTIONARY_CHOICES = "dictionary_choices"
    ARCHIVE_WRONG = "archive_wrong"


MESSAGES: Mapping[ProblemCode, str] = MappingProxyType(
    {
        ProblemCode.EMPTY_FILE: N_("The file is empty."),
        ProblemCode.FILE_TOO_LARGE: N_("The file has %(size)s MB; at most %(most)s MB can be read."),
        ProblemCode.UNZIPPED_TOO_LARGE: N_("Unpacked, the workbook is larger than %(most)s MB. Split it into files."),
        ProblemCode.TOO_MANY_ROWS: N_("The file has more than %(most)s rows. Split it into files."),
        ProblemCode.TOO_MANY_COLUMNS: N_("The file has more than %(most)s columns."),
        ProblemCode.CELL_TOO_LONG: N_("A cell is longer than %(most)s characters."),
        ProblemCode.NOT_A_TABLE: N_("This is neither a text table (.csv) nor a workbook (.xlsx)."),
        ProblemCode.OLD_WORKBOOK: N_(
            "This is an old workbook (.xls) or one locked with a password. Save it as .xlsx without a password."
        ),
        ProblemCode.WORKBOOK_BROKEN: N_("The workbook is damaged or cut off. Save it again and send the new file."),
        ProblemCode.WORKBOOK_LOCKED: N_("The workbook is locked with a password. Save it without one."),
        ProblemCode.SHEET_MISSING: N_("There is no sheet “%(sheet)s”. The sheets are: %(sheets)s."),
        ProblemCode.FORMULA: N_("Cell %(cell)s holds a formula. Paste the values instead, then send the file again."),
        ProblemCode.CELL_ERROR: N_("Cell %(cell)s holds the error %(value)s."),
        ProblemCode.ENCODING_UNKNOWN: N_("The encoding “%(encoding)s” is not known. Known are: %(known)s."),
        ProblemCode.ENCODING_WRONG: N_("The text cannot be read as %(encoding)s (at byte %(byte)s)."),
        ProblemCode.ENCODING_MIXED: N_(
            "The text mixes two encodings (at byte %(byte)s). Save the file again as UTF-8 and send the new file."
        ),
        ProblemCode.QUOTES: N_("A quotation mark is opened and not closed, or stands in the middle of a cell."),
        ProblemCode.ROW_TOO_SHORT: N_(
            "The last row has %(cells)s cells and the header has %(columns)s. The file seems to be cut off."
        ),
        ProblemCode.ROW_TOO_LONG: N_("The row has %(cells)s cells and the header has %(columns)s."),
        ProblemCode.HEADER_MISSING: N_("The first row must name the columns."),
        ProblemCode.HEADER_DUPLICATE: N_("Two columns have the same name. Give each its own."),
        ProblemCode.NO_ROWS: N_("There is no row to import."),
        ProblemCode.COLUMN_MISSING: N_("The file has no such column."),
        ProblemCode.MAPPING_NO_JSON: N_("The mapping is not written as JSON (line %(line)s)."),
        ProblemCode.MAPPING_KEY: N_("“%(key)s” means nothing in a mapping. Known are: %(known)s."),
        ProblemCode.MAPPING_VALUE: N_("“%(value)s” cannot be used for “%(key)s”; it takes %(known)s."),
        ProblemCode.MAPPING_LAYOUT: N_("“%(key)s” names a visit. Visits side by side need the wide layout."),
        ProblemCode.MAPPING_PATIENT: N_("No column is chosen for the patient's code."),
        ProblemCode.MAPPING_SCORES: N_("No column is chosen for any score or answer."),
        ProblemCode.MAPPING_TIME: N_("No column and no date say when visit “%(visit)s” took place."),
        ProblemCode.MAPPING_ANCHOR: N_("Times counted from a day need that day: choose its column or give its date."),
        ProblemCode.MAPPING_INFUSION: N_("A date of FMT also needs the route and the material given."),
        ProblemCode.TARGET_UNKNOWN: N_("“%(target)s” is no field, scale or item of the instruments in use."),
        ProblemCode.ITEMS_REFUSED: N_("%(instrument)s takes totals only, not single answers."),
        ProblemCode.TOTALS_REFUSED: N_("%(instrument)s takes single answers only, not totals."),
        ProblemCode.NOT_A_NUMBER: N_("“%(value)s” is not a number."),
        ProblemCode.NOT_FINITE: N_("“%(value)s” is too large to be a number."),
        ProblemCode.NO_VALUE_WORD: N_(
            "“%(value)s” is not a number. Leave the cell empty, or name “%(value)s” as a sign for a missing value."
        ),
        ProblemCode.DECIMALS_MIXED: N_(
            "The column writes decimals with a comma (%(comma)s) and with a point (%(point)s). Use one of them."
        ),
        ProblemCode.DECIMALS_AMBIGUOUS: N_("“%(value)s” can be read in two ways. Say which sign marks the decimals."),
        ProblemCode.DATE_UNREADABLE: N_("“%(value)s” is not a date written as %(format)s."),
        ProblemCode.DATE_IMPOSSIBLE: N_("“%(value)s” is a date that does not exist."),
        ProblemCode.DATE_TOO_OLD: N_("“%(value)s” is before %(first)s."),
        ProblemCode.DATE_IN_FUTURE: N_("“%(value)s” lies in the future."),
        ProblemCode.TIME_NOT_WHOLE: N_("“%(value)s” does not come to a whole number of days."),
        ProblemCode.TIME_TOO_FAR: N_("“%(value)s” is more than %(years)s years from the day it counts from."),
        ProblemCode.TIME_MISSING: N_("The row has scores and no time."),
        ProblemCode.ANCHOR_MISSING: N_("The day from which the time is counted is not known for this patient."),
        ProblemCode.LABEL_UNKNOWN: N_("“%(value)s” is no visit of the protocol. Say which visit or day it stands for."),
        ProblemCode.WORD_UNKNOWN: N_("“%(value)s” is not understood here. Say what it stands for: %(known)s."),
        ProblemCode.PATIENT_MISSING: N_("The row has no patient code."),
        ProblemCode.PATIENT_UNUSABLE: N_("The patient code is longer than %(most)s characters or has invisible signs."),
        ProblemCode.TEXT_TOO_LONG: N_("The text is longer than %(most)s characters or has invisible signs."),
        ProblemCode.PATIENT_CONFLICT: N_("Patient %(patient)s has another entry here in row %(other)s."),
        ProblemCode.PATIENT_DIFFERS: N_(
            "Patient %(patient)s is recorded with “%(recorded)s”; the file says “%(value)s”."
        ),
        ProblemCode.PATIENT_CLOSED: N_("Patient %(patient)s has been merged into another record, or removed."),
        ProblemCode.PATIENT_NEARLY: N_(
            "“%(patient)s” and “%(other)s” differ only in case or spaces. If they are one patient, write them alike."
        ),
        ProblemCode.IDENTITY_DIFFERS: N_(
            "Patient %(patient)s is recorded with another entry here. Check that this is the same person."
        ),
        ProblemCode.ANSWER_REFUSED: N_("%(value)s is no answer to this item; it takes %(least)s to %(most)s."),
        ProblemCode.TOTAL_REFUSED: N_("%(value)s is outside the scale, which runs from %(least)s to %(most)s."),
        ProblemCode.TOTAL_DIFFERS: N_("The answers give another total than %(value)s."),
        ProblemCode.ROW_TWICE: N_("The row says the same as row %(other)s."),
        ProblemCode.VISIT_TWICE: N_("Patient %(patient)s has %(instrument)s on %(date)s twice; see row %(other)s."),
        ProblemCode.SCORE_DIFFERS: N_(
            "Patient %(patient)s has %(instrument)s recorded on %(date)s as %(recorded)s; the file says %(value)s. "
            "Recorded scores are changed on the patient's page, not by an import."
        ),
        ProblemCode.REASON_UNKNOWN: N_("“%(value)s” is no reason for a missing score. Known are: %(known)s."),
        ProblemCode.REASON_DIFFERS: N_(
            "The reason “%(value)s” does not follow from the answers and totals of the row; these give “%(given)s”."
        ),
        ProblemCode.REASON_AND_VALUE: N_("There is a score, and “%(value)s” says why there is none. Take one away."),
        ProblemCode.INSTANCE_WRONG: N_("“%(value)s” does not count a repeated form; 1, 2, 3 and so on do."),
        ProblemCode.INSTANCE_TWICE: N_(
            "Patient %(patient)s has instance %(instance)s of the same form twice; see row %(other)s."
        ),
        ProblemCode.DICTIONARY_WRONG: N_(
            "This is no data dictionary of REDCap: it has no column “%(missing)s”. "
            "Download it in REDCap under “Data Dictionary” and send it unchanged."
        ),
        ProblemCode.DICTIONARY_UNREADABLE: N_(
            "The data dictionary cannot be read as a table (row %(line)s). "
            "Download it in REDCap again and send it unchanged."
        ),
        ProblemCode.DICTIONARY_ALONE: N_("This is a data dictionary. Send the data file along with it."),
        ProblemCode.DICTIONARY_MISSING: N_(
            "This file comes from REDCap. Send its data dictionary along with it; it says what the columns mean."
        ),
        ProblemCode.DICTIONARY_OTHER: N_(
            "The data dictionary has no such field. It seems to belong to another file, or to an older version of it."
        ),
        ProblemCode.DICTIONARY_TWICE: N_("Row %(line)s of the data dictionary describes “%(name)s” a second time."),
        ProblemCode.DICTIONARY_CHOICES: N_(
            "Row %(line)s of the data dictionary: the choices of “%(name)s” are not written like “1, Yes | 2, No”."
        ),
        ProblemCode.ARCHIVE_WRONG: N_(
            "This archive is not one data file with its data dictionary, both as .csv. Send the two files instead."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """One thing that keeps a file from being imported. `row` counts as a spreadsheet does: the header is row 1."""

    code: ProblemCode
    row: int | None = None
    column: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, object]:
        """Return the problem as plain data, for a program to read."""
        return {"code": self.code.value, "row": self.row, "column": self.column, "values": dict(self.values)}


class UnreadableFile(Exception):  # noqa: N818 - a file is unreadable; the problems say why
    """A file that cannot be read as a table at all, with every reason found."""

    def __init__(self, *problems: ImportProblem) -> None:
        super().__init__(", ".join(problem.code.value for problem in problems))
        self.problems = problems


class MappingRefused(Exception):  # noqa: N818 - what happened; the problems say why
    """A mapping that cannot be understood, with every reason found."""

    def __init__(self, *problems: ImportProblem) -> None:
        super().__init__(", ".join(problem.code.value for problem in problems))
        self.problems = problems


def refuse(code: ProblemCode, row: int | None = None, column: str | None = None, **values: object) -> UnreadableFile:
    """Return the error that refuses a whole file for one reason."""
    return UnreadableFile(ImportProblem(code, row, column, {name: str(value) for name, value in values.items()}))


def shown(value: object) -> str:
    """Return a cell's value as it may be shown in a message: one line, not too long, nothing invisible."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def place(voice: Voice, problem: ImportProblem) -> str:
    """Say where a problem lies: "Row 12, column “hamd”"; nothing for a problem of the whole file."""
    if problem.row is not None and problem.column is not None:
        return voice.say(N_("Row %(row)s, column “%(column)s”"), row=problem.row, column=problem.column)
    if problem.row is not None:
        return voice.say(N_("Row %(row)s"), row=problem.row)
    return voice.say(N_("Column “%(column)s”"), column=problem.column) if problem.column is not None else ""


def sentence(voice: Voice, problem: ImportProblem) -> str:
    """Say what is wrong, without the place."""
    return voice.say(MESSAGES[problem.code], **problem.values)


def in_order(problems: Iterable[ImportProblem]) -> tuple[ImportProblem, ...]:
    """Return the problems as somebody mends them: those of the whole file first, then row by row."""
    return tuple(sorted(problems, key=lambda problem: (problem.row or 0, problem.column or "", problem.code.value)))
