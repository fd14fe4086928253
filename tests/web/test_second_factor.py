"""The second factor in a browser: owed by staff, given by app or recovery code, in nobody's way in the demo."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from sqlalchemy import func, select

from outcomes.access.passwords import hashed
from outcomes.access.scope import DOOR
from outcomes.actions.signing_in import Doorway, begin
from outcomes.records.session import new_session
from outcomes.records.tables import Membership, Passkey, RecoveryCode, SignIn, User
from tests.cast import email
from tests.web.conftest import SECRET
from tests.web.pages import said, without_tokens

PASSWORD = "winter teapot on a quiet hill"
STORED = hashed(PASSWORD)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as travelled:
        yield travelled


@pytest.fixture
def passwords(wrote, people):
    def give(session):
        for user_id in people.users.values():
            session.get(User, user_id).password_hash = STORED

    wrote(give)


def with_password(app, name="clinician", **more):
    browser = app.test_client()
    browser.post("/login", data={"email": email(name), "password": PASSWORD, **more})
    return browser


def is_inside(browser):
    return browser.get("/account").status_code == 200


def set_up(browser):
    """Set an app up; return the app and the recovery codes that were shown."""
    page = browser.post("/account/factors/app").text
    app = pyotp.TOTP(re.search(r"<code>([A-Z2-7 ]+)</code>", page).group(1).replace(" ", ""))
    shown = browser.post("/account/factors/app/confirm", data={"code": app.at(datetime.now(UTC))})
    return app, re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", shown.text)


def code_of(app, steps=0):
    return app.at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def give(browser, code, **more):
    return browser.post("/second-factor", data={"code": code, **more})


@pytest.fixture
def owner(app, passwords, clock):
    """A clinician's app and recovery codes, set up at the first sign-in; it is a minute later now."""
    made = set_up(with_password(app))
    clock.shift(60)
    return made


@pytest.mark.parametrize("name", ["clinician", "researcher", "administrator"])
def test_staff_are_led_to_set_one_up_and_see_nothing_before(app, passwords, clock, name):
    browser = with_password(app, name)
    for path in ("/", "/worklist", "/account", "/research", "/login"):
        answer = browser.get(path, follow_redirects=True)
        assert answer.request.path == "/account/factors", path
    assert "Whoever works in a clinic needs one" in said(answer)
    _, codes = set_up(browser)
    assert len(set(codes)) == 8
    assert is_inside(browser)


def test_a_patient_goes_in_with_a_password_alone(app, passwords):
    assert is_inside(with_password(app, "patient"))


def test_in_the_demo_staff_are_not_made_to_set_one_up_and_are_told_so(demo_app, passwords):
    browser = with_password(demo_app)
    assert is_inside(browser)
    assert "nobody is made to set one up" in said(browser.get("/account/factors"))


def test_in_the_demo_who_has_one_gives_it(demo_app, passwords, clock):
    browser = with_password(demo_app)
    assert browser.post("/account/factors/proof", data={"password": PASSWORD}).status_code == 302
    set_up(browser)
    assert not is_inside(with_password(demo_app))


def test_the_app_opens_the_page_asked_for(app, owner):
    browser = with_password(app, next="/worklist")
    answer = browser.get("/worklist")
    assert answer.location == "/second-factor?next=/worklist"
    assert not is_inside(browser)
    assert give(browser, code_of(owner[0]), next="/worklist").location == "/worklist"
    assert is_inside(browser)


def test_a_code_works_once_even_in_another_browser(app, owner):
    first, second = with_password(app), with_password(app)
    code = code_of(owner[0])
    give(first, code)
    assert "used already" in said(give(second, code))
    assert not is_inside(second)


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(app, owner, steps, opens):
    browser = with_password(app)
    give(browser, code_of(owner[0], steps))
    assert is_inside(browser) is opens


def test_a_recovery_code_works_once_however_it_is_typed(app, owner):
    typed = f" {owner[1][0].upper().replace('-', ' ')} "
    first, second = with_password(app), with_password(app)
    give(first, typed)
    give(second, typed)
    assert is_inside(first)
    assert not is_inside(second)


def test_new_recovery_codes_kill_the_old_ones(app, owner):
    browser = with_password(app)
    give(browser, code_of(owner[0]))
    browser.post("/account/factors/proof", data={"password": PASSWORD})
    assert "shown again" in said(browser.post("/account/factors/codes"))
    other = with_password(app)
    give(other, owner[1][0])
    assert not is_inside(other)


def test_nothing_readable_is_kept(app, owner, stored):
    secret, codes = owner[0].secret, owner[1]
    user = stored(lambda session: session.scalar(select(User).where(User.email == email("clinician"))))
    assert secret not in user.second_factor_secret
    kept = stored(lambda session: session.scalars(select(RecoveryCode.code_hash)).all())
    assert len(kept) == 8
    assert all(row.startswith("$argon2id$") and code not in row for row in kept for code in codes)


def test_guesses_are_slowed_and_a_stranger_elsewhere_slows_nobody(app, owner, clock):
    known = with_password(app)
    give(known, code_of(owner[0]))
    known.post("/logout")
    guesser = with_password(app)
    for _ in range(3):
        give(guesser, "000000")
    assert give(guesser, code_of(owner[0])).status_code == 429
    clock.shift(60)
    known.post("/login", data={"email": email("clinician"), "password": PASSWORD})
    give(known, code_of(owner[0]))
    assert is_inside(known)


def test_half_a_sign_in_lasts_a_quarter_of_an_hour(app, owner, clock):
    browser = with_password(app)
    clock.shift(16 * 60)
    assert give(browser, code_of(owner[0])).status_code == 401
    assert browser.get("/second-factor").location.startswith("/login")


def test_a_new_session_begins_with_each_step(app, owner):
    browser = with_password(app)
    half = browser.get_cookie("outcomes").value
    copy = app.test_client()
    copy.set_cookie("outcomes", half)
    give(browser, code_of(owner[0]))
    assert is_inside(browser)
    assert copy.get("/account").location.startswith("/login")


def test_before_anything_changes_the_password_is_asked_for(client_of, passwords, stored, clock):
    browser = client_of("clinician")
    assert 'class="qr"' not in browser.post("/account/factors/app", follow_redirects=True).text
    wrong = browser.post("/account/factors/proof", data={"password": "wrong"})
    assert "not your present password" in said(wrong)
    browser.post("/account/factors/proof", data={"password": PASSWORD})
    set_up(browser)
    clock.shift(11 * 60)
    assert browser.post("/account/factors/app/remove").location == "/account/factors"
    assert stored(lambda session: session.scalar(select(func.count(User.second_factor_since)))) == 1


def test_an_app_set_up_ends_the_other_sign_ins(client_of, passwords, clock):
    here, there = client_of("clinician"), client_of("clinician")
    here.post("/account/factors/proof", data={"password": PASSWORD})
    set_up(here)
    assert is_inside(here)
    assert not is_inside(there)


def test_an_app_is_taken_away(client_of, passwords, clock):
    browser = client_of("patient")
    browser.post("/account/factors/proof", data={"password": PASSWORD})
    set_up(browser)
    browser.post("/account/factors/app/remove")
    assert "Set up an app" in said(browser.get("/account/factors"))


# A sign-in is over


def reset_by(administrator, people, reason="telephone lost"):
    path = f"/admin/people/{people.clinician.membership_id}/reset-factor"
    return administrator.post(path, data={"reason": reason})


def test_a_reset_needs_a_reason_and_ends_every_sign_in(app, owner, client_of, people, stored):
    browser, administrator = with_password(app), client_of("administrator")
    give(browser, code_of(owner[0]))
    reset_by(administrator, people, " ")
    assert is_inside(browser)
    assert "Reset the second factor" in administrator.get("/admin/people").text
    reset_by(administrator, people)
    assert not is_inside(browser)
    assert with_password(app).get("/worklist").location.startswith("/account/factors")
    left = stored(lambda session: session.scalar(select(func.count()).select_from(RecoveryCode)))
    assert left == 0


def ways_to_end(people, administrator):
    person = people.clinician.membership_id
    return {
        "logout": lambda browser: browser.post("/logout"),
        "password": lambda browser: browser.post(
            "/account/password", data={"old": PASSWORD, "password": "seven lanterns along the canal"}
        ),
        "deactivation": lambda _: administrator.post(f"/admin/people/{person}/let-go", data={"version": 1}),
        "factor reset": lambda _: reset_by(administrator, people),
    }


@pytest.mark.parametrize("how", ["logout", "password", "deactivation", "factor reset"])
def test_a_copied_cookie_is_dead_within_one_request(app, client_of, passwords, people, how):
    browser, administrator = client_of("clinician"), client_of("administrator")
    copy = app.test_client()
    copy.set_cookie("outcomes", browser.get_cookie("outcomes").value)
    assert is_inside(copy)
    ways_to_end(people, administrator)[how](browser)
    assert not is_inside(copy)


# The idle lock


@pytest.mark.parametrize("name", ["clinician", "researcher", "administrator"])
def test_after_a_quarter_of_an_hour_staff_are_locked_out_and_come_back_to_the_same_page(
    client_of, passwords, clock, name
):
    browser = client_of(name)
    before = browser.get_cookie("outcomes").value
    clock.shift(16 * 60)
    answer = browser.get("/account?a=1")
    assert answer.location == "/locked?next=/account?a%3D1"
    page = browser.get(answer.location)
    assert email(name) not in page.text
    assert browser.post("/locked", data={"password": "wrong", "next": "/account?a=1"}).status_code == 200
    assert not is_inside(browser)
    opened = browser.post("/locked", data={"password": PASSWORD, "next": "/account?a=1"})
    assert opened.location == "/account?a=1"
    assert is_inside(browser)
    assert browser.get_cookie("outcomes").value != before


def test_a_script_is_told_by_a_code_that_the_page_is_locked(client_of, clock):
    browser = client_of("clinician")
    clock.shift(16 * 60)
    answer = browser.get("/account/token", headers={"Accept": "application/json", "Sec-Fetch-Mode": "cors"})
    assert (answer.status_code, answer.json["code"]) == (401, "locked")
    assert browser.get("/login").location.startswith("/locked")


def test_the_lock_does_not_make_the_twelve_hours_longer(client_of, passwords, clock):
    browser = client_of("clinician")
    clock.shift(11 * 3600)
    browser.post("/locked", data={"password": PASSWORD})
    assert is_inside(browser)
    clock.shift(3660)
    assert browser.get("/account").location.startswith("/login")


def test_unlocking_is_slowed_like_signing_in(client_of, passwords, clock):
    browser = client_of("clinician")
    clock.shift(16 * 60)
    for _ in range(3):
        browser.post("/locked", data={"password": "wrong"})
    assert browser.post("/locked", data={"password": PASSWORD}).status_code == 429


def test_pages_of_staff_and_patients_know_when_to_leave(client_of):
    staff, patient = client_of("clinician").get("/account").text, client_of("patient").get("/account").text
    assert 'data-idle="900" data-go="/locked"' in staff
    assert 'data-idle="3600" data-go="/login"' in patient
    assert 'data-warn="120"' in patient
    assert "data-idle-warning" in patient
    assert "data-idle-warning" not in staff


def test_somebody_at_a_page_keeps_it_open(client_of, clock):
    browser = client_of("clinician")
    for _ in range(4):
        clock.shift(14 * 60)
        assert browser.get("/account/awake").status_code == 204


# What the members' page tells


def test_the_members_page_tells_who_signs_in_without_a_second_factor_and_why(client_of, people, stored):
    administrator = client_of("administrator")
    assert "none, not decided" in said(administrator.get("/admin/people"))
    path = f"/admin/people/{people.patient.membership_id}/one-factor"
    administrator.post(path, data={"basis": "too ill for a telephone", "version": 1})
    page = said(administrator.get("/admin/people"))
    assert "too ill for a telephone" in page
    assert "A administrator" in page
    staff = f"/admin/people/{people.clinician.membership_id}/one-factor"
    assert "no exception" in said(administrator.post(staff, data={"basis": "x"}, follow_redirects=True))
    key = (people.clinic_id, people.clinician.membership_id)
    assert stored(lambda session: session.get(Membership, key)).one_factor_since is None


# Who may not


def halves(app, sqlite_engine, people, wrote):
    """A browser with half a sign-in that owes a factor, and one with a locked sign-in."""
    wrote(lambda session: session.add(a_passkey(people.users["clinician"])))
    browsers = []
    for half, seen in ((True, 0), (False, 16)):
        with new_session(sqlite_engine, reach=DOOR) as session:
            door = Doorway(session, datetime.now(UTC), SECRET.encode())
            token = begin(door, people.users["clinician"], "", half=half)
            for row in session.scalars(select(SignIn)):
                row.seen_at = datetime.now(UTC) - timedelta(minutes=seen)
            session.commit()
        browser = app.test_client()
        with browser.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"] = token, True
        browsers.append(browser)
    return browsers


def a_passkey(user_id):
    return Passkey(user_id=user_id, credential_id=b"c" * 16, public_key=b"k", name="laptop", made_at=START)


def test_whoever_owes_a_factor_cannot_set_up_another(app, sqlite_engine, people, wrote):
    half, locked = halves(app, sqlite_engine, people, wrote)
    for browser, room in ((half, "/second-factor"), (locked, "/locked")):
        assert browser.get("/account/factors").location.startswith(room)
        assert browser.post("/account/factors/app").status_code == 401
        assert browser.post("/account/factors/codes").status_code == 401


def test_a_locked_out_person_cannot_give_a_code_nor_a_half_one_unlock(app, sqlite_engine, people, wrote):
    half, locked = halves(app, sqlite_engine, people, wrote)
    assert half.post("/locked", data={"password": PASSWORD}).status_code == 401
    assert locked.post("/second-factor", data={"code": "000000"}).status_code == 401


NAMED = '{"id": "Y2NjY2NjY2NjY2NjY2NjYw", "response": {}}'
FORGED = ("", "{}", "[]", "null", '{"id": 5}', NAMED, "x" * 30000)


def test_a_forged_passkey_opens_nothing(app, people, wrote):
    wrote(lambda session: session.add(a_passkey(people.users["clinician"])))
    answers = []
    for answer in FORGED:
        browser = app.test_client()
        options = browser.post("/passkey/options").json
        assert options["userVerification"] == "required"
        assert "allowCredentials" not in options or options["allowCredentials"] == []
        shown = browser.post("/passkey", data={"credential": answer}, follow_redirects=True)
        answers.append((shown.status_code, without_tokens(shown.text)))
        assert not is_inside(browser)
    assert len(set(answers)) == 1


def test_nobody_takes_away_the_passkey_of_another(client_of, people, wrote, stored):
    row = a_passkey(people.users["clinician"])
    wrote(lambda session: session.add(row))
    passkey_id = stored(lambda session: session.scalars(select(Passkey.id)).one())
    assert client_of("administrator").post(f"/account/factors/passkeys/{passkey_id}/remove").status_code == 404
