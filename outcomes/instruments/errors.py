"""What can go wrong with an instrument: a file that cannot be used, an answer that is not permitted."""

from enum import StrEnum
from pathlib import Path


class InstrumentFileError(Exception):
    """A definition or wording file that cannot be used: which file, which key in it, and why."""

    def __init__(self, file: Path, key: str, reason: str) -> None:
        super().__init__(f"{file.name}: {key}: {reason}" if key else f"{file.name}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


class AnswerProblem(StrEnum):
    """Why an answer or a total is refused."""

    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_SCALE = "unknown_scale"
    NOT_READABLE = "not_readable"
    NOT_A_NUMBER = "not_a_number"
    NOT_PERMITTED = "not_permitted"
    ITEMS_NOT_ACCEPTED = "items_not_accepted"
    TOTALS_NOT_ACCEPTED = "totals_not_accepted"
    TOTAL_NOT_PERMITTED = "total_not_permitted"
    TOTAL_DIFFERS = "total_differs"


class AnswerError(ValueError):
    """An answer that is not a permitted code; `item` is the item's code, or the scale's when a total is refused."""

    def __init__(self, instrument: str, item: str, value: object, code: AnswerProblem) -> None:
        super().__init__(f"{instrument}: {item}: {value!r}: {code.value.replace('_', ' ')}")
        self.instrument = instrument
        self.item = item
        self.value = value
        self.code = code
