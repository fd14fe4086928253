"""Who may do what: the own clinic, the own record, and the acts of one's role."""

from uuid import uuid4

import pytest

from outcomes.access.rules import ACTS, ADMITTED, WAITING_ROOMS, Access, Act, Subject, admits, can
from outcomes.access.scope import Actor
from outcomes.terms import Role, Standing

HERE, THERE = uuid4(), uuid4()
MINE, ANOTHER = uuid4(), uuid4()
STAFF = (Role.CLINICIAN, Role.ADMINISTRATOR)


def actor(role: Role) -> Actor:
    return Actor(HERE, uuid4(), role, MINE if role is Role.PATIENT else None)


def test_every_rule_and_every_act_is_in_its_table():
    assert set(ADMITTED) == set(Access) - {Access.EVERYONE}
    assert set(ACTS) == set(Act)


@pytest.mark.parametrize("access", Access)
def test_nobody_unknown_passes_a_rule_but_the_one_for_everyone(access):
    assert admits(access, None) is (access is Access.EVERYONE)


@pytest.mark.parametrize(
    ("access", "roles"),
    [
        (Access.EVERYONE, set(Role)),
        (Access.SIGNED_IN, set(Role)),
        (Access.CLINICIANS, set(STAFF)),
        (Access.ADMINISTRATORS, {Role.ADMINISTRATOR}),
        (Access.PATIENTS, {Role.PATIENT}),
        (Access.RESEARCHERS, {Role.RESEARCHER}),
        (Access.RELEASES, {Role.RESEARCHER, Role.ADMINISTRATOR}),
        (Access.SECOND_FACTOR, set(Role)),
        (Access.SETTING_UP, set(Role)),
        (Access.UNLOCKING, set(Role)),
    ],
)
def test_a_rule_admits_its_roles(access, roles):
    assert {role for role in Role if admits(access, role)} == roles


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_nobody_acts_in_another_clinic(role, act):
    assert not can(actor(role), act, Subject(THERE, MINE))
    assert not can(actor(role), act, Subject(THERE))


@pytest.mark.parametrize("act", Act)
def test_a_patient_touches_the_own_record_alone(act):
    patient = actor(Role.PATIENT)
    assert not can(patient, act, Subject(HERE, ANOTHER))
    assert not can(patient, act, Subject(HERE))
    assert can(patient, act, Subject(HERE, MINE)) is (act in {Act.SEE_RECORD, Act.REPORT_ON_ONESELF})


def test_a_patient_account_without_a_record_touches_nothing():
    nobody = Actor(HERE, uuid4(), Role.PATIENT, None)
    assert not any(can(nobody, act, Subject(HERE)) for act in Act)


def test_a_researcher_reaches_releases_and_nothing_else():
    allowed = {act for act in Act if can(actor(Role.RESEARCHER), act, Subject(HERE, ANOTHER))}
    assert allowed == {Act.TAKE_RELEASE}


@pytest.mark.parametrize(
    ("act", "roles"),
    [
        (Act.SEE_RECORD, {*STAFF, Role.PATIENT}),
        (Act.CHANGE_RECORD, set(STAFF)),
        (Act.SIGN_RECORD, set(STAFF)),
        (Act.REPORT_ON_ONESELF, {Role.PATIENT}),
        (Act.SEE_COHORT, set(STAFF)),
        (Act.IMPORT_RECORDS, set(STAFF)),
        (Act.MERGE_RECORDS, {Role.ADMINISTRATOR}),
        (Act.ERASE_RECORD, {Role.ADMINISTRATOR}),
        (Act.MANAGE_MEMBERS, {Role.ADMINISTRATOR}),
        (Act.MANAGE_PROTOCOL, {Role.ADMINISTRATOR}),
        (Act.SEE_TRAIL, {Role.ADMINISTRATOR}),
        (Act.PREPARE_RELEASE, {Role.ADMINISTRATOR}),
        (Act.TAKE_RELEASE, {Role.RESEARCHER, Role.ADMINISTRATOR}),
    ],
)
def test_an_act_is_for_its_roles(act, roles):
    assert {role for role in Role if can(actor(role), act, Subject(HERE, MINE))} == roles


def test_each_sign_in_that_is_not_whole_has_its_own_room():
    assert WAITING_ROOMS == {
        Standing.OWES_FACTOR: Access.SECOND_FACTOR,
        Standing.SETS_UP: Access.SETTING_UP,
        Standing.LOCKED: Access.UNLOCKING,
    }
