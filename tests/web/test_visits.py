"""The visit form: asked as defined, kept as typed, saved once, and nothing lost on the way."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from outcomes.actions.protocol import ProtocolForm, set_protocol
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.tables import Assessment, Draft, Score, Visit
from outcomes.terms import Absence, AnsweredBy, Reached, Severity
from tests.factories import TODAY, days_before
from tests.web.pages import Page, said

pytestmark = pytest.mark.usefixtures("noon")

ZERO = days_before(91)
ASKED = {"baseline": ("own_fatigue", "own_thinking"), "month_3": ("chalder11", "own_fatigue")}
PLAN = [
    ("baseline", "Baseline", "Başlangıç", -14, 14, 14),
    ("month_3", "3 months", "3. ay", 91, 14, 14),
]
CHALDER = {f"chalder11.{item}": "2" for item in range(1, 12)}
COMPLETE = {**CHALDER, "own_fatigue.1": "5"}


@pytest.fixture
def plan(make):
    points = [
        {
            "code": code,
            "title": {"en": english, "tr": turkish},
            "day": day,
            "before": before,
            "after": after,
            "instruments": list(ASKED[code]),
        }
        for code, english, turkish, day, before, after in PLAN
    ]
    return make(lambda maker: set_protocol(maker.work, ProtocolForm("chalder11.likert", points)), "administrator")


@pytest.fixture
def patient_id(make, people, plan):
    """Treated 91 days ago, with two scores before."""

    def treated(maker):
        patient = maker.known(people.patient_id)
        patient.scored(ZERO - timedelta(days=20), fatigue=8).scored(ZERO - timedelta(days=10), fatigue=8).course(ZERO)

    make(treated)
    return people.patient_id


@pytest.fixture
def path(patient_id):
    return f"/patients/{patient_id}/visits/new"


@pytest.fixture
def opened(clinician, path):
    """The fields of the form just opened, as a browser would send them."""

    def fields(**typed):
        return Page(clinician.get(path).text).form_with("idempotency_key") | typed

    return fields


@pytest.fixture
def visits(stored, people):
    """The visits of today and later, and of older ones only those of this test."""

    def rows():
        wanted = select(Visit).where(Visit.patient_id == people.patient_id, Visit.on_date > ZERO)
        return stored(lambda session: session.scalars(wanted).all())

    return rows


def scores_of(stored, visit):
    rows = select(Score).join(Assessment, Assessment.id == Score.assessment_id).where(Assessment.visit_id == visit.id)
    return {row.scale: row for row in stored(lambda session: session.scalars(rows).all())}


def keep(browser, patient_id, sequence, **fields):
    return browser.put(f"/patients/{patient_id}/visits/draft", json={"fields": fields, "sequence": sequence})


def checked(text):
    return {name: values[0] for name, values in Page(text).form_with("idempotency_key").items()}


# What is asked


def test_the_form_asks_every_item_with_the_answers_its_definition_permits(clinician, path):
    page = clinician.get(path).text
    offered = {}
    for code, item, value in re.findall(r'name="(\w+)\.(\w+)" value="(\d+)" data-answer', page):
        offered.setdefault((code, item), []).append(float(value))
    assert offered == {
        (code, item.code): list(item.choices) for code in ASKED["month_3"] for item in load_catalogue()[code].items
    }


def test_the_form_opens_on_today_answered_by_the_patient_in_the_window_that_is_due(clinician, path):
    answer = clinician.get(path)
    page, fields = Page(answer.text), checked(answer.text)
    assert (fields["on_date"], fields["answered_by"], fields["reached"]) == (TODAY.isoformat(), "self", "clinic")
    assert "3 months: visit" in page.words
    assert "day 91 · inside the window “3 months”" in page.words
    assert "0 of 12 answered" in page.words
    assert "before FMT 8.0" in page.words


def test_before_fmt_the_form_asks_for_a_baseline_and_compares_with_nothing(clinician, people, plan):
    path = f"/patients/{people.other_patient_id}/visits/new"
    page = Page(clinician.get(path).text)
    assert {"Baseline: visit", "before FMT", "0 of 2 answered"} <= set(page.words)
    live = keep(clinician, people.other_patient_id, 1, **{"own_fatigue.1": "7"}).json["scales"]["own_fatigue.score"]
    assert (live["value"], live["sentence"]) == ("7", "This score is part of the baseline.")


def test_a_published_questionnaire_without_its_wording_says_so_and_our_own_has_its(clinician, path):
    page = clinician.get(path).text
    assert page.count("Your licensed wording goes here") == 1
    assert "Keys 0 to 3 answer and move on." in page


# While one types


def test_every_field_is_kept_as_it_is_left_and_comes_back(clinician, patient_id, path):
    assert "draft of" in keep(clinician, patient_id, 1, **{"own_fatigue.1": "5"}).json["saved"]
    keep(clinician, patient_id, 2, crash="1", note="slept badly")
    fields = checked(clinician.get(path).text)
    assert (fields["own_fatigue.1"], fields["crash"], fields["note"]) == ("5", "1", "slept badly")
    assert 'data-sequence="2"' in clinician.get(path).text


def test_what_was_typed_later_stays_whatever_arrives_later(clinician, patient_id, path):
    for sequence, answer in ((3, "6"), (2, "4"), (1, "3")):
        keep(clinician, patient_id, sequence, **{"own_fatigue.1": answer})
    assert checked(clinician.get(path).text)["own_fatigue.1"] == "6"


def test_an_answer_is_scored_and_compared_as_it_is_given(clinician, patient_id):
    live = keep(clinician, patient_id, 1, **{"own_fatigue.1": "5"}).json
    score = live["scales"]["own_fatigue.score"]
    assert (live["count"], live["answered"], score["value"], score["measured"]) == ("1 of 12 answered", 1, "5", True)
    assert "3.0 points lower than before FMT" in score["sentence"]
    assert score["meter"]["dot"] > 150


def test_a_score_says_what_it_still_needs(clinician, patient_id):
    live = keep(clinician, patient_id, 1, **{"chalder11.1": "2"}).json["scales"]["chalder11.likert"]
    assert (live["value"], live["verdict"]) == ("no score yet", "10 answers are missing")
    assert "needs all 11 answers" in live["sentence"]


def test_the_day_and_the_window_follow_the_date(clinician, patient_id):
    told = keep(clinician, patient_id, 1, on_date=days_before(40).isoformat()).json["day"]
    assert told == "day 51 · outside every window; it is kept and drawn as such"


# Saving


def test_a_complete_visit_is_saved_with_its_scores_and_the_draft_is_gone(clinician, opened, path, visits, stored):
    keep(clinician, visits_patient(path), 1, **COMPLETE)
    more = {"crash": "1", "severity": "severe", "answered_by": "proxy", "reached": "video", "note": "by phone first"}
    answer = clinician.post(path, data=opened(**COMPLETE, **more))
    assert (answer.status_code, answer.location.partition("#")[2]) == (302, "changed")
    (visit,) = visits()
    assert (visit.on_date, visit.crash, visit.severity, visit.reached) == (TODAY, True, Severity.SEVERE, Reached.VIDEO)
    scores = scores_of(stored, visit)
    assert (scores["chalder11.likert"].value, scores["own_fatigue.score"].value) == (22, 5)
    assert stored(lambda session: set(session.scalars(select(Assessment.answered_by)))) >= {AnsweredBy.PROXY}
    assert stored(lambda session: session.scalars(select(Draft)).all()) == []


def visits_patient(path):
    return path.split("/")[2]


def test_missing_answers_are_named_and_linked_and_nothing_typed_is_lost(clinician, opened, path, visits):
    answer = clinician.post(path, data=opened(**{"chalder11.1": "3", "note": "slept badly"}))
    assert answer.status_code == 422
    page, fields = Page(answer.text), checked(answer.text)
    missing = [link.removeprefix("#") for link in page.links if link.startswith("#") and "." in link]
    assert missing == [*(f"chalder11.{item}" for item in range(2, 12)), "own_fatigue.1"]
    assert set(missing) <= page.ids
    assert "Chalder Fatigue Scale, 11 items, item 2 has no answer" in page.words
    assert (fields["chalder11.1"], fields["note"]) == ("3", "slept badly")
    assert visits() == []


def test_what_was_sent_incomplete_is_kept_as_a_draft(clinician, opened, path):
    clinician.post(path, data=opened(**{"chalder11.1": "3"}))
    assert checked(clinician.get(path).text)["chalder11.1"] == "3"


def test_after_a_refusal_the_page_counts_on_so_that_what_is_typed_next_is_kept(clinician, opened, path, patient_id):
    for sequence in range(1, 6):
        keep(clinician, patient_id, sequence, **{"own_fatigue.1": str(sequence)})
    refused = clinician.post(path, data=opened(**{"own_fatigue.1": "5"})).text
    counted = int(re.search(r'data-sequence="(\d+)"', refused).group(1))
    keep(clinician, patient_id, counted + 1, **{"own_fatigue.1": "9"})
    assert checked(clinician.get(path).text)["own_fatigue.1"] == "9"


def test_gaps_are_accepted_on_a_second_press_and_never_become_zero(clinician, opened, path, visits, stored):
    typed = {**CHALDER, "chalder11.4": "", "own_fatigue.1": "6"}
    refused = clinician.post(path, data=opened(**typed))
    assert "Save with these gaps" in refused.text
    again = Page(refused.text).form_with("idempotency_key") | {"gaps": "1"}
    assert clinician.post(path, data=again).status_code == 302
    scores = scores_of(stored, visits()[0])
    assert (scores["chalder11.likert"].value, scores["chalder11.likert"].absence) == (None, Absence.ITEMS_MISSING)
    assert scores["own_fatigue.score"].value == 6


def test_a_wrong_answer_is_not_passed_as_a_gap(clinician, opened, path, visits):
    typed = {**COMPLETE, "own_fatigue.1": "11"}
    answer = clinician.post(path, data=opened(**typed, gaps="1"))
    assert answer.status_code == 422
    assert "A number from 0 to 10 is needed." in said(answer)
    assert "Save with these gaps" not in answer.text
    assert visits() == []


def test_too_ill_today_is_a_visit_without_an_answer(clinician, opened, path, visits, stored):
    assert clinician.post(path, data=opened(too_ill="1")).status_code == 302
    (visit,) = visits()
    assert visit.too_ill
    assert {score.absence for score in scores_of(stored, visit).values()} == {Absence.TOO_ILL}


def test_a_visit_outside_every_window_and_long_past_is_accepted(clinician, opened, path, visits):
    on = days_before(40)
    assert clinician.post(path, data=opened(**COMPLETE, on_date=on.isoformat())).status_code == 302
    assert [visit.on_date for visit in visits()] == [on]


def test_what_the_page_showed_is_what_is_saved_though_the_date_was_corrected(clinician, opened, path, stored):
    on = ZERO - timedelta(days=5)
    assert clinician.post(path, data=opened(**COMPLETE, on_date=on.isoformat())).status_code == 302
    wanted = select(Visit).where(Visit.on_date == on)
    (visit,) = stored(lambda session: session.scalars(wanted).all())
    assert scores_of(stored, visit)["chalder11.likert"].value == 22


def test_an_answer_in_the_draft_stays_on_the_form_when_its_date_asks_for_something_else(clinician, patient_id, path):
    keep(clinician, patient_id, 1, **{"chalder11.1": "3", "on_date": (ZERO - timedelta(days=5)).isoformat()})
    fields = checked(clinician.get(path).text)
    assert fields["chalder11.1"] == "3"
    assert fields["shown"] == "own_fatigue,own_thinking,chalder11"


def test_the_same_form_sent_twice_is_one_visit(clinician, opened, path, visits):
    form = opened(**COMPLETE)
    assert [clinician.post(path, data=form).status_code for _ in range(2)] == [302, 302]
    assert len(visits()) == 1


def test_the_same_form_with_gaps_sent_twice_is_one_visit(clinician, opened, path, visits):
    form = opened(**{"own_fatigue.1": "4"}, gaps="1")
    assert [clinician.post(path, data=form).status_code for _ in range(2)] == [302, 302]
    assert len(visits()) == 1


def test_a_saved_form_sent_again_with_other_answers_is_refused(clinician, opened, path, visits, stored):
    form = opened(**COMPLETE)
    clinician.post(path, data=form)
    answer = clinician.post(path, data=form | {"own_fatigue.1": "1"})
    assert answer.status_code == 422
    assert "already saved with other answers" in said(answer)
    assert checked(answer.text)["own_fatigue.1"] == "1"
    assert scores_of(stored, visits()[0])["own_fatigue.score"].value == 5


@pytest.mark.parametrize(
    ("on_date", "sentence"),
    [((TODAY + timedelta(days=1)).isoformat(), "This date is still to come."), ("", "Enter a date.")],
)
def test_a_date_that_cannot_be_is_told_beside_it_and_everything_is_kept(
    clinician, opened, path, visits, on_date, sentence
):
    answer = clinician.post(path, data=opened(**COMPLETE, on_date=on_date))
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "#on_date" in Page(answer.text).links
    assert {name: checked(answer.text)[name] for name in COMPLETE} == COMPLETE
    assert visits() == []


# Totals, and further questionnaires


def test_totals_alone_may_be_entered_and_the_items_stay_unknown(clinician, opened, path, visits, stored):
    switched = clinician.post(path, data=opened(**{"own_fatigue.1": "5", "switch": "chalder11"}))
    assert (switched.status_code, switched.location.partition("#")[2]) == (302, "sheet-chalder11")
    form = opened()
    assert "total.chalder11.likert" in form
    assert "chalder11.1" not in form
    assert clinician.post(path, data=form | {"total.chalder11.likert": "26"}).status_code == 302
    scores = scores_of(stored, visits()[0])
    assert scores["chalder11.likert"].value == 26
    assert scores["chalder11.bimodal"].absence is Absence.TOTAL_ONLY


def test_the_way_back_from_totals_keeps_what_was_answered(clinician, opened, path):
    for _ in range(2):
        clinician.post(path, data=opened(**{"chalder11.1": "3", "switch": "chalder11"}))
    assert opened()["chalder11.1"] == ["3"]


@pytest.mark.parametrize("typed", ["4,5", "4.5", " 4,5 "])
def test_a_total_may_be_typed_with_a_decimal_comma(clinician, opened, path, visits, stored, typed):
    clinician.post(path, data=opened(switch="", add="fss9"))
    clinician.post(path, data=opened(switch="fss9"))
    assert clinician.post(path, data=opened(**COMPLETE, **{"total.fss9.mean": typed})).status_code == 302
    assert scores_of(stored, visits()[0])["fss9.mean"].value == 4.5


@pytest.mark.parametrize(("typed", "sentence"), [("111", "from 0 to 110"), ("many", "from 0 to 110")])
def test_an_impossible_total_is_told_beside_it(clinician, opened, path, typed, sentence):
    clinician.post(path, data=opened(switch="", add="sdmt"))
    answer = clinician.post(path, data=opened(**COMPLETE, **{"total.sdmt.correct": typed}))
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert checked(answer.text)["total.sdmt.correct"] == typed


def test_a_scale_without_an_upper_end_takes_any_number_from_its_lower(clinician, opened, path, visits, stored):
    clinician.post(path, data=opened(switch="", add="crp"))
    assert "A number of 0 or more is needed." in said(
        clinician.post(path, data=opened(**COMPLETE, **{"total.crp.value": "-1"}))
    )
    assert clinician.post(path, data=opened(**COMPLETE, **{"total.crp.value": "312,5"})).status_code == 302
    assert scores_of(stored, visits()[0])["crp.value"].value == 312.5


def test_a_questionnaire_added_without_a_total_is_missing_like_any_other(clinician, opened, path):
    clinician.post(path, data=opened(switch="", add="sdmt"))
    answer = clinician.post(path, data=opened(**COMPLETE))
    assert "has no total" in said(answer)
    assert "#total.sdmt.correct" in Page(answer.text).links


def test_the_version_of_the_form_is_kept(clinician, opened, path, stored):
    clinician.post(path, data=opened(switch="", add="rbans"))
    clinician.post(path, data=opened(**COMPLETE, **{"form.rbans": "B", "total.rbans.total": "88"}))
    wanted = select(Assessment.form_version).where(Assessment.instrument == "rbans")
    assert stored(lambda session: session.scalars(wanted).one()) == "B"


def test_a_version_that_the_form_does_not_have_is_not_kept_and_a_correction_leaves_it_alone(
    clinician, opened, path, stored
):
    clinician.post(path, data=opened(switch="", add="rbans"))
    clinician.post(path, data=opened(**COMPLETE, **{"form.rbans": "<b>", "total.rbans.total": "88"}))
    of_rbans = select(Assessment).where(Assessment.instrument == "rbans")
    row = stored(lambda session: session.scalars(of_rbans).one())
    assert row.form_version is None
    changed = {"version": "1", "why": "mistyped", "mode.rbans": "totals", "form.rbans": "C", "total.rbans.total": "90"}
    assert clinician.post(f"/patients/{row.patient_id}/assessments/{row.id}", data=changed).status_code == 302
    row = stored(lambda session: session.scalars(of_rbans).one())
    assert (row.totals, row.form_version) == ({"total": 90.0}, None)


def test_what_is_not_in_the_library_cannot_be_added(clinician, opened, path):
    clinician.post(path, data=opened(switch="", add="wishes"))
    assert opened()["shown"] == ["chalder11,own_fatigue"]


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher", "clinician_elsewhere"])
def test_nobody_else_opens_fills_in_or_saves_the_form(client_of, path, patient_id, visits, name):
    browser = client_of(name)
    answers = [
        browser.get(path),
        browser.post(path, data={"on_date": TODAY.isoformat(), "too_ill": "1"}),
        keep(browser, patient_id, 1, crash="1"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert visits() == []


def test_a_draft_is_its_writer_s_alone(client_of, clinician, patient_id, path):
    keep(clinician, patient_id, 1, **{"own_fatigue.1": "5"})
    assert "own_fatigue.1" not in checked(client_of("administrator").get(path).text)


@pytest.mark.parametrize(
    "sent",
    [
        {"fields": {}},
        {"sequence": 1},
        {"fields": ["own_fatigue.1"], "sequence": 1},
        {"fields": {"note": "x" * 1001}, "sequence": 1},
        {"fields": {"note": 5}, "sequence": 1},
        {"fields": {f"f{n}": "1" for n in range(501)}, "sequence": 1},
        {"fields": {"note": "x"}, "sequence": "1"},
        [],
    ],
)
def test_a_script_that_sends_something_else_is_refused(clinician, patient_id, sent):
    assert clinician.put(f"/patients/{patient_id}/visits/draft", json=sent).status_code == 400
