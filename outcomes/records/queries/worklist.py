"""What waits for a clinician today: visits to make, changes not yet seen, forms begun and not finished."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select, union_all
from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.change.individual import Change, OwnError, Reading, baseline, change, error_in_force
from outcomes.change.windows import DueState, DueVisit, TimePoint, schedule
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Scale
from outcomes.records.queries.drafts import DraftLine, drafts
from outcomes.records.queries.due import STATES, due_after_treatment, due_before_treatment
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.patients import next_due, visit_dates
from outcomes.records.queries.plainly import key_of, plain_rows
from outcomes.records.queries.plan import Plan, plan
from outcomes.records.queries.portal_reports import WaitingReport, waiting_reports
from outcomes.records.queries.reach import Person, anchors, live, live_patients, people
from outcomes.records.queries.remembered import Remembered
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Assessment, Patient, ReadLog, Score, Visit
from outcomes.terms import Verdict

UNSEEN_DAYS = 90
MOST_UNSEEN = 100
BEYOND = frozenset({Verdict.BETTER_BEYOND, Verdict.WORSE_BEYOND})


@dataclass(frozen=True, slots=True)
class DueLine:
    """A visit that is due of a patient. `draft` is when this member last saved a draft of it."""

    person: Person
    due: DueVisit
    day_zero: date | None
    draft: datetime | None


@dataclass(frozen=True, slots=True)
class DueGroup:
    """The visits in one state, the most urgent first; `count` is how many there are in all."""

    state: DueState
    lines: tuple[DueLine, ...]
    count: int


@dataclass(frozen=True, slots=True)
class UnseenChange:
    """A change beyond the band that this member has not looked at."""

    person: Person
    scale: str
    on_date: date
    day: int
    change: Change
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Worklist:
    """A clinician's day. `due` holds closing, open, overdue and opening visits, in this order.

    `more_unseen` says that more patients have unseen visits than were looked through. `reports` are the forms that
    patients sent in and nobody has reviewed; `reports_count` is how many there are in all.
    """

    today: date
    changes: tuple[UnseenChange, ...]
    due: tuple[DueGroup, ...]
    drafts: tuple[DraftLine, ...]
    more_unseen: bool
    reports: tuple[WaitingReport, ...] = ()
    reports_count: int = 0

    @property
    def count(self) -> int:
        """How many things wait, visits that are still to open left out."""
        waiting = sum(group.count for group in self.due if group.state is not DueState.UPCOMING)
        return len(self.changes) + self.reports_count + waiting + len(self.drafts)


ORDER = (DueState.CLOSING, DueState.OPEN, DueState.OVERDUE, DueState.UPCOMING)
PREFERENCE = {
    STATES.index(state): rank
    for state, rank in {DueState.OPEN: 0, DueState.CLOSING: 0, DueState.OVERDUE: 1, DueState.UPCOMING: 2}.items()
}


class _Waiting(NamedTuple):
    """A patient of whom a visit is due; sorts by urgency."""

    urgency: int
    key: str
    days: int | None


def worklist(
    scope: Scope,
    session: Session,
    keys: KeyRing,
    catalogue: Catalogue,
    *,
    membership_id: UUID,
    today: date,
    now: datetime,
    memory: Remembered | None = None,
    limit: int = 50,
) -> Worklist:
    """What waits for one member today; at most `limit` lines a group.

    Raises:
        NotFound: for a scope of one patient.
    """
    if scope.patient_id is not None:
        raise NotFound("worklist")
    in_force = plan(scope, session)
    begun = drafts(scope, session, keys, membership_id, now)
    unseen, more = unseen_visits(scope, session, membership_id, now)
    sent, sent_count = waiting_reports(scope, session, keys, limit)
    return Worklist(
        today=today,
        changes=unseen_changes(scope, session, keys, catalogue, in_force=in_force, unseen=unseen, memory=memory),
        due=_due_groups(scope, session, keys, in_force, begun=begun, today=today, memory=memory, limit=limit),
        drafts=begun,
        more_unseen=more,
        reports=sent,
        reports_count=sent_count,
    )


def _due_groups(
    scope: Scope,
    session: Session,
    keys: KeyRing,
    in_force: Plan,
    *,
    begun: Sequence[DraftLine],
    today: date,
    memory: Remembered | None,
    limit: int,
) -> tuple[DueGroup, ...]:
    def make() -> Mapping[DueState, Sequence[_Waiting]]:
        return _waiting(scope, session, in_force, today)

    waiting = make() if memory is None else memory.get(scope, session, ("waiting", today), make)
    ids = {UUID(each.key) for state in ORDER for each in waiting[state][:limit]}
    persons, dates = people(scope, session, keys, ids), visit_dates(scope, session, ids)
    saved = {draft.person.id: draft.saved_at for draft in begun if draft.person}
    groups = []
    for state in ORDER:
        lines = []
        for each in waiting[state][:limit]:
            patient_id = UUID(each.key)
            day_zero = None if each.days is None else today - timedelta(days=each.days)
            due = next_due(schedule(day_zero, dates.get(patient_id, ()), in_force.points, today))
            if due is not None:
                lines.append(DueLine(persons[patient_id], due, day_zero, saved.get(patient_id)))
        groups.append(DueGroup(state, tuple(lines), len(waiting[state])))
    return tuple(groups)


def _waiting(scope: Scope, session: Session, in_force: Plan, today: date) -> Mapping[DueState, Sequence[_Waiting]]:
    """Everybody of whom something is due, in one statement; one entry a patient, the most urgent first."""
    parts = [
        due_after_treatment(scope, in_force.points, today),
        due_before_treatment(scope, in_force.points, today),
    ]
    there = [part for part in parts if part is not None]
    rows = plain_rows(session, union_all(*there)) if there else []
    first: dict[str, tuple[tuple[int, int], int, int | None, int]] = {}
    for patient_id, days, point, state in rows:
        key, rank = key_of(patient_id), (PREFERENCE[state], in_force.points[point].opens)
        if key not in first or rank < first[key][0]:
            first[key] = rank, point, days, state
    groups: dict[DueState, list[_Waiting]] = {state: [] for state in ORDER}
    for key, (_, point, days, state) in first.items():
        urgency = _urgency(in_force.points[point], STATES[state], days)
        groups[STATES[state]].append(_Waiting(urgency, key, days))
    for found in groups.values():
        found.sort(key=lambda each: each[:2])
    return groups


def _urgency(point: TimePoint, state: DueState, days: int | None) -> int:
    """Days until a window opens or closes; longest overdue first."""
    if days is None:
        return 0
    return point.opens - days if state is DueState.UPCOMING else point.closes - days


@dataclass(frozen=True, slots=True)
class Unseen:
    """A patient with visits that a member has not looked at: the earliest such date, and when the newest was made."""

    patient_id: UUID
    since: date
    recorded_at: datetime


def unseen_visits(
    scope: Scope, session: Session, membership_id: UUID, now: datetime
) -> tuple[tuple[Unseen, ...], bool]:
    """Patients with visits recorded since this member last opened their record, the newest first.

    Visits recorded more than 90 days ago are no news to anybody. The flag says that there are more than are given.
    """
    looked = exists().where(
        ReadLog.clinic_id == Visit.clinic_id,
        ReadLog.patient_id == Visit.patient_id,
        ReadLog.membership_id == membership_id,
        ReadLog.at >= Visit.made_at,
    )
    statement = (
        select(Visit.patient_id, Visit.on_date, Visit.made_at)
        .join(Patient, (Patient.clinic_id == Visit.clinic_id) & (Patient.id == Visit.patient_id))
        .where(live(Visit, scope), live_patients(scope), Visit.made_at > now - timedelta(days=UNSEEN_DAYS), ~looked)
        .order_by(Visit.made_at.desc())
        .limit(MOST_UNSEEN + 1)
    )
    rows = list(session.execute(statement))
    found: dict[UUID, Unseen] = {}
    for patient_id, on_date, made_at in rows[:MOST_UNSEEN]:
        known = found.get(patient_id)
        since = on_date if known is None else min(known.since, on_date)
        found[patient_id] = Unseen(patient_id, since, made_at if known is None else known.recorded_at)
    return tuple(found.values()), len(rows) > MOST_UNSEEN


def unseen_changes(
    scope: Scope,
    session: Session,
    keys: KeyRing,
    catalogue: Catalogue,
    *,
    in_force: Plan,
    unseen: Sequence[Unseen],
    memory: Remembered | None = None,
) -> tuple[UnseenChange, ...]:
    """Of unseen visits those whose newest score lies beyond the band, worse ones first."""
    scales = watched_scales(catalogue, in_force)
    if not unseen or not scales:
        return ()
    news = {each.patient_id: each for each in unseen}
    own = own_errors(scope, session, scales, memory)
    readings = _readings(scope, session, set(news), set(scales))
    verdicts = []
    for (patient_id, scale), (first_day, rows) in readings.items():
        judged = _judge(scales[scale], rows, (news[patient_id].since - first_day).days, own.get(scale))
        if judged is not None and judged[0].verdict in BEYOND:
            verdicts.append((patient_id, scale, first_day, *judged))
    persons = people(scope, session, keys, {each[0] for each in verdicts})
    changes = [
        UnseenChange(
            persons[patient_id], scale, first_day + timedelta(days=day), day, judged, news[patient_id].recorded_at
        )
        for patient_id, scale, first_day, judged, day in verdicts
    ]
    return tuple(sorted(changes, key=_worse_first))


def _worse_first(each: UnseenChange) -> tuple[bool, str, str]:
    return each.change.verdict is not Verdict.WORSE_BEYOND, each.person.code, each.scale


def watched_scales(catalogue: Catalogue, in_force: Plan) -> Mapping[str, Scale]:
    """The scales in which news is looked for: the headlines of what the protocol asks, and its primary scale."""
    codes = {code for point in in_force.points for code in point.instruments}
    installed = set(catalogue.codes())
    scales = {scale.key: scale for code in codes & installed for scale in catalogue[code].headlines}
    primary = in_force.primary_scale
    if primary and primary.partition(".")[0] in installed:
        scales[primary] = catalogue.scale(primary)
    return scales


def _judge(scale: Scale, rows: Sequence[Reading], since: int, own: OwnError | None) -> tuple[Change, int] | None:
    """Judge the newest score; None when it is none of a follow-up or was there before."""
    measured = [each for each in rows if each.measured and each.day > 0]
    if not measured or measured[-1].day < since:
        return None
    newest = measured[-1]
    return change(scale, baseline(rows), newest, error_in_force(scale, own)), newest.day


def _readings(
    scope: Scope, session: Session, patient_ids: Collection[UUID], scales: Collection[str]
) -> dict[tuple[UUID, str], tuple[date, list[Reading]]]:
    """By patient and scale, the first day 0 and the readings from it, the earliest first."""
    anchor = anchors(scope, patient_ids)
    columns = (
        Score.patient_id,
        Score.scale,
        anchor.c.first_day,
        Score.on_date,
        Score.value,
        Score.standard_error,
        Visit.qualifying,
        Score.absence,
    )
    statement = (
        select(*columns)
        .join(anchor, anchor.c.patient_id == Score.patient_id)
        .join(Assessment, (Assessment.clinic_id == Score.clinic_id) & (Assessment.id == Score.assessment_id))
        .join(Visit, (Visit.clinic_id == Assessment.clinic_id) & (Visit.id == Assessment.visit_id))
        .where(Score.clinic_id == scope.clinic_id, Score.patient_id.in_(patient_ids), Score.scale.in_(scales))
        .order_by(Score.on_date, Visit.made_at)
    )
    found: dict[tuple[UUID, str], tuple[date, list[Reading]]] = {}
    for patient_id, scale, first_day, on_date, *rest in session.execute(statement):
        _, rows = found.setdefault((patient_id, scale), (first_day, []))
        rows.append(Reading((on_date - first_day).days, *rest))
    return found
