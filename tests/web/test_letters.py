"""Links by e-mail over a real mail server of this machine: to whom they go, what they open, and how often."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from outcomes.access.passwords import hashed
from outcomes.cli.main import run
from outcomes.exchange.letters import Letter, LetterNotSent, is_proven, send
from outcomes.records.tables import AccountLink, User
from outcomes.web.security import limiter
from tests.cast import email
from tests.system.server import free_port
from tests.web.conftest import made, over, settings_for
from tests.web.pages import said, without_tokens

PASSWORD = "winter teapot on a quiet hill"
OTHER = "seven lanterns along the canal"
STORED = hashed(PASSWORD)


class Box:
    """A mail server that keeps what it is given."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's own name
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, letter))
        return "250 OK"


@pytest.fixture(scope="module")
def mail_server():
    server = Controller(Box(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def box(mail_server):
    limiter.reset()
    mail_server.handler.letters.clear()
    return mail_server.handler.letters


@pytest.fixture(scope="module")
def mailing_app(web_data, mail_server):
    where = f"smtp://127.0.0.1:{mail_server.port}"
    return made(settings_for(web_data, smtp_url=where, mail_from="Clinic <clinic@example.org>"))


@pytest.fixture
def mailing(mailing_app, sqlite_engine, people, wrote, box):
    """The app that sends letters, over the database of this test, in which everybody has a password."""

    def give(session):
        for user_id in people.users.values():
            session.get(User, user_id).password_hash = STORED

    wrote(give)
    return over(mailing_app, sqlite_engine)


def ask(app, path, address):
    browser = app.test_client()
    answer = browser.post(path, data={"email": address})
    app.extensions["post_room"].settle()
    return answer


def link_in(box):
    return re.search(r"http://localhost:8000(/\S+)", box[-1][1].get_content()).group(1)


def signs_in(app, password, name="patient"):
    browser = app.test_client()
    browser.post("/login", data={"email": email(name), "password": password})
    return browser.get("/account").status_code == 200


def test_a_new_password_by_letter(mailing, box):
    browser = mailing.test_client()
    browser.post("/login", data={"email": email("patient"), "password": PASSWORD})
    ask(mailing, "/forgotten", " Patient@Example.org ")
    (to, letter), link = box[0], link_in(box)
    assert to == [email("patient")]
    assert letter["Subject"] == "A new password"
    for _ in range(2):
        shown = mailing.test_client().get(link)
        assert shown.status_code == 200
        assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert mailing.test_client().post(link, data={"password": "password"}).status_code == 422
    assert mailing.test_client().post(link, data={"password": OTHER}).location == "/login"
    assert browser.get("/account").status_code == 302
    assert signs_in(mailing, OTHER)
    assert not signs_in(mailing, PASSWORD)
    assert mailing.test_client().post(link, data={"password": PASSWORD}).status_code == 404


def test_a_new_password_is_no_second_factor(mailing, box):
    ask(mailing, "/forgotten", email("clinician"))
    mailing.test_client().post(link_in(box), data={"password": OTHER})
    assert not signs_in(mailing, OTHER, "clinician")


def test_a_patient_comes_in_by_a_link(mailing, box):
    ask(mailing, "/link", email("patient"))
    browser, link = mailing.test_client(), link_in(box)
    assert "Sign in" in said(browser.get(link))
    assert browser.get("/me").status_code == 302
    assert browser.post(link).status_code == 302
    assert browser.get("/").location == "/me"
    assert mailing.test_client().post(link).status_code == 404


@pytest.mark.parametrize("name", ["clinician", "researcher", "administrator"])
def test_staff_get_no_link_to_sign_in(mailing, box, name):
    ask(mailing, "/link", email(name))
    assert box == []


@pytest.mark.parametrize(("path", "minutes"), [("/forgotten", 61), ("/link", 16)])
def test_a_link_grows_old(mailing, box, path, minutes):
    ask(mailing, path, email("patient"))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
        assert mailing.test_client().get(link_in(box)).status_code == 404


def test_a_link_of_one_kind_opens_no_other(mailing, box):
    ask(mailing, "/link", email("patient"))
    token = link_in(box).rsplit("/", 1)[1]
    assert mailing.test_client().post(f"/password/{token}", data={"password": OTHER}).status_code == 404


def test_nobody_is_flooded_with_letters(mailing, box, stored):
    for _ in range(5):
        ask(mailing, "/forgotten", email("patient"))
    assert len(box) == 3
    hashes = stored(lambda session: session.scalars(select(AccountLink.token_hash)).all())
    assert all(len(each) == 64 for each in hashes)
    assert link_in(box).rsplit("/", 1)[1] not in hashes


@pytest.mark.parametrize("path", ["/forgotten", "/link"])
def test_a_stranger_learns_nothing(mailing, box, wrote, people, path):
    wrote(lambda session: setattr(session.get(User, people.users["researcher"]), "active", False))
    addresses = [email("patient"), email("clinician"), email("researcher"), "nobody@example.org"]
    answers = [ask(mailing, path, address) for address in addresses]
    assert {answer.status_code for answer in answers} == {200}
    assert len({without_tokens(answer.text) for answer in answers}) == 1
    assert {to[0] for to, _ in box} <= {email("patient"), email("clinician")}


def test_the_answer_does_not_wait_for_the_account(mailing, stored):
    counted = select(func.count()).select_from(AccountLink)
    answer = mailing.test_client().post("/forgotten", data={"email": email("patient")})
    assert answer.status_code == 200
    mailing.extensions["post_room"].settle()
    assert stored(lambda session: session.scalar(counted)) == 1


def test_without_a_mail_server_the_page_says_so(visitor, box):
    assert "Ask the clinic" in said(visitor.get("/forgotten"))
    assert "by e-mail" not in said(visitor.get("/login"))
    assert "Ask the clinic" in said(visitor.post("/forgotten", data={"email": email("patient")}))


def test_a_letter_tells_nothing_of_the_record(mailing, box, people):
    ask(mailing, "/link", email("patient"))
    letter = box[0][1]
    text = f"{letter['Subject']} {letter.get_content()}"
    assert not re.search("clinic|ME/CFS|FMT|questionnaire|patient", text, re.IGNORECASE)


def test_the_test_letter_is_remembered_for_these_settings_alone(mail_server, box, tmp_path, capsys):
    where = f"smtp://127.0.0.1:{mail_server.port}"
    settings = settings_for(tmp_path, smtp_url=where, mail_from="clinic@example.org")
    assert not is_proven(settings)
    assert run(["mail-test", "somebody@example.org"], lambda: settings) == 0
    assert box[0][0] == ["somebody@example.org"]
    assert is_proven(settings)
    assert not is_proven(settings_for(tmp_path, smtp_url=where, mail_from="other@example.org"))
    assert run(["mail-test", "somebody@example.org"], lambda: settings_for(tmp_path)) == 2
    capsys.readouterr()


@pytest.mark.parametrize("letter", [Letter("a@b.org\nBcc: c@d.org", "x", "y"), Letter("a@b.org", "x\r\ny: z", "y")])
def test_no_header_is_slipped_in(mail_server, box, tmp_path, letter):
    settings = settings_for(tmp_path, smtp_url=f"smtp://127.0.0.1:{mail_server.port}", mail_from="clinic@example.org")
    with pytest.raises(LetterNotSent):
        send(settings, letter, datetime.now(UTC))
    assert box == []


def test_a_server_that_is_not_there_is_named_without_the_address(tmp_path):
    settings = settings_for(tmp_path, smtp_url=f"smtp://127.0.0.1:{free_port()}", mail_from="clinic@example.org")
    with pytest.raises(LetterNotSent, match="ConnectionRefusedError"):
        send(settings, Letter("somebody@example.org", "x", "y"), datetime.now(UTC))
