"""Headers on every answer, tokens in every form, cookies that stay where they belong, and one rule a route."""

import re
from uuid import uuid4

import pytest
from flask import Blueprint, g, request
from sqlalchemy import inspect, text

from outcomes.access.passwords import hashed
from outcomes.access.rules import Access
from outcomes.access.scope import Actor, reach_of
from outcomes.records.base import Base
from outcomes.records.queries.signing_in import Place
from outcomes.records.tables import User
from outcomes.terms import Language, Role
from outcomes.web.app import create_app
from outcomes.web.database import RecordsFlask
from outcomes.web.member import Member, own_membership, the_member, the_person
from outcomes.web.security import UndeclaredRouteError, access_of, allow, check_routes
from tests.cast import email
from tests.web.conftest import settings_for, sign_in
from tests.web.pages import token_in

HEADERS = {
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
}
ANSWERS = [
    ("GET", "/login", 200),
    ("GET", "/account", 302),
    ("GET", "/nowhere", 404),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/healthz", 200),
    ("DELETE", "/login", 405),
    ("TRACE", "/login", 405),
    ("POST", "/language", 400),
    ("OPTIONS", "/login", 200),
    ("HEAD", "/login", 200),
]
COOKIE = "__Host-outcomes"
SEEN_AND_READ = {"read_log", "sign_in"}


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_the_headers(visitor, method, path, status):
    answer = visitor.open(path, method=method)
    assert answer.status_code == status
    assert set(answer.headers.keys()) >= HEADERS


def test_a_crash_carries_the_headers_and_tells_nothing(web_data, capsys):
    app = create_app(settings_for(web_data))
    app.view_functions["accounts.login"] = allow(Access.EVERYONE)(lambda: 1 / 0)
    answer = app.test_client().get("/login?name=Canary")
    assert answer.status_code == 500
    assert set(answer.headers.keys()) >= HEADERS
    assert "ZeroDivisionError" not in answer.text
    assert "Traceback" not in answer.text


def test_static_files_carry_the_headers(visitor):
    for path in re.findall(r'(?:href|src)="(/static/[^"#]+)"', visitor.get("/login").text):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert set(answer.headers.keys()) >= HEADERS
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_policy_admits_no_inline_script_and_no_stranger(visitor):
    policy = visitor.get("/login").headers["Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == rules["form-action"] == "'self'"
    assert not re.search(r"unsafe-inline|unsafe-eval|http:|https:|\*", policy)
    assert visitor.get("/login").headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_stay_out_of_every_cache(visitor, client_of):
    for browser, path in ((visitor, "/login"), (client_of("clinician"), "/account"), (visitor, "/nowhere")):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


def test_behind_tls_cookies_are_secure_and_the_browser_is_told_to_stay(real_app):
    answer = real_app.test_client().get("/login", base_url="https://outcomes.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert len(cookies) == 1
    assert cookies[0].startswith("__Host-outcomes=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookies[0].split("; "))
    assert "Domain" not in cookies[0]


def test_without_tls_the_browser_is_told_nothing_it_could_not_keep(visitor):
    assert "Strict-Transport-Security" not in visitor.get("/login").headers


@pytest.mark.parametrize("host", ["evil.example", "outcomes.example.evil.example"])
def test_a_foreign_host_name_is_refused(real_app, host):
    assert real_app.test_client().get("/login", base_url=f"https://{host}").status_code == 400


def test_the_network_of_a_visitor_is_read_from_the_proxy_only_behind_tls(real_app, app):
    for made, expected in ((real_app, "198.51.100.7"), (app, "127.0.0.1")):
        with made.test_client() as browser:
            browser.get("/healthz", headers={"X-Forwarded-For": "203.0.113.66, 198.51.100.7"})
            assert request.remote_addr == expected


def writing_routes(app):
    return sorted(
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}
    )


def test_every_form_of_the_house_needs_its_token(real_app, sqlite_engine, people):
    routes = writing_routes(real_app)
    assert len(routes) > 8
    passed = []
    for endpoint, method in routes:
        browser = sign_in(real_app, sqlite_engine, people.users["administrator"], secure=True)
        rule = next(r for r in real_app.url_map.iter_rules(endpoint) if method in r.methods)
        path = re.sub(r"<uuid:\w+>", str(people.patient_id), rule.rule)
        path = re.sub(r"<[^>]+>", "x", path)
        answer = browser.open(path, method=method, base_url="https://outcomes.example")
        if answer.status_code not in {400, 404}:
            passed.append((endpoint, method, answer.status_code))
    assert passed == []


def test_a_form_with_its_token_passes(real_app):
    browser = real_app.test_client()
    url = "https://outcomes.example"
    token = token_in(browser.get("/login", base_url=url).text)
    form = {"email": email("clinician"), "password": "wrong"}
    refused = browser.post("/login", data=form, base_url=url)
    assert refused.status_code == 400
    assert "open for too long" in refused.text
    taken = browser.post(
        "/login", data={**form, "csrf_token": token}, base_url=url, headers={"Referer": f"{url}/login"}
    )
    assert taken.status_code == 200
    assert "do not belong together" in taken.text


def test_two_tabs_that_open_their_first_page_at_once_keep_their_forms(real_app, wrote, people):
    """Whichever answer comes last, and with it its cookie, the forms of the other page are still good."""
    password, url = "winter teapot on a quiet hill", "https://outcomes.example"
    wrote(lambda session: setattr(session.get(User, people.users["patient"]), "password_hash", hashed(password)))
    first, second = real_app.test_client(), real_app.test_client()
    sent = {"base_url": url, "headers": {"Referer": url}}
    form = {"email": email("patient"), "password": password, "csrf_token": token_in(first.get("/login", **sent).text)}
    assert first.post("/login", data=form, **sent).status_code == 302
    kept = first.get_cookie(COOKIE, "outcomes.example")
    second.set_cookie(COOKIE, kept.value, domain="outcomes.example", secure=True)
    tokens = [token_in(first.get("/me", **sent).text), second.get("/account/token", **sent).json["token"]]
    for browser in (first, second):
        for token in tokens:
            answer = browser.post("/theme", data={"theme": "quiet", "csrf_token": token}, **sent)
            assert answer.status_code == 303


def test_a_form_from_another_site_is_refused_even_with_a_token(real_app):
    browser, url = real_app.test_client(), "https://outcomes.example"
    token = token_in(browser.get("/login", base_url=url).text)
    form = {"email": "a@b.org", "password": "x", "csrf_token": token}
    answer = browser.post("/login", data=form, base_url=url, headers={"Referer": "https://evil.example/"})
    assert answer.status_code == 400


def test_the_program_does_not_start_with_a_route_without_a_rule():
    bare = RecordsFlask("bare")
    room = Blueprint("room", __name__)
    room.get("/open")(lambda: "open")
    bare.register_blueprint(room)
    with pytest.raises(UndeclaredRouteError):
        check_routes(bare)


def test_a_route_cannot_declare_two_rules():
    with pytest.raises(UndeclaredRouteError):
        allow(Access.EVERYONE)(allow(Access.CLINICIANS)(lambda: ""))


def test_every_route_declares_one_rule(app):
    assert all(access_of(view) in Access for view in app.view_functions.values())


def content(engine):
    """Every row of every table, but for the read log and the last-seen of sign-ins."""
    names = set(inspect(engine).get_table_names()) & {table.name for table in Base.metadata.sorted_tables}
    assert len(names) > 30
    with engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all()))
            for name in names - SEEN_AND_READ
        }


@pytest.mark.parametrize("name", [None, "clinician", "administrator", "patient", "researcher"])
def test_a_get_changes_no_record(app, client_of, sqlite_engine, people, name):
    browser = client_of(name)
    before = content(sqlite_engine)
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    for rule in rules:
        path = re.sub(r"<uuid:\w+>", str(people.patient_id), rule.rule)
        assert browser.get(re.sub(r"<[^>]+>", "chalder11", path)).status_code < 500
    assert content(sqlite_engine) == before


MEMBERS_PAGES = [
    ("clinician", "/worklist"),
    ("patient", "/me"),
    ("administrator", "/admin/people"),
    ("researcher", "/research"),
]


@pytest.mark.parametrize(("name", "path"), MEMBERS_PAGES)
def test_a_page_for_members_reaches_in_the_database_what_its_member_may(client_of, people, name, path):
    with client_of(name) as browser:
        assert browser.get(path).status_code < 400
        assert g.reach == reach_of(getattr(people, name), people.users[name])


def test_a_page_for_everybody_reaches_no_further_for_a_member(client_of):
    with client_of("clinician") as browser:
        assert browser.get("/login").status_code < 400
        assert "reach" not in g


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician"])
def test_nobody_calls_the_server_by_another_method(client_of, name):
    browser = client_of(name)
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert browser.open("/account", method=method).status_code == 405
    assert browser.post("/account?_method=DELETE").status_code == 405
    assert browser.get("/console").status_code == 404
    assert browser.get("/.git/config").status_code == 404
    assert browser.get("/static/").status_code == 404
    assert browser.get("/static/../config.py").status_code == 404


@pytest.mark.parametrize("asked", [the_member, the_person, own_membership])
def test_a_page_for_members_that_nobody_asks_fails(web_app, asked):
    """No rule lets it come to that; were one forgotten, the page would be of nobody."""
    with web_app.test_request_context("/"), pytest.raises(PermissionError):
        asked()


def test_the_program_itself_has_no_place(web_app, people):
    program = Place(Actor(people.clinic_id, None, Role.CLINICIAN), "Program", "Clinic", "UTC", None)
    told = (people.users["clinician"], uuid4(), email("clinician"), Language.ENGLISH, None, program, ())
    with web_app.test_request_context("/"):
        g.member = Member(*told)
        with pytest.raises(PermissionError):
            own_membership()
