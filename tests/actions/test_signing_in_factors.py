"""Second factors without a browser: what half a sign-in is worth, codes that work once, challenges that do not last."""

from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest
from sqlalchemy import func, select

from outcomes.access.sealed_secrets import SecretUnreadable, open_secret, seal_secret
from outcomes.actions import signing_in, signing_in_factors, signing_in_links, signing_in_passkeys
from outcomes.actions.errors import Invalid, NotAllowed, NotFound
from outcomes.actions.signing_in import Doorway, LinkExpired, TooManyAttempts
from outcomes.actions.signing_in_factors import WrongCode, confirm_app, give_code, start_app
from outcomes.records.queries.factors import factors_of
from outcomes.records.queries.signing_in import signed_in
from outcomes.records.tables import AccountLink, AuditEntry, Challenge, Membership, Passkey, User
from outcomes.terms import Language, LinkKind, Standing
from tests.cast import MASTER_KEYS, NOW, email

SITE = "http://localhost:8000"


def door_at(session, **later):
    return Doorway(session, NOW + timedelta(**later), b"key", master_keys=MASTER_KEYS, public_url=SITE)


@pytest.fixture
def door(session):
    return door_at(session)


@pytest.fixture
def person(cast):
    return cast.users["clinician"]


@pytest.fixture
def app(door, person):
    secret = start_app(door, person)
    confirm_app(door, person, pyotp.TOTP(secret).at(NOW))
    return pyotp.TOTP(secret)


def half(door, person):
    token = signing_in.begin(door, person, "", half=True)
    return signed_in(door.session, token, door.now)


def test_half_a_sign_in_says_what_is_owed(door, person):
    assert half(door, person).standing is Standing.SETS_UP
    secret = start_app(door, person)
    assert half(door, person).standing is Standing.SETS_UP
    confirm_app(door, person, pyotp.TOTP(secret).at(NOW))
    assert half(door, person).standing is Standing.OWES_FACTOR


@pytest.mark.parametrize(("name", "demo", "owes"), [("clinician", False, True), ("clinician", True, False)])
@pytest.mark.parametrize("role", ["clinician", "researcher", "administrator"])
def test_staff_owe_a_factor_outside_the_demo(session, cast, name, demo, owes, role):
    door = Doorway(session, NOW, b"key", demo=demo)
    token = signing_in.begin_by_password(door, cast.users[role], "")
    assert (signed_in(session, token, NOW).standing is not Standing.FULL) is owes


def test_a_code_makes_it_whole_and_ends_the_half(door, person, app):
    later = door_at(door.session, seconds=60)
    begun = half(later, person)
    token = give_code(later, person, begun.sign_in_id, app.at(later.now), "network a")
    assert signed_in(door.session, token, later.now).standing is Standing.FULL
    with pytest.raises(NotFound):
        signing_in.renew(later, person, begun.sign_in_id)


def test_the_code_that_set_the_app_up_does_not_sign_in(door, person, app):
    with pytest.raises(WrongCode):
        give_code(door, person, half(door, person).sign_in_id, app.at(NOW), "network a")


def test_an_older_step_is_refused_after_a_newer_one(door, person, app):
    later = door_at(door.session, seconds=60)
    give_code(later, person, half(later, person).sign_in_id, app.at(later.now), "network a")
    with pytest.raises(WrongCode):
        give_code(later, person, half(later, person).sign_in_id, app.at(later.now - timedelta(seconds=30)), "network a")


def test_codes_are_counted_by_place_and_apart_from_passwords(door, person, app):
    begun = half(door, person).sign_in_id
    for _ in range(3):
        with pytest.raises(WrongCode):
            give_code(door, person, begun, "000000", "network a")
    with pytest.raises(TooManyAttempts):
        give_code(door, person, begun, app.at(NOW + timedelta(seconds=30)), "network a")
    assert give_code(door, person, begun, app.at(NOW + timedelta(seconds=30)), "device known")


def test_an_app_is_set_up_once(door, person, app):
    with pytest.raises(Invalid):
        start_app(door, person)
    with pytest.raises(NotFound):
        confirm_app(door, person, app.at(NOW))


def test_asked_again_before_the_first_code_it_is_the_same_secret(door, person):
    assert start_app(door, person) == start_app(door, person)


def test_a_secret_opens_for_its_account_and_key_alone(person, cast):
    sealed = seal_secret(MASTER_KEYS, person, "secret")
    assert open_secret(MASTER_KEYS, person, sealed) == "secret"
    assert sealed != seal_secret(MASTER_KEYS, person, "secret")
    name, _, text = sealed.partition(":")
    other = ((name, b"x" * 32),)
    for keys, whose, what in (
        (MASTER_KEYS, cast.users["patient"], sealed),
        (other, person, sealed),
        (MASTER_KEYS, person, f"gone:{text}"),
        (MASTER_KEYS, person, f"{name}:{text[:-8]}AAAAAAA="),
    ):
        with pytest.raises(SecretUnreadable):
            open_secret(keys, whose, what)


def test_what_is_another_person_s_or_not_there_is_not_found(door, person, cast, session):
    other = cast.users["patient"]
    key = Passkey(user_id=other, name="Phone", made_at=NOW, credential_id=b"c" * 20, public_key=b"p" * 20)
    session.add(key)
    session.flush()
    theirs = half(door, other).sign_in_id
    for act in (
        lambda: confirm_app(door, person, "123456"),
        lambda: signing_in_factors.remove_app(door, person),
        lambda: signing_in_factors.remove_passkey(door, person, key.id),
        lambda: signing_in_factors.remove_passkey(door, person, uuid4()),
        lambda: signing_in.renew(door, person, theirs),
        lambda: signing_in.renew(door, person, uuid4()),
        lambda: signing_in.choose_language(door, uuid4(), Language.TURKISH),
    ):
        with pytest.raises(NotFound):
            act()
    assert session.get(Passkey, key.id) is not None


def test_the_trail_keeps_no_secret(door, person, app, session):
    session.commit()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.table_name == "user_account")).all()
    stored = session.get(User, person).second_factor_secret
    assert entries
    assert all(stored not in str(entry.new) and app.secret not in str(entry.new) for entry in entries)


def test_a_reset_is_the_administrators_with_a_reason(as_one, cast, door, person, app, session):
    place = cast.clinician.membership_id
    with pytest.raises(NotAllowed):
        signing_in_factors.reset_factors(as_one("clinician"), place, "lost")
    with pytest.raises(Invalid):
        signing_in_factors.reset_factors(as_one("administrator"), place, "  ")
    with pytest.raises(NotFound):
        signing_in_factors.reset_factors(as_one("administrator"), cast.clinician_elsewhere.membership_id, "lost")
    assert factors_of(session, person).any
    signing_in_factors.reset_factors(as_one("administrator"), place, "lost")
    assert not factors_of(session, person).any
    assert factors_of(session, person).recovery_codes == 0


def test_the_reason_of_a_reset_stands_in_the_trail(as_one, cast, app, session, person):
    signing_in_factors.reset_factors(as_one("administrator"), cast.clinician.membership_id, "telephone lost")
    session.commit()
    reasons = session.scalars(select(AuditEntry.reason).where(AuditEntry.table_name == "user_account")).all()
    assert "telephone lost" in reasons


def test_an_exception_is_recorded_for_patients_alone(as_one, cast, session):
    work = as_one("administrator")
    signing_in_factors.record_one_factor(work, cast.patient.membership_id, "very severe", 1)
    row = session.get(Membership, (cast.clinic_id, cast.patient.membership_id))
    assert (row.one_factor_basis, row.one_factor_by) == ("very severe", cast.administrator.membership_id)
    with pytest.raises(Invalid):
        signing_in_factors.record_one_factor(work, cast.clinician.membership_id, "in a hurry", 1)


# Passkeys


def test_a_challenge_is_used_once_and_does_not_last(door, person, session):
    challenge_id, _ = signing_in_passkeys.ask_to_sign_in(door)
    with pytest.raises(signing_in_passkeys.PasskeyNotAccepted):
        signing_in_passkeys.sign_in_with_passkey(door, challenge_id, "{}", "")
    assert session.get(Challenge, challenge_id) is None
    old, _ = signing_in_passkeys.ask_to_sign_in(door)
    signing_in_passkeys.ask_to_sign_in(door_at(session, minutes=6))
    assert session.scalar(select(func.count()).where(Challenge.id == old)) == 0


def test_the_options_name_the_site_and_ask_for_the_user(door, person):
    _, options = signing_in_passkeys.ask_to_register(door, person)
    assert '"id": "localhost"' in options
    assert '"userVerification": "required"' in options
    assert '"residentKey": "preferred"' in options
    with pytest.raises(Invalid):
        signing_in_passkeys.register(door, person, None, "{}", "laptop")


# Links


def give_passwords(session, cast):
    for user_id in cast.users.values():
        session.get(User, user_id).password_hash = "x"
    session.flush()


def token_of(post):
    return next(line for line in post.text.splitlines() if line.startswith("http")).rsplit("/", 1)[1]


def test_a_link_is_for_the_stored_address(door, cast, session):
    give_passwords(session, cast)
    post = signing_in_links.write_link(door, LinkKind.RESET, " PATIENT@example.ORG ")
    assert post.to == email("patient")
    assert signing_in_links.write_link(door, LinkKind.RESET, "nobody@example.org") is None
    assert signing_in_links.write_link(door, LinkKind.SIGN_IN, email("clinician")) is None


def test_who_never_came_in_gets_no_link(door, cast):
    assert signing_in_links.write_link(door, LinkKind.RESET, email("patient")) is None


def test_a_new_password_uses_every_open_link_up(door, cast, session):
    give_passwords(session, cast)
    first, second = (signing_in_links.write_link(door, LinkKind.RESET, email("patient")) for _ in range(2))
    signing_in_links.reset_password(door, token_of(first), "winter teapot on a quiet hill")
    for post in (first, second):
        with pytest.raises(LinkExpired):
            signing_in_links.linked(door, LinkKind.RESET, token_of(post))
    assert session.scalar(select(func.count()).where(AccountLink.used_at.is_(None))) == 0


def test_a_link_to_sign_in_leaves_a_second_factor_owed(door, cast, session):
    give_passwords(session, cast)
    person = cast.users["patient"]
    secret = start_app(door, person)
    confirm_app(door, person, pyotp.TOTP(secret).at(NOW))
    post = signing_in_links.write_link(door, LinkKind.SIGN_IN, email("patient"))
    token = signing_in_links.sign_in_by_link(door, token_of(post), "")
    assert signed_in(session, token, NOW).standing is Standing.OWES_FACTOR
