"""Every worked example of every instrument, as printed in docs/scoring, holds."""

import pytest

from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.errors import AnswerError
from outcomes.instruments.examples import examples
from outcomes.instruments.notation import parse_answers
from outcomes.instruments.scoring import score

CATALOGUE = load_catalogue()
ALL = [(each, example) for each in CATALOGUE for example in examples(each)]
NAMES = [f"{each.code}: {example.title}: {example.answers or dict(example.totals)}" for each, example in ALL]
FLOOR = 380


@pytest.mark.parametrize(("instrument", "example"), ALL, ids=NAMES)
def test_the_example_holds(instrument, example):
    if example.refused is not None:
        with pytest.raises(AnswerError) as refusal:
            score(instrument, parse_answers(instrument, example.answers), example.totals)
        assert (refusal.value.code, refusal.value.item) == (example.refused, example.at)
        return
    results = score(instrument, parse_answers(instrument, example.answers), example.totals)
    assert {each.scale for each in results} == {f"{instrument.code}.{code}" for code in example.expected}
    for result in results:
        expected = example.expected[result.scale.removeprefix(f"{instrument.code}.")]
        assert result.absence is expected.absence, result
        assert result.standard_error == expected.standard_error
        assert result.value == (None if expected.value is None else pytest.approx(expected.value, abs=1e-9))


def test_the_table_does_not_shrink():
    assert len(ALL) >= FLOOR


@pytest.mark.parametrize("instrument", CATALOGUE, ids=lambda each: each.code)
def test_every_scale_has_a_value_and_a_reason_among_the_examples(instrument):
    worked = examples(instrument)
    for scale in instrument.scales:
        outcomes = [each.expected[scale.code] for each in worked if scale.code in each.expected]
        assert any(outcome.value is not None for outcome in outcomes), scale.key
        assert any(outcome.absence is not None for outcome in outcomes), scale.key


@pytest.mark.parametrize("instrument", CATALOGUE, ids=lambda each: each.code)
def test_every_instrument_shows_a_refusal(instrument):
    assert any(each.refused for each in examples(instrument))


@pytest.mark.parametrize("instrument", [each for each in CATALOGUE if len(each.items) > 1], ids=lambda each: each.code)
def test_every_questionnaire_shows_what_a_missing_answer_does(instrument):
    absences = {outcome.absence for each in examples(instrument) for outcome in each.expected.values()}
    assert "items_missing" in absences
