"""The researcher's desk: finished releases of the own clinic, and never a live record."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from outcomes.records.tables import Release
from tests.web.pages import Page, said

DOORS = [
    "/worklist",
    "/patients",
    "/patients/{patient}",
    "/patients/{patient}/history",
    "/patients/{patient}/edit",
    "/patients/{patient}/visits/new",
    "/donors",
    "/cohort",
    "/me",
    "/admin/people",
    "/admin/protocol",
    "/admin/merge",
]


@pytest.fixture
def release(wrote, people):
    """Write a release: `release("Title", state="approved")`."""

    def write(title, state="approved", clinic_id=None, month=3):
        row = {"tier": 2, "as_of": datetime(2026, month, 1, 9, tzinfo=UTC), "recipe": {}, "risk": {}}
        wrote(
            lambda session: session.add(
                Release(clinic_id=clinic_id or people.clinic_id, id=uuid4(), title=title, state=state, **row)
            )
        )

    return write


def test_finished_releases_are_listed_the_newest_first(client_of, release):
    release("Fatigue, first year", month=3)
    release("Fatigue, second year", month=4)
    words = Page(client_of("researcher").get("/research").text).words
    assert words.index("Fatigue, second year") < words.index("Fatigue, first year")
    assert "1 March 2026, 12:00" in words


def test_a_clinic_without_releases_says_so(client_of):
    text = said(client_of("researcher").get("/research"))
    assert "The clinic has not released any data yet. When it does, the release appears here." in text


def test_the_desk_is_where_a_researcher_begins(client_of):
    assert client_of("researcher").get("/").location == "/research"


def test_the_menu_leads_to_nothing_alive(client_of):
    links = Page(client_of("researcher").get("/research").text).links
    assert [link for link in links if link.startswith(("/patients", "/worklist", "/donors", "/cohort"))] == []


# Who may not


@pytest.mark.parametrize("state", ["draft", "refused", "building", "Approved"])
def test_a_release_that_is_not_approved_is_not_there(client_of, release, state):
    release("Not yet", state=state)
    assert "Not yet" not in said(client_of("researcher").get("/research"))


def test_another_clinic_s_release_is_not_there(client_of, release, people):
    release("From elsewhere", clinic_id=people.elsewhere_id)
    assert "From elsewhere" not in said(client_of("researcher").get("/research"))


@pytest.mark.parametrize("name", ["clinician", "patient"])
def test_nobody_else_sits_at_the_desk(client_of, name):
    assert client_of(name).get("/research").status_code == 404


@pytest.mark.parametrize("door", DOORS)
def test_a_researcher_opens_no_door_to_a_record(client_of, people, door):
    assert client_of("researcher").get(door.format(patient=people.patient_id)).status_code == 404
