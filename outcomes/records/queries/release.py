"""What a release is made of: who consents, what is known of them, their scores and events, and earlier releases.

Nothing here leaves as it is: days and keys are turned into windows and names of the release before anything is written.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.cohort import CohortPatient, cohort_patients
from outcomes.records.queries.plainly import date_of, key_of, plain_rows
from outcomes.records.queries.reach import (
    SEALED_BIRTH_DATE,
    birth_date,
    cipher_of,
    key_of_patient,
    live,
    live_patients,
    opened,
)
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import (
    AdverseEvent,
    Assessment,
    Consent,
    Donor,
    Infusion,
    Patient,
    PatientKey,
    Score,
    Visit,
)
from outcomes.terms import DonorKind, Material, Purpose, Route, Trigger, WorkStatus


class Standing(StrEnum):
    """How a patient stands to a purpose."""

    INSIDE = "inside"
    NOT_ASKED = "not_asked"
    WITHDRAWN = "withdrawn"
    NOT_TREATED = "not_treated"


@dataclass(frozen=True, slots=True)
class Subject:
    """A patient who consents, as far as a release may use it. What a blinded arm hides is None."""

    seen: CohortPatient
    country: str | None
    age: int | None
    work_status: WorkStatus
    trigger: Trigger | None
    antibiotics: bool | None
    route: Route | None
    material: Material | None
    state: str | None
    donor: str | None
    donor_kind: DonorKind | None

    @property
    def key(self) -> str:
        """The internal key; it never leaves."""
        return self.seen.key


class StoredScore(NamedTuple):
    """A score with the day counted from the first infusion, and how it was given."""

    patient: str
    day: int
    scale: str
    value: float | None
    standard_error: float | None
    absence: str | None
    items_used: int
    items: int
    key_version: str
    answered_by: str
    language: str
    qualifying: bool


class StoredEvent(NamedTuple):
    """An adverse event without its words."""

    patient: str
    day: int
    grade: int
    seriousness: str | None
    relation: str
    outcome: str
    crash: bool


def standings(scope: Scope, session: Session, purpose: Purpose, today: date) -> Mapping[str, Standing]:
    """Say of every patient of the clinic how they stand to a purpose, by internal key.

    Raises:
        NotFound: for a scope of one patient; see `cohort_patients`.
    """
    treated = {each.key for each in cohort_patients(scope, session, today)}
    given, withdrawn = _consents(scope, session, purpose, today)
    _, closed = _consents(scope, session, Purpose.RECORD, today)  # who withdrew the record itself is in no release
    everybody = [key_of(row[0]) for row in plain_rows(session, select(Patient.id).where(live_patients(scope)))]

    def standing(key: str) -> Standing:
        if key in given and key not in closed:
            return Standing.INSIDE if key in treated else Standing.NOT_TREATED
        return Standing.WITHDRAWN if key in withdrawn | closed else Standing.NOT_ASKED

    return {key: standing(key) for key in sorted(everybody)}


def _consents(scope: Scope, session: Session, purpose: Purpose, today: date) -> tuple[set[str], set[str]]:
    statement = select(Consent.patient_id, Consent.given_on, Consent.withdrawn_on).where(
        live(Consent, scope), Consent.purpose == purpose
    )
    given, withdrawn = set(), set()
    for patient, given_on, withdrawn_on in plain_rows(session, statement):
        if withdrawn_on is not None:
            withdrawn.add(key_of(patient))
        elif date_of(given_on) <= today:
            given.add(key_of(patient))
    return given, withdrawn - given


def subjects(
    scope: Scope, session: Session, keys: KeyRing, inside: Mapping[str, Standing], today: date
) -> tuple[Subject, ...]:
    """What a release may use of everybody inside, in the order of their keys."""
    chosen = {key for key, standing in inside.items() if standing is Standing.INSIDE}
    known, given = _known(scope, session, keys), _given(scope, session)
    everybody = (each for each in cohort_patients(scope, session, today) if each.key in chosen)
    return tuple(_subject(each, known[each.key], given) for each in sorted(everybody, key=lambda one: one.key))


class _Known(NamedTuple):
    country: str | None
    born: date | None
    work_status: WorkStatus
    trigger: Trigger | None
    antibiotics: bool | None


class _Given(NamedTuple):
    state: str | None = None
    donor: str | None = None
    kind: DonorKind | None = None


def _subject(seen: CohortPatient, known: _Known, given: Mapping[str, _Given]) -> Subject:
    told = _Given() if seen.hidden else given.get(seen.key, _Given())
    return Subject(
        seen=seen,
        country=known.country,
        age=None if known.born is None else _years(known.born, seen.first_day),
        work_status=known.work_status,
        trigger=known.trigger,
        antibiotics=known.antibiotics,
        route=seen.route,
        material=seen.material,
        state=told.state,
        donor=told.donor,
        donor_kind=told.kind,
    )


def _years(born: date, day: date) -> int:
    return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))


def _known(scope: Scope, session: Session, keys: KeyRing) -> Mapping[str, _Known]:
    statement = (
        select(
            Patient.id,
            Patient.country,
            Patient.birth_date_sealed,
            PatientKey.master_key_id,
            PatientKey.wrapped,
            Patient.work_status,
            Patient.trigger,
            Patient.antibiotics_last_3_months,
        )
        .outerjoin(PatientKey, key_of_patient())
        .where(live_patients(scope))
    )
    found = {}
    for patient, country, sealed, master, wrapped, work, trigger, antibiotics in session.execute(statement):
        cipher = cipher_of(keys, scope.clinic_id, patient, master, wrapped)
        born = birth_date(opened(cipher, SEALED_BIRTH_DATE, sealed))
        found[patient.hex] = _Known(country, born, work, trigger, antibiotics)
    return found


def _given(scope: Scope, session: Session) -> Mapping[str, _Given]:
    """Of each patient what was given first: its state, and of whom it came."""
    statement = (
        select(Infusion.patient_id, Infusion.state, Infusion.donor_id, Donor.kind)
        .outerjoin(Donor, (Donor.clinic_id == Infusion.clinic_id) & (Donor.id == Infusion.donor_id))
        .where(live(Infusion, scope))
        .order_by(Infusion.patient_id, Infusion.on_date, Infusion.id)
    )
    found: dict[str, _Given] = {}
    for patient, state, donor, kind in session.execute(statement):
        found.setdefault(patient.hex, _Given(state, None if donor is None else donor.hex, kind))
    return found


def stored_scores(
    scope: Scope, session: Session, scales: Sequence[str], first_days: Mapping[str, date], until: date
) -> Iterator[StoredScore]:
    """Every score of these patients on these scales up to a day, patient by patient and in the order of days."""
    rows = plain_rows(session, _score_statement(scope, scales, until))
    zeros = {key: first_day.toordinal() for key, first_day in first_days.items()}
    for patient, on_date, *rest, qualifying in rows:
        zero = zeros.get(key_of(patient))
        if zero is not None:
            day = date_of(on_date).toordinal() - zero
            yield StoredScore._make((key_of(patient), day, *rest, bool(qualifying)))


def _score_statement(scope: Scope, scales: Sequence[str], until: date) -> Any:  # noqa: ANN401 - a statement
    picked = (
        *(Score.patient_id, Score.on_date, Score.scale, Score.value, Score.standard_error, Score.absence),
        *(Score.items_used, Score.items, Score.key_version, Assessment.answered_by, Assessment.language),
        Visit.qualifying,
    )
    return (
        select(*picked)
        .join(Assessment, (Assessment.clinic_id == Score.clinic_id) & (Assessment.id == Score.assessment_id))
        .join(Visit, (Visit.clinic_id == Assessment.clinic_id) & (Visit.id == Assessment.visit_id))
        .where(Score.clinic_id == scope.clinic_id, Score.scale.in_(scales), Score.on_date <= until)
        .order_by(Score.patient_id, Score.on_date, Visit.made_at, Score.assessment_id, Score.scale)
    )


def stored_events(
    scope: Scope, session: Session, first_days: Mapping[str, date], until: date
) -> Mapping[str, tuple[StoredEvent, ...]]:
    """The adverse events of these patients from the first infusion up to a day, by patient."""
    event = AdverseEvent
    statement = (
        select(
            *(event.patient_id, event.started_on, event.grade, event.seriousness, event.relation_to_fmt),
            *(event.outcome, event.crash_after_exertion),
        )
        .where(live(event, scope), event.started_on <= until)
        .order_by(event.patient_id, event.started_on, event.id)
    )
    found: dict[str, list[StoredEvent]] = defaultdict(list)
    for patient, started_on, *rest, crash in plain_rows(session, statement):
        key = key_of(patient)
        if key in first_days and date_of(started_on) >= first_days[key]:
            day = (date_of(started_on) - first_days[key]).days
            found[key].append(StoredEvent._make((key, day, *rest, bool(crash))))
    return {key: tuple(events) for key, events in found.items()}
