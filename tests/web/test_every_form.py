"""What all forms have in common: a version, a key, a reason for a change, and nothing lost in a conflict."""

import shutil
from html.parser import HTMLParser

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from outcomes.access.rules import Access
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.session import new_session
from outcomes.records.tables import AuditEntry
from outcomes.terms import ExposureKind, MaterialState
from tests.cast import make_cast
from tests.databases import open_test_engine
from tests.web.conftest import over, sign_in
from tests.web.matrix import CLINICIANS, ROUTES
from tests.web.pages import Page, said
from tests.web.test_matrix import address, ids_of
from tests.web.world import make_world

READS = "it changes no record"
ACCOUNT = "it is about an account, not about a record; asked twice it does the same"
ONCE = "it can be done once: the second finds nothing to do"
NEW = "it enters what was not there: there is no version yet, and the key makes it count once"
TAP = "a patient's single tap on something of the own; tapped twice it says the same"
EXEMPT = {
    "accounts.change_password": ACCOUNT,
    "accounts.choose_language": ACCOUNT,
    "accounts.choose_place": ACCOUNT,
    "accounts.choose_theme": ACCOUNT,
    "accounts.logout": ACCOUNT,
    "accounts.prove": ACCOUNT,
    "clinic.choose_columns": READS,
    "clinic.discard_import": READS,
    "clinic.invite_again": ACCOUNT,
    "clinic.let_go": ACCOUNT,
    "clinic.record_one_factor": ACCOUNT,
    "clinic.review_report": NEW,
    "clinic.run_import": ONCE,
    "clinic.save_visit": NEW,
    "clinic.search": READS,
    "clinic.send_file": READS,
    "clinic.send_record": READS,
    "clinic.start_verification": READS,
    "clinic.take_back_in": ACCOUNT,
    "portal.add_activity": NEW,
    "portal.begin": TAP,
    "portal.choose_sight": READS,
    "portal.end_activity": TAP,
    "portal.give_consent": NEW,
    "portal.take_back_event": TAP,
    "portal.tap": TAP,
    "portal.tell_event": NEW,
    "portal.too_ill": TAP,
    "portal.withdraw_consent": ONCE,
    "research.demand_persons": "it sets one switch; pressed twice it stands the same",
    "research.lay_release_aside": ONCE,
    "research.prepare_release": NEW,
    "research.release_again": "pressed twice it builds the same twice; an administrator lays one aside",
}
"""The forms that carry no version or no key, and why."""
FEWEST_FORMS = 30


class Forms(HTMLParser):
    """The forms of a page that are posted: where to, and the names of their fields."""

    def __init__(self, text, here):
        super().__init__()
        self.here, self.found, self.open = here, [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        if tag == "form":
            self.open = held.get("method", "get").lower() == "post"
            if self.open:
                self.found.append((held.get("action") or self.here, set()))
        elif self.open and held.get("name"):
            self.found[-1][1].add(held["name"])

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = False


@pytest.fixture(scope="module")
def peopled_world(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("forms") / "world.db"
    shutil.copy(sqlite_template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        world = make_world(session, cast, load_catalogue())
        session.commit()
    yield engine, cast, world
    engine.dispose()


def posted(app, engine, cast, world):
    """Every form that is posted from any page of the house: endpoint and names of fields."""
    urls = app.url_map.bind("localhost")
    for name in ("administrator", "patient"):
        browser = sign_in(app, engine, cast.users[name])
        for rule in app.url_map.iter_rules():
            if "GET" not in rule.methods or ROUTES.get(rule.endpoint) in {None, Access.EVERYONE}:
                continue
            path = address(app, rule, {part: world.of("own", part) for part in ids_of(rule)})
            answer = browser.get(path)
            if answer.status_code != 200 or answer.mimetype != "text/html":
                continue
            for action, fields in Forms(answer.text, path).found:
                try:
                    endpoint, _ = urls.match(action.partition("?")[0], "POST")
                except HTTPException:
                    endpoint = f"nothing at {action}"
                yield endpoint, fields


def test_every_posted_form_carries_a_version_and_a_key(web_app, peopled_world):
    engine, cast, world = peopled_world
    app = over(web_app, engine)
    seen = list(posted(app, engine, cast, world))
    bare = {endpoint for endpoint, fields in seen if not {"version", "idempotency_key"} <= fields}
    assert bare - set(EXEMPT) == set()
    assert len({endpoint for endpoint, _ in seen}) > FEWEST_FORMS
    assert {
        endpoint for endpoint, fields in seen if EXEMPT.get(endpoint) == NEW and "idempotency_key" not in fields
    } == set()
    assert {each for each in EXEMPT if each not in ROUTES} == set()


# Later changes of what is stored


@pytest.fixture
def edits(make, stored, people):
    """By the endpoint that saves it: the address of each form that changes something stored, and what may be typed."""
    from outcomes.actions.donors import LotForm, add_lot  # noqa: PLC0415 - for this fixture alone
    from outcomes.actions.report_event import EventForm, ExposureForm, expose, report_event  # noqa: PLC0415 - as above
    from outcomes.records.tables import Assessment  # noqa: PLC0415 - as above
    from outcomes.terms import Relation  # noqa: PLC0415 - as above
    from tests.factories import days_before  # noqa: PLC0415 - as above

    def write(maker):
        work, who = maker.work, maker.known(people.patient_id).course(days_before(9)).scored(days_before(5), fatigue=7)
        event = EventForm("headache", days_before(3), 1, Relation.UNLIKELY, Relation.UNLIKELY)
        donor = maker.donor()
        add_lot(work, donor, LotForm(number="L-1", state=MaterialState.FROZEN))
        return {
            "treatments": who.infusions[0],
            "events": report_event(work, who.id, event),
            "exposures": expose(work, who.id, ExposureForm(ExposureKind.DIET, "no gluten", days_before(3))),
            "donor": donor,
            "assessments": work.session.scalar(select(Assessment.id).where(Assessment.visit_id == who.visits[0])),
        }

    ids, base = make(write), f"/patients/{people.patient_id}"
    return {
        "clinic.change_patient": (f"{base}/edit", "diet", "vegan", "no milk"),
        "clinic.change_treatment": (f"{base}/treatments/{ids['treatments']}", "note", "in two parts", "in one part"),
        "clinic.change_event": (f"{base}/events/{ids['events']}", "action", "rest", "water"),
        "clinic.change_exposure": (f"{base}/exposures/{ids['exposures']}", "text", "no wheat", "no sugar"),
        "clinic.change_donor": (f"/donors/{ids['donor']}/edit", "note", "evenings", "mornings"),
        "clinic.amend_answers": (f"{base}/assessments/{ids['assessments']}", "own_fatigue.1", "3", "4"),
    }


CHANGES = [
    "clinic.amend_answers",
    "clinic.change_donor",
    "clinic.change_event",
    "clinic.change_exposure",
    "clinic.change_patient",
    "clinic.change_treatment",
]


def test_the_table_holds_every_form_that_changes_something_stored():
    assert {each for each in CLINICIANS.split() if each.startswith(("clinic.change_", "clinic.amend_"))} == set(CHANGES)


def opened(browser, path, field):
    return Page(browser.get(path).text).form_with(field)


def trailed(stored):
    return stored(lambda session: session.scalars(select(AuditEntry).order_by(AuditEntry.at, AuditEntry.id)).all())


@pytest.mark.parametrize("endpoint", CHANGES)
@pytest.mark.parametrize("typed", [{"why": ""}, {"why": "odd"}, {"why": "other", "why_more": " "}])
def test_a_change_without_its_reason_is_refused_and_nothing_typed_is_lost(clinician, stored, edits, endpoint, typed):
    path, field, value, _ = edits[endpoint]
    before = len(trailed(stored))
    answer = clinician.post(path, data=opened(clinician, path, field) | {field: value} | typed)
    assert answer.status_code == 422
    kept = Page(answer.text).form_with(field)
    assert kept[field] == [value]
    assert len(trailed(stored)) == before


@pytest.mark.parametrize("endpoint", CHANGES)
def test_the_reason_stands_in_the_trail_with_the_change(clinician, stored, edits, endpoint):
    path, field, value, _ = edits[endpoint]
    before = len(trailed(stored))
    form = opened(clinician, path, field) | {field: value, "why": "asked_again"}
    assert clinician.post(path, data=form).status_code == 302
    written = trailed(stored)[before:]
    assert written
    reasons = {entry.reason for entry in written if entry.operation == "update"}
    assert len(reasons) == 1
    if endpoint != "clinic.amend_answers":  # what was typed is sealed as a whole there
        assert reasons == {"asked_again"}


@pytest.mark.parametrize("endpoint", CHANGES)
def test_the_loser_of_two_edits_sees_both_values_and_loses_nothing(clinician, client_of, stored, edits, endpoint):
    path, field, theirs, mine = edits[endpoint]
    form = opened(clinician, path, field) | {field: mine, "why": "mistyped", "why_more": "read again"}
    first = client_of("administrator")
    won = opened(first, path, field) | {field: theirs, "why": "asked_again"}
    assert first.post(path, data=won).status_code == 302
    refused = clinician.post(path, data=form)
    assert refused.status_code == 409
    page = Page(refused.text)
    assert {theirs, mine} <= set(page.words)
    again = page.form_with(field)
    assert again[field] == [mine]
    assert (again["why"], again["why_more"]) == (["mistyped"], ["read again"])
    assert clinician.post(path, data=again).status_code == 302
    assert opened(clinician, path, field)[field] == [mine]


def test_a_first_entry_asks_for_no_reason(clinician, edits, people):
    base = f"/patients/{people.patient_id}"
    for path in (
        f"{base}/events/new",
        f"{base}/exposures/new",
        f"{base}/treatments/new",
        f"{base}/visits/new",
        "/patients/new",
    ):
        assert "Why it is changed" not in said(clinician.get(path))


REMOVALS = ["events", "exposures", "treatments"]


@pytest.mark.parametrize("kind", REMOVALS)
def test_what_somebody_else_changed_meanwhile_is_not_taken_back_unseen(clinician, client_of, edits, kind):
    endpoint = {"events": "change_event", "exposures": "change_exposure", "treatments": "change_treatment"}[kind]
    path, field, value, _ = edits[f"clinic.{endpoint}"]
    removal = opened(clinician, path, "taken_why") | {"taken_why": "wrong_record"}
    first = client_of("administrator")
    first.post(path, data=opened(first, path, field) | {field: value, "why": "mistyped"})
    back = clinician.post(f"{path}/remove", data=removal)
    assert "Somebody else changed this after you opened it." in said(clinician.get(back.location))
    assert clinician.get(path).status_code == 200
