"""What holds for every instrument, whatever is answered."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.definition import Formula
from outcomes.instruments.errors import AnswerError
from outcomes.instruments.scoring import score
from outcomes.terms import Absence, Better

CATALOGUE = load_catalogue(Path(__file__).parent)
WITH_ITEMS = [each for each in CATALOGUE if each.items]
TURNED = [each for each in WITH_ITEMS if any(item.reverse for item in each.items)]
WITH_TOTALS = [each for each in CATALOGUE if each.accepts_totals]
LINEAR = {Formula.SUM, Formula.MEAN}
NEAR = 1e-9

every_questionnaire = pytest.mark.parametrize("instrument", WITH_ITEMS, ids=lambda each: each.code)
every_entered = pytest.mark.parametrize("instrument", WITH_TOTALS, ids=lambda each: each.code)
often = settings(max_examples=12, deadline=None)


def complete(instrument):
    """Any complete form."""
    return st.fixed_dictionaries({item.code: st.sampled_from(item.choices) for item in instrument.items})


def partial(instrument):
    """Any form, with any answers missing, left out or None."""
    answers = {item.code: st.none() | st.sampled_from(item.choices) for item in instrument.items}
    return st.fixed_dictionaries({}, optional=answers)


def values(instrument, answers):
    return {each.scale: each.value for each in score(instrument, answers)}


def counted(instrument, scale, code, answer):
    """What an answer adds to a scale."""
    number = instrument.item(code).counts_as(answer)
    return number if scale.rule.recode is None else scale.rule.recode[number]


def worst(instrument, scale):
    """For each item, the answer that says the worst on this scale."""
    pick = max if (scale.better is Better.LOWER) is (scale.rule.multiply > 0) else min
    return {c: pick(instrument.item(c).choices, key=lambda a: counted(instrument, scale, c, a)) for c in scale.items}


@every_questionnaire
@often
@given(data=st.data())
def test_a_score_stays_within_its_range(instrument, data):
    for scale, result in zip(instrument.scales, score(instrument, data.draw(partial(instrument))), strict=True):
        if result.value is not None:
            assert scale.minimum - NEAR <= result.value <= scale.maximum + NEAR


@every_questionnaire
@often
@given(data=st.data())
def test_there_is_a_value_or_a_reason_and_never_both(instrument, data):
    for result in score(instrument, data.draw(partial(instrument))):
        assert (result.value is None) is (result.absence is not None) is (result.reason is not None)
        assert result.items_used + len(result.missing) == result.items


@every_questionnaire
@often
@given(data=st.data())
def test_a_complete_form_has_every_score_that_items_give(instrument, data):
    results = score(instrument, data.draw(complete(instrument)))
    for scale, result in zip(instrument.scales, results, strict=True):
        assert (result.value is None) is (scale.rule.formula is Formula.ENTERED)


@every_questionnaire
@often
@given(data=st.data())
def test_the_order_of_the_answers_means_nothing(instrument, data):
    answers = data.draw(complete(instrument))
    shuffled = dict(data.draw(st.permutations(list(answers.items()))))
    assert score(instrument, shuffled) == score(instrument, answers)


@every_questionnaire
@often
@given(data=st.data())
def test_which_item_was_answered_so_means_nothing_to_a_sum(instrument, data):
    """Exchange what two items of one scale contribute: their sum, and so the score, stays."""
    answers = data.draw(complete(instrument))
    for scale in (each for each in instrument.scales if each.rule.formula in LINEAR and len(each.items) > 1):
        one, other = data.draw(st.sampled_from(list(pairwise(scale.items))))
        back = {
            code: {counted(instrument, scale, code, a): a for a in instrument.item(code).choices}
            for code in (one, other)
        }
        first, second = (counted(instrument, scale, code, answers[code]) for code in (one, other))
        if second in back[one] and first in back[other]:
            exchanged = answers | {one: back[one][second], other: back[other][first]}
            assert values(instrument, exchanged)[scale.key] == pytest.approx(values(instrument, answers)[scale.key])


@every_questionnaire
@often
@given(data=st.data())
def test_turning_every_answer_round_turns_the_score_round(instrument, data):
    answers = data.draw(complete(instrument))
    turned = {code: instrument.item(code).minimum + instrument.item(code).maximum - a for code, a in answers.items()}
    before, after = values(instrument, answers), values(instrument, turned)
    for scale in (each for each in instrument.scales if each.rule.formula in LINEAR):
        assert before[scale.key] + after[scale.key] == pytest.approx(scale.minimum + scale.maximum)


@pytest.mark.parametrize("instrument", TURNED, ids=lambda each: each.code)
@often
@given(data=st.data())
def test_a_turned_item_counts_the_less_the_more_is_answered(instrument, data):
    answers = data.draw(complete(instrument))
    item = data.draw(st.sampled_from([item for item in instrument.items if item.reverse]))
    low, high = (values(instrument, answers | {item.code: end}) for end in (item.minimum, item.maximum))
    for scale in instrument.scales:
        if item.code in scale.items:
            assert (low[scale.key] - high[scale.key]) * scale.rule.multiply > 0


@every_questionnaire
@often
@given(data=st.data())
def test_an_answer_that_counts_more_never_lowers_the_score(instrument, data):
    answers = data.draw(complete(instrument))
    code = data.draw(st.sampled_from([item.code for item in instrument.items]))
    other = data.draw(st.sampled_from(instrument.item(code).choices))
    before, after = values(instrument, answers), values(instrument, answers | {code: other})
    for scale in instrument.scales:
        if code not in scale.items:
            assert after[scale.key] == before[scale.key]
            continue
        more = counted(instrument, scale, code, other) - counted(instrument, scale, code, answers[code])
        assert (after[scale.key] - before[scale.key]) * more * scale.rule.multiply >= -NEAR


@every_questionnaire
@often
@given(data=st.data())
def test_a_missing_answer_counts_as_the_mean_of_the_others_or_there_is_no_score(instrument, data):
    """The only published rule for missing answers at hand is the mean of those given. A blank is never a zero."""
    answers = {code: a for code, a in data.draw(partial(instrument)).items() if a is not None}
    found = values(instrument, answers)
    for scale in (each for each in instrument.scales if each.rule.formula in LINEAR):
        numbers = [counted(instrument, scale, code, answers[code]) for code in scale.items if code in answers]
        enough = len(numbers) >= scale.rule.at_least and len(answers) >= scale.rule.at_least_overall
        assert (found[scale.key] is not None) is enough
        if enough:
            filled = numbers + [sum(numbers) / len(numbers)] * (len(scale.items) - len(numbers))
            raw = sum(filled) / (len(filled) if scale.rule.formula is Formula.MEAN else 1)
            assert found[scale.key] == pytest.approx(scale.rule.add + scale.rule.multiply * raw)


@every_questionnaire
@often
@given(data=st.data())
def test_a_missing_answer_on_the_worst_form_never_looks_like_improvement(instrument, data):
    for scale in (each for each in instrument.scales if each.better is not None and each.items):
        bad = {item.code: item.maximum for item in instrument.items} | worst(instrument, scale)
        end = scale.maximum if scale.better is Better.LOWER else scale.minimum
        assert values(instrument, bad)[scale.key] == pytest.approx(end)
        gone = data.draw(st.sets(st.sampled_from(list(bad)), max_size=len(bad)))
        left = {code: answer for code, answer in bad.items() if code not in gone}
        value = values(instrument, left)[scale.key]
        assert value is None or value == pytest.approx(end)


@pytest.mark.parametrize("instrument", [CATALOGUE["dsq_pem"]], ids=lambda each: each.code)
@often
@given(data=st.data())
def test_a_missing_answer_never_turns_a_yes_into_a_no_or_a_no_into_a_yes(instrument, data):
    answers = data.draw(complete(instrument))
    gone = data.draw(st.sets(st.sampled_from(list(answers))))
    before = values(instrument, answers)
    after = values(instrument, {code: a for code, a in answers.items() if code not in gone})
    for scale in (each for each in instrument.scales if each.rule.formula is Formula.CRITERIA):
        assert after[scale.key] in {None, before[scale.key]}


@every_questionnaire
@often
@given(data=st.data())
def test_an_answer_that_is_not_offered_is_refused_and_named(instrument, data):
    item = data.draw(st.sampled_from(instrument.items))
    stray = data.draw(
        st.floats(allow_nan=True, allow_infinity=True).filter(
            lambda x: all(not abs(x - choice) < 1e-6 for choice in item.choices)
        )
    )
    with pytest.raises(AnswerError) as refusal:
        score(instrument, {item.code: stray})
    assert refusal.value.item == item.code


@every_entered
@often
@given(data=st.data())
def test_a_total_is_kept_as_entered_and_nothing_is_made_of_it(instrument, data):
    scale = data.draw(st.sampled_from(instrument.scales))
    low = scale.minimum if scale.minimum is not None else -1
    high = scale.maximum if scale.maximum is not None else low + 1000
    steps = scale.step if scale.step is not None and scale.step >= 1 else (high - low) / 64
    total = low + steps * data.draw(st.integers(0, int((high - low) / steps)))
    for result in score(instrument, {}, {scale.code: total}):
        if result.scale == scale.key:
            assert (result.value, result.entered, result.items_used) == (total, True, 0)
        else:
            assert result.value is None
            assert result.absence in {Absence.TOTAL_ONLY, Absence.NOT_ASKED}


@every_entered
@often
@given(data=st.data())
def test_a_total_outside_the_range_is_refused(instrument, data):
    scale = data.draw(st.sampled_from(instrument.scales))
    ends = [(scale.minimum, -1), (scale.maximum, 1)]
    end, way = data.draw(st.sampled_from([(end, way) for end, way in ends if end is not None]))
    beyond = end + way * data.draw(st.floats(1e-6, 1e6))
    with pytest.raises(AnswerError):
        score(instrument, {}, {scale.code: beyond})


@every_questionnaire
@often
@given(data=st.data())
def test_a_total_beside_its_answers_changes_nothing_when_right(instrument, data):
    answers = data.draw(complete(instrument))
    if instrument.accepts_totals:
        given_values = {key: value for key, value in values(instrument, answers).items() if value is not None}
        assert score(instrument, answers, given_values) == score(instrument, answers)
