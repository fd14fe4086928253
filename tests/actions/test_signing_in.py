"""The front door: who gets in, who is slowed down, and what ends a sign-in."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from outcomes.access.passwords import hashed
from outcomes.access.tokens import new_clinic_token, new_token, token_hash
from outcomes.actions import signing_in
from outcomes.actions.errors import Invalid, NotFound
from outcomes.actions.signing_in import Doorway, LinkExpired, TooManyAttempts, WrongSignIn
from outcomes.records.queries.signing_in import devices, invited, signed_in
from outcomes.records.session import act_as
from outcomes.records.tables import Invitation, Membership, SignInAttempt, User
from outcomes.terms import Language, Role, Standing
from tests.cast import NOW, add_member, email

PASSWORD = "winter teapot on a quiet hill"
OTHER = "seven lanterns along the canal"
STORED = hashed(PASSWORD)
KEY = b"key"
ADDRESS = email("clinician")


@pytest.fixture
def clinician_id(session, cast):
    user_id = cast.users["clinician"]
    session.get(User, user_id).password_hash = STORED
    session.flush()
    return user_id


@pytest.fixture
def door(session):
    return Doorway(session, NOW, KEY, demo=True)


def later(door, **time):
    return Doorway(door.session, door.now + timedelta(**time), door.key, door.demo)


def enter(door, password=PASSWORD, address=ADDRESS, place="network 192.0.2.1"):
    return signing_in.sign_in(door, address, password, place, "Firefox, Linux")


def fail(door, times, **given):
    for _ in range(times):
        with pytest.raises(WrongSignIn):
            enter(door, "wrong", **given)


def test_the_right_password_opens_and_the_token_stands_for_the_person(door, clinician_id):
    person = signed_in(door.session, enter(door), NOW)
    assert person.user_id == clinician_id
    assert [place.actor.role for place in person.places] == [Role.CLINICIAN]
    assert person.places[0].clinic == "Bosphorus Clinic"


@pytest.mark.parametrize("typed", [" Clinician@Example.org ", "CLINICIAN@EXAMPLE.ORG"])
def test_the_address_may_be_typed_in_any_case(door, clinician_id, typed):
    assert enter(door, address=typed)


@pytest.mark.parametrize("address", [email("clinician"), "nobody@example.org", email("patient"), ""])
def test_a_wrong_password_an_unknown_address_and_an_account_without_password_are_refused_alike(
    door, clinician_id, address
):
    with pytest.raises(WrongSignIn):
        enter(door, "wrong", address)


def test_a_deactivated_account_is_refused_as_a_wrong_password_is(door, clinician_id):
    door.session.get(User, clinician_id).active = False
    door.session.flush()
    with pytest.raises(WrongSignIn):
        enter(door)


def test_attempts_get_slower_and_end_after_ten(door, clinician_id):
    fail(door, 3)
    with pytest.raises(TooManyAttempts) as refused:
        enter(door)
    assert refused.value.values == {"seconds": 1}
    waited = door
    for wait in (1, 2, 4, 8, 16, 32, 64):
        waited = later(waited, seconds=wait)
        fail(waited, 1)
    with pytest.raises(TooManyAttempts):
        enter(later(waited, minutes=12))
    assert enter(later(waited, minutes=16))


def test_attempts_from_elsewhere_do_not_slow_the_owner(door, clinician_id):
    fail(door, 3, place="network 203.0.113.9")
    with pytest.raises(TooManyAttempts):
        enter(door, place="network 203.0.113.9")
    assert enter(door)
    assert enter(door, place="device known")


def test_unknown_accounts_are_slowed_like_known_ones(door, cast):
    fail(door, 3, address="nobody@example.org")
    with pytest.raises(TooManyAttempts):
        enter(door, address="nobody@example.org")


def test_success_forgets_the_attempts_before(door, clinician_id):
    fail(door, 2)
    enter(door)
    fail(door, 2)
    assert enter(door)


def test_attempts_keep_no_address_and_are_deleted_when_they_no_longer_count(door, clinician_id):
    fail(door, 1)
    row = door.session.scalars(select(SignInAttempt)).one()
    assert "clinician" not in row.account_hash
    fail(later(door, minutes=20), 1, address="nobody@example.org")
    assert door.session.scalar(select(func.count()).select_from(SignInAttempt)) == 1


def test_an_outdated_hash_is_replaced_at_sign_in(door, clinician_id):
    from argon2 import PasswordHasher  # noqa: PLC0415 - only here

    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    door.session.get(User, clinician_id).password_hash = weak
    door.session.flush()
    enter(door)
    assert "m=19456" in door.session.get(User, clinician_id).password_hash


@pytest.mark.parametrize(
    ("name", "idle", "standing"),
    [
        ("clinician", 15, Standing.FULL),
        ("clinician", 16, Standing.LOCKED),
        ("researcher", 16, Standing.LOCKED),
        ("administrator", 719, Standing.LOCKED),
        ("clinician", 721, None),
        ("patient", 60, Standing.FULL),
        ("patient", 61, None),
    ],
)
def test_a_sleeping_sign_in_is_locked_or_ended(door, cast, name, idle, standing):
    token = signing_in.begin(door, cast.users[name], "")
    person = signed_in(door.session, token, NOW + timedelta(minutes=idle))
    assert (person and person.standing) is standing


def test_an_ended_sign_in_is_worth_nothing(door, clinician_id):
    token = enter(door)
    signing_in.end(door, clinician_id, signed_in(door.session, token, NOW).sign_in_id)
    assert signed_in(door.session, token, NOW) is None


def test_nobody_ends_the_sign_in_of_another(door, clinician_id, cast):
    mine = signed_in(door.session, enter(door), NOW).sign_in_id
    with pytest.raises(NotFound):
        signing_in.end(door, cast.users["researcher"], mine)
    assert [device.id for device in devices(door.session, clinician_id, NOW)] == [mine]


@pytest.mark.parametrize("switch", ["account", "membership"])
def test_deactivation_counts_from_the_next_request(door, clinician_id, cast, switch):
    token = enter(door)
    member = door.session.get(Membership, (cast.clinic_id, cast.clinician.membership_id))
    row = door.session.get(User, clinician_id) if switch == "account" else member
    row.active = False
    door.session.flush()
    assert signed_in(door.session, token, NOW) is None


def test_a_new_password_ends_every_other_device(door, clinician_id):
    here, there = enter(door), enter(door)
    keep = signed_in(door.session, here, NOW).sign_in_id
    oneself = signing_in.Oneself(clinician_id, keep, ("A clinician",))
    signing_in.change_password(door, oneself, PASSWORD, OTHER)
    assert signed_in(door.session, here, NOW) is not None
    assert signed_in(door.session, there, NOW) is None
    assert enter(door, OTHER)


@pytest.mark.parametrize(("old", "new", "field"), [("wrong", OTHER, "old"), (PASSWORD, "short", "password")])
def test_a_password_changes_only_with_the_old_one_to_a_strong_one(door, clinician_id, old, new, field):
    keep = signed_in(door.session, enter(door), NOW).sign_in_id
    with pytest.raises(Invalid) as refused:
        signing_in.change_password(door, signing_in.Oneself(clinician_id, keep, ()), old, new)
    assert refused.value.field == field


def link(session, actor):
    """The secret of a new invitation to an actor's place."""
    token = new_clinic_token(actor.clinic_id)
    act_as(session, "program")
    session.add(
        Invitation(
            clinic_id=actor.clinic_id,
            membership_id=actor.membership_id,
            token_hash=token_hash(token),
            made_at=NOW,
            expires_at=NOW + timedelta(hours=72),
        )
    )
    session.flush()
    return token


@pytest.fixture
def token(session, cast):
    return link(session, cast.clinician)


def test_an_invitation_shows_whom_it_is_for_and_looking_does_not_use_it_up(door, token):
    for _ in range(2):
        guest = invited(door.session, token, NOW)
        assert (guest.email, guest.clinic) == (email("clinician"), "Bosphorus Clinic")


def test_an_invitation_sets_name_and_password_and_signs_in(door, cast, token):
    fresh = signing_in.accept(door, token, " Dr Deniz Kaya ", PASSWORD, "")
    assert signed_in(door.session, fresh, NOW).places[0].name == "Dr Deniz Kaya"
    assert enter(door)


def test_an_invitation_works_once(door, token):
    signing_in.accept(door, token, "Deniz", PASSWORD, "")
    with pytest.raises(LinkExpired):
        signing_in.accept(door, token, "Deniz", OTHER, "")
    assert invited(door.session, token, NOW) is None


def test_an_invitation_grows_old_and_a_guessed_one_opens_nothing(door, token):
    assert invited(door.session, token, NOW + timedelta(hours=73)) is None
    assert invited(door.session, new_token(), NOW) is None
    assert invited(door.session, new_clinic_token(UUID(int=7)), NOW) is None


@pytest.mark.parametrize(("name", "password", "field"), [("  ", PASSWORD, "name"), ("Deniz", "password1", "password")])
def test_an_invitation_is_not_used_up_by_a_refused_form(door, token, name, password, field):
    with pytest.raises(Invalid) as refused:
        signing_in.accept(door, token, name, password, "")
    assert refused.value.field == field
    assert invited(door.session, token, NOW) is not None


def test_a_link_of_one_clinic_opens_no_other_that_invited_the_same_address(door, cast):
    place = (cast.users["clinician"], cast.elsewhere_id, Role.CLINICIAN, None)
    mine, theirs = link(door.session, cast.clinician), link(door.session, add_member(door.session, *place))
    person = signed_in(door.session, signing_in.accept(door, theirs, "Deniz", PASSWORD, ""), NOW)
    assert [place.clinic for place in person.places] == ["Elsewhere Clinic"]
    person = signed_in(door.session, signing_in.accept(door, mine, "Deniz", PASSWORD, ""), NOW)
    assert {place.clinic for place in person.places} == {"Elsewhere Clinic", "Bosphorus Clinic"}


def test_a_second_link_leaves_an_accepted_place_open(door, cast, token):
    inside = signing_in.accept(door, token, "Deniz", PASSWORD, "")
    link(door.session, cast.clinician)
    assert signed_in(door.session, inside, NOW) is not None


def test_language_and_display_are_kept_with_the_account(door, clinician_id):
    signing_in.choose_language(door, clinician_id, Language.TURKISH)
    signing_in.choose_theme(door, clinician_id, "quiet")
    person = signed_in(door.session, enter(door), NOW)
    assert (person.language, person.theme) == (Language.TURKISH, "quiet")
    with pytest.raises(Invalid):
        signing_in.choose_theme(door, clinician_id, "neon")
