"""One commit a request, none when it is refused, none on a GET; and what is written after the answer."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import abort
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError

from outcomes.access.rules import Access
from outcomes.records.session import new_session
from outcomes.records.tables import Clinic, Patient, ReadLog, SignIn
from outcomes.web import database
from outcomes.web.app import create_app
from outcomes.web.security import allow
from tests.web.conftest import made, over, settings_for, sign_in


@pytest.fixture
def with_view(web_data, sqlite_engine, people):
    """An app with one view of the test's own at /test, and a browser in which the clinician is signed in."""

    def make(view, method="POST"):
        app = made(settings_for(web_data))
        app.add_url_rule("/test", "test", allow(Access.CLINICIANS)(view), methods=[method])
        return sign_in(over(app, sqlite_engine), sqlite_engine, people.users["clinician"])

    return make


def codes(engine):
    with new_session(engine, read_only=True) as session:
        return sorted(session.scalars(select(Patient.code)))


def rename(people, code):
    def view():
        turn = database.work()
        turn.session.get(Patient, (people.clinic_id, people.patient_id)).code = code
        turn.session.flush()
        return "done"

    return view


def test_a_success_is_committed(with_view, people, sqlite_engine):
    assert with_view(rename(people, "P-009")).post("/test").status_code == 200
    assert "P-009" in codes(sqlite_engine)


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500])
def test_a_refusal_is_rolled_back(with_view, people, sqlite_engine, status):
    def view():
        rename(people, "P-009")()
        return "refused", status

    assert with_view(view).post("/test").status_code == status
    assert "P-009" not in codes(sqlite_engine)


def test_an_abort_is_rolled_back(with_view, people, sqlite_engine):
    def view():
        rename(people, "P-009")()
        abort(409)

    assert with_view(view).post("/test").status_code == 409
    assert "P-009" not in codes(sqlite_engine)


def test_the_database_itself_refuses_a_write_on_a_get(with_view, people, sqlite_engine):
    with pytest.raises(DBAPIError):
        with_view(rename(people, "P-009"), "GET").get("/test")
    assert "P-009" not in codes(sqlite_engine)


def test_what_the_database_could_not_fit_in_is_done_again(with_view, people, sqlite_engine):
    turns = []

    def view():
        rename(people, "P-009")()
        turns.append(1)
        if len(turns) < 3:
            busy = Exception("could not serialise")
            busy.sqlstate = "40001"
            raise OperationalError("UPDATE", {}, busy)
        return "done"

    assert with_view(view).post("/test").status_code == 200
    assert len(turns) == 3
    assert "P-009" in codes(sqlite_engine)


def test_a_look_at_a_record_is_written_down_after_the_answer(with_view, people, sqlite_engine):
    def view():
        database.saw(people.patient_id, "patient page")
        return "seen"

    browser = with_view(view, "GET")
    browser.get("/test")
    browser.get("/test")
    with new_session(sqlite_engine, read_only=True) as session:
        rows = session.scalars(select(ReadLog)).all()
    assert {(row.membership_id, row.patient_id, row.what) for row in rows} == {
        (people.clinician.membership_id, people.patient_id, "patient page")
    }
    assert len(rows) == 2


def test_a_refused_page_shows_nothing_and_is_not_written_down(with_view, people, sqlite_engine):
    def view():
        database.saw(people.patient_id, "patient page")
        abort(404)

    with_view(view, "GET").get("/test")
    with new_session(sqlite_engine, read_only=True) as session:
        assert session.scalars(select(ReadLog)).all() == []


def seen_at(engine):
    with new_session(engine, read_only=True) as session:
        return session.scalars(select(SignIn.seen_at)).one()


def test_being_seen_is_written_down_once_a_minute(client_of, sqlite_engine):
    browser, start = client_of("clinician"), datetime.now(UTC)
    first = seen_at(sqlite_engine)
    with time_machine.travel(start + timedelta(seconds=30)):
        browser.get("/account")
    assert seen_at(sqlite_engine) == first
    with time_machine.travel(start + timedelta(minutes=2)):
        browser.get("/account")
    assert seen_at(sqlite_engine) > first + timedelta(minutes=1)


def test_today_is_told_by_the_clinic_s_clock(with_view, wrote, people):
    wrote(lambda session: setattr(session.get(Clinic, people.clinic_id), "time_zone", "Pacific/Auckland"))
    with time_machine.travel(datetime(2026, 5, 2, 21, 0, tzinfo=UTC)):
        assert with_view(lambda: str(database.today()), "GET").get("/test").text == "2026-05-03"


def test_the_program_starts_without_touching_the_database(web_data):
    app = create_app(settings_for(web_data, f"sqlite:///{web_data / 'absent.db'}"))
    assert app.test_client().get("/healthz").text == "database\n"
    assert not (web_data / "absent.db").exists()
