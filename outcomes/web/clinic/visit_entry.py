"""From what was typed into the visit form to a visit: defaults, what is still missing, and the form for the action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from outcomes.actions.assess import AssessmentForm, VisitForm
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.terms import AnsweredBy, Language, Reached, Severity
from outcomes.voice import Voice
from outcomes.web.clinic.answers import Filled, answer_name, filled_names, mode_of, read, total_name

Word = TypeVar("Word", bound=StrEnum)
CONTROLS = frozenset({"csrf_token", "idempotency_key", "switch", "add", "gaps", "point", "shown"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered: the visit to store, and what is wrong or missing by field name."""

    visit: VisitForm
    problems: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def first_fields(kept: Mapping[str, str], language: Language, today: date) -> dict[str, str]:
    """Return the fields of a form just opened: those of the draft over what is likely."""
    likely = {
        "on_date": today.isoformat(),
        "answered_by": AnsweredBy.SELF.value,
        "reached": Reached.CLINIC.value,
        "language": language.value,
    }
    return likely | {name: value for name, value in kept.items() if name not in CONTROLS}


def typed_fields(sent: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a form as sent, without its controls; an unticked box is an empty field."""
    boxes = {"crash": "", "too_ill": "", "qualifying": ""}
    return boxes | {name: value for name, value in sent.items() if name not in CONTROLS}


def date_of(fields: Mapping[str, str], otherwise: date) -> date:
    """Return the date of the answers; one that cannot be read is told of elsewhere."""
    try:
        return date.fromisoformat(fields.get("on_date", ""))
    except ValueError:
        return otherwise


def codes_of(fields: Mapping[str, str]) -> list[str]:
    """Return the codes of the instruments added by hand."""
    return [code for code in fields.get("with", "").split(",") if code]


def instruments_asked(catalogue: Catalogue, asked: Sequence[str], fields: Mapping[str, str]) -> tuple[Instrument, ...]:
    """Return the instruments of the form: those that are due, those added, and those that hold an answer.

    The date decides what is due; an answer typed before the date was corrected stays on the form and is saved.
    """
    codes = dict.fromkeys([*asked, *codes_of(fields), *_answered_codes(catalogue, fields)])
    return tuple(catalogue[code] for code in codes if code in catalogue)


def _answered_codes(catalogue: Catalogue, fields: Mapping[str, str]) -> list[str]:
    typed = {name.removeprefix("total.").partition(".")[0] for name in filled_names(fields)}
    return [code for code in catalogue.codes() if code in typed]


def entry_of(
    voice: Voice, patient_id: UUID, instruments: Sequence[Instrument], fields: Mapping[str, str], today: date
) -> Entry:
    """Read the whole form."""
    filled = [read(instrument, fields, voice) for instrument in instruments]
    problems = {name: text for each in filled for name, text in each.problems.items()}
    problems |= _date_problem(voice, fields, today)
    missing = (
        {} if fields.get("too_ill") else {n: t for each in filled for n, t in _missing(voice, each, fields).items()}
    )
    visit = VisitForm(
        patient_id=patient_id,
        on_date=date_of(fields, today),
        assessments=tuple(_assessment(each) for each in filled),
        answered_by=_word(AnsweredBy, fields.get("answered_by"), AnsweredBy.SELF),
        language=_word(Language, fields.get("language"), voice.language),
        reached=_word(Reached, fields.get("reached"), Reached.CLINIC),
        severity=_word(Severity, fields["severity"], Severity.MILD) if fields.get("severity") else None,
        crash=bool(fields.get("crash")),
        too_ill=bool(fields.get("too_ill")),
        qualifying=bool(fields.get("qualifying")),
        note=fields.get("note", "").strip() or None,
    )
    return Entry(visit, problems, missing)


def _word(words: type[Word], text: str | None, otherwise: Word) -> Word:
    return words(text) if text in {word.value for word in words} else otherwise


def _date_problem(voice: Voice, fields: Mapping[str, str], today: date) -> dict[str, str]:
    try:
        on = date.fromisoformat(fields.get("on_date", ""))
    except ValueError:
        return {"on_date": voice.say("Enter a date.")}
    return {"on_date": voice.say("This date is still to come.")} if on > today else {}


def _assessment(filled: Filled) -> AssessmentForm:
    return AssessmentForm(filled.instrument.code, filled.answers, filled.totals, form_version=filled.form_version)


def _missing(voice: Voice, filled: Filled, fields: Mapping[str, str]) -> dict[str, str]:
    """Name the questions that have no answer; of totals one is enough, for not every clinic has them all."""
    instrument = filled.instrument
    title = voice.pick(instrument.form_title or instrument.title)
    if mode_of(instrument, fields) == "totals":
        nothing = not filled.totals and not filled.problems
        first = total_name(instrument.scales[0])
        return {first: voice.say("%(title)s has no total", title=title)} if nothing else {}
    return {
        answer_name(instrument, item): voice.say("%(title)s, item %(code)s has no answer", title=title, code=item.code)
        for item in instrument.items
        if filled.answers.get(item.code) is None and answer_name(instrument, item) not in filled.problems
    }
