"""One patient's bundle: what it is made of, what R4 says of it, and that it is read back value for value."""

import csv
import importlib
import io
import json
import re
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from outcomes.exchange.readers.fhir import BundleNotReadError, read_bundle
from outcomes.exchange.writers import own_record as own
from outcomes.exchange.writers.fhir import as_bundle
from outcomes.exchange.writers.fhir_codes import REQUIRED, unknown_codes
from outcomes.exchange.writers.own_record import HEADINGS, as_csv
from outcomes.instruments.catalogue import load_catalogue
from outcomes.terms import (
    Absence,
    AnsweredBy,
    AssessmentState,
    Comorbidity,
    EntryBasis,
    Language,
    Onset,
    Reached,
    Sex,
    WorkStatus,
)

CATALOGUE = load_catalogue()
NOON = datetime(2026, 11, 22, 9, 0, 0, 125, tzinfo=UTC)

for kind in (UUID, date):
    st.register_type_strategy(kind, st.uuids() if kind is UUID else st.dates(date(1900, 1, 1), date(2100, 1, 1)))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
WORDS = st.one_of(st.sampled_from(["=1+1", 'İğne, ağrı; "x"\n', " ", "\x0bvertical", "a\u2028b"]), st.text(min_size=1))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(st.integers(-9, 99), NUMBERS, st.none())
CODES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
SCALES = st.builds(lambda a, b: f"{a}.{b}", CODES, CODES)
BY_TYPE = {str: WORDS, datetime: MOMENTS, date: st.dates(date(1900, 1, 1), date(2100, 1, 1)), float: NUMBERS}


def rows(kind, most=3, **fields):
    """Any rows of a kind."""
    hints = {name: _of(hint) for name, hint in own.__dict__[kind].__annotations__.items()}
    return st.lists(st.builds(own.__dict__[kind], **{**hints, **fields}), max_size=most).map(tuple)


def _of(hint):
    text = str(hint)
    for known, strategy in BY_TYPE.items():
        if hint is known:
            return strategy
        if hint == known | None:
            return st.none() | strategy
    if "int" in text and "Mapping" not in text:
        numbers = st.integers(0, 2**31 - 1)
        return numbers if hint is int else st.none() | numbers
    return st.from_type(hint)


@st.composite
def records(draw):
    """Any record whose rows point to each other as the records' do."""
    visits = draw(rows("VisitRow", time_zone=st.just("Europe/Istanbul")))
    at = st.sampled_from([each.id for each in visits]) if visits else st.uuids()
    items = st.dictionaries(CODES, VALUES, max_size=4)
    days = st.none() | st.dictionaries(CODES, st.dates(date(2020, 1, 1)).map(str), min_size=1, max_size=4)
    filled = draw(rows("FilledRow", visit_id=at, instrument=CODES, answers=items, totals=items, given_on=days))
    form = st.sampled_from([each.id for each in filled]) if filled else st.uuids()
    scored = {"visit_id": at, "assessment_id": form, "scale": SCALES}
    scores = draw(rows("ScoreRow", **scored, absence=st.none()))
    absent = draw(rows("ScoreRow", **scored, value=st.none(), absence=st.sampled_from(Absence)))
    activities = draw(rows("ActivityRow"))
    which = st.sampled_from([each.id for each in activities]) if activities else st.uuids()
    person = draw(
        rows(
            "PersonRow", onset_year=st.none() | st.integers(1900, 2026), onset_month=st.none() | st.integers(1, 12)
        ).filter(bool)
    )[0]
    return own.WholeRecord(
        as_of=draw(MOMENTS),
        clinic=draw(st.sampled_from(["Marmara", "Ege"])),
        person=person,
        definitions=draw(rows("DefinitionRow")),
        consents=draw(rows("ConsentRow")),
        endings=draw(rows("EndingRow", most=1)),
        arms=draw(rows("ArmRow", most=1)),
        courses=draw(rows("CourseRow")),
        infusions=draw(rows("InfusionRow")),
        visits=visits,
        filled=filled,
        scores=scores + absent,
        exposures=draw(rows("ExposureRow")),
        events=draw(rows("EventRow", grade=st.integers(1, 5))),
        activities=activities,
        activity_scores=draw(rows("ActivityScoreRow", activity_id=which, visit_id=at, value=st.integers(0, 10))),
        diary=draw(rows("DiaryRow", scale=SCALES, value=st.integers(0, 10))),
        reports=draw(rows("ReportRow", visit_id=at)),
    )


QUICK = settings(max_examples=25, suppress_health_check=list(HealthCheck))


@QUICK
@given(records())
def test_a_bundle_reads_back_value_for_value(record):
    bundle = json.loads(json.dumps(as_bundle(record, CATALOGUE)))
    assert read_bundle(bundle) == record


@settings(max_examples=12, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(records())
def test_a_bundle_passes_the_models_and_the_lists(record):
    bundle = json.loads(json.dumps(as_bundle(record, CATALOGUE)))
    assert unknown_codes(bundle) == ()
    for entry in bundle["entry"]:
        checked(entry["resource"])
    model("Bundle").model_validate(bundle)


def model(name):
    return getattr(importlib.import_module(f"fhir.resources.R4B.{name.lower()}"), name)


def checked(resource):
    return model(resource["resourceType"]).model_validate(resource)


@pytest.mark.parametrize("rule", REQUIRED, ids=lambda rule: rule.element)
def test_a_word_that_r4_does_not_know_is_told(rule):
    kind, *path = rule.element.split(".")
    resource = value = {"resourceType": kind}
    for name in path[:-1]:
        value[name] = value = {}
    value[path[-1]] = "no such code"
    assert unknown_codes(resource) == (f"{rule.element}: no such code",)
    value[path[-1]] = {"coding": [{"code": min(rule.codes)}]}
    assert unknown_codes(resource) == ()


def a_record(**changes):
    """A record of one visit with one skipped answer, one absent score and words that look like formulas."""
    visit = own.VisitRow(VISIT, DAY, "Europe/Istanbul", Reached.ONLINE, None, False, True, False, None, NOON)
    filled = own.FilledRow(
        id=FORM,
        visit_id=VISIT,
        instrument="own_fatigue",
        key_version="1",
        form_version=None,
        language=Language.TURKISH,
        wording_version=None,
        answered_by=AnsweredBy.PROXY,
        state=AssessmentState.COMPLETE,
        started_at=None,
        finished_at=NOON,
        answers={"1": -3, "2": None},
        totals={"score": 4.5},
        given_on={"1": "2026-11-20", "3": "2026-11-21"},
    )
    person = own.PersonRow(
        PERSON, "OC-1", "=cmd()", None, None, Sex.FEMALE, "TR", Onset.SUDDEN, 2019, None, None, DAY,
        WorkStatus.UNKNOWN, (Comorbidity.IBS,), None, None, None, EntryBasis.UNKNOWN,
    )  # fmt: skip
    values = {
        "as_of": NOON,
        "clinic": "Marmara",
        "person": person,
        "visits": (visit,),
        "filled": (filled,),
        "scores": (
            own.ScoreRow("own_fatigue.score", VISIT, FORM, DAY, None, None, Absence.TOO_ILL, 0, 1, "1"),
            own.ScoreRow("own_thinking.score", VISIT, FORM, DAY, -2.5, 0.5, None, 1, 1, "1"),
        ),
        "activities": (own.ActivityRow(ACT, "=1+1; walk", NOON, True),),
        "activity_scores": (own.ActivityScoreRow(ACT, VISIT, DAY, 7),),
        "diary": (own.DiaryRow("own_fatigue.score", DAY, 6),),
    }
    return own.WholeRecord(**{**values, **changes})


PERSON, VISIT, FORM, ACT = (UUID(int=n) for n in range(1, 5))
DAY = date(2026, 11, 22)


def test_who_answered_stands_in_the_provenance():
    bundle = as_bundle(a_record(), CATALOGUE)
    kinds = {each["resource"]["resourceType"] for each in bundle["entry"]}
    assert {"Patient", "QuestionnaireResponse", "Observation", "Provenance", "RelatedPerson", "Goal"} <= kinds
    (told,) = (each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == "Provenance")
    helper = next(each for each in bundle["entry"] if each["resource"]["resourceType"] == "RelatedPerson")
    assert told["agent"][0]["who"]["reference"] == helper["fullUrl"]
    assert told["activity"]["coding"][0]["code"] == "proxy"
    assert len(told["target"]) == 3


def test_every_reference_leads_to_a_resource_of_the_bundle():
    bundle = as_bundle(a_record(), CATALOGUE)
    there = [each["fullUrl"] for each in bundle["entry"]]
    assert len(there) == len(set(there))
    text = json.dumps(bundle)
    assert set(re.findall(r'"reference": "([^"]+)"', text)) <= set(there)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda bundle: bundle.update(entry=[]), "not_ours"),
        (lambda bundle: bundle["entry"][0]["resource"].update(gender="woman"), "unknown_code"),
        (lambda bundle: of(bundle, "Encounter").pop("period"), "damaged"),
        (lambda bundle: of(bundle, "QuestionnaireResponse").pop("item"), "damaged"),
        (lambda bundle: of(bundle, "Goal")["extension"].clear(), "damaged"),
    ],
)
def test_a_bundle_that_cannot_be_read_is_refused_without_its_words(spoil, code):
    bundle = as_bundle(a_record(), CATALOGUE)
    spoil(bundle)
    with pytest.raises(BundleNotReadError) as refusal:
        read_bundle(bundle)
    assert refusal.value.code == code
    assert "cmd" not in str(refusal.value)


def of(bundle, kind):
    return next(each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind)


def test_the_table_says_why_a_value_is_missing_and_holds_no_formula():
    raw = as_csv(a_record())
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert tuple(lines[0]) == HEADINGS
    by_name = {(each["kind"], each["name"]): each for each in lines}
    assert by_name["score", "own_fatigue.score"]["absence"] == "too_ill"
    assert by_name["score", "own_fatigue.score"]["value"] == ""
    assert by_name["score", "own_thinking.score"]["value"] == "-2.5"
    assert (
        by_name["answer", "1"] | {"value": "-3", "date": "2026-11-20", "answered_by": "proxy"} == by_name["answer", "1"]
    )
    assert by_name["answer", "2"]["absence"] == "not_given"
    assert by_name["answer", "3"]["absence"] == "skipped"
    assert by_name["own_activity", "'=1+1; walk"]["value"] == "7"
    assert by_name["diary", "own_fatigue.score"]["value"] == "6"
    for line in lines:
        for name, cell in line.items():
            assert name == "value" or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
