"""Clinics and their members."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from outcomes.actions import accounts, signing_in
from outcomes.actions.accounts import ClinicForm, MemberForm, found_clinic, invite
from outcomes.actions.errors import Invalid, NotAllowed, NotFound, StaleVersion
from outcomes.records.queries.signing_in import invited, signed_in
from outcomes.records.session import act_as
from outcomes.records.tables import Clinic, Consent, Invitation, Membership, User
from outcomes.terms import Purpose, Role
from tests.cast import email
from tests.factories import NOON

PASSWORD = "a calm river at noon"
OTHER = "another calm river at noon"
HERE = ClinicForm("Marmara Clinic", "Europe/Istanbul", code_prefix="MC")
FIRST = MemberForm("first@example.org", "First Person", Role.ADMINISTRATOR)
NEW = MemberForm("new@example.org", "New Person", Role.CLINICIAN)


@pytest.fixture
def door(session):
    return signing_in.Doorway(session, NOON, b"k" * 32, demo=True)


@pytest.fixture
def admin(as_one):
    return as_one("administrator")


def member_of(session, place):
    return session.scalar(select(Membership).where(Membership.id == place.membership_id))


def test_a_clinic_is_founded_with_an_administrator_who_comes_in_by_a_link(session, door):
    founded = found_clinic(session, HERE, FIRST, NOON)
    guest = invited(session, founded.administrator.token, NOON)
    assert (guest.clinic, guest.email, guest.name) == ("Marmara Clinic", "first@example.org", "First Person")
    cookie = signing_in.accept(door, founded.administrator.token, "First Person", PASSWORD, "a test")
    (place,) = signed_in(session, cookie, NOON).places
    assert (place.actor.role, place.actor.clinic_id) == (Role.ADMINISTRATOR, founded.clinic_id)


def test_a_link_works_once_and_for_72_hours(session, door):
    founded = found_clinic(session, HERE, FIRST, NOON)
    token = founded.administrator.token
    assert invited(session, token, NOON + timedelta(hours=71, minutes=59)) is not None
    assert invited(session, token, NOON + timedelta(hours=72)) is None
    signing_in.accept(door, token, "First", PASSWORD, "a test")
    assert invited(session, token, NOON) is None


def test_the_secret_of_a_link_is_kept_nowhere(session):
    token = found_clinic(session, HERE, FIRST, NOON).administrator.token
    stored = session.scalars(select(Invitation.token_hash)).all()
    assert token not in stored
    assert not any(token[32:] in each for each in stored)


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: "0" * 32 + token[32:], lambda _: "", str.upper]
)
def test_a_changed_link_leads_nowhere(session, change):
    token = found_clinic(session, HERE, FIRST, NOON).administrator.token
    assert invited(session, change(token), NOON) is None


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (replace(HERE, name=" "), "needed"),
        (replace(HERE, time_zone="Mars/Base"), "time_zone"),
        (replace(HERE, code_prefix="A-%"), "code_prefix"),
    ],
)
def test_a_clinic_that_cannot_be_is_refused(session, form, code):
    with pytest.raises(Invalid) as refused:
        found_clinic(session, form, FIRST, NOON)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "@example.org", "a@@example.org", "a b@example.org", "a@example.org@x.org"]
)
def test_what_is_no_address_is_refused(admin, address):
    with pytest.raises(Invalid):
        invite(admin, replace(NEW, email=address))


def test_a_known_address_keeps_its_account(session, admin, cast):
    place = invite(admin, replace(NEW, email=" Researcher@Example.ORG "))
    assert member_of(session, place).user_id == cast.users["researcher"]
    assert session.scalars(select(User).where(User.email == email("researcher"))).one()


def test_the_same_role_twice_is_refused(admin):
    with pytest.raises(Invalid) as refused:
        invite(admin, replace(NEW, email=email("clinician")))
    assert refused.value.code == "member_already"


def test_a_new_link_kills_the_older_ones(session, admin):
    first = invite(admin, NEW)
    second = accounts.invite_again(admin, first.membership_id)
    assert invited(session, first.token, NOON) is None
    assert invited(session, second.token, NOON).name == "New Person"


def test_who_is_let_go_is_signed_out_and_may_come_back(session, admin, cast, door):
    cookie = signing_in.begin(door, cast.users["clinician"], "a test")
    act_as(session, admin.actor.name_in_trail)
    accounts.let_go(admin, cast.clinician.membership_id, 1)
    assert signed_in(session, cookie, NOON) is None
    accounts.take_back_in(admin, cast.clinician.membership_id, 2)
    assert signed_in(session, signing_in.begin(door, cast.users["clinician"], "x"), NOON) is not None


def test_another_role_ends_the_sign_ins_of_the_old_one(session, admin, cast, door):
    cookie = signing_in.begin(door, cast.users["clinician"], "a test")
    accounts.change_role(admin, cast.clinician.membership_id, Role.RESEARCHER, 1)
    assert signed_in(session, cookie, NOON) is None


def test_two_administrators_do_not_overwrite_each_other(admin, cast):
    accounts.change_role(admin, cast.clinician.membership_id, Role.RESEARCHER, 1)
    with pytest.raises(StaleVersion):
        accounts.let_go(admin, cast.clinician.membership_id, 1)


def test_the_clinic_is_edited_on_its_newest_version(session, admin, cast):
    accounts.edit_clinic(admin, HERE, 1)
    assert session.get(Clinic, cast.clinic_id).name == "Marmara Clinic"
    accounts.edit_clinic(admin, HERE, 1)
    with pytest.raises(StaleVersion) as refused:
        accounts.edit_clinic(admin, replace(HERE, name="Aegean Clinic"), 1)
    assert [(each.field, each.mine, each.theirs) for each in refused.value.conflicts] == [
        ("name", "Aegean Clinic", "Marmara Clinic")
    ]


# who may not


@pytest.mark.parametrize("name", ["clinician", "patient", "researcher"])
def test_only_administrators_invite_staff(as_one, name):
    with pytest.raises(NotAllowed):
        invite(as_one(name), NEW)


def test_clinicians_invite_patients_of_their_own_clinic(session, as_one, cast):
    form = MemberForm("ada@example.org", "Ada", Role.PATIENT, patient_id=cast.other_patient_id)
    place = invite(as_one("clinician"), form)
    assert member_of(session, place).patient_id == cast.other_patient_id
    with pytest.raises(NotFound):
        invite(as_one("clinician"), replace(form, email="x@example.org", patient_id=cast.patient_elsewhere_id))


def test_a_patients_account_needs_its_patient_and_staff_have_none(admin, cast):
    for form in (replace(NEW, role=Role.PATIENT), replace(NEW, patient_id=cast.patient_id)):
        with pytest.raises(Invalid):
            invite(admin, form)


def test_nobody_shuts_the_door_on_themselves(admin, cast):
    with pytest.raises(NotAllowed):
        accounts.let_go(admin, cast.administrator.membership_id, 1)
    with pytest.raises(NotAllowed):
        accounts.change_role(admin, cast.administrator.membership_id, Role.CLINICIAN, 1)


def test_a_patients_account_never_becomes_another(admin, cast):
    with pytest.raises(Invalid):
        accounts.change_role(admin, cast.patient.membership_id, Role.CLINICIAN, 1)
    with pytest.raises(Invalid):
        accounts.change_role(admin, cast.clinician.membership_id, Role.PATIENT, 1)


def test_members_elsewhere_are_out_of_reach(admin, cast):
    for act in (accounts.let_go, accounts.take_back_in):
        with pytest.raises(NotFound):
            act(admin, cast.clinician_elsewhere.membership_id, 1)
    with pytest.raises(NotFound):
        accounts.invite_again(admin, cast.clinician_elsewhere.membership_id)


def give_password(door, session, user_id):
    act_as(session, "program")
    signing_in.set_password(door, user_id, PASSWORD, ())


def test_an_administrator_cannot_take_over_an_account_of_another_clinic(session, admin, cast, door):
    give_password(door, session, cast.users["clinician_elsewhere"])
    place = invite(admin, replace(NEW, email=email("clinician_elsewhere")))
    with pytest.raises(Invalid):
        signing_in.accept(door, place.token, "Thief", OTHER, "a test")
    cookie = signing_in.accept(door, place.token, "Myself", PASSWORD, "a test")
    assert len(signed_in(session, cookie, NOON).places) == 2


def test_a_clinician_cannot_take_over_a_colleagues_account_by_making_them_a_patient(session, as_one, cast, door):
    give_password(door, session, cast.users["administrator"])
    form = MemberForm(email("administrator"), "x", Role.PATIENT, patient_id=cast.other_patient_id)
    place = invite(as_one("clinician"), form)
    with pytest.raises(Invalid):
        signing_in.accept(door, place.token, "Thief", OTHER, "a test")


@pytest.mark.usefixtures("alone")
def test_an_administrator_may_give_a_member_who_lost_the_password_a_new_link(session, admin, cast, door):
    give_password(door, session, cast.users["clinician"])
    place = accounts.invite_again(admin, cast.clinician.membership_id)
    cookie = signing_in.accept(door, place.token, "Again", OTHER, "a test")
    assert signed_in(session, cookie, NOON) is not None


def test_whoever_is_an_administrator_no_more_leaves_the_clinic_its_last(admin, session, cast):
    """Two who act at once: this one was made a clinician after they had been let in."""
    second = invite(admin, MemberForm("second@example.org", "Second", Role.ADMINISTRATOR)).membership_id
    session.get(Membership, (cast.clinic_id, cast.administrator.membership_id)).role = Role.CLINICIAN
    session.flush()
    version = session.get(Membership, (cast.clinic_id, second)).version
    with pytest.raises(Invalid, match="last_administrator"), session.begin_nested():
        accounts.change_role(admin, second, Role.CLINICIAN, version)
    with pytest.raises(Invalid, match="last_administrator"), session.begin_nested():
        accounts.let_go(admin, second, version)


@pytest.mark.usefixtures("cast")
def test_a_consent_that_was_withdrawn_is_given_anew_for_the_next_carer(as_one, session, cast):
    clinician, form = (
        as_one("clinician"),
        MemberForm("c@example.org", "Carer", Role.PATIENT, patient_id=cast.patient_id),
    )
    accounts.invite_carer(clinician, form, NOON.date(), "1")
    own = select(Consent).where(Consent.clinic_id == cast.clinic_id, Consent.purpose == Purpose.CARER_ACCESS)
    session.scalars(own).one().withdrawn_on = NOON.date()
    session.flush()
    accounts.invite_carer(clinician, replace(form, email="other@example.org"), NOON.date(), "1")
    assert len(session.scalars(own.where(Consent.withdrawn_on.is_(None))).all()) == 1
