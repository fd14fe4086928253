"""The clinic's plan and its own definitions: each change is a next version, and nothing typed is lost by a fault."""

import pytest
from sqlalchemy import select

from outcomes.actions.assess import AssessmentForm
from outcomes.records.tables import Protocol, ResponderDefinition
from tests.factories import days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

PLAN, DEFINITIONS = "/admin/protocol", "/admin/definitions"
ROWS = {
    "point.code": ["baseline", "", ""],
    "point.en": ["Baseline", "3 months", ""],
    "point.tr": ["Başlangıç", "3. ay", ""],
    "point.day": ["−14", "91", ""],
    "point.before": ["14", "14", ""],
    "point.after": ["14", "14", ""],
    "point.instruments": ["own_fatigue", "chalder11, own_fatigue", ""],
}
DEFINITION = {
    "name": "Halved fatigue",
    "source": "agreed on 3 May",
    "scale_0": "chalder11.likert",
    "kind_0": "gain_at_least",
    "value_0": "7,5",
}


@pytest.fixture
def administrator(client_of):
    return client_of("administrator")


def send_plan(browser, **typed):
    scales = {"primary_scale": "chalder11.likert", "qualifying_scale": ""}
    return browser.post(PLAN, data={**scales, **ROWS, **typed})


def rows_of(answer):
    form = Page(answer.text).form_with("point.en")
    return {name: values[:2] for name, values in form.items() if name.startswith("point.")}


def versions(stored):
    return stored(lambda session: session.scalars(select(Protocol).order_by(Protocol.number)).all())


def test_a_plan_is_put_in_force_and_shown_as_it_was_typed(administrator, stored):
    assert send_plan(administrator).location == PLAN
    (plan,) = versions(stored)
    assert [(point["code"], point["day"]) for point in plan.time_points] == [("baseline", -14), ("3_months", 91)]
    shown = rows_of(administrator.get(PLAN))
    assert (shown["point.tr"], shown["point.day"]) == (["Başlangıç", "3. ay"], ["-14", "91"])
    assert shown["point.instruments"] == ["own_fatigue", "chalder11 own_fatigue"]


def test_a_change_is_the_next_version_and_the_one_before_stays(administrator, stored):
    send_plan(administrator)
    send_plan(administrator, **{"point.day": ["-14", "90", ""]})
    assert [(plan.number, plan.time_points[1]["day"]) for plan in versions(stored)] == [(1, 91), (2, 90)]
    assert "Version 2 is in force." in said(administrator.get(PLAN))


def test_the_plan_decides_what_the_visit_form_asks(administrator, make, people):
    send_plan(administrator)
    make(lambda maker: maker.known(people.patient_id).course(days_before(91)))
    form = Page(administrator.get(f"/patients/{people.patient_id}/visits/new").text).form_with("shown")
    assert form["shown"] == ["chalder11,own_fatigue"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"point.day": ["-14", "soon", ""]}, "Time point 2 cannot be used: look at “day”."),
        ({"point.day": ["--14", "91", ""]}, "Time point 1 cannot be used: look at “day”."),
        ({"point.before": ["14", "²", ""]}, "Time point 2 cannot be used: look at “before”."),
        ({"point.after": ["-1", "14", ""]}, "Time point 1 cannot be used: look at “after”."),
        ({"point.instruments": ["own_fatigue", "wishes", ""]}, "This instrument is not installed: wishes."),
        ({"point.en": ["Baseline", "", ""]}, "Time point 2 cannot be used: look at “title”."),
        ({name: ["", "", ""] for name in ROWS}, "A plan needs at least one time point."),
        ({"primary_scale": "wishes.score"}, "Not a valid choice."),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_everything_kept(administrator, stored, typed, sentence):
    answer = send_plan(administrator, **typed)
    assert (answer.status_code, versions(stored)) == (422, [])
    assert sentence in said(answer)
    wanted = {**ROWS, **typed}
    assert rows_of(answer) == {name: values[:2] for name, values in wanted.items() if name.startswith("point.")}


def test_a_row_that_was_emptied_leaves_the_plan(administrator, stored):
    emptied = {name: [values[0], "", ""] for name, values in ROWS.items()} | {"point.code": ["baseline", "month_3", ""]}
    assert send_plan(administrator, **emptied).status_code == 302
    assert [[point["code"] for point in plan.time_points] for plan in versions(stored)] == [["baseline"]]


# Who counts as better


def define(browser, **typed):
    form = Page(browser.get(DEFINITIONS).text).form_with("scale_0")
    return browser.post(DEFINITIONS, data=form | DEFINITION | typed)


def definitions(stored):
    rows = select(ResponderDefinition).order_by(ResponderDefinition.number)
    return stored(lambda session: session.scalars(rows).all())


def test_a_definition_is_frozen_when_it_is_written(administrator, stored):
    assert define(administrator).location == DEFINITIONS
    words = Page(administrator.get(DEFINITIONS).text).words
    assert any("better by at least 7.5" in word for word in words)
    assert {"Halved fatigue", "agreed on 3 May", "22 November 2026, 12:00"} <= set(words)
    assert "after data were there" not in words
    assert [(row.number, row.after_data_seen) for row in definitions(stored)] == [(1, False)]


def test_the_same_name_again_is_the_next_version_and_says_that_data_were_there(administrator, make, people, stored):
    define(administrator)

    def treated(maker):
        score = AssessmentForm("chalder11", totals={"likert": 12})
        maker.known(people.patient_id).course(days_before(91)).visit(days_before(2), score)

    make(treated)
    define(administrator, value_0="3")
    assert [(row.number, row.after_data_seen) for row in definitions(stored)] == [(1, False), (2, True)]
    assert "after data were there" in Page(administrator.get(DEFINITIONS).text).words


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": " "}, "This field is needed."),
        ({"scale_0": ""}, "Name one criterion at least."),
        ({"value_0": ""}, "A criterion needs a scale, a kind and a number."),
        ({"value_0": "much"}, "Enter a number."),
    ],
)
def test_a_definition_that_cannot_be_is_refused_with_everything_kept(administrator, stored, typed, sentence):
    answer = define(administrator, **typed)
    assert (answer.status_code, definitions(stored)) == (422, [])
    assert sentence in said(answer)
    kept = Page(answer.text).form_with("scale_0")
    assert {name: kept[name] for name in DEFINITION} == {name: [v] for name, v in {**DEFINITION, **typed}.items()}


def test_the_same_definition_twice_is_refused(administrator, stored):
    define(administrator)
    assert "This is the definition in force already." in said(define(administrator))
    assert len(definitions(stored)) == 1


# Who may not


@pytest.mark.parametrize("name", ["clinician", "patient", "researcher"])
@pytest.mark.parametrize("path", [PLAN, DEFINITIONS])
def test_only_an_administrator_sets_the_plan_and_defines(client_of, stored, name, path):
    browser = client_of(name)
    sent = browser.post(path, data={"primary_scale": "chalder11.likert", **ROWS, **DEFINITION})
    assert (browser.get(path).status_code, sent.status_code) == (404, 404)
    assert (versions(stored), definitions(stored)) == ([], [])
