"""What else happened, how people leave, and what is planned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from outcomes.actions import end, report_event
from outcomes.actions.end import EndingForm
from outcomes.actions.errors import Invalid, KeyReused, NotAllowed, NotFound, StaleVersion
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.actions.report_event import EventForm, ExposureForm
from outcomes.change.windows import as_stored, default_time_points
from outcomes.records.queries.plan import plan, plans
from outcomes.records.queries.record import adverse_events, exposures, patient_record
from outcomes.terms import Ending, EventOutcome, ExposureKind, Relation, Seriousness
from tests.factories import TODAY, days_before

EVENT = EventForm(
    term="abdominal pain",
    started_on=days_before(9),
    ended_on=days_before(7),
    grade=2,
    relation_to_fmt=Relation.PROBABLE,
    relation_to_procedure=Relation.POSSIBLE,
    expected=True,
    action="none",
    outcome=EventOutcome.RECOVERED,
    crash_after_exertion=True,
    organism="E. coli",
)
TRAVEL = ExposureForm(ExposureKind.TRAVEL, "two weeks at the sea", days_before(30), days_before(16))


def test_an_event_comes_back_as_it_was_given(work, cast, make):
    given = make.known(cast.patient_id).course(days_before(10)).infusions[0]
    report_event.report_event(work, cast.patient_id, replace(EVENT, infusion_id=given))
    (found,) = adverse_events(cast.scope, work.session, work.keys, cast.patient_id)
    for name in EventForm.__dataclass_fields__:
        assert getattr(found, name) == getattr(replace(EVENT, infusion_id=given), name), name


def test_an_event_is_brought_up_to_date_and_taken_back(work, cast):
    event = report_event.report_event(work, cast.patient_id, replace(EVENT, ended_on=None), "k")
    assert report_event.report_event(work, cast.patient_id, replace(EVENT, ended_on=None), "k") == event
    with pytest.raises(KeyReused):
        report_event.report_event(work, cast.patient_id, EVENT, "k")
    report_event.edit_event(work, event, EVENT, 1)
    with pytest.raises(StaleVersion):
        report_event.edit_event(work, event, replace(EVENT, grade=3), 1)
    report_event.remove_event(work, event, "of somebody else")
    assert adverse_events(cast.scope, work.session, work.keys, cast.patient_id) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"term": " "}, "term"),
        ({"grade": 0}, "grade"),
        ({"grade": 6}, "grade"),
        ({"started_on": TODAY + timedelta(days=1), "ended_on": None}, "started_on"),
        ({"ended_on": days_before(10)}, "ended_on"),
        ({"grade": 5}, "grade"),
        ({"outcome": EventOutcome.FATAL}, "grade"),
        ({"seriousness": Seriousness.DEATH}, "grade"),
        ({"organism": "x" * 121}, "organism"),
    ],
)
def test_an_event_that_cannot_be_is_refused_with_its_field(work, cast, change, field):
    with pytest.raises(Invalid) as refused:
        report_event.report_event(work, cast.patient_id, replace(EVENT, **change))
    assert refused.value.field == field


def test_a_death_that_agrees_with_itself_is_taken(work, cast):
    fatal = replace(EVENT, grade=5, outcome=EventOutcome.FATAL, seriousness=Seriousness.DEATH)
    assert report_event.report_event(work, cast.patient_id, fatal)


def test_an_infusion_of_somebody_else_is_refused(work, cast, make):
    given = make.known(cast.other_patient_id).course(days_before(10)).infusions[0]
    with pytest.raises(Invalid):
        report_event.report_event(work, cast.patient_id, replace(EVENT, infusion_id=given))


def test_exposures_come_go_and_are_corrected(work, cast):
    row = report_event.expose(work, cast.patient_id, TRAVEL)
    report_event.edit_exposure(work, row, replace(TRAVEL, text="at the sea"), 1)
    (found,) = exposures(cast.scope, work.session, work.keys, cast.patient_id)
    assert (found.kind, found.text, found.ended_on, found.by_patient) == (
        ExposureKind.TRAVEL,
        "at the sea",
        days_before(16),
        False,
    )
    report_event.remove_exposure(work, row, "of somebody else")
    assert exposures(cast.scope, work.session, work.keys, cast.patient_id) == ()
    with pytest.raises(Invalid):
        report_event.expose(work, cast.patient_id, replace(TRAVEL, text=""))


def test_leaving_is_a_record_with_a_date_and_can_be_undone(work, cast, keys):
    end.end(work, cast.patient_id, EndingForm(Ending.LOST, days_before(3), "no answer to three calls"))
    found = patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY).header.ending
    assert (found.kind, found.on_date, found.reason) == (Ending.LOST, days_before(3), "no answer to three calls")
    with pytest.raises(Invalid):
        end.end(work, cast.patient_id, EndingForm(Ending.DEATH, TODAY))
    end.undo_end(work, cast.patient_id, "called back")
    assert patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY).header.ending is None
    with pytest.raises(Invalid):
        end.undo_end(work, cast.patient_id, "again")
    with pytest.raises(Invalid):
        end.end(work, cast.patient_id, EndingForm(Ending.DEATH, TODAY + timedelta(days=1)))


def test_each_protocol_is_a_new_version_and_the_newest_is_in_force(as_one, cast, session):
    admin = as_one("administrator")
    assert plan(cast.scope, session).number == 0
    for codes in (["chalder11"], ["chalder11", "own_fatigue"]):
        points = as_stored(default_time_points(codes))
        set_protocol(admin, ProtocolForm("chalder11.likert", points, "chalder11.likert"))
    newest, first = plans(cast.scope, session)
    assert (newest.number, newest.points[3].instruments) == (2, ("chalder11", "own_fatigue"))
    assert (first.number, first.points[3].instruments, first.from_date) == (1, ("chalder11",), TODAY)
    assert plan(cast.scope, session) == newest
    assert newest.point("month_3") is newest.points[3]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time_points": []}, "time_points"),
        ({"time_points": [{"code": "x"}]}, "time_points"),
        ({"time_points": as_stored(default_time_points(["nothing"]))}, "time_points"),
        ({"primary_scale": "chalder11.nothing"}, "primary_scale"),
        ({"primary_scale": "nothing"}, "primary_scale"),
        ({"qualifying_scale": "nothing.x"}, "qualifying_scale"),
    ],
)
def test_a_protocol_that_cannot_be_is_refused(as_one, change, field):
    form = ProtocolForm("chalder11.likert", as_stored(default_time_points(["chalder11"])))
    with pytest.raises(Invalid) as refused:
        set_protocol(as_one("administrator"), replace(form, **change))
    assert refused.value.field == field


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_record_no_events_and_no_endings(as_one, cast, name):
    worker = as_one(name)
    for act in (
        lambda: report_event.report_event(worker, cast.patient_id, EVENT),
        lambda: report_event.expose(worker, cast.patient_id, TRAVEL),
        lambda: end.end(worker, cast.patient_id, EndingForm(Ending.LOST, TODAY)),
        lambda: end.undo_end(worker, cast.patient_id, "x"),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("name", ["clinician", "patient", "researcher"])
def test_only_administrators_set_the_protocol(as_one, name):
    with pytest.raises(NotAllowed):
        set_protocol(as_one(name), ProtocolForm("chalder11.likert", as_stored(default_time_points())))


def test_events_elsewhere_are_not_there(work, as_one, cast):
    event = report_event.report_event(work, cast.patient_id, EVENT)
    exposure = report_event.expose(work, cast.patient_id, TRAVEL)
    elsewhere = as_one("clinician_elsewhere")
    for act in (
        lambda: report_event.report_event(work, cast.patient_elsewhere_id, EVENT),
        lambda: report_event.edit_event(elsewhere, event, EVENT, 1),
        lambda: report_event.remove_event(elsewhere, event, "x"),
        lambda: report_event.edit_exposure(elsewhere, exposure, TRAVEL, 1),
        lambda: end.end(work, cast.patient_elsewhere_id, EndingForm(Ending.LOST, TODAY)),
    ):
        with pytest.raises(NotFound):
            act()
