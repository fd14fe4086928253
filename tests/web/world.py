"""A small world for the matrix: the same kinds of records in one clinic and elsewhere, and ids that are nobody's."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.access.scope import Actor
from outcomes.actions.activities import OwnEventForm, add_activity, tell_event
from outcomes.actions.donors import LotForm, ScreeningForm, add_lot, screen
from outcomes.actions.enrol import ConsentForm, give_consent
from outcomes.actions.report_event import EventForm, ExposureForm, expose, report_event
from outcomes.actions.self_report import too_ill
from outcomes.actions.work import Work, add
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.tables import Assessment, Release, ReleaseScript
from outcomes.terms import ExposureKind, Language, MaterialState, Purpose, Relation, Role, ScreeningResult
from tests.cast import Cast
from tests.factories import Maker, make_work

Ids = dict[str, UUID]
DAY = date(2026, 1, 12)
MARKS = {"own": "kiraz", "neighbour": "ceviz", "foreign": "zeytin"}
NAMES = {"own": "Ayşe Yılmaz", "neighbour": "Işık Çağlayan", "foreign": "Elif Şahin"}


@dataclass(frozen=True, slots=True)
class World:
    """The ids of the records in an address, by the name of its part."""

    own: Ids  # of the cast's patient
    neighbour: Ids  # of another patient of the same clinic
    foreign: Ids  # of the other clinic
    clinics: tuple[UUID, UUID]  # the own one and the other

    def clinic_of(self, variant: str) -> UUID:
        """The clinic of the records of one variant."""
        return self.clinics[variant == "foreign"]

    def canaries(self, variant: str) -> set[str]:
        """Words and ids that stand in the records of one variant and nowhere else."""
        return {MARKS[variant], NAMES[variant], *map(str, getattr(self, variant).values())}

    def of(self, variant: str, name: str) -> UUID:
        """The id of one kind of record; a fresh one where there is none such."""
        return getattr(self, variant).get(name, uuid4()) if variant != "absent" else uuid4()


def make_world(session: Session, cast: Cast, catalogue: Catalogue) -> World:
    """Write the records of both clinics, flushed and not committed."""
    now = datetime.now(UTC)
    here = Maker(make_work(session, cast.clinician, catalogue, now))
    there = Maker(make_work(session, cast.clinician_elsewhere, catalogue, now))
    return World(
        own=_records(here, cast.patient_id, cast.clinician, "D-01", MARKS["own"]),
        neighbour=_records(here, cast.other_patient_id, cast.researcher, "D-02", MARKS["neighbour"]),
        foreign=_records(there, cast.patient_elsewhere_id, cast.clinician_elsewhere, "D-01", MARKS["foreign"]),
        clinics=(cast.clinic_id, cast.elsewhere_id),
    )


def _records(make: Maker, patient_id: UUID, member: Actor, donor: str, mark: str) -> Ids:
    """One record of each kind for a patient, and what belongs to the clinic as a whole."""
    patient = make.known(patient_id).course(DAY).scored(DAY, fatigue=6)
    donor_id = make.donor(donor)
    event = EventForm(f"headache {mark}", DAY, 1, Relation.UNLIKELY, Relation.UNLIKELY)
    assert member.membership_id is not None
    own = replace(make.work, actor=Actor(make.work.clinic_id, member.membership_id, Role.PATIENT, patient_id))
    here = Assessment.clinic_id == make.work.clinic_id
    answers = select(Assessment.id).where(here, Assessment.visit_id == patient.visits[0])
    return {
        "patient_id": patient_id,
        "assessment_id": make.work.session.scalars(answers).one(),
        "course_id": patient.courses[0],
        "infusion_id": patient.infusions[0],
        "visit_id": patient.visits[0],
        "event_id": report_event(make.work, patient_id, event),
        "exposure_id": expose(make.work, patient_id, ExposureForm(ExposureKind.DIET, f"no gluten {mark}", DAY)),
        "donor_id": donor_id,
        "lot_id": add_lot(make.work, donor_id, LotForm(number=f"L-{donor}-{mark}", state=MaterialState.FROZEN)),
        "screening_id": screen(make.work, donor_id, ScreeningForm(DAY, f"stool {mark}", ScreeningResult.PASSED)),
        "membership_id": member.membership_id,
        "report_id": too_ill(own, patient_id, ("own_fatigue",), Language.ENGLISH),
        "activity_id": add_activity(own, patient_id, f"walk to the window {mark}"),
        "consent_id": give_consent(make.work, patient_id, ConsentForm(Purpose.RECORD, DAY, f"text {mark}")),
        "own_event_id": tell_event(own, patient_id, OwnEventForm("a cold", DAY)),
        **_release(make.work, member.membership_id),
    }


def _release(work: Work, member: UUID) -> Ids:
    """An approved release of which the file is gone, and a script for it."""
    recipe = {"tier": 2, "scales": ["own_fatigue.score"], "visits": [], "columns": ["sex"], "points": []}
    row = Release(tier=2, title="Release", as_of=work.now, recipe=recipe, risk={}, state="approved")
    release_id = add(work, row)
    told = {"release_id": release_id, "membership_id": member, "at": work.now}
    return {
        "release_id": release_id,
        "script_id": add(work, ReleaseScript(**told, title="Script", script="1", state="running")),
    }
