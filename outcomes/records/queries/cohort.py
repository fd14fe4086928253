"""A cohort as plain columns: who was treated, with what, and every score of one scale, in a few statements.

Nothing here makes an object a row of scores: they go as tuples to `outcomes.change.columns`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.own_error import qualifying_assessments
from outcomes.records.queries.plainly import date_of, key_of, plain_rows
from outcomes.records.queries.reach import anchors, live, live_patients
from outcomes.records.queries.remembered import Remembered
from outcomes.records.tables import Arm, Assessment, Donor, Infusion, Patient, PatientEnding, Score, Visit
from outcomes.terms import Ending, EntryBasis, Material, Route, Severity, Sex

if TYPE_CHECKING:
    from outcomes.change.columns import Columns

DAYS_A_YEAR = 365.25
SEXES = {each.value: each for each in Sex}
SEVERITIES = {each.value: each for each in Severity}
BASES = {each.value: each for each in EntryBasis}
ENDINGS = {each.value: each for each in Ending}
ROUTES = {each.value: each for each in Route}
MATERIALS = {each.value: each for each in Material}


@dataclass(frozen=True, slots=True)
class CohortPatient:
    """Somebody with a day 0, as filters and figures need them.

    `key` names the patient in columns. `route`, `material` and `donors` are those of the first course; while the arm
    is `hidden` from the reader, `material`, `donors`, `arm` and `comparison` are empty. `severity` is the last known
    up to day 0. Days count from the first course; `observed` is how many have passed.
    """

    id: UUID
    key: str
    code: str
    sex: Sex
    severity: Severity | None
    years_ill: float | None
    entry_basis: EntryBasis
    first_day: date
    courses: int
    route: Route | None
    material: Material | None
    donors: tuple[str, ...]
    arm: str | None
    comparison: bool
    hidden: bool
    ending: Ending | None
    ended_day: int | None
    observed: int


@dataclass(frozen=True, slots=True)
class CohortFilter:
    """Whom to look at; a filter left out lets everybody pass. Years are those of illness at day 0, both included."""

    route: Route | None = None
    donor: str | None = None
    arm: str | None = None
    comparison: bool | None = None
    sex: Sex | None = None
    severity: Severity | None = None
    years_from: float | None = None
    years_to: float | None = None

    def passes(self, patient: CohortPatient) -> bool:
        """Whether a patient passes every filter."""
        wanted = (
            (self.route, patient.route),
            (self.arm, patient.arm),
            (self.comparison, patient.comparison),
            (self.sex, patient.sex),
            (self.severity, patient.severity),
        )
        if any(want is not None and want != there for want, there in wanted):
            return False
        return (self.donor is None or self.donor in patient.donors) and self._years_pass(patient.years_ill)

    def _years_pass(self, years: float | None) -> bool:
        if self.years_from is None and self.years_to is None:
            return True
        low, high = self.years_from or 0.0, self.years_to if self.years_to is not None else float("inf")
        return years is not None and low <= years <= high


@dataclass(frozen=True, slots=True)
class Provenance:
    """How many versions, languages and forms the scores of a scale mix."""

    key_versions: tuple[str, ...]
    languages: tuple[str, ...]
    form_versions: tuple[str, ...]


def cohort_patients(
    scope: Scope, session: Session, today: date, memory: Remembered | None = None
) -> tuple[CohortPatient, ...]:
    """Everybody with a day 0 up to today, in the order of their codes.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff_only(scope)

    def make() -> tuple[CohortPatient, ...]:
        return tuple(_cohort_patients(scope, session, today))

    return make() if memory is None else memory.get(scope, session, ("cohort", today), make)


def cohort_columns(
    scope: Scope, session: Session, scale: str, today: date, memory: Remembered | None = None
) -> "Columns":
    """The scores of a scale of everybody in `cohort_patients`, in the same order; days count from the first course.

    Raises:
        NotFound: for a scope of one patient.
    """
    from outcomes.change.columns import Person, columns  # noqa: PLC0415 - brings numpy

    everybody = cohort_patients(scope, session, today, memory)

    def make() -> "Columns":
        persons = (Person(each.key, each.observed, each.ending, each.ended_day) for each in everybody)
        return columns(persons, _score_rows(scope, session, scale, {each.key: each.first_day for each in everybody}))

    return make() if memory is None else memory.get(scope, session, ("columns", scale, today), make)


def chosen_columns(data: "Columns", everybody: Sequence[CohortPatient], wanted: CohortFilter) -> "Columns":
    """Of a cohort's columns those of the patients who pass a filter."""
    import numpy as np  # noqa: PLC0415 - only where a cohort is computed

    if wanted == CohortFilter():
        return data
    return data.only(np.fromiter((wanted.passes(each) for each in everybody), np.bool_, len(everybody)))


def provenance(scope: Scope, session: Session, scale: str) -> Provenance:
    """What the scores of a scale were computed and asked with.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff_only(scope)
    statement = (
        select(Score.key_version, Assessment.language, Assessment.form_version)
        .join(Assessment, (Assessment.clinic_id == Score.clinic_id) & (Assessment.id == Score.assessment_id))
        .where(Score.clinic_id == scope.clinic_id, Score.scale == scale, Score.value.is_not(None))
        .distinct()
    )
    rows = session.execute(statement).all()
    return Provenance(
        tuple(sorted({row[0] for row in rows})),
        tuple(sorted({row[1] for row in rows})),
        tuple(sorted({row[2] for row in rows if row[2]})),
    )


def scales_in_use(scope: Scope, session: Session) -> tuple[str, ...]:
    """The scales of which anybody has a score, by key.

    Each is looked up after the one before it, so that the index is asked a few times and not read from end to end.

    Raises:
        NotFound: for a scope of one patient.
    """
    _staff_only(scope)
    scored = Score.clinic_id == scope.clinic_id, Score.value.is_not(None)
    first = select(func.min(Score.scale).label("scale")).where(*scored)
    used = first.cte("used", recursive=True)
    following = select(func.min(Score.scale)).where(*scored, Score.scale > used.c.scale).scalar_subquery()
    used = used.union_all(select(following).where(used.c.scale.is_not(None)))
    return tuple(sorted(session.scalars(select(used.c.scale).where(used.c.scale.is_not(None)))))


def _staff_only(scope: Scope) -> None:
    """A cohort is none of a single patient's business."""
    if scope.patient_id is not None:
        raise NotFound("cohort")


def _score_rows(
    scope: Scope, session: Session, scale: str, first_days: Mapping[str, date]
) -> Iterator[tuple[Any, ...]]:
    """(key, day, value, standard error, qualifying, absence) of every score of these patients on a scale.

    Days are counted here and not in the statement, which then reads one table by one index.
    """
    statement = select(
        Score.patient_id, Score.on_date, Score.value, Score.standard_error, Score.assessment_id, Score.absence
    ).where(Score.clinic_id == scope.clinic_id, Score.scale == scale)
    chosen = qualifying_assessments(scope, session)
    rows = plain_rows(session, statement)
    keys = {each: key_of(each) for each in {row[0] for row in rows}}
    zeros = {key: first_day.toordinal() for key, first_day in first_days.items()}
    days = {each: date_of(each).toordinal() for each in {row[1] for row in rows}}
    for patient, on_date, value, error, assessment, absence in rows:
        zero = zeros.get(keys[patient])
        if zero is not None:
            yield keys[patient], days[on_date] - zero, value, error, assessment in chosen, absence


def _cohort_patients(scope: Scope, session: Session, today: date) -> Iterator[CohortPatient]:
    given, endings, arms = _given(scope, session), _endings(scope, session), _arms(scope, session)
    days = _days(scope, session)
    for row in plain_rows(session, _patient_rows(scope)):
        key = key_of(row[0])
        if key not in days or days[key][0] > today:
            continue
        first_day, courses, severity = days[key]
        route, material, donors = given.get(key, (None, None, ()))
        kind, ended_on = endings.get(key, (None, None))
        arm, comparison, hidden = arms.get(key, (None, False, False))
        yield CohortPatient(
            id=UUID(key),
            key=key,
            code=row[1],
            sex=SEXES[row[2]],
            severity=severity,
            years_ill=_years_ill(row[3], row[4], first_day),
            entry_basis=BASES[row[5]],
            first_day=first_day,
            courses=courses,
            route=route,
            material=None if hidden else material,
            donors=() if hidden else donors,
            arm=None if hidden else arm,
            comparison=comparison and not hidden,
            hidden=hidden,
            ending=kind,
            ended_day=(ended_on - first_day).days if ended_on else None,
            observed=(today - first_day).days,
        )


def _patient_rows(scope: Scope) -> Select[Any]:
    picked: tuple[Any, ...] = (
        Patient.id,
        Patient.code,
        Patient.sex,
        Patient.onset_year,
        Patient.onset_month,
        Patient.entry_basis,
    )
    return select(*picked).where(live_patients(scope)).order_by(Patient.code)


def _days(scope: Scope, session: Session) -> Mapping[str, tuple[date, int, Severity | None]]:
    """Of each patient the first day 0, how many courses, and the last severity recorded up to that day."""
    anchor = anchors(scope)
    severity = (
        select(Visit.severity)
        .where(
            live(Visit, scope),
            Visit.patient_id == anchor.c.patient_id,
            Visit.on_date <= anchor.c.first_day,
            Visit.severity.is_not(None),
        )
        .order_by(Visit.on_date.desc(), Visit.made_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = select(anchor.c.patient_id, anchor.c.first_day, anchor.c.courses, severity)
    return {
        key_of(patient): (date_of(first_day), courses, SEVERITIES.get(severe))
        for patient, first_day, courses, severe in plain_rows(session, statement)
    }


def _endings(scope: Scope, session: Session) -> Mapping[str, tuple[Ending, date]]:
    statement = select(PatientEnding.patient_id, PatientEnding.kind, PatientEnding.on_date)
    rows = plain_rows(session, statement.where(live(PatientEnding, scope)))
    return {key_of(patient): (ENDINGS[kind], date_of(on_date)) for patient, kind, on_date in rows}


def _arms(scope: Scope, session: Session) -> Mapping[str, tuple[str, bool, bool]]:
    """Of each patient in an arm its label, whether it compares, and whether it is hidden from the reader."""
    statement = select(Arm.patient_id, Arm.label, Arm.comparison, Arm.blinded, Arm.unblinded_on)
    return {
        key_of(patient): (label, bool(comparison), scope.blinded and bool(blinded) and opened is None)
        for patient, label, comparison, blinded, opened in plain_rows(session, statement.where(live(Arm, scope)))
    }


def _years_ill(year: int | None, month: int | None, day: date) -> float | None:
    return None if year is None else max(0.0, (day - date(year, month or 7, 1)).days / DAYS_A_YEAR)


def _given(scope: Scope, session: Session) -> Mapping[str, tuple[Route, Material, tuple[str, ...]]]:
    """Of each patient the first route and material, and all donors, of the first course."""
    statement = (
        select(Infusion.patient_id, Infusion.course_id, Infusion.route, Infusion.material, Donor.code)
        .outerjoin(Donor, (Donor.clinic_id == Infusion.clinic_id) & (Donor.id == Infusion.donor_id))
        .where(live(Infusion, scope))
        .order_by(Infusion.patient_id, Infusion.on_date, Infusion.id)
    )
    first: dict[str, tuple[object, Route, Material, tuple[str, ...]]] = {}
    for patient_id, course_id, route, material, donor in plain_rows(session, statement):
        key = key_of(patient_id)
        known = first.get(key) or (course_id, ROUTES[route], MATERIALS[material], ())
        told = donor is not None and known[0] == course_id and donor not in known[3]
        first[key] = (*known[:3], (*known[3], donor)) if told else known
    return {key: known[1:] for key, known in first.items()}
