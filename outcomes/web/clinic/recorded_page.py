"""A visit on record in words."""

from dataclasses import dataclass
from uuid import UUID

from outcomes.actions.assess import the_instrument
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.reasons import say_absence
from outcomes.records.queries.answers import AnswersRow
from outcomes.records.queries.record import AssessmentRow, PatientRecord, ScoreRow, VisitRow
from outcomes.voice import Voice
from outcomes.web.clinic.answers import answer_name, total_name
from outcomes.web.progress import window_of
from outcomes.web.words import word


@dataclass(frozen=True, slots=True)
class Answered:
    """One questionnaire of the visit: its scores as title, value and what is said of it."""

    id: UUID
    title: str
    how: str
    scores: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class RecordedPage:
    """Everything the page of a visit shows."""

    patient_id: UUID
    visit_id: UUID
    who: str
    title: str
    facts: tuple[tuple[str, str], ...]
    answered: tuple[Answered, ...]


def visit_words(voice: Voice, catalogue: Catalogue, record: PatientRecord, visit: VisitRow) -> RecordedPage:
    """Put a visit into words."""
    point = window_of(record, visit.on_date)
    title = voice.pick(point.title) if point else voice.say("Unplanned visit")
    return RecordedPage(
        patient_id=record.header.id,
        visit_id=visit.id,
        who=record.header.name or record.header.code,
        title=voice.say("%(visit)s, %(date)s", visit=title, date=voice.date(visit.on_date)),
        facts=tuple(_facts(voice, record, visit)),
        answered=tuple(_answered(voice, catalogue, record, each) for each in visit.assessments),
    )


def _facts(voice: Voice, record: PatientRecord, visit: VisitRow) -> list[tuple[str, str]]:
    facts = []
    if record.first_day:
        facts.append((voice.say("Day"), voice.day((visit.on_date - record.first_day).days)))
    facts.append((voice.say("Reached"), word(voice, visit.reached)))
    if visit.severity:
        facts.append((voice.say("Severity"), word(voice, visit.severity)))
    marks = {
        voice.say("during a crash"): visit.crash,
        voice.say("too ill to answer"): visit.too_ill,
        voice.say("qualified for treatment"): visit.qualifying,
    }
    said = [text for text, held in marks.items() if held]
    if said:
        facts.append((voice.say("Marked"), voice.join(said)))
    if visit.note:
        facts.append((voice.say("Note"), visit.note))
    return facts


def _answered(voice: Voice, catalogue: Catalogue, record: PatientRecord, row: AssessmentRow) -> Answered:
    instrument = the_instrument(catalogue, row.instrument, row.key_version)
    scores = [each for rows in record.scores.values() for each in rows if each.assessment_id == row.id]
    return Answered(
        id=row.id,
        title=voice.pick(instrument.title),
        how=word(voice, row.answered_by),
        scores=tuple(_score(voice, instrument, each) for each in sorted(scores, key=lambda each: each.scale)),
    )


def _score(voice: Voice, instrument: Instrument, row: ScoreRow) -> tuple[str, str, str]:
    scale = instrument.scale(row.scale)
    used = voice.say("%(used)s of %(all)s items", used=row.items_used, all=row.items) if row.items > 1 else ""
    if row.value is None:
        return voice.pick(scale.title), "–", say_absence(voice, row.absence) if row.absence else used
    return voice.pick(scale.title), voice.number(row.value, scale.decimals), used


def fields_of(instrument: Instrument, row: AnswersRow) -> dict[str, str]:
    """Return the answers on record as the fields of a form."""
    fields = {
        answer_name(instrument, item): f"{row.answers[item.code]:g}"
        for item in instrument.items
        if item.code in row.answers
    }
    fields |= {
        total_name(scale): f"{row.totals[scale.code]:g}" for scale in instrument.scales if scale.code in row.totals
    }
    by_totals = bool(row.totals) and not row.answers
    return fields | {
        f"mode.{instrument.code}": "totals" if by_totals else "items",
        f"form.{instrument.code}": row.form_version or "",
    }
