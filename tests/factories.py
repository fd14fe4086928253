"""Made-up records for tests, written by the same actions as real ones.

>>> make = Maker(work)                                                        # doctest: +SKIP
>>> ayla = make.patient(name="Ayla Demir").course("2026-01-12", "2026-01-19")  # doctest: +SKIP
>>> ayla.scored("2026-01-02", fatigue=8).scored("2026-02-11", fatigue=5)       # doctest: +SKIP
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from outcomes.access.scope import Actor
from outcomes.actions import assess, donors, end, enrol, treat
from outcomes.actions.work import Work
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.sealing import KeyRing
from outcomes.terms import DonorKind, Ending, Material, MaterialState, Route
from tests.cast import MASTER_KEYS

NOON = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # noon in Istanbul
TODAY = NOON.date()
OWN = {"fatigue": "own_fatigue", "thinking": "own_thinking", "quality_of_life": "own_quality_of_life"}


def day(value: date | str) -> date:
    """A date, from itself or from "2026-05-12"."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def make_work(session: Session, actor: Actor, catalogue: Catalogue, now: datetime = NOON) -> Work:
    """An actor's turn at the records of a test."""
    return Work(session, actor, KeyRing(MASTER_KEYS), catalogue, now)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes patients and donors in the name of one actor."""

    work: Work

    def at(self, now: datetime) -> "Maker":
        """The same maker at another instant."""
        return Maker(replace(self.work, now=now))

    def patient(self, code: str | None = None, **fields: Any) -> "Made":
        """Take a patient in; the fields are those of `PatientForm`."""
        return Made(self, enrol.enrol(self.work, enrol.PatientForm(code=code, **fields)))

    def known(self, patient_id: UUID) -> "Made":
        """A patient who is there already."""
        return Made(self, patient_id)

    def donor(self, code: str = "D-01", kind: DonorKind = DonorKind.UNIVERSAL, **fields: Any) -> UUID:
        """Take a donor in."""
        return donors.add_donor(self.work, donors.DonorForm(code=code, kind=kind, **fields))

    def lot(self, donor_id: UUID, number: str, state: MaterialState = MaterialState.FROZEN, **fields: Any) -> UUID:
        """Record a lot of a donor."""
        return donors.add_lot(self.work, donor_id, donors.LotForm(number=number, state=state, **fields))


@dataclass(slots=True)
class Made:
    """A patient in the making. Each step returns the patient again; ids are kept in the order of their making."""

    maker: Maker
    id: UUID
    courses: list[UUID] = field(default_factory=list)
    infusions: list[UUID] = field(default_factory=list)
    visits: list[UUID] = field(default_factory=list)

    def course(
        self, *dates: date | str, route: Route = Route.COLONOSCOPY, material: Material = Material.DONOR, **fields: Any
    ) -> "Made":
        """Give a course with an infusion on each date; the fields are those of `InfusionForm`."""
        course_id = treat.begin_course(self.maker.work, self.id)
        self.courses.append(course_id)
        for each in dates:
            form = treat.InfusionForm(on_date=day(each), route=route, material=material, **fields)
            self.infusions.append(treat.infuse(self.maker.work, course_id, form))
        return self

    def arm(self, label: str, **fields: Any) -> "Made":
        """Put the patient into an arm."""
        treat.assign_arm(self.maker.work, self.id, treat.ArmForm(label=label, **fields))
        return self

    def scored(self, on_date: date | str, *, visit: dict[str, Any] | None = None, **totals: float | None) -> "Made":
        """Log a visit with the clinic's own 0-10 scales: fatigue, thinking, quality_of_life; None is skipped."""
        forms = []
        for name, value in totals.items():
            code = OWN.get(name, name)
            items = self.maker.work.catalogue[code].items
            forms.append(assess.AssessmentForm(code, answers={items[0].code: value}))
        return self.visit(on_date, *forms, **(visit or {}))

    def visit(self, on_date: date | str, *forms: assess.AssessmentForm, **fields: Any) -> "Made":
        """Log a visit; the fields are those of `VisitForm`."""
        form = assess.VisitForm(patient_id=self.id, on_date=day(on_date), assessments=forms, **fields)
        self.visits.append(assess.record(self.maker.work, form))
        return self

    def ended(self, kind: Ending, on_date: date | str, reason: str | None = None) -> "Made":
        """Record how the patient left."""
        end.end(self.maker.work, self.id, end.EndingForm(kind=kind, on_date=day(on_date), reason=reason))
        return self


def days_before(days: int, today: date = TODAY) -> date:
    """The date so many days before the tests' today."""
    return today - timedelta(days=days)
