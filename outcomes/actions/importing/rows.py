"""The rows that a plan becomes, table by table, in the order in which they are stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, func, insert, select

from outcomes.actions.assess import given, score_rows
from outcomes.actions.enrol import PatientForm, new_cipher, sealed_values
from outcomes.actions.work import Work
from outcomes.exchange.readers.mapping import ColumnMapping
from outcomes.exchange.readers.planned import (
    ImportPlan,
    PlannedArm,
    PlannedAssessment,
    PlannedInfusion,
    PlannedPatient,
    PlannedVisit,
)
from outcomes.records.tables import (
    Arm,
    Assessment,
    Course,
    Infusion,
    NamePrefix,
    Patient,
    PatientKey,
    Score,
    Visit,
)
from outcomes.terms import AssessmentState, Intent, Language, Reached

AT_ONCE = 1_000

TABLES: tuple[Table, ...] = tuple(
    mapped.__table__  # type: ignore[misc]  # every mapped class has one
    for mapped in (Patient, PatientKey, NamePrefix, Course, Infusion, Arm, Visit, Assessment, Score)
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImportRows:
    """Rows by the name of their table."""

    by_table: Mapping[str, list[Row]] = field(default_factory=lambda: {table.name: [] for table in TABLES})

    def add(self, mapped: Any, row: Row) -> None:  # noqa: ANN401 - any mapped class
        """Keep one row."""
        self.by_table[mapped.__tablename__].append(row)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for rows in self.by_table.values())


def rows_of_plan(work: Work, plan: ImportPlan, mapping: ColumnMapping, run_id: UUID, language: Language) -> ImportRows:
    """Turn a plan into rows; nothing is stored."""
    rows = ImportRows()
    numbers = _next_course_numbers(work, plan.patients)
    ids: dict[str, UUID] = {}
    for patient in plan.patients:
        ids[patient.code] = patient.known_id or uuid4()
        if patient.known_id is None:
            _add_patient(rows, work, patient, ids[patient.code])
        if patient.infusion is not None:
            place = ids[patient.code]
            _add_course(rows, work, place, numbers.get(place, 1), patient.infusion)
        if patient.arm is not None:
            rows.add(Arm, _arm_row(work, ids[patient.code], patient.arm))
    shared = _shared(work, mapping, run_id, language)
    for visit in plan.visits:
        _add_visit(rows, ids[visit.patient], visit, shared)
    return rows


def store(work: Work, rows: ImportRows) -> Iterator[int]:
    """Store rows, many in one statement; yields how many are stored after each."""
    stored = 0
    work.session.flush()
    for table in TABLES:
        for portion in _portions(rows.by_table[table.name]):
            work.session.execute(insert(table), portion)
            stored += len(portion)
            yield stored


def _portions(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def _next_course_numbers(work: Work, patients: Sequence[PlannedPatient]) -> dict[UUID, int]:
    """The number of the next course of each recorded patient who gets one."""
    ids = [patient.known_id for patient in patients if patient.known_id and patient.infusion]
    numbers: dict[UUID, int] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        statement = (
            select(Course.patient_id, func.max(Course.number))
            .where(Course.clinic_id == work.clinic_id, Course.patient_id.in_(some))
            .group_by(Course.patient_id)
        )
        numbers |= {patient_id: last + 1 for patient_id, last in work.session.execute(statement)}
    return numbers


def _add_patient(rows: ImportRows, work: Work, patient: PlannedPatient, patient_id: UUID) -> None:
    """Add a new patient, the key that seals the identifiers, and what a name is found by."""
    cipher, key_row = new_cipher(work, patient_id)
    sealed = sealed_values(cipher, PatientForm(name=patient.name, birth_date=patient.birth_date))
    row = {"clinic_id": work.clinic_id, "id": patient_id, "code": patient.code, "sex": patient.sex, **sealed}
    rows.add(Patient, row)
    rows.add(PatientKey, key_row)
    place = {"clinic_id": work.clinic_id, "patient_id": patient_id}
    if patient.name:
        for prefix in sorted(work.keys.prefix_hashes(work.clinic_id, patient.name)):
            rows.add(NamePrefix, place | {"prefix_hash": prefix})


def _add_course(rows: ImportRows, work: Work, patient_id: UUID, number: int, infusion: PlannedInfusion) -> None:
    place = {"clinic_id": work.clinic_id, "patient_id": patient_id}
    course_id = uuid4()
    course = {"id": course_id, "number": number, "intent": Intent.CLINICAL, "indication": "ME/CFS"}
    rows.add(Course, place | course)
    given_as = {"on_date": infusion.on_date, "route": infusion.route, "material": infusion.material}
    rows.add(Infusion, place | {"id": uuid4(), "course_id": course_id} | given_as)


def _arm_row(work: Work, patient_id: UUID, arm: PlannedArm) -> Row:
    return {
        "clinic_id": work.clinic_id,
        "id": uuid4(),
        "patient_id": patient_id,
        "label": arm.label,
        "comparison": arm.comparison,
        "blinded": False,
        "starts_on": arm.starts_on,
    }


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all visits and all assessments of an import have in common."""

    visit: Row
    assessment: Row


def _shared(work: Work, mapping: ColumnMapping, run_id: UUID, language: Language) -> _Shared:
    visit = {
        "clinic_id": work.clinic_id,
        "time_zone": work.time_zone,
        "reached": Reached.IMPORTED,
        "crash": False,
        "qualifying": False,
        "made_at": work.now,
        "import_id": run_id,
    }
    assessment = {
        "clinic_id": work.clinic_id,
        "language": language,
        "answered_by": mapping.answered_by,
        "state": AssessmentState.COMPLETE,
    }
    return _Shared(visit, assessment)


def _add_visit(rows: ImportRows, patient_id: UUID, visit: PlannedVisit, shared: _Shared) -> None:
    visit_id = visit.known_id or uuid4()
    if visit.known_id is None:
        made_at = shared.visit["made_at"] + timedelta(microseconds=visit.turn)  # visits of one day keep their order
        row = {"id": visit_id, "patient_id": patient_id, "on_date": visit.on_date, "made_at": made_at}
        rows.add(Visit, shared.visit | row | {"too_ill": visit.too_ill})
    place = {"visit_id": visit_id, "patient_id": patient_id}
    for each in visit.assessments:
        row = shared.assessment | place | _answers(each)
        rows.add(Assessment, row)
        rows.by_table[Score.__tablename__].extend(score_rows(row, visit.on_date, each.scores, too_ill=visit.too_ill))


def _answers(planned: PlannedAssessment) -> Row:
    return {
        "id": uuid4(),
        "instrument": planned.instrument.code,
        "key_version": planned.instrument.version,
        "answers": given(planned.answers),
        "totals": given(planned.totals),
    }
