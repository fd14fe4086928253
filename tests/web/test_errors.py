"""Error pages: in the reader's language, with what to do next, and without a word of what went wrong inside."""

import logging

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge

from outcomes.access.rules import Access
from outcomes.actions.errors import Invalid, KeyReused, NotAllowed, NotFound
from outcomes.actions.signing_in import TooManyAttempts
from outcomes.web.app import create_app
from outcomes.web.errors import PAGES
from outcomes.web.security import allow
from tests.web.conftest import over, settings_for
from tests.web.pages import without_tokens

CANARY = "Ayşe Yılmaz 555-CANARY"


@pytest.fixture
def failing(web_data, sqlite_engine, people):
    """An app as shipped whose sign-in page fails as told."""

    def make(error):
        app = over(create_app(settings_for(web_data)), sqlite_engine)

        @allow(Access.EVERYONE)
        def fail():
            raise error

        app.view_functions["accounts.login"] = fail
        return app.test_client()

    return make


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (NotFound("patient", "x"), 404, "There is no such page"),
        (NotAllowed("merge"), 404, "There is no such page"),
        (Forbidden(), 404, "There is no such page"),
        (PermissionError("a researcher"), 404, "There is no such page"),
        (RequestEntityTooLarge(), 413, "This file is too large"),
        (Invalid("late", "date", "This date is still to come."), 422, "This date is still to come."),
        (KeyReused("k"), 422, "This form was already saved with other answers."),
        (TooManyAttempts(7), 422, "Wait 7 seconds"),
        (OperationalError("SELECT", {}, Exception(CANARY)), 503, "The database is busy or full"),
        (ValueError(CANARY), 500, "Something went wrong here"),
    ],
)
def test_each_error_has_its_page(failing, error, status, sentence):
    answer = failing(error).get("/login")
    assert answer.status_code == status
    assert sentence in answer.text
    assert CANARY not in answer.text


@pytest.mark.parametrize(("path", "method", "status"), [("/nowhere", "GET", 404), ("/login", "DELETE", 405)])
def test_an_error_is_told_in_the_reader_s_language(visitor, path, method, status):
    answer = visitor.open(path, method=method, headers={"Accept-Language": "tr"})
    assert answer.status_code == status
    assert '<html lang="tr"' in answer.text
    assert "İlk sayfanıza" in answer.text or "Giriş yap" in answer.text


def test_a_wrong_method_is_told_the_right_ones(visitor):
    assert set(visitor.delete("/logout").headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_a_script_gets_its_error_as_data(visitor):
    answer = visitor.get("/nowhere.json", headers={"Accept": "application/json"})
    assert answer.json == {"error": PAGES[404].heading, "advice": PAGES[404].advice}


def test_what_is_not_for_one_s_role_and_what_is_not_there_look_the_same(client_of):
    browser = client_of("patient")
    hidden, absent = browser.get("/worklist"), browser.get("/nowhere")
    assert hidden.status_code == absent.status_code == 404
    assert without_tokens(hidden.text).replace("/worklist", "") == without_tokens(absent.text).replace("/nowhere", "")


def test_the_log_names_the_place_of_an_error_and_none_of_its_values(failing, caplog):
    with caplog.at_level(logging.DEBUG):
        failing(ValueError(CANARY)).get(f"/login?name={CANARY}", headers={"User-Agent": CANARY})
    said = " ".join(record.getMessage() + str(record.exc_info or "") for record in caplog.records)
    assert "kind=ValueError" in said
    assert "test_errors.py" in said
    assert "CANARY" not in said
    assert "Ayşe" not in said


def test_too_large_a_request_is_refused_before_it_is_read(visitor):
    answer = visitor.post("/login", data=b"x" * (33 * 1024 * 1024), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"email=%ff%00&password=%ed%a0%80", b"email=" + b"\x00" * 50])
def test_malformed_forms_are_refused_calmly(visitor, body):
    answer = visitor.post("/login", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {200, 400}
