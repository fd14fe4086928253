"""A file that should hold one patient's whole record: read with bounds, or refused with one clear reason.

What can be wrong with a record is a `RecordProblem`: a sentence, the kind of entry and its day, so that the page can
say where it lies. It holds nothing that somebody answered or wrote.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from outcomes.exchange.readers.fhir import BundleNotReadError, read_bundle
from outcomes.exchange.readers.table import MEGABYTE, Limits
from outcomes.exchange.writers.own_record import WholeRecord
from outcomes.voice import N_, Voice

DEEPEST = 40
"""Our own bundles are a dozen levels deep."""

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "person": N_("The person"),
        "definition": N_("Case definition"),
        "consent": N_("Consent"),
        "ending": N_("Ending"),
        "arm": N_("Arm"),
        "course": N_("Course of FMT"),
        "infusion": N_("Infusion"),
        "visit": N_("Visit"),
        "filled": N_("Questionnaire"),
        "score": N_("Score"),
        "exposure": N_("What else happened"),
        "event": N_("Adverse event"),
        "activity": N_("Own activity"),
        "activity_score": N_("Score of an own activity"),
        "diary": N_("Diary"),
        "report": N_("Form sent in"),
    }
)
"""What the kinds of entries are called."""

EMPTY = N_("The file is empty.")
TOO_LARGE = N_("The file is larger than %(most)s MB.")
NOT_JSON = N_("This is no JSON file. The record is the file ending in .json that the other clinic or the patient took.")
TOO_DEEP = N_("The file is nested too deeply to be a record.")
NOT_OURS = N_("This is no record of one patient as this program writes it. Files of other programs cannot be taken in.")
UNKNOWN_CODE = N_("The file holds a code that FHIR R4 does not have.")
DAMAGED = N_("An entry cannot be read. The file was changed or cut off after it was written.")
UNREAD = {"not_ours": NOT_OURS, "unknown_code": UNKNOWN_CODE, "damaged": DAMAGED}


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """One thing that keeps a record from being taken in; without a kind it is about the file as a whole."""

    code: str
    sentence: str
    kind: str | None = None
    on_date: date | None = None
    values: Mapping[str, str] = field(default_factory=dict)


class RecordUnreadable(Exception):  # noqa: N818 - a file is unreadable; the problem says why
    """A file that cannot be read as a whole record."""

    def __init__(self, problem: RecordProblem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def read_record(content: bytes) -> WholeRecord:
    """Read one patient's whole record from the bytes of a file.

    Raises:
        RecordUnreadable: when it is too large or too deep, no JSON, no bundle of the program's own, or damaged.
    """
    limits = Limits()
    if not content.strip():
        raise _refused("empty", EMPTY)
    if len(content) > limits.size:
        raise _refused("too_large", TOO_LARGE, most=str(limits.size // MEGABYTE))
    bundle = _parsed(content)
    try:
        return read_bundle(bundle)
    except BundleNotReadError as fault:
        where = fault.where if fault.where in KINDS else None
        raise RecordUnreadable(RecordProblem(fault.code, UNREAD[fault.code], where)) from None


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        bundle = json.loads(content.decode("utf-8-sig"), parse_constant=_no_number)
    except RecursionError:
        raise _refused("too_deep", TOO_DEEP) from None
    except ValueError:  # no UTF-8 and no JSON are such errors too
        raise _refused("not_json", NOT_JSON) from None
    if _is_too_deep(bundle):
        raise _refused("too_deep", TOO_DEEP)
    if not isinstance(bundle, dict):
        raise _refused("not_ours", NOT_OURS)
    return bundle


def _no_number(word: str) -> float:
    raise ValueError(word)


def _is_too_deep(value: Any) -> bool:  # noqa: ANN401 - JSON
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refused(code: str, sentence: str, **values: str) -> RecordUnreadable:
    return RecordUnreadable(RecordProblem(code, sentence, values=values))


def problem_said(voice: Voice, problem: RecordProblem) -> str:
    """Say a problem in one line: what it is about, and what is wrong."""
    about = voice.say(KINDS[problem.kind]) if problem.kind else ""
    day = voice.date(problem.on_date) if problem.on_date else ""
    where = ", ".join(filter(None, (about, day)))
    told = voice.say(problem.sentence, **problem.values)
    return f"{where}: {told}" if where else told
