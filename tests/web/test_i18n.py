"""Languages and displays: whose choice counts, and that it is kept."""

import pytest

from outcomes.records.session import new_session
from outcomes.records.tables import User
from tests.cast import email


def language_of(browser, path="/login", **headers):
    text = browser.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}).text
    return text.partition('<html lang="')[2][:2]


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("tr", "tr"),
        ("tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        ("en-GB", "en"),
        ("de,fr", "en"),
        ("de,tr;q=0.5", "tr"),
        ("", "en"),
    ],
)
def test_a_visitor_reads_in_the_browser_s_language(visitor, accepts, language):
    assert language_of(visitor, Accept_Language=accepts) == language


def test_a_visitor_s_choice_counts_more_than_the_browser_s(visitor):
    answer = visitor.post("/language", data={"language": "tr", "next": "/login?next=/me"})
    assert (answer.status_code, answer.location) == (303, "/login?next=/me")
    assert language_of(visitor, Accept_Language="en") == "tr"


def test_a_member_s_language_is_kept_with_the_account(app, client_of, sqlite_engine, people):
    client_of("clinician").post("/language", data={"language": "tr"})
    assert language_of(client_of("clinician"), "/account", Accept_Language="en") == "tr"
    with new_session(sqlite_engine, read_only=True) as session:
        assert session.get(User, people.users["clinician"]).language == "tr"
    assert language_of(client_of("researcher"), "/account") == "en"


def test_the_page_is_turkish_through_and_through(visitor):
    page = visitor.get("/login", headers={"Accept-Language": "tr"}).text
    assert "E-posta adresi" in page
    assert "Görünüm" in page
    answer = visitor.post("/login", data={"email": "", "password": ""}, headers={"Accept-Language": "tr"}).text
    assert "Bu alan gerekli." in answer
    assert "This field" not in answer
    answer = visitor.post(
        "/login", data={"email": email("clinician"), "password": "x"}, headers={"Accept-Language": "tr"}
    ).text
    assert "birbirine ait değil" in answer


@pytest.mark.parametrize("theme", ["light", "dark", "quiet"])
def test_a_visitor_s_display_is_drawn_by_the_server(visitor, theme):
    assert "data-theme" not in visitor.get("/login").text
    visitor.post("/theme", data={"theme": theme, "next": "/login"})
    assert f'data-theme="{theme}"' in visitor.get("/login").text


def test_a_member_s_display_is_kept_with_the_account(client_of):
    client_of("patient").post("/theme", data={"theme": "quiet"})
    assert 'data-theme="quiet"' in client_of("patient").get("/account").text


def test_a_script_that_keeps_a_display_is_answered_with_nothing(visitor):
    answer = visitor.post("/theme", data={"theme": "dark"}, headers={"Sec-Fetch-Mode": "cors"})
    assert (answer.status_code, answer.data) == (204, b"")


# Who may not


@pytest.mark.parametrize(
    ("path", "data"), [("/language", {"language": "de"}), ("/theme", {"theme": "neon"}), ("/theme", {})]
)
def test_nobody_chooses_what_is_not_there(visitor, client_of, path, data):
    assert visitor.post(path, data=data).status_code == 400
    assert client_of("clinician").post(path, data=data).status_code == 400


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_a_choice_leads_nowhere_else(visitor, target):
    assert visitor.post("/language", data={"language": "tr", "next": target}).location == "/"


def test_a_cookie_with_nonsense_is_passed_over(visitor):
    visitor.set_cookie("language", "xx")
    visitor.set_cookie("theme", '"><script>')
    page = visitor.get("/login").text
    assert '<html lang="en">' in page
