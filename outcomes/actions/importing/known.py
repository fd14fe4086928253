"""What a clinic already has of the patients of a file, in a handful of statements whatever the file's size."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.exchange.readers.planned import KnownAssessment, KnownPatient, KnownRecords, KnownVisit
from outcomes.records.queries.reach import (
    SEALED_BIRTH_DATE,
    SEALED_NAME,
    anchors,
    cipher_of,
    key_of_patient,
    live,
    opened,
)
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Arm, Assessment, Infusion, Patient, PatientKey, Score, Visit
from outcomes.terms import Absence

T = TypeVar("T")

AT_ONCE = 500


def known_records(scope: Scope, session: Session, keys: KeyRing, codes: Iterable[str]) -> KnownRecords:
    """Return the clinic's patients, and of those that the file names what it is compared with."""
    ids = _ids(scope, session)
    named = [ids[code] for code in codes if code in ids]
    patients = {code: KnownPatient(patient_id) for code, patient_id in ids.items()}
    visits: dict[tuple[UUID, date], tuple[KnownVisit, ...]] = {}
    for some in _portions(named):
        patients |= _patients(scope, session, keys, some)
        visits |= _visits(scope, session, some)
    return KnownRecords(patients, visits)


def _portions(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists that a statement can name."""
    rest = iter(items)
    while portion := list(islice(rest, AT_ONCE)):
        yield portion


def _ids(scope: Scope, session: Session) -> dict[str, UUID]:
    """Every code that is taken in the clinic, those of removed patients too."""
    statement = select(Patient.code, Patient.id).where(Patient.clinic_id == scope.clinic_id)
    return {row.code: row.id for row in session.execute(statement)}


def _patients(scope: Scope, session: Session, keys: KeyRing, ids: Sequence[UUID]) -> dict[str, KnownPatient]:
    statement = (
        select(
            Patient.id,
            Patient.code,
            Patient.sex,
            Patient.name_sealed,
            Patient.birth_date_sealed,
            Patient.merged_into_id,
            Patient.deleted_at,
            PatientKey.master_key_id,
            PatientKey.wrapped,
        )
        .outerjoin(PatientKey, key_of_patient())
        .where(Patient.clinic_id == scope.clinic_id, Patient.id.in_(ids))
    )
    starts, arms, zeros = _starts(scope, session, ids), _arms(scope, session, ids), _day_zeros(scope, session, ids)
    found = {}
    for row in session.execute(statement):
        cipher = cipher_of(keys, scope.clinic_id, row.id, row.master_key_id, row.wrapped)
        born = opened(cipher, SEALED_BIRTH_DATE, row.birth_date_sealed)
        found[row.code] = KnownPatient(
            id=row.id,
            sex=row.sex,
            name=opened(cipher, SEALED_NAME, row.name_sealed),
            birth_date=date.fromisoformat(born) if born else None,
            arm=arms.get(row.id),
            has_arm=row.id in arms,
            day_zero=zeros.get(row.id),
            first_days=frozenset(starts[row.id]),
            closed=row.merged_into_id is not None or row.deleted_at is not None,
        )
    return found


def _starts(scope: Scope, session: Session, ids: Sequence[UUID]) -> defaultdict[UUID, list[date]]:
    """The first infusion of each course."""
    statement = (
        select(Infusion.patient_id, func.min(Infusion.on_date))
        .where(live(Infusion, scope), Infusion.patient_id.in_(ids))
        .group_by(Infusion.patient_id, Infusion.course_id)
    )
    starts: defaultdict[UUID, list[date]] = defaultdict(list)
    for patient_id, day in session.execute(statement):
        starts[patient_id].append(day)
    return starts


def _day_zeros(scope: Scope, session: Session, ids: Sequence[UUID]) -> dict[UUID, date]:
    """Day 0 of those who have one."""
    found = anchors(scope, ids)
    return {row.patient_id: row.day_zero for row in session.execute(select(found.c.patient_id, found.c.day_zero))}


def _arms(scope: Scope, session: Session, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    """The arms; a blinded one is there and hidden."""
    statement = select(Arm.patient_id, Arm.label, Arm.blinded, Arm.unblinded_on).where(
        Arm.clinic_id == scope.clinic_id, Arm.patient_id.in_(ids)
    )
    return {
        patient_id: None if blinded and unblinded is None else label
        for patient_id, label, blinded, unblinded in session.execute(statement)
    }


def _visits(scope: Scope, session: Session, ids: Sequence[UUID]) -> dict[tuple[UUID, date], tuple[KnownVisit, ...]]:
    """The visits of each patient's day, in the order in which they were recorded."""
    statement = (
        select(Visit.patient_id, Visit.on_date, Visit.id, Visit.too_ill)
        .where(live(Visit, scope), Visit.patient_id.in_(ids))
        .order_by(Visit.made_at, Visit.id)
    )
    assessments = _assessments(scope, session, ids)
    found: defaultdict[tuple[UUID, date], list[KnownVisit]] = defaultdict(list)
    for patient_id, day, visit_id, too_ill in session.execute(statement):
        found[patient_id, day].append(KnownVisit(visit_id, too_ill, assessments.get(visit_id, {})))
    return {place: tuple(visits) for place, visits in found.items()}


def _assessments(scope: Scope, session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, KnownAssessment]]:
    """What is recorded of each instrument, by visit."""
    columns = (Assessment.visit_id, Assessment.id, Assessment.instrument, Assessment.answers, Assessment.totals)
    statement = select(*columns).where(live(Assessment, scope), Assessment.patient_id.in_(ids))
    scores = _scores(scope, session, ids)
    found: defaultdict[UUID, dict[str, KnownAssessment]] = defaultdict(dict)
    for visit_id, assessment_id, instrument, answers, totals in session.execute(statement):
        known = KnownAssessment(answers or {}, totals or {}, scores.get(assessment_id, {}))
        found[visit_id][instrument] = known
    return found


def _scores(scope: Scope, session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, float | Absence]]:
    """The scores of each assessment by scale, or why there is none."""
    columns = (Score.assessment_id, Score.scale, Score.value, Score.absence)
    statement = select(*columns).where(Score.clinic_id == scope.clinic_id, Score.patient_id.in_(ids))
    found: defaultdict[UUID, dict[str, float | Absence]] = defaultdict(dict)
    for assessment_id, scale, value, absence in session.execute(statement):
        given = absence if value is None else value
        if given is not None:
            found[assessment_id][scale.partition(".")[2]] = given
    return found
