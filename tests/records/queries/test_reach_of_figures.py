"""A figure of the whole clinic is the same whoever is told it, and nobody's narrow view of it is kept for others."""

import pytest

from outcomes.access.scope import DOOR, Reach, Within, reach_of, scope_of
from outcomes.records.queries.own_error import own_errors
from outcomes.records.queries.remembered import NarrowReachError, Remembered
from outcomes.records.session import act_as, keep_within, new_session, open_engine, reaches, whole_clinic
from tests.cast import make_cast
from tests.databases import AUDIT_KEY
from tests.factories import NOON, Maker, days_before, make_work

SCALE = "own_fatigue.score"


@pytest.fixture
def clinic(engine, catalogue):
    """The engine of the web, which has no reach of its own, over a clinic with an error of its own; and its people."""
    with new_session(engine) as session:
        cast = make_cast(session)
        act_as(session, cast.clinician.name_in_trail)
        maker = Maker(make_work(session, cast.clinician, catalogue, NOON))
        for made in (maker.known(cast.patient_id), *(maker.patient(f"S-{number}") for number in range(20))):
            made.course(days_before(40)).scored(days_before(41), fatigue=5).scored(days_before(50), fatigue=7)
        session.commit()
    web = open_engine(engine.url.render_as_string(hide_password=False), AUDIT_KEY)
    yield web, cast
    web.dispose()


def told(web, cast, name, memory=None):
    """The clinic's own error as one of the cast is told it, in a session that reaches as far as that person may."""
    actor = getattr(cast, name)
    with new_session(web, read_only=True, reach=reach_of(actor, cast.users[name])) as session:
        return own_errors(scope_of(actor), session, [SCALE], memory)


def test_a_patient_is_told_the_same_error_as_a_clinician(clinic):
    assert told(*clinic, "patient") == told(*clinic, "clinician")
    assert told(*clinic, "patient")[SCALE].people == 21


@pytest.mark.parametrize("order", [("patient", "clinician"), ("clinician", "patient")])
def test_who_asks_first_changes_nothing_for_the_next(clinic, order):
    memory = Remembered()
    first, second = (told(*clinic, name, memory) for name in order)
    assert first == second
    assert first[SCALE].people == 21


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
def test_nothing_is_kept_of_what_a_narrower_session_sees(clinic, name):
    web, cast = clinic
    reach = reach_of(getattr(cast, name), cast.users[name])
    with new_session(web, read_only=True, reach=reach) as session, pytest.raises(NarrowReachError):
        Remembered().get(cast.scope, session, "anything", list)


def test_one_s_own_results_can_be_kept_for_oneself(clinic):
    web, cast = clinic
    with new_session(web, read_only=True, reach=reach_of(cast.patient)) as session:
        assert Remembered().get(scope_of(cast.patient), session, "anything", lambda: "own") == "own"


@pytest.mark.parametrize(
    ("name", "whole", "own"),
    [("clinician", True, True), ("administrator", True, True), ("patient", False, True), ("researcher", False, False)],
)
def test_what_a_session_reaches(clinic, name, whole, own):
    web, cast = clinic
    with new_session(web, reach=reach_of(getattr(cast, name))) as session:
        assert (reaches(session, cast.scope), reaches(session, scope_of(cast.patient))) == (whole, own)
        assert not reaches(session, cast.scope_elsewhere)


def test_a_session_at_the_door_or_of_nobody_reaches_nothing_and_the_program_everything(clinic):
    web, cast = clinic
    for reach, reached in ((DOOR, False), (None, False), (Reach(Within.EVERYTHING), True)):
        with new_session(web, reach=reach) as session:
            assert reaches(session, cast.scope) is reached


def test_a_session_that_became_somebody_s_reaches_as_far_as_that_person(clinic):
    web, cast = clinic
    with new_session(web, reach=DOOR) as session:
        session.connection()
        keep_within(session, reach_of(cast.patient))
        assert not reaches(session, cast.scope)
        with whole_clinic(session, cast.clinic_id) as wide:
            assert wide is not session
            assert reaches(wide, cast.scope)
        keep_within(session, reach_of(cast.clinician))
        with whole_clinic(session, cast.clinic_id) as wide:
            assert wide is session


def test_a_session_that_became_somebody_s_keeps_its_one_connection(clinic):
    web, cast = clinic
    with new_session(web, reach=DOOR) as session:
        before = session.connection().connection.dbapi_connection
        keep_within(session, reach_of(cast.clinician))
        assert session.connection().connection.dbapi_connection is before
