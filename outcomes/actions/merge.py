"""Merging two records of one person.

Every row of the duplicate is given to the survivor; the duplicate is marked deleted and keeps a pointer to the
survivor, and the trail keeps every step with the reason. What both hold is told apart so:

- a visit of the same day with the same answers, or an infusion of the same day given alike, was entered twice: the
  survivor's stays and the duplicate's is marked deleted;
- visits of the same day with different questionnaires are both kept;
- the same questionnaire answered differently on the same day, different infusions on the same day, two different
  endings or arms contradict each other: the merge is refused until somebody has corrected one of them.

A signature says of one patient what was true of one visit: those on the duplicate's visits are voided, with the
merge's reason, and the plan counts them.

Fields of enrolment that the survivor lacks are filled from the duplicate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Update, func, select, update

from outcomes.access.rules import Act
from outcomes.actions.amend import take_back
from outcomes.actions.checks import needed
from outcomes.actions.enrol import copy_what_is_missing, keep_prefixes
from outcomes.actions.errors import Invalid, Refusal
from outcomes.actions.reasons import Reason
from outcomes.actions.sign import signatures_of, void_signatures
from outcomes.actions.work import Work, because, in_clear, may, remove, rows_of, sealed, the_patient
from outcomes.records.base import ClinicRow
from outcomes.records.sealed_rows import sealed_columns
from outcomes.records.tables import (
    ActivityScore,
    AdverseEvent,
    Arm,
    Assessment,
    CaseDefinition,
    Consent,
    Course,
    DiaryDay,
    Draft,
    Exposure,
    Infusion,
    Membership,
    OwnActivity,
    Patient,
    PatientEnding,
    Score,
    SelfReport,
    Visit,
)
from outcomes.terms import ChangeReason
from outcomes.voice import N_

Row = TypeVar("Row", bound=ClinicRow)

INFUSION = ("on_date", "route", "material", "donor_id", "lot_id")
ENDING = ("kind", "on_date")
ARM = ("label", "comparison", "blinded")
LISTS: tuple[tuple[type[ClinicRow], tuple[str, ...]], ...] = (
    (CaseDefinition, ("definition", "met", "on_date", "assessor")),
    (Consent, ("purpose", "given_on", "text_version", "withdrawn_on")),
    (Exposure, ("kind", "text", "started_on", "ended_on")),
    (AdverseEvent, ("term", "started_on", "ended_on", "grade")),
    (DiaryDay, ("scale", "on_date")),
)


@dataclass(frozen=True, slots=True)
class Collision:
    """Two records contradict each other: "visit" with the questionnaire, "infusion", "ending" or "arm"."""

    kind: str
    on_date: date | None
    instrument: str | None = None


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge would do. It is refused while there are collisions."""

    visits: int
    visits_twice: int
    infusions: int
    infusions_twice: int
    collisions: tuple[Collision, ...]
    signatures: int = 0


class Collides(Refusal):
    """The two records contradict each other; the collisions say where."""

    code = "merge_collides"
    sentence = N_("These two records contradict each other. Correct one of them first.")

    def __init__(self, collisions: tuple[Collision, ...]) -> None:
        super().__init__(f"{self.code}: {len(collisions)}")
        self.collisions = collisions


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both patients, and which rows of the duplicate were entered twice."""

    survivor: Patient
    duplicate: Patient
    visits: Sequence[Visit]
    visits_twice: Sequence[Visit]
    infusions: Sequence[Infusion]
    infusions_twice: Sequence[Infusion]
    collisions: tuple[Collision, ...]


def plan_merge(work: Work, survivor_id: UUID, duplicate_id: UUID) -> MergePlan:
    """Say what merging would do, without doing it.

    Raises:
        NotAllowed: for anybody but administrators.
        NotFound: if either is not there.
        Invalid: for a patient and itself.
    """
    may(work, Act.MERGE_RECORDS)
    pair = _pair(work, survivor_id, duplicate_id)
    return MergePlan(
        len(pair.visits),
        len(pair.visits_twice),
        len(pair.infusions),
        len(pair.infusions_twice),
        pair.collisions,
        signatures_of(work, [visit.id for visit in pair.visits]),
    )


def merge(work: Work, survivor_id: UUID, duplicate_id: UUID, reason: str) -> MergePlan:
    """Make two records of one person one and say what was done.

    Raises:
        NotAllowed, NotFound, Invalid: as `plan_merge`; Invalid also without a reason.
        Collides: if the records contradict each other.
    """
    may(work, Act.MERGE_RECORDS)
    why = needed("reason", reason)
    pair = _pair(work, survivor_id, duplicate_id)
    if pair.collisions:
        raise Collides(pair.collisions)
    reasoned = Reason(ChangeReason.WRONG_RECORD, why)
    signatures = void_signatures(work, [visit.id for visit in pair.visits], reasoned)
    with because(work, why, survivor_id):
        _merge(work, pair)
    counts = len(pair.visits), len(pair.visits_twice), len(pair.infusions), len(pair.infusions_twice)
    return MergePlan(*counts, (), signatures)


def _pair(work: Work, survivor_id: UUID, duplicate_id: UUID) -> _Pair:
    if survivor_id == duplicate_id:
        raise Invalid("same_record", "duplicate", N_("These are the same record."))
    survivor, duplicate = the_patient(work, survivor_id), the_patient(work, duplicate_id)
    visits, infusions = rows_of(work, Visit, duplicate_id), rows_of(work, Infusion, duplicate_id)
    visit_twice, visit_collisions = _compare_visits(work, survivor_id, visits)
    infusion_twice, infusion_collisions = _compare_infusions(work, survivor_id, infusions)
    return _Pair(
        survivor,
        duplicate,
        visits,
        visit_twice,
        infusions,
        infusion_twice,
        (*visit_collisions, *infusion_collisions, *_compare_single(work, survivor_id, duplicate_id)),
    )


def _compare_visits(
    work: Work, survivor_id: UUID, visits: Sequence[Visit]
) -> tuple[Sequence[Visit], Sequence[Collision]]:
    """Of the duplicate's visits those entered twice, and those that contradict."""
    there: dict[date, dict[str, Any]] = {}
    for visit in rows_of(work, Visit, survivor_id):
        there.setdefault(visit.on_date, {}).update(_contents(work, visit))
    twice, collisions = [], []
    for visit in visits:
        mine, theirs = _contents(work, visit), there.get(visit.on_date)
        if theirs is None:
            continue
        both = mine.keys() & theirs.keys()
        collisions += [Collision("visit", visit.on_date, code) for code in sorted(both) if mine[code] != theirs[code]]
        if mine.keys() <= theirs.keys():
            twice.append(visit)
    return twice, collisions


def _contents(work: Work, visit: Visit) -> dict[str, Any]:
    """What was answered on a visit, by instrument."""
    statement = select(Assessment.instrument, Assessment.answers, Assessment.totals).where(
        Assessment.clinic_id == work.clinic_id, Assessment.visit_id == visit.id, Assessment.deleted_at.is_(None)
    )
    return {instrument: (answers, totals) for instrument, answers, totals in work.session.execute(statement)}


def _compare_infusions(
    work: Work, survivor_id: UUID, infusions: Sequence[Infusion]
) -> tuple[Sequence[Infusion], Sequence[Collision]]:
    there: dict[date, list[tuple[Any, ...]]] = {}
    for row in rows_of(work, Infusion, survivor_id):
        there.setdefault(row.on_date, []).append(_told(work, row, INFUSION))
    same_day = [row for row in infusions if row.on_date in there]
    twice = [row for row in same_day if _told(work, row, INFUSION) in there[row.on_date]]
    return twice, [Collision("infusion", row.on_date) for row in same_day if row not in twice]


def _compare_single(work: Work, survivor_id: UUID, duplicate_id: UUID) -> Iterator[Collision]:
    """Of endings and arms there is one a patient."""
    for kind, table, names in (("ending", PatientEnding, ENDING), ("arm", Arm, ARM)):
        ours, theirs = rows_of(work, table, survivor_id), rows_of(work, table, duplicate_id)
        if ours and theirs and _told(work, ours[0], names) != _told(work, theirs[0], names):
            yield Collision(kind, getattr(theirs[0], "on_date", None))


def _told(work: Work, row: ClinicRow, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(in_clear(work, row, names).values())


def _merge(work: Work, pair: _Pair) -> None:
    old, new = pair.duplicate.id, pair.survivor.id
    for visit in pair.visits_twice:
        take_back(work, visit)
    for infusion in pair.infusions_twice:
        remove(work, infusion)
    _move_courses(work, pair)
    _move_scores(work, old, new)
    for table in (Visit, Assessment, Infusion, SelfReport, OwnActivity, ActivityScore):
        _give(work, table, old, new)
    for listed, names in LISTS:
        _move_list(work, listed, names, old, new)
    for single in (PatientEnding, Arm):
        _move_single(work, single, old, new)
    work.session.execute(_given_to(work, Membership, old, new))
    work.session.execute(
        update(Draft).where(Draft.clinic_id == work.clinic_id, Draft.patient_id == old).values(patient_id=new)
    )
    _close(work, pair)


def _given_to(work: Work, table: Any, old: UUID, new: UUID) -> Update:  # noqa: ANN401 - any table of patients' rows
    return (
        update(table)
        .where(table.clinic_id == work.clinic_id, table.patient_id == old, table.deleted_at.is_(None))
        .values(patient_id=new, version=table.version + 1)
    )


def _give(work: Work, table: Any, old: UUID, new: UUID) -> None:  # noqa: ANN401 - any table of patients' rows
    """Give the live rows of the duplicate to the survivor, their words sealed with the survivor's key."""
    if sealed_columns(table.__tablename__):
        for row in rows_of(work, table, old):
            _reseal(work, row, new)
    work.session.flush()
    work.session.execute(_given_to(work, table, old, new))


def _reseal(work: Work, row: ClinicRow, new: UUID) -> None:
    own = in_clear(work, row, sealed_columns(row.__tablename__))  # type: ignore[attr-defined]  # every table has a name
    for name, value in sealed(work, type(row), new, own).items():
        setattr(row, name, value)


def _move_scores(work: Work, old: UUID, new: UUID) -> None:
    """Write the scores of the duplicate's assessments under the survivor; a key of a row never changes."""
    scores = work.session.scalars(select(Score).where(Score.clinic_id == work.clinic_id, Score.patient_id == old)).all()
    names = [column.name for column in Score.__table__.columns if column.name != "patient_id"]
    copies = [Score(patient_id=new, **{name: getattr(row, name) for name in names}) for row in scores]
    for row in scores:
        work.session.delete(row)
    work.session.flush()
    work.session.add_all(copies)
    work.session.flush()


def _move_courses(work: Work, pair: _Pair) -> None:
    """Give the duplicate's courses to the survivor, numbered on; one left without infusions by the merge is deleted."""
    old, new = pair.duplicate.id, pair.survivor.id
    own = (Course.clinic_id == work.clinic_id, Course.patient_id == new)
    last = work.session.scalar(select(func.max(Course.number)).where(*own)) or 0
    given = {infusion.course_id for infusion in rows_of(work, Infusion, old)}
    emptied = {infusion.course_id for infusion in pair.infusions_twice} - given
    for course in sorted(rows_of(work, Course, old), key=lambda row: row.number):
        if course.id in emptied:
            remove(work, course)
            continue
        last += 1
        _reseal(work, course, new)
        course.patient_id, course.number = new, last
        course.version += 1
    work.session.flush()


def _move_list(work: Work, table: type[ClinicRow], names: Sequence[str], old: UUID, new: UUID) -> None:
    """Give rows to the survivor, but for those the survivor has already."""
    there = {_told(work, row, names) for row in rows_of(work, table, new)}
    for row in rows_of(work, table, old):
        if _told(work, row, names) in there:
            remove(work, row)
    _give(work, table, old, new)


def _move_single(work: Work, table: Any, old: UUID, new: UUID) -> None:  # noqa: ANN401 - an ending or an arm
    if rows_of(work, table, new):
        for row in rows_of(work, table, old):
            remove(work, row)
    else:
        _give(work, table, old, new)


def _close(work: Work, pair: _Pair) -> None:
    """Fill what the survivor lacks, mark the duplicate as merged, and let earlier merges point to the survivor."""
    copy_what_is_missing(work, pair.survivor, pair.duplicate)
    keep_prefixes(work, pair.duplicate.id, None)
    work.session.execute(
        update(Patient)
        .where(Patient.clinic_id == work.clinic_id, Patient.merged_into_id == pair.duplicate.id)
        .values(merged_into_id=pair.survivor.id)
    )
    pair.duplicate.merged_into_id = pair.survivor.id
    remove(work, pair.duplicate)
    work.session.expire_all()
