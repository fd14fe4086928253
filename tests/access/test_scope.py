"""How far an actor reaches: a patient the own record, a researcher releases, staff their clinic."""

from uuid import uuid4

import pytest

from outcomes.access.scope import Actor, Reach, ReleaseScope, Scope, Within, reach_of, release_scope_of, scope_of
from outcomes.terms import Role

CLINIC, MEMBER, PATIENT, USER = (uuid4() for _ in range(4))


def test_a_patient_account_without_a_patient_reaches_nothing():
    nobody = Actor(CLINIC, MEMBER, Role.PATIENT)
    for asked in (scope_of, reach_of):
        with pytest.raises(PermissionError):
            asked(nobody)


def test_a_patient_reaches_the_own_record():
    actor = Actor(CLINIC, MEMBER, Role.PATIENT, PATIENT)
    assert scope_of(actor) == Scope(CLINIC, PATIENT)
    assert reach_of(actor, USER) == Reach(Within.PATIENT, CLINIC, PATIENT, MEMBER, USER)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.ADMINISTRATOR])
def test_staff_reach_their_clinic(role):
    actor = Actor(CLINIC, MEMBER, role)
    assert scope_of(actor) == Scope(CLINIC)
    assert reach_of(actor, USER) == Reach(Within.CLINIC, CLINIC, None, MEMBER, USER)


@pytest.mark.parametrize("role", Role)
def test_releases_are_for_researchers_and_administrators(role):
    actor = Actor(CLINIC, MEMBER, role, PATIENT if role is Role.PATIENT else None)
    if role in {Role.RESEARCHER, Role.ADMINISTRATOR}:
        assert release_scope_of(actor) == ReleaseScope(CLINIC)
        return
    with pytest.raises(PermissionError):
        release_scope_of(actor)


def test_a_researcher_reaches_releases_alone():
    with pytest.raises(PermissionError):
        scope_of(Actor(CLINIC, MEMBER, Role.RESEARCHER))
    assert reach_of(Actor(CLINIC, MEMBER, Role.RESEARCHER)).within is Within.RELEASES
