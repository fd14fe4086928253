"""The desk: an administrator builds, another one approves, a researcher takes, and the file opens."""

import time
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from outcomes.actions import release_build
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Release, ReleaseScript, ReleaseTaking
from outcomes.terms import Role, ScriptState
from tests.cast import add_member, add_user
from tests.releasing import COLUMNS, SCALES, crowd
from tests.web.conftest import sign_in
from tests.web.pages import said

LONGEST = 300


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Let groups be sought quickly; how thoroughly they are sought elsewhere is no matter of the desk."""
    make = release_build.make
    monkeypatch.setattr(release_build, "make", lambda *given, **_: make(*given, thorough=False))


@pytest.fixture
def second(app, sqlite_engine, people):
    """The browser of another administrator of the clinic."""
    with new_session(sqlite_engine) as session:
        act_as(session, "program")
        user = add_user(session, "second@example.org")
        add_member(session, user, people.clinic_id, Role.ADMINISTRATOR, None)
        session.commit()
    return sign_in(app, sqlite_engine, user)


def asked(tier, **changed):
    """What the form sends."""
    given = {"title": "Fatigue", "purpose": "A meta-analysis", "tier": str(tier), "scales": list(SCALES)}
    visits = ["baseline", "week_2", "month_1", "month_3", "month_6", "month_12", "month_24", "outside"]
    return given | {"columns": list(COLUMNS), "visits": visits} | changed


def built(browser, tier, **form):
    """Ask for a release and wait until it is built; return its address."""
    address = browser.post("/research/new", data=asked(tier, **form)).location
    until = time.monotonic() + LONGEST
    while browser.get(f"{address}/progress").json["running"]:
        assert time.monotonic() < until
        time.sleep(0.5)
    return address


def version_of(stored):
    return stored(lambda session: session.scalar(select(Release.version).order_by(Release.as_of.desc())))


def test_from_asking_to_taking(make, client_of, second, stored):
    make(lambda maker: crowd(maker.work, 45))
    first, researcher = client_of("administrator"), client_of("researcher")
    assert "Consent to this use, and treated" in said(first.post("/research/new", data=asked(2, check="yes")))
    address = built(first, tier=2)
    page = said(first.get(address))
    assert "waits for approval" in page
    assert "Every patient looks like at least" in page
    assert researcher.get(address).status_code == 404
    first.post(f"{address}/approve", data={"version": version_of(stored)})
    assert "Whoever prepared a release does not approve it" in said(first.get(address))
    second.post(f"{address}/approve", data={"version": version_of(stored)})
    page = said(researcher.get(address))
    assert "they are still personal data" in page
    assert "A meta-analysis" in page
    refused = researcher.post(f"{address}/take", data={"why": ""})
    assert refused.status_code == 303
    taken = researcher.post(f"{address}/take", data={"why": "our meta-analysis"})
    with ZipFile(BytesIO(taken.data)) as archive:
        assert "data/csv/long.csv" in archive.namelist()
    assert taken.headers["Cache-Control"] == "no-store"
    assert stored(lambda session: session.scalars(select(ReleaseTaking.why)).all()) == ["our meta-analysis"]
    assert "our meta-analysis" in said(first.get(address))
    assert "Nothing is different" in said(first.get(f"{address}?compare=yes"))
    assert researcher.get(f"{address}/risk.json").json["smallest"] >= 5


SCRIPT = """
import csv, json
rows = list(csv.DictReader(open("data/patients.csv")))
women = sum(row["sex"] == "female" for row in rows)
name = " ".join(["women", "among", "all"])
table = {"name": name, "columns": ["sex", "n"], "rows": [["female", women], ["all", len(rows)]]}
json.dump({"tables": [table]}, open("out/result.json", "w"))
"""


def test_a_script_goes_from_sending_to_what_it_gave(make, client_of, second, stored):
    make(lambda maker: crowd(maker.work, 45))
    first, researcher = client_of("administrator"), client_of("researcher")
    address = built(first, tier=3)
    second.post(f"{address}/approve", data={"version": version_of(stored)})
    researcher.post(f"{address}/take", data={"why": "our meta-analysis"})
    assert stored(lambda session: session.scalars(select(ReleaseTaking.why)).all()) == []
    researcher.post(f"{address}/scripts", data={"title": "Women", "script": SCRIPT})
    script = waited_for(stored)
    assert "women among all" not in said(researcher.get(address))
    assert "women among all" in said(first.get(address))
    first.post(f"{address}/scripts/{script.id}/look", data={"version": script.version, "passes": "yes"})
    page = said(researcher.get(address))
    assert "women among all" in page
    assert "all\n45" in page


def waited_for(stored):
    """The only script, when it has run and its result keeps the rules."""
    until = time.monotonic() + LONGEST
    while stored(lambda session: session.scalars(select(ReleaseScript.state)).one()) == ScriptState.RUNNING:
        assert time.monotonic() < until
        time.sleep(0.2)
    script = stored(lambda session: session.scalars(select(ReleaseScript)).one())
    assert (script.state, script.told) == (ScriptState.WAITING, None)
    return script


def test_what_is_refused_says_why(make, client_of):
    make(lambda maker: crowd(maker.work, 12))
    browser = client_of("administrator")
    page = said(browser.get(built(browser, tier=2)))
    assert "12 patients consent to this use. Below 40" in page
    assert "refused" in page


def test_a_public_release_is_built_without_a_record(make, client_of):
    make(lambda maker: crowd(maker.work, 14))
    browser = client_of("administrator")
    page = said(browser.get(built(browser, tier=1)))
    assert "Public: anonymised counts" in page
    assert "recovered 0 of them to within 5 patients" in page


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": ""}, "This field is needed"),
        ({"scales": []}, "Choose at least one scale"),
        ({"scales": ["no.such"]}, "not"),
        ({"tier": "9"}, "Not a valid choice"),
    ],
)
def test_a_form_that_does_not_fit_comes_back_with_all_that_was_typed(make, client_of, changed, sentence):
    make(lambda maker: maker.patient("P-9").course("2026-01-12").scored("2026-01-12", fatigue=5, thinking=5))
    answer = client_of("administrator").post("/research/new", data=asked(1) | changed)
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "A meta-analysis" in answer.text


def test_two_persons_are_demanded_until_the_clinic_says_otherwise(client_of):
    browser = client_of("administrator")
    assert "A release needs two persons" in said(browser.get("/research"))
    browser.post("/research/persons", data={"two": "no"})
    assert "Whoever prepared a release may approve it" in said(browser.get("/research"))
