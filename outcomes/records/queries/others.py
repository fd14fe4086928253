"""How the clinic's other patients changed: quarters of a distribution and never one person, for a patient who asks."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.instruments.definition import Scale
from outcomes.privacy.disclosure import band
from outcomes.records.queries.cohort import CohortPatient, cohort_columns, cohort_patients
from outcomes.records.queries.plan import plan
from outcomes.records.queries.remembered import Remembered
from outcomes.records.session import whole_clinic

LOW, MIDDLE, HIGH = 0.25, 0.5, 0.75


@dataclass(frozen=True, slots=True)
class OthersAt:
    """At one visit the quarters of the change of so many other people; half of them lie between low and high."""

    day: int
    people: int
    low: float
    middle: float
    high: float


def others(
    scope: Scope, session: Session, scale: Scale, today: date, memory: Remembered | None = None
) -> tuple[OthersAt, ...]:
    """The change of the other people treated here, at every visit for which enough of them were measured.

    Enough is the number from which a release shows a distribution to the public. The patient who asks is not counted,
    nor is anybody in an untreated comparison arm.
    """
    whole = Scope(scope.clinic_id, None, scope.blinded)
    with whole_clinic(session, scope.clinic_id) as wide:
        from outcomes.change.cohort import series  # noqa: PLC0415 - brings numpy

        people = cohort_patients(whole, wide, today, memory)
        data = cohort_columns(whole, wide, scale.key, today, memory)
        points = plan(whole, wide).points
    found = []
    for visit in series(data, scale, points, None):
        changes = zip(people, visit.change.tolist(), strict=True)
        known = [value for person, value in changes if value == value and _counts(person, scope)]  # noqa: PLR0124 - NaN
        quarters = band(known)
        if quarters is not None:
            low, middle, high = (quarters.quantiles[share] for share in (LOW, MIDDLE, HIGH))
            found.append(OthersAt(visit.point.day, quarters.people, low, middle, high))
    return tuple(found)


def _counts(person: CohortPatient, scope: Scope) -> bool:
    return not person.comparison and person.id != scope.patient_id
