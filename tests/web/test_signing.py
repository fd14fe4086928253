"""Signing a visit on its page, unlocking it, and seeing that what was signed is still there."""

import pytest
from sqlalchemy import select, text, update

from outcomes.access.passwords import hashed
from outcomes.records.tables import Assessment, ReadLog, Signature, SignatureVoid, SignInAttempt, User, Visit
from tests.factories import days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")
PASSWORD = "a long enough pass phrase"
HASH = hashed(PASSWORD)


@pytest.fixture
def path(make, wrote, people):
    """The page of a visit, to be signed by members who have a password."""
    wrote(lambda session: session.execute(update(User).values(password_hash=HASH)))
    (visit,) = make(lambda maker: maker.known(people.patient_id).scored(days_before(5), fatigue=7)).visits
    return f"/patients/{people.patient_id}/visits/{visit}"


def sign(browser, path, **typed):
    form = Page(browser.get(path).text).form_with("proof")
    return browser.post(f"{path}/sign", data=form | {"meaning": "reviewed", "proof": PASSWORD} | typed)


def unlock(browser, path, **typed):
    form = Page(browser.get(path).text).form_with("why")
    return browser.post(f"{path}/unlock", data=form | {"why": "mistyped", "why_more": "seven, not one"} | typed)


def test_a_visit_says_how_far_it_has_come(clinician, path):
    assert "State: complete, not signed" in said(clinician.get(path))
    assert sign(clinician, path).location == path
    words = said(clinician.get(path))
    assert "State: signed" in words
    assert (
        "Signed by A clinician on 22 November 2026, 12:00 (2026-11-22 09:00:00 UTC). Meaning: I have reviewed it."
        in words
    )
    assert unlock(clinician, path).location == path
    words = said(clinician.get(path))
    assert "State: unlocked, not signed again" in words
    assert "Unlocked by A clinician on 22 November 2026, 12:00. It was typed wrongly: seven, not one" in words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"proof": "somebody else's phrase"}, "This is not your present password."),
        ({"proof": ""}, "This field is needed."),
        ({"meaning": ""}, "This field is needed."),
        ({"content": "0" * 64}, "This visit was changed after you opened it. Read it again, then sign."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_signed(clinician, stored, path, typed, words):
    answer = sign(clinician, path, **typed)
    assert answer.status_code == 422
    assert words in said(answer)
    assert stored(lambda session: session.scalars(select(Signature)).all()) == []


def test_wrong_passwords_are_counted_and_slowed_down(clinician, stored, path):
    for _ in range(4):
        answer = sign(clinician, path, proof="somebody else's phrase")
    assert answer.status_code == 422
    assert "Too many attempts" in "".join(said(answer))
    assert len(stored(lambda session: session.scalars(select(SignInAttempt)).all())) == 3
    assert sign(clinician, path).status_code == 422


def test_a_form_sent_twice_signs_once(clinician, stored, path):
    form = Page(clinician.get(path).text).form_with("proof") | {"meaning": "authored", "proof": PASSWORD}
    assert [clinician.post(f"{path}/sign", data=form).status_code for _ in range(2)] == [302, 302]
    assert len(stored(lambda session: session.scalars(select(Signature)).all())) == 1


@pytest.mark.parametrize(
    ("typed", "field"), [({"why": ""}, "This field is needed."), ({"why": "other", "why_more": ""}, "This is needed.")]
)
def test_unlocking_needs_its_reason(clinician, stored, path, typed, field):
    sign(clinician, path)
    answer = unlock(clinician, path, **typed)
    assert (answer.status_code, field in said(answer)) == (422, True)
    assert stored(lambda session: session.scalars(select(SignatureVoid)).all()) == []


def test_answers_of_a_signed_visit_are_read_and_not_corrected(clinician, stored, path, people):
    sign(clinician, path)
    page = Page(clinician.get(path).text)
    assert "Take this visit back" not in page.words
    (answers,) = {link for link in page.links if "/assessments/" in link}
    assert "This visit is signed. Unlock it first, and say why." in said(clinician.get(answers))
    form = Page(clinician.get(answers).text).form_with("own_fatigue.1") | {"why": "mistyped"}
    answer = clinician.post(answers, data=form)
    assert (answer.status_code, "This visit is signed. Unlock it first, and say why." in said(answer)) == (422, True)
    assert stored(lambda session: session.scalars(select(Assessment.version)).one()) == 1


def test_a_change_behind_the_program_s_back_is_said(clinician, sqlite_engine, path):
    sign(clinician, path)
    with sqlite_engine.execution_options(changing_schema=True).begin() as connection:
        there = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in there:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(text("UPDATE score SET value = 6"))
        for _, statement in there:
            connection.exec_driver_sql(statement)
    page = Page(clinician.get(path).text)
    assert any(word.startswith("The signature does not match") for word in page.words)
    assert "Sign this visit" not in page.words


def test_the_patient_s_page_lists_visits_with_their_state(clinician, path, people):
    sign(clinician, path)
    page = Page(clinician.get(f"/patients/{people.patient_id}").text)
    assert path in page.links
    assert any(word.endswith("signed") for word in page.words)


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere", None])
def test_nobody_else_signs_or_unlocks(client_of, stored, path, name):
    browser = client_of(name)
    for act in ("sign", "unlock"):
        data = {"meaning": "reviewed", "proof": PASSWORD, "why": "mistyped"}
        assert browser.post(f"{path}/{act}", data=data).status_code in {401, 404}
    assert stored(lambda session: session.scalars(select(Signature)).all()) == []
    assert stored(lambda session: session.scalars(select(Visit.version)).one()) == 1


def test_another_member_s_password_does_not_sign(client_of, wrote, people, stored, path):
    other = hashed("the administrator's own phrase")
    wrote(lambda s: s.execute(update(User).where(User.id == people.users["administrator"]).values(password_hash=other)))
    assert sign(client_of("administrator"), path).status_code == 422
    assert stored(lambda session: session.scalars(select(Signature)).all()) == []
    assert stored(lambda session: session.scalars(select(ReadLog)).all())
