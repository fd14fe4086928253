"""A file that should hold a record: every way of spoiling it is refused with a reason, and never falls over."""

import json
import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from outcomes.actions.taking_in.checking import Here, problems
from outcomes.exchange.readers.bundle import DEEPEST, RecordProblem, RecordUnreadable, problem_said, read_record
from outcomes.exchange.readers.table import Limits
from outcomes.terms import Language
from outcomes.voice import Voice
from tests.exchange.taking import CATALOGUE, file_of, records
from tests.exchange.test_fhir import a_record
from tests.factories import NOON, TODAY

HERE = Here(CATALOGUE, TODAY, NOON)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
QUICK = settings(max_examples=15, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
FEWEST_SPOILED = 400


def refusal(content):
    with pytest.raises(RecordUnreadable) as refused:
        read_record(content)
    return refused.value.problem


def one(bundle, kind):
    return next(each["resource"] for each in bundle["entry"] if each["resource"]["resourceType"] == kind)


def diary(bundle):
    return of_kind(bundle, "diary")


def stated(bundle):
    return next(each for each in rows_of_kind(bundle, "score") if "valueQuantity" in each)


def of_kind(bundle, kind):
    return next(rows_of_kind(bundle, kind))


def rows_of_kind(bundle, kind):
    found = (each["resource"] for each in bundle["entry"])
    return (
        each for each in found if {"system": "urn:x-outcomes:row", "code": kind} in each.get("meta", {}).get("tag", ())
    )


def spoiled(spoil):
    bundle = json.loads(file_of(a_record()))
    spoil(bundle)
    return json.dumps(bundle).encode()


DEEP = "[" * 200 + "]" * 200


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"x" * (Limits().size + 1), "too_large"),
        (b"{", "not_json"),
        (b"name;score\nA;5\n", "not_json"),
        (b"\xff\xfe{}", "not_json"),
        (b"PK\x03\x04", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": -Infinity}', "not_json"),
        (b"[" * 100_000, "too_deep"),
        (DEEP.encode(), "too_deep"),
        (b"[]", "not_ours"),
        (b"null", "not_ours"),
        (b"7", "not_ours"),
        (b"{}", "not_ours"),
        (b'{"resourceType": "Bundle", "entry": 5}', "not_ours"),
        (b'{"resourceType": "Bundle", "entry": [5]}', "not_ours"),
        (b'{"entry": [{"resource": {"resourceType": "Patient", "id": "1"}}]}', "not_ours"),
    ],
)
def test_what_is_no_record_is_refused(content, code):
    assert refusal(content).code == code


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda b: b.pop("timestamp"), "damaged"),
        (lambda b: b.update(timestamp="yesterday"), "damaged"),
        (lambda b: b.update(timestamp="2026-11-22T09:00:00"), "damaged"),
        (lambda b: b["entry"].append(b["entry"][0]), "not_ours"),
        (lambda b: one(b, "Patient").update(gender="woman"), "unknown_code"),
        (lambda b: one(b, "Patient").update(id="not an id"), "damaged"),
        (lambda b: one(b, "Patient")["identifier"][0].pop("assigner"), "damaged"),
        (lambda b: one(b, "Encounter")["extension"][0].clear(), "damaged"),
        (lambda b: one(b, "Encounter")["extension"].append({"url": "urn:x-outcomes:crash"}), None),
        (lambda b: one(b, "QuestionnaireResponse").update(item=[]), "damaged"),
        (lambda b: one(b, "QuestionnaireResponse")["item"][0]["item"][0].update(answer=[{}]), "damaged"),
        (lambda b: diary(b).update(valueInteger=True), "damaged"),
        (lambda b: diary(b).update(valueInteger=6.5), "damaged"),
        (lambda b: stated(b)["valueQuantity"].update(value="12"), "damaged"),
        (lambda b: stated(b)["valueQuantity"].update(value=False), "damaged"),
        (lambda b: one(b, "QuestionnaireResponse")["item"][0]["item"].append({"linkId": "1"}), "damaged"),
        (lambda b: one(b, "QuestionnaireResponse")["item"].__setitem__(0, {"linkId": []}), "damaged"),
    ],
)
def test_a_record_that_was_changed_is_refused(spoil, code):
    content = spoiled(spoil)
    if code is None:
        assert read_record(content)
    else:
        assert refusal(content).code == code


def places(value, here=()):
    yield here
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield from places(each, (*here, name))


def replaced(bundle, place, value):
    *way, last = place
    there = bundle
    for name in way:
        there = there[name]
    if isinstance(there, dict) and value is ...:
        del there[last]
    else:
        there[last] = None if value is ... else value


def test_a_record_spoiled_anywhere_is_read_or_refused_and_never_falls_over():
    counted = {"refused": 0, "told": 0, "whole": 0}

    @QUICK
    @given(records(), st.data())
    def spoil(record, data):
        whole = file_of(record)
        dice = random.Random(data.draw(st.integers(0, 2**32)))
        for _ in range(40):
            bundle = json.loads(whole)
            place = dice.choice(list(places(bundle))[1:])
            replaced(bundle, place, dice.choice([..., data.draw(JSON)]))
            counted[outcome(json.dumps(bundle).encode())] += 1

    spoil()
    assert sum(counted.values()) >= FEWEST_SPOILED
    assert all(counted.values())


def outcome(content):
    try:
        record = read_record(content)
    except RecordUnreadable:
        return "refused"
    return "told" if list(problems(record, HERE)) else "whole"


@pytest.mark.parametrize("language", list(Language))
def test_every_reason_is_said_in_both_languages(language):
    voice = Voice(language)
    for content in (b"", b"{", b"[]", DEEP.encode()):
        assert problem_said(voice, refusal(content))
    told = problem_said(voice, RecordProblem("twice", "It is in the file twice.", "visit", TODAY))
    assert told.startswith({"en": "Visit, 22 November 2026: ", "tr": "Vizit, 22 Kasım 2026: "}[language])


def test_our_own_files_are_far_from_too_deep():
    assert max(map(len, places(json.loads(file_of(a_record()))))) < DEEPEST / 2
