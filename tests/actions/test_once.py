"""Doing a thing once, whoever comes at the same instant."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from outcomes.actions import assess, enrol
from outcomes.actions.assess import AssessmentForm, VisitForm
from outcomes.actions.enrol import PatientForm
from outcomes.actions.errors import Invalid, StaleVersion
from outcomes.actions.once import body_hash, forget_old_keys
from outcomes.records.queries.header import patient_header
from outcomes.records.session import act_as, new_session, with_retry
from outcomes.records.tables import IdempotencyKey, Patient, Visit
from tests.factories import NOON, TODAY, make_work

TOGETHER = 6


@pytest.fixture
def all_at_once(engine, session, cast, catalogue):
    """Do something with a work of its own in many threads at the same instant; each commits what it did."""
    session.commit()

    def run(do, times=TOGETHER):
        barrier = Barrier(times)

        def one(number):
            barrier.wait()
            return with_retry(lambda: _alone(engine, cast, catalogue, lambda work: do(work, number)))

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))

    return run


def _alone(engine, cast, catalogue, do):
    with new_session(engine) as own:
        act_as(own, cast.clinician.name_in_trail)
        result = do(make_work(own, cast.clinician, catalogue))
        own.commit()
        return result


@pytest.mark.usefixtures("alone")
def test_one_form_sent_by_many_at_once_is_one_visit(all_at_once, cast, session):
    form = VisitForm(cast.patient_id, TODAY, (AssessmentForm("own_fatigue", {"1": 5}),))
    results = all_at_once(lambda work, _: assess.record(work, form, "the key"))
    assert len(set(results)) == 1
    assert session.scalar(select(func.count()).select_from(Visit)) == 1


@pytest.mark.usefixtures("alone")
def test_automatic_codes_of_many_at_once_are_all_different(all_at_once, session):
    all_at_once(lambda work, _: enrol.enrol(work, PatientForm()))
    codes = session.scalars(select(Patient.code).where(Patient.code.startswith("OC-")).order_by(Patient.code)).all()
    assert codes == [f"OC-{number:04}" for number in range(1, TOGETHER + 1)]


def test_of_many_editors_of_one_version_one_wins_and_the_others_are_told(all_at_once, cast, session, keys):
    def edit(work, number):
        try:
            enrol.edit(work, cast.patient_id, PatientForm(name="Ayşe Yılmaz", diet=f"diet {number}"), 1)
        except StaleVersion as stale:
            return next(each.theirs for each in stale.conflicts if each.field == "diet")
        return None

    results = all_at_once(edit)
    stored = patient_header(cast.scope, session, keys, cast.patient_id).diet
    assert sorted(results, key=str) == sorted([None, *[stored] * (TOGETHER - 1)], key=str)


def test_a_key_that_is_no_key_is_refused(work, cast):
    form = VisitForm(cast.patient_id, TODAY, (AssessmentForm("own_fatigue", {"1": 5}),))
    for key in ("", "k" * 65):
        with pytest.raises(Invalid):
            assess.record(work, form, key)


@pytest.mark.usefixtures("alone")
def test_old_keys_are_forgotten(work, cast, session):
    form = VisitForm(cast.patient_id, TODAY, (AssessmentForm("own_fatigue", {"1": 5}),))
    assess.record(work, form, "k")
    assert forget_old_keys(work) == 0
    assert forget_old_keys(replace(work, now=NOON + timedelta(days=30))) == 1
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


ANSWERS = st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), st.integers(0, 3)), max_size=4)


@given(ANSWERS, ANSWERS)
def test_equal_bodies_and_only_they_have_equal_fingerprints(one, other):
    def form(answers):
        return AssessmentForm("x", dict(answers))

    assert body_hash(form(one)) == body_hash(form(dict(reversed(one.items()))))
    assert (body_hash(form(one)) == body_hash(form(other))) == (one == other)
