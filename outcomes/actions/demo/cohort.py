"""Writes the demo cohort into an empty clinic, through the same actions that people use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from outcomes.actions import assess, donors, end, enrol, report_event, treat
from outcomes.actions.assess import AssessmentForm, VisitForm
from outcomes.actions.demo.people import Person, Story, answers_with_total, effect, people
from outcomes.actions.work import Work
from outcomes.change.windows import TimePoint, default_time_points
from outcomes.terms import (
    AnsweredBy,
    CaseDefinitionName,
    Comorbidity,
    DonorKind,
    Ending,
    EntryBasis,
    EventOutcome,
    ExposureKind,
    Language,
    Material,
    MaterialState,
    Onset,
    Purpose,
    Reached,
    Relation,
    Route,
    ScreeningResult,
    Severity,
    Sex,
    Trigger,
    WorkStatus,
)

SCALES = ("chalder11", "promis_cog8a", "own_quality_of_life")
LATER = (*SCALES, "own_change")
WITH_IMPRESSION = frozenset({"month_3", "month_6", "month_12", "month_24"})
ROUTES = (Route.COLONOSCOPY, Route.COLONOSCOPY, Route.ENEMA, Route.CAPSULE, Route.NASODUODENAL)
WAYS = (AnsweredBy.SELF,) * 7 + (AnsweredBy.PROXY, AnsweredBy.CLINICIAN_READ, AnsweredBy.PAPER)


def demo_time_points() -> tuple[TimePoint, ...]:
    """Return the demo clinic's plan: three scales a visit, and the impression of change at the later ones."""
    return tuple(
        TimePoint(
            point.code,
            point.title,
            point.day,
            point.before,
            point.after,
            LATER if point.code in WITH_IMPRESSION else SCALES,
        )
        for point in default_time_points()
    )


@dataclass(frozen=True, slots=True)
class Supply:
    """The donors of the demo clinic and a lot of each."""

    donors: tuple[UUID, ...]
    lots: tuple[UUID, ...]


def fill(work: Work, seed: int = 20260, progress: Callable[[int, int], None] = lambda _done, _of: None) -> list[UUID]:
    """Write the whole cohort and return the ids of its patients, in order."""
    dice = Random(seed + 1)  # noqa: S311 - invented people need repeatable dice, not secret ones
    supply = _supply(work)
    everybody = list(people(seed))
    written = []
    for number, person in enumerate(everybody, start=1):
        written.append(_write(work, dice, supply, person))
        progress(number, len(everybody))
    return written


def _supply(work: Work) -> Supply:
    kinds = (DonorKind.UNIVERSAL, DonorKind.UNIVERSAL, DonorKind.BANK, DonorKind.RELATED)
    made, lots = [], []
    for number, kind in enumerate(kinds, start=1):
        donor = donors.add_donor(work, donors.DonorForm(f"D-{number:02}", kind))
        tested = work.today - timedelta(days=850)
        donors.screen(work, donor, donors.ScreeningForm(tested, "stool and blood panel", ScreeningResult.PASSED))
        lot = donors.LotForm(f"L-{number:02}-A", MaterialState.FROZEN, work.today - timedelta(days=840), anaerobic=True)
        lots.append(donors.add_lot(work, donor, lot))
        made.append(donor)
    return Supply(tuple(made), tuple(lots))


def _write(work: Work, dice: Random, supply: Supply, person: Person) -> UUID:
    zero = work.today - timedelta(days=person.days_since_fmt)
    patient_id = enrol.enrol(work, _enrolment(dice, person, zero))
    label = "own stool" if person.comparison else "donor stool"
    treat.assign_arm(work, patient_id, treat.ArmForm(label, comparison=person.comparison, starts_on=zero))
    _treat(work, dice, supply, person, patient_id, zero)
    for visit in _visits(dice, person, patient_id, zero, work.today):
        assess.record(work, visit)
    _leave(work, dice, person, patient_id, zero)
    _happenings(work, dice, person, patient_id, zero)
    return patient_id


def _enrolment(dice: Random, person: Person, zero: date) -> enrol.PatientForm:
    definitions = dice.sample(list(CaseDefinitionName), dice.choice((1, 1, 2)))
    onset = zero - timedelta(days=round(365.25 * dice.uniform(1.5, 16)))
    assessed = zero - timedelta(days=dice.randint(40, 200))
    return enrol.PatientForm(
        name=f"{person.first} {person.last}",
        contact=f"patient{person.number}@example.invalid",
        birth_date=zero - timedelta(days=round(365.25 * dice.uniform(21, 66))),
        sex=Sex.FEMALE if dice.random() < 0.75 else Sex.MALE,  # noqa: PLR2004 - three in four, as in clinics
        country="TR",
        onset_kind=dice.choice((Onset.SUDDEN, Onset.SUDDEN, Onset.GRADUAL)),
        onset_year=onset.year,
        onset_month=onset.month if dice.random() < 0.6 else None,  # noqa: PLR2004 - many do not remember
        trigger=dice.choice(list(Trigger)),
        diagnosed_on=min(onset + timedelta(days=dice.randint(100, 500)), assessed),
        work_status=dice.choice((WorkStatus.SICK_LEAVE, WorkStatus.DISABILITY, WorkStatus.PART_TIME, WorkStatus.HOME)),
        comorbidities=tuple(sorted(dice.sample(list(Comorbidity), dice.randint(0, 3)))),
        antibiotics_last_3_months=dice.random() < 0.2,  # noqa: PLR2004 - one in five
        entry_basis=EntryBasis.QUALIFYING_SCORE if person.qualified_by_score else EntryBasis.REFERRAL,
        case_definitions=tuple(
            enrol.CaseDefinitionForm(each, met=True, on_date=assessed, assessor="Dr Demo") for each in definitions
        ),
        consents=tuple(
            enrol.ConsentForm(purpose, assessed, "1")
            for purpose in (Purpose.RECORD, Purpose.RESEARCH_AGGREGATE, Purpose.RESEARCH_RECORD_LEVEL)
            if purpose is Purpose.RECORD or dice.random() < 0.85  # noqa: PLR2004 - some decline
        ),
    )


def _treat(work: Work, dice: Random, supply: Supply, person: Person, patient_id: UUID, zero: date) -> None:
    starts = [zero, zero + timedelta(days=dice.randint(190, 260))] if person.second_course else [zero]
    route = dice.choice(ROUTES)
    for start in starts:
        course = treat.begin_course(work, patient_id)
        for day in (0, 7, 28)[: dice.choice((1, 2, 3))]:
            on = start + timedelta(days=day)
            if on <= work.today:
                treat.infuse(work, course, _infusion(supply, person, route, on))


def _infusion(supply: Supply, person: Person, route: Route, on: date) -> treat.InfusionForm:
    own = person.comparison
    return treat.InfusionForm(
        on_date=on,
        route=route,
        material=Material.AUTOLOGOUS if own else Material.DONOR,
        lot_id=None if own else supply.lots[person.donor - 1],
        mass_g=None if route is Route.CAPSULE else 50,
        capsules=30 if route is Route.CAPSULE else None,
        state=MaterialState.FROZEN,
        anaerobic=True,
    )


def _visits(dice: Random, person: Person, patient_id: UUID, zero: date, today: date) -> Iterator[VisitForm]:
    for turn, day in enumerate((-dice.randint(16, 26), -dice.randint(0, 9))[-person.baselines :]):
        qualifying = person.qualified_by_score and turn == 0
        yield _visit(dice, person, patient_id, zero + timedelta(days=day), day, SCALES, qualifying=qualifying)
    for point in demo_time_points():
        day = point.day + _shift(dice, point)
        on = zero + timedelta(days=day)
        left = person.leaves_after is not None and day > person.leaves_after
        skipped = dice.random() < 0.08  # noqa: PLR2004 - some visits are simply missed
        if not point.is_baseline and on <= today and not left and not skipped:
            yield _visit(dice, person, patient_id, on, day, point.instruments)


def _shift(dice: Random, point: TimePoint) -> int:
    """Come within the window, and now and then too late."""
    if dice.random() < 0.06:  # noqa: PLR2004 - one in sixteen is late
        return point.after + dice.randint(2, 9)
    return dice.randint(-point.before // 2, point.after // 2) if not point.is_baseline else 0


def _visit(
    dice: Random,
    person: Person,
    patient_id: UUID,
    on: date,
    day: int,
    instruments: tuple[str, ...],
    *,
    qualifying: bool = False,
) -> VisitForm:
    crash, ill = dice.random() < 0.05, day > 0 and dice.random() < 0.04  # noqa: PLR2004 - both are rare
    level = person.fatigue + effect(person.story, day) + dice.gauss(0, person.swing) + (3.5 if crash else 0)
    if qualifying:
        level += abs(dice.gauss(0, person.swing))
    answered_by = dice.choice(WAYS)
    asked = ("own_quality_of_life",) if ill else instruments
    return VisitForm(
        patient_id=patient_id,
        on_date=on,
        assessments=tuple(_assessment(dice, person, code, level, day, ill=ill) for code in asked),
        answered_by=answered_by,
        language=Language.TURKISH,
        reached=Reached.POST if answered_by is AnsweredBy.PAPER else dice.choice((Reached.CLINIC, Reached.VIDEO)),
        severity=_severity(level),
        crash=crash,
        too_ill=ill,
        qualifying=qualifying,
    )


def _severity(level: float) -> Severity:
    bounds = ((14, Severity.MILD), (24, Severity.MODERATE), (31, Severity.SEVERE))
    return next((severity for bound, severity in bounds if level < bound), Severity.VERY_SEVERE)


def _assessment(dice: Random, person: Person, code: str, level: float, day: int, *, ill: bool) -> AssessmentForm:
    if ill:
        return AssessmentForm(code)
    relief = person.fatigue - level
    answers: dict[str, float | None]
    if code == "chalder11":
        answers = {str(i): a for i, a in enumerate(answers_with_total(dice, level, 11, 0, 3), 1)}
    elif code == "promis_cog8a":
        total = person.thinking + 0.55 * relief + dice.gauss(0, 1.6)
        answers = {str(i): a for i, a in enumerate(answers_with_total(dice, total, 8, 1, 5), 1)}
    elif code == "own_change":
        answers = {"1": min(7, max(1, round(4 - relief / 3 + dice.gauss(0, 0.7))))}
    else:
        answers = {"1": min(10, max(0, round(person.life + 0.22 * relief + dice.gauss(0, 0.6))))}
    if len(answers) > 1 and day > 0 and dice.random() < 0.04:  # noqa: PLR2004 - an answer is forgotten now and then
        answers[dice.choice(list(answers))] = None
    return AssessmentForm(code, answers)


def _leave(work: Work, dice: Random, person: Person, patient_id: UUID, zero: date) -> None:
    if person.leaves_after is None:
        return
    on = zero + timedelta(days=person.leaves_after + dice.randint(60, 110))
    if on > work.today:
        return
    kind = dice.choice((Ending.LOST, Ending.LOST, Ending.LOST, Ending.WITHDRAWAL, Ending.WITHDRAWAL))
    if person.story is Story.AT_CEILING and person.number % 5 == 0:
        kind = Ending.DEATH
    reason = {Ending.WITHDRAWAL: "too ill to travel", Ending.LOST: "three letters unanswered"}.get(kind)
    end.end(work, patient_id, end.EndingForm(kind, on, reason))


EVENTS = (
    ("abdominal pain", 1, 2, EventOutcome.RECOVERED),
    ("diarrhoea", 1, 3, EventOutcome.RECOVERED),
    ("crash after the procedure", 2, 6, EventOutcome.RECOVERED),
    ("fever", 2, 2, EventOutcome.RECOVERED),
)
EXPOSURES = (
    (ExposureKind.ANTIBIOTIC, "antibiotic, 5 days"),
    (ExposureKind.DRUG, "low-dose naltrexone stopped"),
    (ExposureKind.INFECTION, "a cold"),
    (ExposureKind.DIET, "low-FODMAP diet begun"),
    (ExposureKind.TRAVEL, "two weeks by the sea"),
)


def _happenings(work: Work, dice: Random, person: Person, patient_id: UUID, zero: date) -> None:
    if dice.random() < 0.4:  # noqa: PLR2004 - pooled rate of adverse events in FMT trials, 39 %
        term, grade, days, outcome = dice.choice(EVENTS)
        start = zero + timedelta(days=dice.randint(1, 9))
        if start + timedelta(days=days) <= work.today:
            event = report_event.EventForm(
                term=term,
                started_on=start,
                ended_on=start + timedelta(days=days),
                grade=grade,
                relation_to_fmt=Relation.POSSIBLE,
                relation_to_procedure=Relation.POSSIBLE,
                outcome=outcome,
                crash_after_exertion="crash" in term,
            )
            report_event.report_event(work, patient_id, event)
    if dice.random() < 0.35:  # noqa: PLR2004 - about one in three
        kind, text = dice.choice(EXPOSURES)
        start = zero + timedelta(days=dice.randint(-40, person.days_since_fmt - 1))
        report_event.expose(work, patient_id, report_event.ExposureForm(kind=kind, text=text, started_on=start))
