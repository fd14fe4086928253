"""Taking a record from another clinic in: row for row, marked, once, and nothing that was not given to this clinic."""

import json
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import func, select

from outcomes.access.scope import Actor, Scope, scope_of
from outcomes.actions.activities import OwnEventForm, add_activity, end_activity, tell_event
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.demo.clinic import Making, make_demo
from outcomes.actions.diary import tap
from outcomes.actions.end import EndingForm, end
from outcomes.actions.enrol import ConsentForm, give_consent
from outcomes.actions.erase import ErasureForm, erase
from outcomes.actions.errors import Invalid, KeyReused, NotAllowed
from outcomes.actions.import_ import ImportDesk
from outcomes.actions.report_event import EventForm, report_event
from outcomes.actions.rescore import rescore
from outcomes.actions.review import review
from outcomes.actions.self_report import ReportForm, send
from outcomes.actions.take_home import whole_record
from outcomes.actions.take_in import TakeInRefused, look_through, take_in
from outcomes.actions.treat import ArmForm, assign_arm
from outcomes.actions.work import add
from outcomes.exchange.readers.bundle import RecordUnreadable, problem_said
from outcomes.records.base import Base
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.own_record import whole
from outcomes.records.queries.release import Standing, standings
from outcomes.records.session import act_as
from outcomes.records.tables import AuditEntry, Consent, Donor, ImportRun, Patient, Signature, Visit
from outcomes.terms import (
    AnsweredBy,
    AssessmentState,
    Ending,
    ErasureGround,
    Language,
    Purpose,
    Relation,
    Role,
)
from outcomes.voice import Voice
from tests.actions.test_enrol import EVERYTHING
from tests.exchange.taking import file_of, records, travelled, without_ids
from tests.factories import NOON, TODAY, Maker, days_before, make_work

QUICK = settings(max_examples=12, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
FULLEST = 4


def exported(work, patient_id):
    """The record of a patient, as the clinic hands it on."""
    scope = Scope(work.clinic_id)
    return whole_record(whole(scope, work.session, work.keys, patient_id, work.today), work.now)


def desk_of(work):
    return ImportDesk(scope_of(work.actor), work.session, work.keys, work.catalogue, work.today)


def looked(work, content):
    return look_through(desk_of(work), content, work.now)


def counted(session):
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) for table in Base.metadata.sorted_tables
    }


@pytest.fixture
def there(as_one):
    """The clinic that takes in."""
    return as_one("clinician_elsewhere")


@pytest.fixture
def full(make, as_one, cast):
    """A patient with an entry of every kind, told by all who may tell."""
    maker, own = make, as_one("patient")
    donor = maker.donor("D-07")
    lot = maker.lot(donor, "L-7")
    patient = maker.patient(**{name: getattr(EVERYTHING, name) for name in EVERYTHING.__dataclass_fields__})
    own = replace(own, actor=replace(own.actor, patient_id=patient.id))
    patient.arm("donor stool", starts_on=days_before(60)).course(days_before(40), lot_id=lot, note="given slowly")
    patient.visit(
        days_before(50), AssessmentForm("chalder11", {str(n): 2 for n in range(1, 12)}), qualifying=True, note="bad day"
    )
    patient.visit(days_before(45), AssessmentForm("promis_fatigue_8a", totals={"t": 61.5, "t_se": 2.1}))
    patient.visit(days_before(5), AssessmentForm("chalder11", {str(n): 1 for n in range(1, 10)}))
    patient.visit(days_before(4), AssessmentForm("own_fatigue"), too_ill=True)
    event = EventForm(
        "fever", days_before(39), 2, Relation.POSSIBLE, Relation.PROBABLE, infusion_id=patient.infusions[0]
    )
    report_event(maker.work, patient.id, event)
    tell_event(own, patient.id, OwnEventForm("a cold", days_before(3), 4))
    walk, read = add_activity(own, patient.id, "walk"), add_activity(own, patient.id, "read to my son")
    end_activity(own, patient.id, walk)
    tap(own, patient.id, "own_fatigue.score", 6)
    form = ReportForm(
        patient.id, TODAY, (AssessmentForm("own_fatigue", {"1": 7}, given_on={"1": "2026-11-22"}),), {read: 3}
    )
    sent = send(own, replace(form, words="noise is hard"))
    review(maker.work, patient.id, sent, "rest first")
    end(maker.work, patient.id, EndingForm(Ending.LOST, TODAY, "moved away"))
    return patient


@pytest.fixture
def content(work, full):
    return file_of(exported(work, full.id))


def test_every_kind_of_entry_comes_back_as_it_was(work, there, full, content):
    record = exported(work, full.id)
    assert all(getattr(record, name) for name in ("consents", "endings", "arms", "infusions", "events", "exposures"))
    assert all(getattr(record, name) for name in ("activities", "activity_scores", "diary", "reports", "definitions"))
    plan = looked(there, content)
    assert (plan.problems, plan.differences, plan.twin) == ((), (), None)
    taken = take_in(there, content, "K-7")
    again = exported(there, taken)
    assert without_ids(again) == without_ids(travelled(record))
    old, new = ids_of(record), ids_of(again)
    assert old.isdisjoint(new)
    assert list(rescore(there)) == []


def ids_of(record):
    lists = (record.courses, record.infusions, record.visits, record.filled, record.events, record.activities)
    return {record.person.id, *(row.id for found in lists for row in found)}


@QUICK
@given(record=records())
@pytest.mark.usefixtures("alone")
def test_a_generated_record_comes_back_row_for_row(there, record):
    try:
        with there.session.begin_nested() as place:
            plan = looked(there, file_of(record))
            assert [problem_said(Voice(Language.ENGLISH), each) for each in plan.problems] == []
            assert plan.differences == ()
            again = exported(there, take_in(there, file_of(record), f"T-{record.person.code}"))
            wanted = travelled(record, f"T-{record.person.code}".strip())
            assert without_ids(again) == without_ids(wanted)
            place.rollback()
    finally:
        there.session.expire_all()


LATER = pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.full])  # half a minute to make the demo


@pytest.mark.parametrize("engine", ["sqlite", LATER], indirect=True)
@pytest.mark.usefixtures("alone")
def test_the_demos_fullest_patients_come_back_row_for_row(session, keys, catalogue, as_one):
    making = Making(session, keys, catalogue, NOON, b"secret")
    clinic_id = make_demo(making)
    here = make_work(session, Actor(clinic_id, uuid4(), Role.ADMINISTRATOR), catalogue)
    visits = select(Visit.patient_id).where(Visit.clinic_id == clinic_id).group_by(Visit.patient_id)
    most = list(session.scalars(visits.order_by(func.count().desc()).limit(FULLEST)))
    there = as_one("clinician_elsewhere")
    told = [each.id for each in session.scalars(select(Patient).where(Patient.clinic_id == clinic_id))]
    own = [each for each in told if exported(here, each).diary]
    assert own
    for patient_id in {*most, *own}:
        record = exported(here, patient_id)
        assert len(record.visits) >= 3
        content = file_of(record)
        assert looked(there, content).differences == ()
        again = exported(there, take_in(there, content, record.person.code))
        assert without_ids(again) == without_ids(travelled(record))
    assert list(rescore(there)) == []


# What is not forged


def test_consents_of_another_clinic_are_not_consents_to_this_one(there, session, content):
    plan = looked(there, content)
    assert len(plan.staying.consents) == 1
    taken = take_in(there, content, None)
    assert patient_header(Scope(there.clinic_id), session, there.keys, taken).consents == ()
    for purpose in Purpose:
        assert standings(Scope(there.clinic_id), session, purpose, TODAY)[taken.hex] is Standing.NOT_ASKED


def test_a_signature_does_not_travel(there, work, full, session):
    record = exported(work, full.id)
    signed = replace(record, filled=tuple(replace(each, state=AssessmentState.SIGNED) for each in record.filled))
    drafted = replace(signed, filled=(replace(signed.filled[0], state=AssessmentState.DRAFT), *signed.filled[1:]))
    content = file_of(drafted)
    assert looked(there, content).staying.signed == len(record.filled) - 1
    again = exported(there, take_in(there, content, None))
    assert sorted(each.state for each in again.filled) == ["complete"] * (len(record.filled) - 1) + ["draft"]
    assert session.scalar(select(func.count()).where(Signature.clinic_id == there.clinic_id)) == 0


def test_a_donor_of_another_clinic_is_a_word_and_not_a_donor_of_this_one(there, content, session):
    Maker(there).donor("D-07")
    again = exported(there, take_in(there, content, None))
    assert [each.note for each in again.infusions] == ["given slowly\nFrom Bosphorus Clinic: donor D-07, lot L-7"]
    assert [each.donor_code for each in again.infusions] == [None]
    assert session.scalar(select(func.count()).where(Donor.clinic_id == there.clinic_id)) == 1


def test_what_a_hidden_arm_hides_stays_behind(there, make, work):
    patient = make.patient().course(days_before(40)).scored(days_before(50), fatigue=6)
    assign_arm(make.work, patient.id, ArmForm("A", blinded=True))
    event = EventForm(
        "fever", days_before(39), 2, Relation.POSSIBLE, Relation.POSSIBLE, infusion_id=patient.infusions[0]
    )
    report_event(make.work, patient.id, event)
    record = exported(work, patient.id)
    plan = looked(there, file_of(record))
    assert (plan.staying.hidden_arm, plan.staying.hidden_infusions, plan.ready) == (True, 1, True)
    again = exported(there, take_in(there, file_of(record), None))
    assert without_ids(again) == without_ids(travelled(record, again.person.code))
    assert (again.arms, again.infusions, [each.infusion_id for each in again.events]) == ((), (), [None])


def test_a_score_that_the_answers_do_not_give_is_told_and_not_kept(there, work, full):
    record = exported(work, full.id)
    wrong = tuple(replace(each, value=3.0) if each.value == 22 else each for each in record.scores)
    assert wrong != record.scores
    content = file_of(replace(record, scores=wrong[:-1]))
    told = looked(there, content).differences
    assert len(told) == 2
    changed = next(each for each in told if each.stated is not None)
    assert (changed.scale, changed.stated.value, changed.computed.value) == ("chalder11.likert", 3, 22)
    assert next(each for each in told if each.stated is None).computed is not None
    again = exported(there, take_in(there, content, record.person.code))
    assert without_ids(again)["scores"] == without_ids(record)["scores"]
    assert there.session.scalar(select(ImportRun.mapping)).get("differences") == 2


# Once


def test_the_same_person_is_taken_in_once(there, work, full, content, session):
    taken = take_in(there, content, None)
    Maker(replace(work, now=NOON)).known(full.id).scored(days_before(1), fatigue=2)
    for file in (content, file_of(exported(work, full.id))):
        before = counted(session)
        with pytest.raises(TakeInRefused) as refusal:
            take_in(there, file, "another")
        assert (refusal.value.plan.twin.patient_id, refusal.value.plan.twin.taken_in_at) == (taken, NOON)
        assert counted(session) == before


def test_a_record_of_this_clinic_is_known(work, content, full):
    plan = looked(work, content)
    assert (plan.twin.patient_id, plan.twin.code, plan.twin.taken_in_at) == (full.id, "K-7", None)
    with pytest.raises(TakeInRefused):
        take_in(work, content, "K-8")


@pytest.mark.usefixtures("alone")
def test_who_was_erased_may_come_again(there, content, session, tmp_path, cast):
    chief = replace(there, actor=replace(there.actor, role=Role.ADMINISTRATOR))
    taken = take_in(there, content, None)
    code = session.get(Patient, (there.clinic_id, taken)).code
    erase(chief, taken, ErasureForm(ErasureGround.ASKED, code), tmp_path)
    assert looked(there, content).twin is None
    assert take_in(there, content, None) != taken


def test_one_key_is_one_patient(there, content, session):
    first = take_in(there, content, "N-1", "a key")
    assert take_in(there, content, "N-1", "a key") == first
    with pytest.raises(KeyReused):
        take_in(there, content, "N-2", "a key")
    assert session.scalar(select(func.count()).where(ImportRun.clinic_id == there.clinic_id)) == 1


def test_a_code_in_use_is_an_error_of_its_field_and_another_is_given(there, content, session):
    Maker(there).patient("K-7", name="Gulsah isilti")
    assert looked(there, content).namesakes == ("K-7",)
    before = counted(session)
    for code in ("K-7", "x" * 41):
        with pytest.raises(Invalid) as refusal:
            take_in(there, content, code)
        assert refusal.value.field == "code"
        assert counted(session) == before
    taken = take_in(there, content, " ")
    assert exported(there, taken).person.code == "OC-0001"


def test_the_trail_names_who_and_why_and_the_words_stay_sealed(there, content, session):
    act_as(session, there.actor.name_in_trail)
    taken = take_in(there, content, None)
    session.flush()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.clinic_id == there.clinic_id)).all()
    mine = [each for each in entries if {taken.hex, str(taken)} & set(map(str, (each.new or {}).values()))]
    assert {each.table_name for each in mine} >= {"patient", "visit", "assessment", "score", "infusion", "self_report"}
    assert {(each.actor, each.reason) for each in mine} == {(there.actor.name_in_trail, "taken_in")}
    text = json.dumps([each.new for each in entries], ensure_ascii=False)
    for word in (
        "Gülşah",
        "noise is hard",
        "given slowly",
        "moved away",
        "bad day",
        "fever",
        "read to my son",
        "rest first",
    ):
        assert word not in text
    add(there, Consent(patient_id=taken, purpose=Purpose.RECORD, text_version="1", given_on=TODAY))
    assert session.scalars(select(AuditEntry.reason).where(AuditEntry.table_name == "consent")).all()[-1] is None


# Refused


def test_a_file_that_is_refused_writes_nothing(there, content, session):
    before = counted(session)
    with pytest.raises(RecordUnreadable):
        take_in(there, b"{}", None)
    bundle = json.loads(content)
    next(each for each in bundle["entry"] if each["resource"]["resourceType"] == "Encounter")["resource"]["period"] = {
        "start": (TODAY + timedelta(days=3)).isoformat()
    }
    with pytest.raises(TakeInRefused) as refusal:
        take_in(there, json.dumps(bundle).encode(), None)
    assert {each.code for each in refusal.value.plan.problems} == {"to_come"}
    assert counted(session) == before


WRONG = {
    "unknown_instrument": lambda r: put(r, "filled", instrument="nothing"),
    "unknown_key": lambda r: put(r, "filled", key_version="99"),
    "answer": lambda r: put(r, "filled", answers={"1": 99}),
    "answer_day": lambda r: put(r, "filled", given_on={"1": "tomorrow"}),
    "signs": lambda r: put(r, "visits", note="a\x00b"),
    "to_come": lambda r: put(r, "events", started_on=TODAY + timedelta(days=1)),
    "too_old": lambda r: put(r, "exposures", started_on=date(1, 1, 1)),
    "no_zone": lambda r: put(r, "visits", made_at=NOON.replace(tzinfo=None)),
    "twice": lambda r: replace(r, visits=(*r.visits, r.visits[0])),
    "astray": lambda r: put(r, "filled", visit_id=uuid4()),
    "time_zone": lambda r: put(r, "visits", time_zone="../etc/passwd"),
    "needed": lambda r: put(r, "activities", words=None),
    "too_long": lambda r: put(r, "reports", words="x" * 1001),
    "out_of_range": lambda r: put(r, "activity_scores", value=11),
    "unknown_scale": lambda r: put(r, "diary", scale="hads.depression"),
    "death_contradicts": lambda r: put(r, "events", grade=5),
    "number": lambda r: put(r, "courses", number=0),
    "clinic": lambda r: replace(r, clinic="x" * 201),
    "country": lambda r: replace(r, person=replace(r.person, country="Turkey")),
    "order_of_dates": lambda r: put(r, "events", ended_on=date(2000, 1, 1)),
}


def test_one_id_names_one_entry_whatever_its_kind(there, work, full):
    record = exported(work, full.id)
    same = record.courses[0].id
    mixed = replace(
        put(record, "infusions", id=same), events=tuple(replace(e, infusion_id=same) for e in record.events)
    )
    assert [(each.code, each.kind) for each in looked(there, file_of(mixed)).problems] == [("twice", "course")]


def put(record, name, **values):
    first, *others = getattr(record, name)
    return replace(record, **{name: (replace(first, **values), *others)})


@pytest.mark.parametrize("code", WRONG)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_cannot_be_is_told_in_both_languages_without_its_words(there, work, full, code):
    plan = looked(there, file_of(WRONG[code](exported(work, full.id))))
    assert code in {each.code for each in plan.problems}
    assert not plan.ready
    for language in Language:
        told = [problem_said(Voice(language), each) for each in plan.problems]
        assert all(told)
        assert not [each for each in told for word in ("passwd", "Gülşah", "Turkey", "a\x00b") if word in each]


def test_more_open_activities_than_are_asked_are_refused(there, work, full):
    record = exported(work, full.id)
    many = tuple(replace(record.activities[0], id=uuid4(), open=True) for _ in range(6))
    plan = looked(there, file_of(replace(record, activities=many, activity_scores=())))
    assert [each.code for each in plan.problems] == ["too_many"]


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_take_nothing_in(as_one, content, session, name):
    before = counted(session)
    with pytest.raises(NotAllowed):
        take_in(as_one(name), content, None)
    assert counted(session) == before


def test_the_program_itself_takes_nothing_in(there, content):
    with pytest.raises(NotAllowed):
        take_in(replace(there, actor=replace(there.actor, membership_id=None)), content, None)


def test_consent_to_carers_and_answers_of_a_proxy_are_told_apart(there, work, make, as_one, cast):
    patient = make.known(cast.patient_id)
    give_consent(make.work, patient.id, ConsentForm(Purpose.CARER_ACCESS, TODAY, "1"))
    patient.visit(days_before(3), AssessmentForm("own_fatigue", {"1": 4}), answered_by=AnsweredBy.PROXY)
    again = exported(there, take_in(there, file_of(exported(work, patient.id)), None))
    assert [each.answered_by for each in again.filled] == [AnsweredBy.PROXY]
    assert again.consents == ()
