"""From a follow-up that is due to its questions one by one, and from what was answered to what is sent in.

The draft holds each answer under the name of its question, `-` for one that was skipped on purpose, and under
`day.<name>` the day on which it was given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from uuid import UUID

from outcomes.actions.assess import AssessmentForm
from outcomes.actions.self_report import ReportForm
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument, Item
from outcomes.records.queries.portal_due import DueForm
from outcomes.records.queries.portal_own import ActivityRow
from outcomes.terms import AnsweredBy, Language
from outcomes.voice import Voice

SKIPPED = "-"
CRASH, WORDS, WHO = "crash", "words", "answered_by"
FEW = 11
"""A question with at most so many answers is answered by buttons, one with more by typing a number."""
ENDS = 2
MINUTES_OF_OTHERS = 0.25
WHO_ANSWERS = (AnsweredBy.SELF, AnsweredBy.PROXY)


@dataclass(frozen=True, slots=True)
class Choice:
    """One permitted answer: the value that is sent, its digit and its words."""

    value: str
    digit: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Without choices a number from `low` to `high` is typed; `minutes` is how long it takes."""

    name: str
    title: str
    instructions: str
    label: str
    choices: tuple[Choice, ...]
    ends: tuple[str, ...]
    value: str
    bounds: tuple[float, float]
    minutes: float

    @property
    def worded(self) -> bool:
        """Whether every answer has words of its own."""
        return bool(self.choices) and not self.ends and all(each.words for each in self.choices)

    @property
    def done(self) -> bool:
        """Whether it was answered or skipped."""
        return bool(self.value)

    @property
    def skipped(self) -> bool:
        """Whether it was skipped on purpose."""
        return self.value == SKIPPED

    def permits(self, value: str) -> bool:
        """Whether this is an answer, a skip, or nothing."""
        if value in {"", SKIPPED} or self.choices:
            return value in {"", SKIPPED, *(each.value for each in self.choices)}
        number = number_of(value)
        return number is not None and self.bounds[0] <= number <= self.bounds[1]


def number_of(text: str) -> float | None:
    """The finite number somebody typed, with a point or a comma; None when it is none."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def questions(
    voice: Voice, catalogue: Catalogue, form: DueForm, own: Sequence[ActivityRow], fields: Mapping[str, str]
) -> tuple[Question, ...]:
    """Every question of a follow-up: the questionnaires, the own activities, and whether this is a crash."""
    asked = [question for code in form.asked for question in _of(voice, catalogue, catalogue[code], fields)]
    activities = [_activity(voice, row, fields) for row in own if row.open]
    return (*asked, *activities, _crash(voice, fields))


def single(voice: Voice, catalogue: Catalogue, code: str, value: str) -> Question:
    """The one question of an instrument with a single item."""
    instrument = catalogue[code]
    return _of(voice, catalogue, instrument, {f"{code}.{instrument.items[0].code}": value})[0]


def _of(voice: Voice, catalogue: Catalogue, instrument: Instrument, fields: Mapping[str, str]) -> list[Question]:
    wording = catalogue.wording(instrument.code, voice.language)
    title = wording.title if wording and wording.title else voice.pick(instrument.form_title or instrument.title)
    made = []
    for item in instrument.items:
        name = f"{instrument.code}.{item.code}"
        words = wording.choices_of(item.code) if wording else {}
        choices = _choices(voice, item, words, fields.get(name, ""))
        made.append(
            Question(
                name=name,
                title=title,
                instructions=wording.instructions if wording else "",
                label=catalogue.item_label(instrument, item, voice.language),
                choices=choices,
                ends=_ends(choices),
                value=fields.get(name, ""),
                bounds=(item.minimum, item.maximum),
                minutes=instrument.minutes / len(instrument.items),
            )
        )
    return made


def _choices(voice: Voice, item: Item, words: Mapping[float, str], value: str) -> tuple[Choice, ...]:
    if len(item.choices) > FEW:
        return ()
    return tuple(
        Choice(f"{each:g}", voice.number(each), words.get(each, ""), f"{each:g}" == value) for each in item.choices
    )


def _ends(choices: Sequence[Choice]) -> tuple[str, ...]:
    """Where not every answer has words, those that have stand under the row."""
    worded = [each for each in choices if each.words]
    if len(worded) == len(choices) and len(choices) > ENDS:
        return ()
    return tuple(f"{each.digit}: {each.words}" for each in worded)


def _activity(voice: Voice, row: ActivityRow, fields: Mapping[str, str]) -> Question:
    name = f"activity.{row.id}"
    value = fields.get(name, "")
    ends = (voice.say("0: no trouble"), voice.say("10: could not do it"))
    digits = tuple(Choice(str(n), voice.number(n), "", str(n) == value) for n in range(FEW))
    label = voice.say("How hard was this: %(activity)s", activity=row.words)
    past = voice.say("Think of the past 7 days.")
    return Question(name, voice.say("My own activities"), past, label, digits, ends, value, (0, 10), MINUTES_OF_OTHERS)


def _crash(voice: Voice, fields: Mapping[str, str]) -> Question:
    value = fields.get(CRASH, "")
    offered = (("yes", voice.say("yes")), ("no", voice.say("no")))
    choices = tuple(Choice(each, "", words, each == value) for each, words in offered)
    label = voice.say("Are you worse than usual today because of exertion?")
    return Question(CRASH, voice.say("Today"), "", label, choices, (), value, (0, 0), MINUTES_OF_OTHERS)


def minutes_left(asked: Sequence[Question]) -> int:
    """About how many minutes the questions take that are not answered yet."""
    return ceil(sum(each.minutes for each in asked if not each.done))


def stamped(kept: Mapping[str, str], given: Mapping[str, str], today: date) -> dict[str, str | None]:
    """What a draft keeps of answers given today: each with its day, unless it was there before."""
    changed = {name: value for name, value in given.items() if kept.get(name, "") != value}
    days: dict[str, str | None] = {
        f"day.{name}": today.isoformat() if value else None for name, value in changed.items()
    }
    return {name: value or None for name, value in changed.items()} | days


def report_of(
    catalogue: Catalogue,
    form: DueForm,
    own: Sequence[ActivityRow],
    fields: Mapping[str, str],
    patient_id: UUID,
    *,
    language: Language,
    today: date,
    started_at: datetime | None,
) -> ReportForm:
    """What is sent in: every questionnaire that was begun or skipped, dated by its newest answer."""
    filled = (_assessment(catalogue[code], fields, started_at) for code in form.asked)
    assessments = tuple(each for each in filled if each is not None)
    open_now = [f"activity.{row.id}" for row in own if row.open]
    answered = [name for name in open_now if fields.get(name, SKIPPED) != SKIPPED]
    asked = [f"{code}.{item.code}" for code in form.asked for item in catalogue[code].items]
    days = [fields[f"day.{name}"] for name in asked if fields.get(name, SKIPPED) != SKIPPED]
    return ReportForm(
        patient_id=patient_id,
        on_date=max(map(date.fromisoformat, days), default=today),
        assessments=assessments,
        activities={UUID(name.partition(".")[2]): int(fields[name]) for name in answered},
        answered_by=AnsweredBy.PROXY if fields.get(WHO) == AnsweredBy.PROXY else AnsweredBy.SELF,
        language=language,
        crash=fields.get(CRASH) == "yes",
        words=fields.get(WORDS),
    )


def _assessment(
    instrument: Instrument, fields: Mapping[str, str], started_at: datetime | None
) -> AssessmentForm | None:
    """One questionnaire; None when nobody came to it. A skipped item has its day and no answer."""
    named = {item.code: f"{instrument.code}.{item.code}" for item in instrument.items}
    reached = {code: name for code, name in named.items() if fields.get(name)}
    if not reached:
        return None
    answers = {code: number_of(fields[name]) for code, name in reached.items() if fields[name] != SKIPPED}
    days = {code: fields[f"day.{name}"] for code, name in reached.items() if f"day.{name}" in fields}
    return AssessmentForm(instrument.code, answers, started_at=started_at, given_on=days)
