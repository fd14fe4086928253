"""What is wrong with a whole record: everything that a form of the program would refuse, and what no form can send.

Every rule of a form is the form's own: it is asked, and what it refuses becomes a problem of that entry. What a file
can hold besides is looked at first: signs that no database keeps, days and instants that cannot be, entries that are
there twice, and entries that belong to nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outcomes.actions.activities import LONGEST_ACTIVITY, MOST_ACTIVITIES
from outcomes.actions.checks import fits, needed, within
from outcomes.actions.diary import DIARY, MOST
from outcomes.actions.enrol import EARLIEST_YEAR, check_patient
from outcomes.actions.errors import Invalid
from outcomes.actions.report_event import check_event, check_exposure
from outcomes.actions.review import LONGEST_NOTE
from outcomes.actions.self_report import LONGEST_WORDS, WORST
from outcomes.actions.taking_in import forms
from outcomes.actions.taking_in.scores import scored
from outcomes.actions.treat import check_infusion, course_values
from outcomes.exchange.readers.bundle import RecordProblem
from outcomes.exchange.writers.own_record import ArmRow, FilledRow, ScoreRow, VisitRow, WholeRecord
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.errors import AnswerError
from outcomes.instruments.scoring import LARGEST
from outcomes.voice import N_

LISTS = {
    "definition": "definitions",
    "consent": "consents",
    "ending": "endings",
    "arm": "arms",
    "course": "courses",
    "infusion": "infusions",
    "visit": "visits",
    "filled": "filled",
    "score": "scores",
    "exposure": "exposures",
    "event": "events",
    "activity": "activities",
    "activity_score": "activity_scores",
    "diary": "diary",
    "report": "reports",
}
"""The fields of a record by the kinds of their entries."""
MAY_COME = {("arm", "starts_on"), ("exposure", "ended_on"), ("consent", "given_on"), ("consent", "withdrawn_on")}
"""Days that may lie ahead: those that the forms let lie ahead, and those of consents, which are not taken over."""
UNREADABLE = re.compile("[\x00\ud800-\udfff]")
CLOCKS_DIFFER = timedelta(minutes=5)
MOST_COURSES = 1000
LONGEST_NAME = 60
LONGEST_CLINIC = 200

SIGNS = N_("It holds a sign that cannot be kept, such as a NUL.")
CLINIC = N_("The name of the clinic that wrote it cannot be kept.")
TOO_OLD = N_("It has a date before %(year)s.")
TO_COME = N_("It has a date that is still to come.")
NO_ZONE = N_("It has a time without a time zone.")
TWICE = N_("It is in the file twice.")
ASTRAY = N_("It belongs to another entry, which is not in the file.")
UNKNOWN_ZONE = N_("Its time zone is not known here.")
UNKNOWN_INSTRUMENT = N_("The instrument %(instrument)s is not installed here.")
UNKNOWN_KEY = N_("Version %(version)s of the key of %(instrument)s is not installed here.")
NOT_AN_ANSWER = N_("An answer or total of %(instrument)s is not permitted by its key: %(item)s.")
NOT_A_DAY = N_("The day of an answer of %(instrument)s cannot be read: %(item)s.")
NOT_IN_DIARY = N_("The diary does not ask this.")
TOO_MANY = N_("More own activities are open than can be asked.")
NOT_A_NUMBER = N_("Its number cannot be right.")


@dataclass(frozen=True, slots=True)
class Here:
    """Where a record is looked at: the instruments of the clinic, its civil date and the instant."""

    catalogue: Catalogue
    today: date
    now: datetime


def problems(record: WholeRecord, here: Here) -> Iterator[RecordProblem]:
    """Yield every problem of a record; when it cannot even be kept or hangs together badly, the rest is not asked."""
    found = [*_kept(record, here), *_twice(record), *_astray(record)]
    yield from found
    if not found:
        yield from _refused_by_forms(record, here)
        yield from _answers(record, here)


def entries(record: WholeRecord) -> Iterator[tuple[str, Any]]:
    """Every entry of a record with its kind."""
    yield "person", record.person
    for kind, name in LISTS.items():
        for row in getattr(record, name):
            yield kind, row


def day_of(row: Any) -> date | None:  # noqa: ANN401 - any kind of entry
    """The day of an entry, where it has one."""
    for name in ("on_date", "started_on", "given_on"):
        told = getattr(row, name, None)
        if isinstance(told, date):
            return told
    return None


# What can be kept at all


def _kept(record: WholeRecord, here: Here) -> Iterator[RecordProblem]:
    if UNREADABLE.search(record.clinic) or len(record.clinic) > LONGEST_CLINIC:
        yield RecordProblem("clinic", CLINIC)
    for kind, row in entries(record):
        for each in fields(row):
            fault = _fault(getattr(row, each.name), here, may_come=(kind, each.name) in MAY_COME)
            if fault is not None:
                code, sentence, values = fault
                yield RecordProblem(code, sentence, kind, None if code == "to_come" else day_of(row), values)


def _fault(value: Any, here: Here, *, may_come: bool) -> tuple[str, str, dict[str, str]] | None:  # noqa: ANN401 - any
    if isinstance(value, datetime):
        return _instant_fault(value, here)
    if isinstance(value, date):
        if value.year < EARLIEST_YEAR:
            return "too_old", TOO_OLD, {"year": str(EARLIEST_YEAR)}
        return None if may_come or value <= here.today else ("to_come", TO_COME, {})
    return ("signs", SIGNS, {}) if any(UNREADABLE.search(text) for text in _texts(value)) else None


def _instant_fault(value: datetime, here: Here) -> tuple[str, str, dict[str, str]] | None:
    if value.tzinfo is None:
        return "no_zone", NO_ZONE, {}
    if not EARLIEST_YEAR < value.year <= here.now.year + 1:
        return "too_old", TOO_OLD, {"year": str(EARLIEST_YEAR)}
    return ("to_come", TO_COME, {}) if value.astimezone(UTC) > here.now + CLOCKS_DIFFER else None


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any value of an entry
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in _texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in _texts(each))


# What hangs together


def _twice(record: WholeRecord) -> Iterator[RecordProblem]:
    """What is there twice: an id, whatever it names, and what the records hold once."""
    named = [(kind, row) for kind, row in entries(record) if hasattr(row, "id")]
    yield from _repeated(named, lambda row: row.id)
    keys: dict[str, Callable[[Any], Any]] = {
        "ending": lambda _row: None,
        "arm": lambda _row: None,
        "course": lambda row: row.number,
        "filled": lambda row: (row.visit_id, row.instrument),
        "score": lambda row: (row.assessment_id, row.scale),
        "activity_score": lambda row: (row.activity_id, row.visit_id),
        "diary": lambda row: (row.scale, row.on_date),
    }
    for kind, key in keys.items():
        yield from _repeated([(kind, row) for row in getattr(record, LISTS[kind])], key)


def _repeated(rows: Sequence[tuple[str, Any]], key: Callable[[Any], Any]) -> Iterator[RecordProblem]:
    counted = Counter(key(row) for _, row in rows)
    told = set()
    for kind, row in rows:
        if counted[key(row)] > 1 and key(row) not in told:
            told.add(key(row))
            yield RecordProblem("twice", TWICE, kind, day_of(row))


def _astray(record: WholeRecord) -> Iterator[RecordProblem]:
    there = {name: {row.id for row in getattr(record, name)} for name in ("courses", "visits", "filled", "infusions")}
    there["activities"] = {row.id for row in record.activities}
    links = (
        ("infusion", "course_id", "courses"),
        ("filled", "visit_id", "visits"),
        ("score", "visit_id", "visits"),
        ("score", "assessment_id", "filled"),
        ("event", "infusion_id", "infusions"),
        ("activity_score", "visit_id", "visits"),
        ("activity_score", "activity_id", "activities"),
        ("report", "visit_id", "visits"),
    )
    for kind, column, target in links:
        for row in getattr(record, LISTS[kind]):
            pointed = getattr(row, column)
            if pointed is not None and pointed not in there[target]:
                yield RecordProblem("astray", ASTRAY, kind, day_of(row))


# What the forms say


def _refused_by_forms(record: WholeRecord, here: Here) -> Iterator[RecordProblem]:
    rules: dict[str, Callable[[Any], object]] = {
        "person": lambda _row: check_patient(forms.person(record, None), here.today),
        "definition": lambda row: fits("assessor", row.assessor, 200),
        "ending": lambda row: fits("reason", row.reason, 500),
        "arm": _check_arm,
        "course": _check_course,
        "infusion": lambda row: check_infusion(forms.infusion(row), here.today),
        "visit": _check_visit,
        "filled": _check_versions,
        "score": _check_score,
        "exposure": lambda row: _check_exposure(row, here.today),
        "event": lambda row: check_event(forms.event(row, None), here.today),
        "activity": lambda row: fits("words", needed("words", row.words), LONGEST_ACTIVITY),
        "activity_score": lambda row: within("value", row.value, 0, WORST),
        "diary": _check_diary,
        "report": _check_report,
    }
    for kind, row in entries(record):
        rule = rules.get(kind)
        fault = None if rule is None else _refusal(rule, row)
        if fault is not None:
            values = {name: str(value) for name, value in fault.values.items()}
            yield RecordProblem(fault.code, fault.sentence, kind, day_of(row), values)
    if sum(each.open for each in record.activities) > MOST_ACTIVITIES:
        yield RecordProblem("too_many", TOO_MANY, "activity")


def _refusal(rule: Callable[[Any], object], row: Any) -> Invalid | None:  # noqa: ANN401 - any kind of entry
    try:
        rule(row)
    except Invalid as fault:
        return fault
    return None


def _check_arm(row: ArmRow) -> None:
    """An arm without a label is a hidden one; it is left out."""
    if row.label is not None:
        fits("label", needed("label", row.label), LONGEST_NAME)


def _check_course(row: Any) -> None:  # noqa: ANN401 - a course
    if not 1 <= row.number <= MOST_COURSES:
        raise Invalid("number", "number", NOT_A_NUMBER)
    course_values(forms.course(row))


def _check_visit(row: VisitRow) -> None:
    fits("note", row.note, 1000)
    try:
        known = len(row.time_zone) <= LONGEST_NAME and ZoneInfo(row.time_zone) is not None
    except (ValueError, OSError, KeyError):  # a path, a folder, or no zone at all
        known = False
    if not known:
        raise Invalid("time_zone", "time_zone", UNKNOWN_ZONE)


def _check_versions(row: FilledRow) -> None:
    for name in ("form_version", "wording_version"):
        fits(name, getattr(row, name), LONGEST_NAME)


def _check_score(row: ScoreRow) -> None:
    """A stated score is shown beside the computed one, so it must be a number that can be written."""
    for name in ("value", "standard_error"):
        within(name, getattr(row, name), -LARGEST, LARGEST)


def _check_exposure(row: Any, today: date) -> None:  # noqa: ANN401 - an exposure
    check_exposure(forms.exposure(row), today)
    within("how_bad", row.how_bad, 0, WORST)


def _check_diary(row: Any) -> None:  # noqa: ANN401 - a tap
    if row.scale not in DIARY:
        raise Invalid("unknown_scale", "scale", NOT_IN_DIARY)
    within("value", row.value, 0, MOST)


def _check_report(row: Any) -> None:  # noqa: ANN401 - a form sent in
    fits("words", row.words, LONGEST_WORDS)
    fits("note", row.note, LONGEST_NOTE)


# What the keys say


def _answers(record: WholeRecord, here: Here) -> Iterator[RecordProblem]:
    days = {each.id: each.on_date for each in record.visits}
    for row in record.filled:
        instrument = here.catalogue.get(row.instrument, row.key_version)
        told = {"instrument": _short(row.instrument), "version": _short(row.key_version)}
        if instrument is None:
            known = row.instrument in here.catalogue
            code, sentence = ("unknown_key", UNKNOWN_KEY) if known else ("unknown_instrument", UNKNOWN_INSTRUMENT)
            yield RecordProblem(code, sentence, "filled", days[row.visit_id], told)
            continue
        fault = _answer_fault(instrument, row, here)
        if fault is not None:
            code, sentence, item = fault
            yield RecordProblem(code, sentence, "filled", days[row.visit_id], told | {"item": _short(item)})


def _answer_fault(instrument: Instrument, row: FilledRow, here: Here) -> tuple[str, str, str] | None:
    try:
        scored(instrument, row)
    except AnswerError as fault:
        return "answer", NOT_AN_ANSWER, str(fault.item)
    items = {item.code for item in instrument.items}
    for item, day in (row.given_on or {}).items():
        if item not in items or not _is_past(day, here.today):
            return "answer_day", NOT_A_DAY, str(item)
    return None


def _is_past(day: Any, today: date) -> bool:  # noqa: ANN401 - whatever the file holds
    try:
        told = date.fromisoformat(day)
    except (TypeError, ValueError):
        return False
    return told.year >= EARLIEST_YEAR and told <= today


def _short(text: object) -> str:
    return str(text)[:LONGEST_NAME]
