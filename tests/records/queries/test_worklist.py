"""What waits for a clinician."""

import random
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from outcomes.access.scope import Scope
from outcomes.actions.assess import AssessmentForm
from outcomes.change.windows import DueState, as_stored, default_time_points, schedule
from outcomes.records.queries.due import STATES, WAITING, due_after_treatment
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.worklist import worklist
from outcomes.records.tables import Protocol, ReadLog
from outcomes.terms import Ending, Verdict
from tests.factories import NOON, TODAY, Maker, days_before


def listed(cast, session, keys, catalogue, name="clinician"):
    member = getattr(cast, name).membership_id
    return worklist(cast.scope, session, keys, catalogue, membership_id=member, today=TODAY, now=NOON)


def due(found):
    return {
        group.state: [(line.person.code, line.due.point.code, line.due.days) for line in group.lines]
        for group in found.due
        if group.lines
    }


def test_visits_that_are_due_closing_overdue_and_opening(cast, session, keys, catalogue, make):
    make.known(cast.patient_id).course(days_before(400))
    make.known(cast.other_patient_id).course(days_before(35))
    make.patient("A").course(days_before(205))
    make.patient("B").course(days_before(70)).scored(days_before(40), fatigue=4)
    make.patient("C").course(days_before(91)).scored(days_before(1), fatigue=4)
    make.patient("D").course(days_before(91)).ended(Ending.LOST, days_before(1))
    make.patient("E")
    make.patient("F").course(days_before(90), days_before(60)).course(days_before(10))
    assert due(listed(cast, session, keys, catalogue)) == {
        DueState.CLOSING: [("P-002", "month_1", 2)],
        DueState.OPEN: [("E", "baseline", 0)],
        DueState.OVERDUE: [("P-001", "month_12", 5), ("A", "month_6", 2)],
        DueState.UPCOMING: [("F", "week_2", 1), ("B", "month_3", 7)],
    }


def overlapping():
    """A plan whose windows overlap and leave gaps."""
    points = default_time_points()
    wide = {"month_1": (25, 40), "month_3": (30, 30)}
    return tuple(
        replace(point, before=wide[point.code][0], after=wide[point.code][1]) if point.code in wide else point
        for point in points
    )


@pytest.mark.parametrize("points", [default_time_points(), overlapping()], ids=["default", "overlapping"])
def test_the_database_finds_whom_the_schedule_finds(cast, session, make, points):
    dice = random.Random(7)
    people = {}
    for number in range(40):
        zero = days_before(dice.randrange(0, 900))
        visits = [min(TODAY, zero + timedelta(days=dice.randrange(-30, 800))) for _ in range(dice.randrange(6))]
        made = make.patient(f"R-{number}").course(zero)
        for visit in visits:
            made.scored(visit, fatigue=5)
        people[made.id] = (zero, visits)
    for back in range(0, 300, 12):
        today = days_before(back)
        rows = session.execute(due_after_treatment(cast.scope, points, today))
        found = {(patient, days, points[place].code, STATES[state]) for patient, days, place, state in rows}
        assert found == {
            (patient, (today - zero).days, each.point.code, each.state)
            for patient, (zero, visits) in people.items()
            for each in schedule(zero, visits, points, today)
            if each.state in WAITING and (each.state is not DueState.UPCOMING or each.days <= 7)
        }


def protocol(session, cast):
    points = default_time_points(["chalder11", "promis_fatigue_7a"])
    row = {"clinic_id": cast.clinic_id, "number": 1, "from_date": TODAY, "primary_scale": "promis_fatigue_7a.t"}
    session.add(Protocol(**row, time_points=as_stored(points)))
    session.flush()


def promis(answer):
    return AssessmentForm("promis_fatigue_7a", {str(item): answer for item in range(1, 8)})


def look(session, cast, patient_id, at=NOON, name="clinician"):
    member = getattr(cast, name).membership_id
    session.add(
        ReadLog(clinic_id=cast.clinic_id, id=uuid4(), membership_id=member, patient_id=patient_id, at=at, what="record")
    )
    session.flush()


def changes(found):
    return [(each.person.code, each.scale, each.change.verdict) for each in found.changes]


def test_changes_beyond_the_band_stand_there_until_they_are_looked_at(cast, session, keys, catalogue, make):
    protocol(session, cast)
    zero = days_before(30)
    make.patient("BETTER").course(zero).visit(zero, promis(5)).visit(days_before(2), promis(2))
    worse = make.patient("WORSE", name="Ada").course(zero).visit(zero, promis(2)).visit(days_before(2), promis(5))
    make.patient("SAME").course(zero).visit(zero, promis(3)).visit(days_before(2), promis(3))
    make.patient("ALONE").course(zero).visit(days_before(2), promis(5))
    before = listed(cast, session, keys, catalogue)
    assert changes(before) == [
        ("WORSE", "promis_fatigue_7a.t", Verdict.WORSE_BEYOND),
        ("BETTER", "promis_fatigue_7a.t", Verdict.BETTER_BEYOND),
    ]
    assert (before.changes[0].person.name, before.changes[0].day, before.changes[0].on_date) == (
        "Ada",
        28,
        days_before(2),
    )
    look(session, cast, worse.id)
    assert changes(listed(cast, session, keys, catalogue)) == [("BETTER", "promis_fatigue_7a.t", Verdict.BETTER_BEYOND)]


def test_what_another_member_looked_at_is_still_news_to_me(cast, session, keys, catalogue, make):
    protocol(session, cast)
    zero = days_before(30)
    worse = make.patient("WORSE").course(zero).visit(zero, promis(2)).visit(days_before(2), promis(5))
    look(session, cast, worse.id, name="administrator")
    assert len(listed(cast, session, keys, catalogue).changes) == 1


# who may not


def test_a_patient_has_no_worklist(cast, session, keys, catalogue):
    own, member = Scope(cast.clinic_id, cast.patient_id), cast.patient.membership_id
    with pytest.raises(NotFound):
        worklist(own, session, keys, catalogue, membership_id=member, today=TODAY, now=NOON)


def test_another_clinics_patients_wait_for_nobody_here(cast, session, keys, catalogue, as_one):
    protocol(session, cast)
    zero = days_before(35)
    elsewhere = Maker(as_one("clinician_elsewhere"))
    elsewhere.known(cast.patient_elsewhere_id).course(zero).visit(zero, promis(2)).visit(days_before(2), promis(5))
    found = listed(cast, session, keys, catalogue)
    assert {code for lines in due(found).values() for code, *_ in lines} == {"P-001", "P-002"}
    assert found.changes == ()
