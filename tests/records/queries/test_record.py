"""One patient's record, its history, the form of a visit, and what a patient sees."""

from dataclasses import replace as replaced
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from outcomes.access.scope import Scope
from outcomes.actions import enrol
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.enrol import PatientForm
from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.change.windows import DueState, as_stored, default_time_points
from outcomes.records.queries.errors import NotFound
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.history import history, looks
from outcomes.records.queries.members import clinic, member, member_list
from outcomes.records.queries.portal import own_record
from outcomes.records.queries.reach import anchors
from outcomes.records.queries.record import patient_record
from outcomes.records.queries.treatment import infusion
from outcomes.records.queries.visit_form import visit_form
from outcomes.records.session import act_as
from outcomes.records.tables import ReadLog
from outcomes.terms import Absence, AnsweredBy, Reached
from tests.factories import NOON, TODAY, Maker, days_before


@pytest.fixture
def own(cast):
    return Scope(cast.clinic_id, cast.patient_id)


@pytest.fixture
def planned(as_one):
    points = as_stored(default_time_points(["chalder11", "own_fatigue", "not_installed"][:2]))
    set_protocol(as_one("administrator"), ProtocolForm("chalder11.likert", points))


def chalder(answer, **fields):
    return AssessmentForm("chalder11", {str(item): answer for item in range(1, 12)}, **fields)


def test_scores_keep_their_provenance(cast, session, keys, make):
    made = make.known(cast.patient_id).course(days_before(100))
    made.visit(days_before(110), chalder(3), answered_by=AnsweredBy.PAPER, reached=Reached.POST, qualifying=True)
    made.visit(days_before(9), chalder(1), crash=True).visit(days_before(2), AssessmentForm("chalder11"), too_ill=True)
    record = patient_record(cast.scope, session, keys, cast.patient_id, TODAY)
    before, later, ill = record.scores["chalder11.likert"]
    assert (before.value, before.answered_by, before.reached, before.qualifying) == (
        33,
        AnsweredBy.PAPER,
        Reached.POST,
        True,
    )
    assert (later.crash, ill.value, ill.absence, ill.too_ill) == (True, None, Absence.TOO_ILL, True)
    assert [(each.day, each.value, each.qualifying) for each in record.readings("chalder11.likert")] == [
        (-10, 33, True),
        (91, 11, False),
        (98, None, False),
    ]
    assert record.readings("nothing.x") == ()
    assert [visit.point and visit.point.code for visit in record.visits] == ["baseline", "month_3", "month_3"]
    assert {each.point.code: each.state for each in record.due}["month_3"] is DueState.DONE


def test_before_any_infusion_there_is_no_day(cast, session, keys, make):
    make.known(cast.patient_id).scored(days_before(3), fatigue=4)
    record = patient_record(cast.scope, session, keys, cast.patient_id, TODAY)
    assert (record.first_day, record.day_zero, record.visits[0].day) == (None, None, None)
    assert record.readings("own_fatigue.score") == ()
    assert [each.state for each in record.due] == [DueState.DONE]


@pytest.mark.usefixtures("planned")
def test_the_form_asks_what_is_due_and_knows_the_baseline(cast, session, keys, catalogue, make):
    make.known(cast.patient_id).course(days_before(91)).visit(days_before(93), chalder(3)).visit(
        days_before(95), chalder(2)
    )
    view = visit_form(cast.scope, session, keys, catalogue, cast.patient_id, today=TODAY)
    assert (view.point.code, view.inside, view.day, view.due.state) == ("month_3", True, 91, DueState.OPEN)
    assert view.asked == ("chalder11", "own_fatigue")
    likert = view.scales["chalder11.likert"]
    assert (likert.baseline.mean, likert.baseline.count, likert.last.value) == (27.5, 2, 33)
    assert likert.error is not None
    assert view.scales["own_fatigue.score"].baseline is None


@pytest.mark.usefixtures("planned")
def test_the_form_of_another_date_asks_for_that_dates_window(cast, session, keys, catalogue, make):
    make.known(cast.patient_id).course(days_before(91))
    ask = lambda days: visit_form(  # noqa: E731 - one question, asked often
        cast.scope, session, keys, catalogue, cast.patient_id, today=TODAY, on_date=days_before(days)
    )
    assert (ask(61).point.code, ask(61).inside) == ("month_1", True)
    assert (ask(50).point.code, ask(50).inside) == ("month_3", False)
    assert (ask(105).point.code, ask(105).day) == ("baseline", -14)


@pytest.mark.usefixtures("planned")
def test_what_was_answered_that_day_is_not_asked_again(cast, session, keys, catalogue, make):
    make.known(cast.patient_id).course(days_before(91)).visit(TODAY, chalder(3))
    view = visit_form(cast.scope, session, keys, catalogue, cast.patient_id, today=TODAY)
    assert view.asked == ("own_fatigue",)
    assert len(view.same_day) == 1


def test_without_a_plan_nothing_is_asked(cast, session, keys, catalogue):
    view = visit_form(cast.scope, session, keys, catalogue, cast.patient_id, today=TODAY)
    assert (view.asked, view.point.code) == ((), "baseline")


def test_history_tells_who_changed_what_and_why(cast, session, work, make, keys):
    patient_id = enrol.enrol(work, PatientForm(code="H", name="Ada"))
    enrol.edit(work, patient_id, PatientForm(name="Eda", diet="no milk"), 1)
    made = make.known(patient_id).course(days_before(9)).scored(TODAY, fatigue=4)
    found = history(cast.scope, session, keys, patient_id)
    assert found.count == len(found.entries)
    assert [(entry.table, entry.operation) for entry in found.entries] == [
        ("assessment", "insert"),
        ("visit", "insert"),
        ("infusion", "insert"),
        ("course", "insert"),
        ("patient", "update"),
        ("patient", "insert"),
    ]
    edited = found.entries[4]
    changes = {change.field: (change.old, change.new, change.sealed) for change in edited.changes}
    assert changes == {"diet": (None, "no milk", False), "name_sealed": (None, None, True)}
    assert history(cast.scope, session, keys, patient_id, skip=1, limit=2).entries == found.entries[1:3]
    assert made.id == patient_id


def test_history_names_the_member(cast, session, as_one, keys):
    work = as_one("clinician")
    act_as(session, work.actor.name_in_trail, "a reason")
    enrol.edit(work, cast.patient_id, PatientForm(name="Ayşe Yılmaz", diet="no milk"), 1)
    (entry, *_) = history(cast.scope, session, keys, cast.patient_id).entries
    assert (entry.actor, entry.reason) == ("A clinician", "a reason")


def test_history_tells_no_hidden_arm(cast, session, make, keys):
    make.known(cast.patient_id).arm("donor stool", blinded=True).course(days_before(9))
    hidden = history(cast.scope, session, keys, cast.patient_id)
    assert hidden.withheld == 2
    assert "donor" not in repr([entry.changes for entry in hidden.entries])
    assert history(replaced(cast.scope, blinded=False), session, keys, cast.patient_id).withheld == 0


def read(session, cast, at, name="clinician"):
    member_id = getattr(cast, name).membership_id
    row = {"clinic_id": cast.clinic_id, "id": uuid4(), "membership_id": member_id, "patient_id": cast.patient_id}
    session.add(ReadLog(**row, at=at, what="record"))
    session.flush()


def test_a_patient_sees_the_own_record_and_when_it_was_looked_at(cast, session, keys, own, make):
    make.known(cast.patient_id).course(days_before(9)).scored(TODAY, fatigue=4)
    assert own_record(own, session, keys, TODAY).looked_at is None
    read(session, cast, NOON - timedelta(days=2))
    read(session, cast, NOON - timedelta(days=1), "patient")
    found = own_record(own, session, keys, TODAY)
    assert (found.record.header.name, found.looked_at, found.looked_by) == (
        "Ayşe Yılmaz",
        NOON - timedelta(days=2),
        "A clinician",
    )
    assert found.clinic.name == "Bosphorus Clinic"
    assert [each.name for each in looks(cast.scope, session, cast.patient_id)] == ["A patient", "A clinician"]


def test_members_are_listed_staff_first(cast, session):
    rows = member_list(cast.scope, session, NOON)
    assert [row.role for row in rows] == ["administrator", "clinician", "researcher", "patient"]
    assert (rows[3].patient_code, rows[3].has_password, rows[3].last_seen) == ("P-001", False, None)
    assert member(cast.scope, session, rows[0].id, NOON) == rows[0]
    assert clinic(cast.scope, session).time_zone == "Europe/Istanbul"


# who may not


def test_foreign_and_absent_answer_alike(cast, session, keys, catalogue, own, make, as_one):
    elsewhere = Maker(as_one("clinician_elsewhere")).known(cast.patient_elsewhere_id).course(days_before(9))
    other = make.known(cast.other_patient_id).course(days_before(9))
    questions = (
        lambda scope, who: patient_record(scope, session, keys, who, TODAY),
        lambda scope, who: patient_header(scope, session, keys, who),
        lambda scope, who: history(scope, session, keys, who),
        lambda scope, who: looks(scope, session, who),
        lambda scope, who: visit_form(scope, session, keys, catalogue, who, today=TODAY),
    )
    for question in questions:
        for scope, who in ((cast.scope, elsewhere.id), (cast.scope, uuid4()), (own, other.id)):
            with pytest.raises(NotFound):
                question(scope, who)
    for scope, given in ((cast.scope, elsewhere.infusions[0]), (cast.scope, uuid4()), (own, other.infusions[0])):
        with pytest.raises(NotFound):
            infusion(scope, session, keys, given)


def test_whoever_opened_another_record_did_not_open_this_one(cast, session, keys, own):
    looked = {"membership_id": cast.clinician.membership_id, "at": NOON, "what": "record"}
    session.add(ReadLog(clinic_id=cast.clinic_id, id=uuid4(), patient_id=cast.other_patient_id, **looked))
    session.flush()
    assert own_record(own, session, keys, TODAY).looked_at is None


def test_day_zero_is_told_of_whom_a_scope_reaches(cast, session, make, own):
    for patient_id in (cast.patient_id, cast.other_patient_id):
        make.known(patient_id).course(days_before(40))
    for scope, reached in ((own, {cast.patient_id}), (cast.scope, {cast.patient_id, cast.other_patient_id})):
        assert set(session.scalars(select(anchors(scope).c.patient_id))) == reached


def test_a_patient_lists_no_members_and_staff_have_no_own_record(cast, session, keys, own):
    with pytest.raises(NotFound):
        member_list(own, session, NOON)
    with pytest.raises(NotFound):
        own_record(cast.scope, session, keys, TODAY)
    with pytest.raises(NotFound):
        member(cast.scope, session, cast.clinician_elsewhere.membership_id, NOON)
    with pytest.raises(NotFound):
        clinic(Scope(uuid4()), session)


def test_a_clinic_that_is_not_there_is_not_found(session):
    with pytest.raises(NotFound, match="clinic"):
        clinic(Scope(uuid4()), session)
