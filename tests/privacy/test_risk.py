"""Risk: counted as by hand, simulated attacks that know what they know, and words for it."""

import json
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.privacy.pseudonyms import new_seed, pseudonyms, shuffled
from outcomes.privacy.risk import attacked, closeness, coded, groups_of, measured, uniqueness
from outcomes.privacy.tiers import Because, Reason
from outcomes.privacy.words import MEANING, REASONS, TIERS, reason, risk_sentences
from outcomes.terms import Language
from outcomes.voice import Voice

people = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("wxyz"), st.sampled_from("12345")), min_size=1)


@given(people)
def test_groups_are_counted_as_by_hand(rows):
    groups = {}
    for one, other, value in rows:
        groups.setdefault((one, other), []).append(value)
    one, other, value = (coded(column) for column in zip(*rows, strict=True))
    found = groups_of([one, other], [value])
    assert (found.patients, found.groups) == (len(rows), len(groups))
    assert found.smallest == min(map(len, groups.values()))
    assert found.diversity == (min(len(set(values)) for values in groups.values()),)


def test_many_combinations_are_counted_as_well():
    dice = Random(2)
    columns = [[dice.randrange(3_000) for _ in range(500)] * 2 for _ in range(4)]
    found = groups_of([coded(column) for column in columns])
    assert found.smallest == min(Counter(zip(*columns, strict=True)).values()) == 2


def test_nobody_has_no_group():
    assert groups_of([coded([])], [coded([])]).smallest is None
    with pytest.raises(ValueError, match="quasi"):
        groups_of([])


@pytest.mark.parametrize(
    ("group", "values", "distance"), [("aabb", "xyxy", 0), ("aabb", "xxyy", 0.5), ("aaab", "xxxy", 0.75), ("", "", 0)]
)
def test_closeness(group, values, distance):
    assert closeness(coded(group), coded(values)) == pytest.approx(distance)


def test_known_scores_single_out_more_and_more():
    dice = Random(4)
    series = [[dice.randrange(11) for _ in range(6)] for _ in range(50)]
    found = [uniqueness(series, known) for known in range(7)]
    assert found[0] == 0
    assert found == sorted(found)
    assert found[6] > 0.97


def test_an_attacker_without_scores_is_right_once_a_group():
    group = coded("aaaaabbbbb")
    found = attacked(group, [[n] for n in range(10)], 0)
    assert (found.hit_rate, found.singled_out) == (pytest.approx(0.2), 0)
    assert attacked(group, [[n] for n in range(10)], 1).hit_rate == 1


def test_missing_scores_cannot_be_known():
    assert attacked(coded("aa"), [[None], [None]], 1).hit_rate == 0.5


@pytest.mark.parametrize("asked", [uniqueness, lambda series, known: attacked(coded("a"), series, known)])
def test_nobody_knows_fewer_scores_than_none(asked):
    with pytest.raises(ValueError, match="fewer"):
        asked([[1]], -1)


def report():
    labels = [["f", "TR"]] * 6 + [["m", "TR"]] * 5
    work = {"work_status": ["a", "b"] * 5 + ["a"]}
    return measured(
        labels, work, [[n % 3, n] for n in range(11)], dropped=2, loss_of={"age": 0.2, "sex": 0}, most_known=2
    )


def test_a_whole_report():
    risk = report()
    assert (risk.smallest, risk.groups, risk.patients, risk.dropped) == (5, 2, 11, 2)
    assert (risk.prosecutor, risk.journalist, risk.marketer) == (0.2, 0.2, pytest.approx(2 / 11))
    assert risk.diversity == {"work_status": 2}
    assert risk.loss == pytest.approx(0.1)
    assert risk.attacks[0].hit_rate <= risk.attacks[1].hit_rate <= risk.attacks[2].hit_rate == 1
    assert json.loads(json.dumps(risk.as_json()))["attacks"][0]["known_scores"] == 0


def test_a_population_lowers_the_journalists_risk_only():
    risk = measured([["f"]] * 5, {}, [[1]] * 5, population=50, most_known=0)
    assert (risk.prosecutor, risk.journalist) == (0.2, 0.02)


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="lengths"):
        measured([["f"]], {"a": []}, [[1]])


@pytest.mark.parametrize("language", Language)
def test_it_is_said_in_both_languages(language):
    voice = Voice(language)
    sentences = list(risk_sentences(voice, report()))
    assert len(sentences) == 9
    for question in ("Singling out", "Linkability", "Inference"):
        assert any(text.startswith(f"{question}: ") for text in sentences) == (language is Language.ENGLISH)
    empty = measured([], {}, [])
    assert len(list(risk_sentences(voice, empty))) == 1
    numbers = dict.fromkeys(("patients", "needed", "smallest", "codes"), 5)
    said = [reason(voice, Because(each, numbers)) for each in Reason]
    assert all("%(" not in text and "5" in text for text in said)
    english = Voice(Language.ENGLISH)
    for message in (*TIERS.values(), *MEANING.values(), *REASONS.values()):
        assert (voice.say(message) == english.say(message)) == (language is Language.ENGLISH)


def test_names_and_order_of_a_release():
    seed, keys = new_seed(), [f"patient-{n}" for n in range(300)]
    names = pseudonyms(seed, keys)
    assert len(set(names.values())) == 300
    assert names == pseudonyms(seed, keys[::-1])
    assert not set(names.values()) & set(pseudonyms(new_seed(), keys).values())
    assert shuffled(seed, keys) == shuffled(seed, keys[::-1]) != keys
    with pytest.raises(ValueError, match="32"):
        pseudonyms(b"short", keys)
    with pytest.raises(ValueError, match="twice"):
        pseudonyms(seed, ["a", "a"])
