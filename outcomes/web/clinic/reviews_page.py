"""A patient's own report in words: what was answered and skipped, what changed, what the patient wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outcomes.actions.assess import the_instrument
from outcomes.change.individual import OwnError
from outcomes.change.words import opening, sentence, verdict_words
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument, Item
from outcomes.instruments.reasons import say_absence
from outcomes.records.queries.portal_own import ActivityRow
from outcomes.records.queries.portal_reports import AnsweredRow, ReportRow
from outcomes.records.queries.record import PatientRecord, ScoreRow, VisitRow
from outcomes.voice import Voice
from outcomes.web.clinic.self_told import report_line
from outcomes.web.progress import MARKS, judged, window_of
from outcomes.web.words import word


@dataclass(frozen=True, slots=True)
class Reply:
    """One question with its answer, and the day it was given where that is not the day of the visit."""

    question: str
    answer: str
    day: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One score of the report with its verdict."""

    title: str
    value: str
    mark: str
    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Everything the page of a review shows."""

    patient_id: UUID
    report_id: UUID
    visit_id: UUID
    who: str
    title: str
    facts: tuple[tuple[str, str], ...]
    words: str
    changes: tuple[Judged, ...]
    sheets: tuple[tuple[str, tuple[Reply, ...]], ...]
    activities: tuple[tuple[str, str], ...]
    waits: bool
    told: str
    note: str


def review_page(
    voice: Voice,
    catalogue: Catalogue,
    record: PatientRecord,
    own: Mapping[str, OwnError | None],
    row: ReportRow,
    answered: Sequence[AnsweredRow],
    activities: Sequence[ActivityRow],
) -> ReviewPage:
    """Lay out one report."""
    point = window_of(record, row.on_date)
    title = voice.pick(point.title) if point else voice.say("Unplanned visit")
    line = report_line(voice, row)
    visit = next((each for each in record.visits if each.id == row.visit_id), None)
    return ReviewPage(
        patient_id=row.patient_id,
        report_id=row.id,
        visit_id=row.visit_id,
        who=record.header.name or record.header.code,
        title=voice.say("%(visit)s: own report, %(date)s", visit=title, date=voice.date(row.on_date)),
        facts=tuple(_facts(voice, row, visit)),
        words=row.words or "",
        changes=tuple(_changes(voice, catalogue, record, own, row.visit_id)),
        sheets=tuple(_sheet(voice, catalogue, each, row.on_date) for each in answered),
        activities=tuple(_activities(voice, activities, row.visit_id)),
        waits=line.waits,
        told=line.told,
        note=row.note or "",
    )


def _facts(voice: Voice, row: ReportRow, visit: VisitRow | None) -> list[tuple[str, str]]:
    said = {voice.say("too ill to answer"): row.too_ill, voice.say("during a crash"): row.crash}
    marked = [text for text, holds in said.items() if holds]
    by = word(voice, visit.assessments[0].answered_by) if visit and visit.assessments and not row.too_ill else ""
    facts = [(voice.say("Sent"), voice.date(row.sent_at.date())), (voice.say("Answered by"), by)]
    facts.append((voice.say("Account"), voice.say("carer") if row.by_carer else voice.say("patient")))
    facts.append((voice.say("Marked"), voice.join(marked) if marked else ""))
    return [(term, value) for term, value in facts if value]


def _changes(
    voice: Voice, catalogue: Catalogue, record: PatientRecord, own: Mapping[str, OwnError | None], visit_id: UUID
) -> list[Judged]:
    """The headline scores of the visit with their verdicts."""
    told = []
    for key, rows in record.scores.items():
        scale = catalogue.scale(key)
        changes = judged(record, scale, own.get(key)) if scale.headline else {}
        for row in rows:
            if row.visit_id != visit_id or not scale.headline:
                continue
            change = changes.get(row) if scale.better else None
            told.append(
                Judged(
                    title=voice.pick(scale.title),
                    value=_value(voice, row, scale.decimals),
                    mark=MARKS[change.verdict] if change else "",
                    verdict=opening(voice, verdict_words(voice, change)) if change else "",
                    sentence=sentence(voice, scale, change) if change else "",
                )
            )
    return told


def _value(voice: Voice, row: ScoreRow, decimals: int) -> str:
    if row.value is not None:
        return voice.number(row.value, decimals)
    return say_absence(voice, row.absence) if row.absence else "–"


def _sheet(voice: Voice, catalogue: Catalogue, row: AnsweredRow, on_date: date) -> tuple[str, tuple[Reply, ...]]:
    instrument = the_instrument(catalogue, row.instrument, row.key_version)
    replies = tuple(_reply(voice, catalogue, instrument, item, row, on_date) for item in instrument.items)
    return voice.pick(instrument.title), replies


def _reply(
    voice: Voice, catalogue: Catalogue, instrument: Instrument, item: Item, row: AnsweredRow, on_date: date
) -> Reply:
    label = catalogue.item_label(instrument, item, voice.language)
    given = row.given_on.get(item.code)
    day = voice.date(date.fromisoformat(given), "short") if given and given != on_date.isoformat() else ""
    if item.code not in row.answers:
        return Reply(label, voice.say("skipped") if given else voice.say("no answer"), day)
    value = float(row.answers[item.code])
    wording = catalogue.wording(instrument.code, voice.language)
    words = wording.choices_of(item.code).get(value, "") if wording else ""
    return Reply(label, ", ".join(filter(None, [voice.number(value), words])), day)


def _activities(voice: Voice, activities: Sequence[ActivityRow], visit_id: UUID) -> list[tuple[str, str]]:
    return [
        (row.words, voice.say("%(n)s of 10", n=voice.number(value)))
        for row in activities
        for _, value, of_visit in row.scores
        if of_visit == visit_id
    ]
