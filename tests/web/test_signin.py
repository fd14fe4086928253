"""Signing in and out in a browser: what a cookie is worth, where one lands, what is told to a stranger."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from outcomes.access.passwords import hashed
from outcomes.access.tokens import new_clinic_token, token_hash
from outcomes.records.session import new_session
from outcomes.records.tables import Invitation, Membership, SignIn, User
from outcomes.terms import Role
from tests.cast import add_member, email
from tests.web.pages import without_tokens

PASSWORD = "winter teapot on a quiet hill"
OTHER = "seven lanterns along the canal"
STORED = hashed(PASSWORD)
HOMES = [("clinician", "/worklist"), ("administrator", "/worklist"), ("patient", "/me"), ("researcher", "/research")]


@pytest.fixture
def with_password(wrote, people):
    def give(session):
        session.get(User, people.users["patient"]).password_hash = STORED

    wrote(give)


def sign_in(browser, password=PASSWORD, address=None, **more):
    return browser.post("/login", data={"email": address or email("patient"), "password": password, **more})


def copy_of(browser, app):
    """Another browser with the same cookies."""
    other = app.test_client()
    for name in ("outcomes",):
        other.set_cookie(name, browser.get_cookie(name).value)
    return other


def is_inside(browser):
    return browser.get("/account").status_code == 200


@pytest.mark.parametrize(("name", "home"), HOMES)
def test_each_role_is_sent_to_its_home(client_of, name, home):
    answer = client_of(name).get("/")
    assert (answer.status_code, answer.location) == (302, home)


def test_a_visitor_is_sent_to_the_front_door_and_back_to_the_page_asked_for(visitor, with_password):
    answer = visitor.get("/account?a=1")
    assert answer.location == "/login?next=/account?a%3D1"
    assert 'name="next"' in visitor.get(answer.location).text
    assert sign_in(visitor, next="/account?a=1").location == "/account?a=1"
    assert is_inside(visitor)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil.example",
        "/logout",
        "/login?next=/login",
    ],
)
def test_signing_in_leads_nowhere_else(visitor, with_password, target):
    assert sign_in(visitor, next=target).location == "/"


def test_a_copied_cookie_opens_nothing_after_signing_out(app, client_of):
    browser = client_of("clinician")
    copy = copy_of(browser, app)
    assert is_inside(copy)
    answer = browser.post("/logout")
    assert (answer.status_code, answer.location) == (302, "/login")
    assert "storage" in answer.headers["Clear-Site-Data"]
    assert not is_inside(copy)
    assert not is_inside(browser)


def test_a_new_password_ends_copies_and_other_devices_but_not_this_one(app, visitor, with_password):
    sign_in(visitor)
    other = app.test_client()
    sign_in(other)
    answer = visitor.post("/account/password", data={"old": PASSWORD, "password": OTHER})
    assert answer.location == "/account"
    assert is_inside(visitor)
    assert not is_inside(other)
    assert sign_in(app.test_client()).status_code == 200
    assert sign_in(app.test_client(), OTHER).status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        lambda session, people: setattr(session.get(User, people.users["clinician"]), "active", False),
        lambda session, people: setattr(
            session.get(Membership, (people.clinic_id, people.clinician.membership_id)), "active", False
        ),
    ],
    ids=["account", "membership"],
)
def test_deactivation_counts_from_the_next_request(client_of, wrote, people, change):
    browser = client_of("clinician")
    assert is_inside(browser)
    wrote(lambda session: change(session, people))
    assert not is_inside(browser)


def test_a_changed_role_counts_from_the_next_request(client_of, wrote, people):
    browser = client_of("clinician")
    key = (people.clinic_id, people.clinician.membership_id)
    wrote(lambda session: setattr(session.get(Membership, key), "role", Role.RESEARCHER))
    assert browser.get("/").location == "/research"


def test_signing_in_begins_a_new_session(visitor, with_password):
    visitor.get("/login")
    with visitor.session_transaction() as before:
        before["planted"] = "by somebody else"
    sign_in(visitor)
    with visitor.session_transaction() as after:
        assert "planted" not in after


def test_a_stranger_learns_nothing_about_accounts(visitor, with_password):
    answers = [sign_in(visitor, "wrong", address) for address in ADDRESSES]
    assert {answer.status_code for answer in answers} == {200}
    bodies = {without_tokens(a.text).replace(addr, "") for a, addr in zip(answers, ADDRESSES, strict=True)}
    assert len(bodies) == 1
    assert "do not belong together" in bodies.pop()


ADDRESSES = [email("clinician"), email("patient"), "nobody@example.org", "not an address"]


def test_a_guesser_is_slowed_and_the_owner_on_a_known_device_is_not(app, visitor, with_password):
    sign_in(visitor)
    visitor.post("/logout")
    guesser = app.test_client()
    for _ in range(3):
        sign_in(guesser, "wrong")
    slowed = sign_in(guesser)
    assert slowed.status_code == 429
    assert "Wait" in slowed.text
    assert sign_in(visitor).status_code == 302


def test_the_known_device_is_known_for_its_own_account_alone(app, visitor, with_password):
    sign_in(visitor)
    visitor.post("/logout")
    for _ in range(3):
        sign_in(visitor, "wrong", email("researcher"))
    assert sign_in(visitor, "wrong", email("researcher")).status_code == 429


def test_a_patients_sign_in_that_slept_for_an_hour_has_ended(client_of):
    browser = client_of("patient")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=61)):
        assert browser.get("/account").location.startswith("/login")


def test_being_seen_keeps_a_sign_in_awake_for_twelve_hours(client_of):
    browser = client_of("clinician")
    start = datetime.now(UTC)
    for minutes in range(14, 720, 14):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert is_inside(browser), minutes
    with time_machine.travel(start + timedelta(minutes=725)):
        assert not is_inside(browser)


def test_a_page_asked_for_by_a_script_is_answered_with_401(visitor):
    answer = visitor.get("/account", headers={"Sec-Fetch-Mode": "cors", "Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json["error"] == "Your session has ended"
    assert visitor.get("/account/token", headers={"Accept": "application/json"}).status_code == 401


def test_a_page_that_outlived_its_session_can_learn_who_is_signed_in_now(client_of, people):
    token = client_of("clinician").get("/account/token").json
    assert token["member"] == str(people.clinician.membership_id)
    assert token["token"]


def test_a_form_sent_after_the_session_ended_is_refused_as_such(visitor):
    answer = visitor.post("/account/password", data={"old": "a", "password": "b"})
    assert answer.status_code == 401
    assert "Sign in again" in answer.text


def test_devices_are_listed_and_ended_one_by_one(app, client_of, sqlite_engine, people):
    here, there = client_of("clinician"), client_of("clinician")
    with new_session(sqlite_engine, read_only=True) as session:
        ids = [str(i) for i in session.scalars(select(SignIn.id).order_by(SignIn.made_at))]
    page = here.get("/account").text
    assert page.count("Firefox, Linux") >= 2
    assert here.post(f"/account/sign-ins/{ids[1]}/end").status_code == 302
    assert not is_inside(there)
    assert is_inside(here)


def test_all_other_devices_are_ended_at_once(client_of):
    here, there = client_of("clinician"), client_of("clinician")
    here.post("/account/sign-ins/end-others")
    assert is_inside(here)
    assert not is_inside(there)


def test_one_person_may_act_in_two_places(client_of, wrote, people):
    place = (people.users["clinician"], people.elsewhere_id, Role.RESEARCHER, None)
    actor = wrote(lambda session: add_member(session, *place))
    browser = client_of("clinician")
    assert browser.get("/").location == "/worklist"
    browser.post("/account/place", data={"place": str(actor.membership_id)})
    assert browser.get("/").location == "/research"
    assert browser.post("/account/place", data={"place": str(people.administrator.membership_id)}).status_code == 404


@pytest.fixture
def invitation(wrote, people):
    token = new_clinic_token(people.clinic_id)
    row = Invitation(
        clinic_id=people.clinic_id,
        membership_id=people.researcher.membership_id,
        token_hash=token_hash(token),
        made_at=datetime.now(UTC),
        expires_at=datetime.now(UTC) + timedelta(hours=72),
    )
    wrote(lambda session: session.add(row))
    return f"/invitation/{token}"


def test_opening_an_invitation_uses_nothing_up(visitor, invitation):
    for _ in range(3):
        page = visitor.get(invitation)
        assert page.status_code == 200
        assert email("researcher") in page.text


def test_an_invitation_is_used_by_its_form_and_once_only(app, visitor, invitation):
    answer = visitor.post(invitation, data={"name": "Deniz Kaya", "password": PASSWORD})
    assert answer.status_code == 302
    assert visitor.get("/account").location.startswith("/account/factors")
    assert app.test_client().get(invitation).status_code == 404
    assert app.test_client().post(invitation, data={"name": "X", "password": OTHER}).status_code == 404


def test_a_weak_password_leaves_the_invitation_open_with_the_name_kept(visitor, invitation):
    answer = visitor.post(invitation, data={"name": "Deniz Kaya", "password": "password"})
    assert answer.status_code == 422
    assert "Many people use this password" in answer.text
    assert 'value="Deniz Kaya"' in answer.text
    assert visitor.get(invitation).status_code == 200


def test_a_guessed_and_a_used_invitation_look_alike(app, visitor, invitation, people):
    visitor.post(invitation, data={"name": "Deniz Kaya", "password": PASSWORD})
    used, guessed = (
        app.test_client().get(invitation),
        app.test_client().get(f"/invitation/{new_clinic_token(people.clinic_id)}"),
    )
    assert used.status_code == guessed.status_code == 404
    assert without_tokens(used.text).replace(invitation, "") == without_tokens(guessed.text).replace(
        guessed.request.path, ""
    )


def test_the_demo_offers_each_role_with_a_button(demo_app, people):
    browser = demo_app.test_client()
    page = browser.get("/login").text
    assert all(f'data-demo-role="{role}"' in page for role in Role)
    assert "Demo: all people are invented" in page
    assert browser.post(f"/login/demo/{people.users['patient']}").status_code == 302
    assert browser.get("/").location == "/me"


def test_the_demo_speaks_the_language_of_its_visitor(demo_app, people):
    browser = demo_app.test_client()
    browser.post(f"/login/demo/{people.users['researcher']}", headers={"Accept-Language": "tr"})
    assert '<html lang="tr"' in browser.get("/account").text


# Who may not


def test_outside_the_demo_nobody_enters_without_a_password(visitor, people):
    assert "data-demo-role" not in visitor.get("/login").text
    for user_id in people.users.values():
        assert visitor.post(f"/login/demo/{user_id}").status_code == 404
    assert not is_inside(visitor)


def test_nobody_signs_out_by_following_a_link(client_of):
    browser = client_of("clinician")
    assert browser.get("/logout").status_code == 405
    assert is_inside(browser)


def test_nobody_ends_the_sign_in_of_another(client_of, sqlite_engine, people):
    browser, other = client_of("clinician"), client_of("researcher")
    with new_session(sqlite_engine, read_only=True) as session:
        theirs = session.scalars(select(SignIn.id).where(SignIn.user_id == people.users["researcher"])).one()
    assert browser.post(f"/account/sign-ins/{theirs}/end").status_code == 404
    assert is_inside(other)


def test_a_forged_cookie_opens_nothing(app):
    browser = app.test_client()
    browser.set_cookie("outcomes", "eyJfdXNlcl9pZCI6ImEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb")
    assert not is_inside(browser)
