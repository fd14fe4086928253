"""Who was let in and who was refused is logged by ids and keyed marks, never by anything that was sent."""

import logging
import re

import pytest

from outcomes.access.passwords import hashed
from outcomes.records.tables import User
from tests.cast import email

PASSWORD = "winter teapot on a quiet hill"
STORED = hashed(PASSWORD)
GUESS = "seven lanterns along the canal"
UNKNOWN = "12345678-1234-4234-8234-123456781234"


@pytest.fixture
def said(caplog):
    """What the log says of security: `said()` returns the lines since it was last asked, as pairs."""
    caplog.set_level(logging.WARNING, "outcomes.security")

    def lines():
        heard = [each.getMessage() for each in caplog.records if each.name == "outcomes.security"]
        caplog.clear()
        return [{"what": line.split()[0], **dict(re.findall(r"(\w+)=(\S+)", line))} for line in heard]

    return lines


@pytest.fixture
def with_password(wrote, people):
    def give(session):
        session.get(User, people.users["patient"]).password_hash = STORED

    wrote(give)


def test_signing_in_is_logged_with_ids(client_of, with_password, people, said):
    client_of(None).post("/login", data={"email": email("patient"), "password": PASSWORD})
    (line,) = said()
    assert (line["what"], line["user"], line["standing"]) == ("let_in", str(people.users["patient"]), "full")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", line["when"])


def test_a_refused_sign_in_is_logged_without_what_was_typed(client_of, with_password, said, caplog):
    visitor = client_of(None)
    for address in (email("patient"), f" {email('patient').upper()}", "nobody@example.org"):
        visitor.post("/login", data={"email": address, "password": GUESS})
    told = caplog.text
    lines = said()
    assert [line["what"] for line in lines] == ["refused_sign_in"] * 3
    assert lines[0]["account"] == lines[1]["account"] != lines[2]["account"]
    assert len({line["network"] for line in lines}) == 1
    for secret in ("patient@", "nobody@", "lanterns", "127.0.0.1"):
        assert secret not in told.casefold()


def test_a_form_that_cannot_be_read_at_the_door_is_logged_and_answered(client_of, said):
    too_long = {"CONTENT_LENGTH": "40000000"}
    answer = client_of(None).post("/login", data={"email": "a"}, environ_overrides=too_long)
    assert answer.status_code == 413
    assert [line["account"] for line in said()] == ["None"]


@pytest.mark.parametrize(
    ("name", "method", "path", "status"),
    [
        ("clinician", "GET", f"/patients/{UNKNOWN}", 404),
        ("clinician", "GET", "/admin/people", 404),
        ("patient", "GET", "/worklist", 404),
        (None, "POST", "/patients/new", 401),
        ("clinician", "PUT", "/patients/new", 405),
        (None, "GET", "/wp-login.php", 404),
    ],
)
def test_a_refused_request_is_logged_with_who_and_where(client_of, people, said, name, method, path, status):
    browser = client_of(name)
    said()
    assert browser.open(path, method=method).status_code == status
    (line,) = said()
    assert (line["what"], line["status"], line["method"]) == ("refused_request", str(status), method)
    assert line["user"] == (str(people.users[name]) if name else "None")
    assert UNKNOWN not in str(line)
    assert "wp-login" not in str(line)


def test_a_form_from_another_site_is_logged(client_of, people, said):
    browser = client_of("clinician")
    said()
    assert browser.post("/patients/new", headers={"Origin": "https://evil.example"}).status_code == 400
    assert [line["status"] for line in said()] == ["400"]


def test_what_is_served_is_not_logged(client_of, said):
    browser = client_of("clinician")
    said()
    assert browser.get("/worklist").status_code == 200
    assert browser.get("/healthz").status_code == 200
    assert said() == []


def sent_report(browser, **told):
    return browser.post("/policy-report", json={"csp-report": told}, content_type="application/csp-report")


def test_what_a_page_tried_against_the_policy_is_logged_without_its_address(client_of, people, said, caplog):
    page = f"http://localhost/patients/{people.patient_id}?note=secret"
    answer = sent_report(
        client_of("clinician"),
        **{"document-uri": page, "effective-directive": "script-src-elem", "blocked-uri": "https://evil.example/x.js"},
        **{"script-sample": "secret()"},
    )
    assert answer.status_code == 204
    told = caplog.text
    assert said() == [
        {"what": "policy_violation", "directive": "script-src-elem", "refused": "foreign", "endpoint": "clinic.patient"}
    ]
    for secret in ("secret", "evil.example", str(people.patient_id)):
        assert secret not in told


STYLE = {"blocked-uri": "inline", "violated-directive": "style-src-attr 'self'"}
OWN = {"blocked-uri": "http://localhost/static/x.js", "document-uri": "http://localhost/me"}
BENT = {"blocked-uri": 7, "document-uri": ["x"], "effective-directive": "x\nlet_in user=1"}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (STYLE, ("style-src-attr", "inline", "None")),
        (OWN, ("other", "own", "portal.me")),
        (BENT, ("other", "foreign", "None")),
    ],
)
def test_odd_reports_make_a_line_of_known_words(client_of, said, told, line):
    assert sent_report(client_of(None), **told).status_code == 204
    (found,) = said()
    assert tuple(found[name] for name in ("directive", "refused", "endpoint")) == line


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"csp-report": 1}', b"\xff\xfe"])
def test_what_is_no_report_is_refused(client_of, body):
    assert client_of(None).post("/policy-report", data=body).status_code == 400


def test_a_report_too_long_is_not_read(client_of):
    body = b'{"csp-report": {"blocked-uri": "' + b"x" * 20_000 + b'"}}'
    assert client_of(None).post("/policy-report", data=body).status_code == 413
