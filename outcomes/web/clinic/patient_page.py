"""One patient's page, from top to bottom: who, what was done and when, what changed beyond noise, what is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outcomes.change.individual import OwnError
from outcomes.change.windows import DueState
from outcomes.figures.figure import Figure
from outcomes.figures.strip import Due, Event, Given, Seen, strip
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.header import PatientHeader
from outcomes.records.queries.record import ExposureRow, PatientRecord, VisitRow
from outcomes.records.queries.treatment import InfusionRow
from outcomes.terms import Language, Verdict
from outcomes.voice import Voice
from outcomes.web.clinic.worklist_page import due_words
from outcomes.web.progress import Told, told, window_of
from outcomes.web.words import word

BEYOND = (Verdict.WORSE_BEYOND, Verdict.BETTER_BEYOND)
WITHIN = (Verdict.WORSE_WITHIN, Verdict.BETTER_WITHIN, Verdict.NO_CHANGE)


@dataclass(frozen=True, slots=True)
class DueRow:
    """One planned visit that is still to come or to be made up."""

    title: str
    point: str
    window: str
    state: str
    loggable: bool


@dataclass(frozen=True, slots=True)
class CourseLine:
    """One course, told in a line, with links to its infusions."""

    id: UUID
    title: str
    infusions: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class PatientPage:
    """Everything a patient's page shows."""

    id: UUID
    title: str
    code: str
    facts: tuple[tuple[str, str], ...]
    ending: str
    courses: tuple[CourseLine, ...]
    visits: tuple[tuple[UUID, str, str], ...]
    strip: Figure
    finding: str
    told: tuple[Told, ...]
    due_title: str
    due: tuple[DueRow, ...]
    events: tuple[tuple[str, str, UUID], ...]
    exposures: tuple[tuple[str, str, UUID], ...]


def page(voice: Voice, catalogue: Catalogue, record: PatientRecord, own: Mapping[str, OwnError | None]) -> PatientPage:
    """Lay out one patient's page."""
    header, scales = record.header, told(voice, catalogue, record, own)
    due = tuple(_due_rows(voice, record))
    return PatientPage(
        id=header.id,
        title=header.name or header.code,
        code=header.code,
        facts=tuple(_facts(voice, record)),
        ending=_ending(voice, header),
        courses=tuple(_courses(voice, record)),
        visits=tuple(_visits(voice, record)),
        strip=treatment_strip(voice, record),
        finding=finding(voice, scales),
        told=scales,
        due_title=_due_title(voice, due, record),
        due=due,
        events=tuple(
            (
                voice.say("%(term)s, grade %(grade)s", term=e.term, grade=e.grade),
                _span(voice, e.started_on, e.ended_on),
                e.id,
            )
            for e in record.events
        ),
        exposures=tuple((_exposure(voice, e), _span(voice, e.started_on, e.ended_on), e.id) for e in record.exposures),
    )


def _exposure(voice: Voice, row: ExposureRow) -> str:
    """Name an exposure; what the patient told stands in quotes and says so."""
    if not row.by_patient:
        return f"{word(voice, row.kind)}: {row.text}"
    bad = voice.say("%(n)s of 10", n=voice.number(row.how_bad)) if row.how_bad is not None else ""
    told = ", ".join(filter(None, [voice.say("told by the patient"), bad]))
    return f"{word(voice, row.kind)}: “{row.text}” ({told})"


def _facts(voice: Voice, record: PatientRecord) -> list[tuple[str, str]]:
    header = record.header
    age, ill = header.age_on(record.today), header.years_ill_on(record.today)
    who = ", ".join(filter(None, [voice.number(age) if age is not None else "", word(voice, header.sex)]))
    facts = [(voice.say("Number"), header.code), (voice.say("Sex") if age is None else voice.say("Age"), who)]
    severity = next((visit.severity for visit in reversed(record.visits) if visit.severity), None)
    course = [voice.count("%(n)s year", "%(n)s years", round(ill)) if ill is not None else ""]
    course += [word(voice, severity) if severity else ""]
    if any(course):
        heading = voice.say("Severity") if ill is None else voice.say("Ill for")
        facts.append((heading, ", ".join(filter(None, course))))
    met = [word(voice, each.definition) for each in header.case_definitions if each.met]
    if met:
        facts.append((voice.say("Definition"), voice.join(met)))
    facts.append((voice.say("Entered on"), word(voice, header.entry_basis)))
    if header.arm is not None:
        facts.append((voice.say("Arm"), header.arm.label or voice.say("blinded")))
    return [*facts, *_consent_facts(voice, header)]


def _consent_facts(voice: Voice, header: PatientHeader) -> list[tuple[str, str]]:
    """Consents withdrawn, and those given again since."""
    last = {each.purpose: each.withdrawn_on for each in header.consents if each.withdrawn_on}
    living = {each.purpose: each.given_on for each in header.consents if each.withdrawn_on is None}
    told = (
        (voice.say("Consent withdrawn"), {each: on for each, on in last.items() if each not in living}),
        (voice.say("Consent given again"), {each: on for each, on in living.items() if each in last}),
    )
    return [
        (heading, ", ".join(f"{word(voice, each)} ({voice.date(on)})" for each, on in found.items()))
        for heading, found in told
        if found
    ]


def _ending(voice: Voice, header: PatientHeader) -> str:
    if header.ending is None:
        return ""
    said = voice.say(
        "%(what)s on %(date)s", what=word(voice, header.ending.kind), date=voice.date(header.ending.on_date)
    )
    return f"{said}: {header.ending.reason}" if header.ending.reason else said


def finding(voice: Voice, scales: tuple[Told, ...]) -> str:
    """Say in one line what moved beyond the band, what stayed inside it, and what cannot be measured."""
    if not scales:
        return voice.say("No scores yet")
    worse, better = ([each.domain for each in scales if each.change.verdict is verdict] for verdict in BEYOND)
    inside = [each.domain for each in scales if each.change.verdict in WITHIN]
    unknown = [each.domain for each in scales if each.change.verdict is Verdict.NOT_MEASURABLE]
    if not worse and not better and not inside:
        return voice.say("Change cannot be measured yet")
    parts = [
        voice.say("Worse beyond the band: %(what)s.", what=_listed(voice, worse)) if worse else "",
        voice.say("Better beyond the band: %(what)s.", what=_listed(voice, better)) if better else "",
        "" if worse or better else voice.say("Nothing moved beyond the band."),
        voice.say("Inside it: %(what)s.", what=_listed(voice, inside)) if inside else "",
        voice.say("Cannot be measured: %(what)s.", what=_listed(voice, unknown)) if unknown else "",
    ]
    return " ".join(filter(None, parts))


def _listed(voice: Voice, domains: list[str]) -> str:
    """Name domains inside a sentence, each once, in lower case of the language."""
    return voice.join([_small(voice, each) for each in dict.fromkeys(domains)])


def _small(voice: Voice, text: str) -> str:
    first = (
        {"I": "ı", "İ": "i"}.get(text[:1], text[:1].lower()) if voice.language is Language.TURKISH else text[:1].lower()
    )
    return first + text[1:]


def _span(voice: Voice, start: date, end: date | None) -> str:
    if end is None or end == start:
        return voice.date(start)
    return f"{voice.date(start)} – {voice.date(end)}"


def infusion_words(voice: Voice, infusion: InfusionRow) -> str:
    """Say what was given: "colonoscopy, 50 g, frozen, donor D-04"."""
    amount = [
        voice.say("%(n)s g", n=voice.number(infusion.mass_g)) if infusion.mass_g else "",
        voice.say("%(n)s ml", n=voice.number(infusion.volume_ml)) if infusion.volume_ml else "",
        voice.count("%(n)s capsule", "%(n)s capsules", infusion.capsules) if infusion.capsules else "",
    ]
    donor = voice.say("donor %(code)s", code=infusion.donor_code) if infusion.donor_code else ""
    material = word(voice, infusion.material) if infusion.material and not donor else ""
    state = word(voice, infusion.state) if infusion.state else ""
    return ", ".join(filter(None, [word(voice, infusion.route), *amount, material, state, donor]))


def _courses(voice: Voice, record: PatientRecord) -> list[CourseLine]:
    lines = []
    for course in record.courses:
        when = voice.date(course.starts_on) if course.starts_on else voice.say("not begun")
        title = voice.say("Course %(n)s, %(when)s", n=course.number, when=when)
        given = tuple((i.id, f"{voice.date(i.on_date)}: {infusion_words(voice, i)}") for i in course.infusions)
        lines.append(CourseLine(course.id, title, given))
    return lines


def _visits(voice: Voice, record: PatientRecord) -> list[tuple[UUID, str, str]]:
    """Name every visit, the newest first, and say how far it has come."""
    lines = []
    for visit in reversed(record.visits):
        point = window_of(record, visit.on_date)
        title = voice.pick(point.title) if point else voice.say("Unplanned visit")
        said = voice.say("%(visit)s, %(date)s", visit=title, date=voice.date(visit.on_date))
        lines.append((visit.id, said, word(voice, visit.state)))
    return lines


def treatment_strip(voice: Voice, record: PatientRecord) -> Figure:
    """Draw infusions, visits and events on one axis, days counted from the first infusion of the first course."""
    zero = record.first_day or record.today
    infusions = [
        Given((i.on_date - zero).days, infusion_words(voice, i), i.on_date)
        for course in record.courses
        for i in course.infusions
    ]
    happened = [
        *(
            (e.started_on, e.ended_on, voice.say("%(term)s, grade %(grade)s", term=e.term, grade=e.grade))
            for e in record.events
        ),
        *((e.started_on, e.ended_on, f"“{e.text}”" if e.by_patient else e.text) for e in record.exposures),
    ]
    return strip(
        voice,
        infusions=sorted(infusions, key=lambda each: each.day),
        visits=[_seen(voice, record, visit, zero) for visit in record.visits],
        due=[
            Due((each.opens - zero).days, (each.closes - zero).days, voice.pick(each.point.title))
            for each in record.due
            if each.state in {DueState.OPEN, DueState.CLOSING} and record.day_zero
        ],
        events=[
            Event((start - zero).days, text, None if end is None else (end - zero).days, start)
            for start, end, text in sorted(happened, key=lambda each: each[0])
        ],
        today=(record.today - zero).days,
    )


def _seen(voice: Voice, record: PatientRecord, visit: VisitRow, zero: date) -> Seen:
    point = window_of(record, visit.on_date)
    answered = visit.assessments[0].answered_by if visit.assessments and not visit.too_ill else None
    return Seen(
        day=(visit.on_date - zero).days,
        title=voice.pick(point.title) if point else voice.say("unplanned"),
        answered_by=answered,
        inside_window=point is not None,
        crash=visit.crash,
        on=visit.on_date,
    )


def _due_rows(voice: Voice, record: PatientRecord) -> list[DueRow]:
    waiting = (DueState.OPEN, DueState.CLOSING, DueState.OVERDUE, DueState.UPCOMING)
    rows = [each for each in record.due if each.state in waiting]
    later = [each for each in rows if each.state is DueState.UPCOMING][:2]
    return [
        DueRow(
            voice.pick(each.point.title),
            each.point.code,
            voice.say("before FMT")
            if record.day_zero is None
            else f"{voice.date(each.opens)} – {voice.date(each.closes)}",
            voice.say("open") if record.day_zero is None else due_words(voice, each),
            each.state is not DueState.UPCOMING,
        )
        for each in rows
        if each.state is not DueState.UPCOMING or each in later
    ]


def _due_title(voice: Voice, due: tuple[DueRow, ...], record: PatientRecord) -> str:
    if record.header.ending is not None:
        return voice.say("No further visits are expected")
    now = [row for row in due if row.loggable]
    if now:
        return voice.say("Due now: %(visit)s, %(state)s", visit=now[0].title, state=now[0].state)
    return voice.say("Nothing is due now")
