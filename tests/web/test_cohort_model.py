"""What the model, time and other scales add to a cohort that is large enough for them."""

from random import Random

import pytest
from plotly import graph_objects

from outcomes.actions.assess import AssessmentForm
from outcomes.change.mixed import Withheld
from outcomes.figures.style import Piece
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.queries.remembered import Remembered
from outcomes.terms import Language
from outcomes.voice import Voice
from outcomes.web.clinic.cohort_choice import read
from outcomes.web.clinic.cohort_figures import FIGURES, as_data
from outcomes.web.clinic.cohort_look import Source, look
from outcomes.web.clinic.cohort_model import modelled
from outcomes.web.clinic.cohort_times import kept_words
from tests.factories import TODAY, Maker, make_work
from tests.web.cohorts import SHOWN, day

EN, TR = Voice(Language.ENGLISH), Voice(Language.TURKISH)
VISITS = (-20, -3, 14, 30, 91, 182)
PEOPLE = 24


@pytest.fixture(scope="module")
def catalogue():
    return load_catalogue()


@pytest.fixture
def larger(session, cast, catalogue):
    """Two dozen people with four donors: every third improves, every sixth of all is better for two visits only."""
    make, dice = Maker(make_work(session, cast.clinician, catalogue)), Random(7)
    donors = [make.donor(f"D-{n}") for n in range(1, 5)]
    for number in range(PEOPLE):
        made = make.patient(f"M-{number:02}").course(day(0), donor_id=donors[number % 4])
        level = 55 + dice.gauss(0, 9)
        for visit in VISITS:
            gain = 35 if number % 3 == 0 and visit > 0 and (number % 6 or visit < 91) else 0
            total = min(84, max(0, round(level - gain + dice.gauss(0, 3))))
            asked = [AssessmentForm("mfis21", totals={"total": total})]
            if visit in {-3, 182}:
                asked.append(AssessmentForm("fss9", totals={"mean": 5.0 - gain / 14}))
            made.visit(day(visit), *asked)
    source = Source(cast.scope, session, Remembered(), catalogue, TODAY)
    offered = source.offer()
    return look(source, offered, read(offered, SHOWN))


def lines(figure):
    return [trace for trace in figure.plot["data"] if trace.get("mode") == "lines"]


def test_every_figure_is_drawn_in_both_languages_and_is_a_plotly_figure(larger):
    made = {name: make(EN, larger) for name, make in FIGURES.items()}
    assert {name for name, figure in made.items() if figure is None} == {"comparison_shares", "comparison_distribution"}
    for name, figure in made.items():
        if figure is None:
            continue
        other = FIGURES[name](TR, larger)
        assert figure.name == other.name == name
        assert figure.headline != other.headline
        assert as_data(figure) != as_data(other)
        graph_objects.Figure(plain(figure.plot))
        assert "<svg" in figure.still


def plain(plot: Piece) -> Piece:
    """A plot without what only our own script reads."""
    return {"data": plot["data"], "layout": plot["layout"]}


def test_the_model_is_fitted_once_for_the_data_as_they_are(larger):
    assert modelled(larger) is modelled(larger)


def test_the_caterpillar_holds_everybody_measured_before_and_after(larger):
    model, figure = modelled(larger), FIGURES["caterpillar"](EN, larger)
    assert model.withheld is None
    assert len(model.people) == len(figure.table.rows) == PEOPLE
    assert all(one.low < one.change < one.high for one in model.people)
    steady = {f"M-{n:02}" for n in range(PEOPLE) if n % 3}
    codes = {each.key: each.code for each in larger.patients}
    assert max(abs(one.change) for one in model.people if codes[one.key] in steady) < 8
    assert min(-one.change for one in model.people if codes[one.key] not in steady) > 8


def test_the_spread_is_told_with_its_error_and_split_by_donors(larger):
    rows = {row[0]: row[1] for row in FIGURES["variation"](EN, larger).table.rows}
    assert set(rows) == {
        "change as measured",
        "made by measurement error alone",
        "true change, by the model",
        "true change between donors",
        "true change between people with one donor",
        "response, against the comparison group",
    }
    assert rows["response, against the comparison group"] == "cannot be estimated: there is no comparison group"


def test_single_people_are_withheld_in_a_small_cohort(larger):
    few = look(larger.source, larger.offered, read(larger.offered, {**SHOWN, "donor": "D-1"}))
    assert modelled(few).withheld is Withheld.FEW_PATIENTS
    assert modelled(few).people == ()
    assert FIGURES["caterpillar"](EN, few) is None


def test_a_lasting_change_needs_two_visits_and_so_does_its_loss(larger):
    better = FIGURES["survival"](EN, larger)
    assert "better beyond usual variation and stayed so for two visits" in better.headline
    rows = [row for row in better.table.rows if row[0] == "lasting change for the better"]
    assert rows[-1][2] == "33 %"
    lost = FIGURES["loss"](EN, larger)
    assert lost.headline.endswith("had lost their change for the better again")
    assert kept_words(EN, larger) == ""


def test_people_stand_beside_each_other_on_every_scale(larger):
    figure = FIGURES["heatmap"](EN, larger)
    assert len(figure.table.rows) == PEOPLE
    assert len(figure.table.columns) == 3
