"""Whatever somebody typed into a name or an event stays text, in the dict that Plotly reads and in the picture."""

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from outcomes.figures.before_after import before_after
from outcomes.figures.figure import Figure, Measure
from outcomes.figures.heatmap import Person, heatmap
from outcomes.figures.pairs import Pair
from outcomes.figures.shares import VisitShares, shares
from outcomes.figures.strip import Due, Event, Given, Seen, strip
from outcomes.figures.style import label
from outcomes.figures.trajectory import Point, Standing, trajectory
from outcomes.figures.waterfall import waterfall
from outcomes.terms import Better, Language, Verdict
from outcomes.voice import Voice
from tests.figures.test_every_figure import walk

VOICE = Voice(Language.ENGLISH)
HOSTILE = [
    '<a href="https://example.org/">here</a>',
    "<img src=x onerror=alert(1)>",
    r"$\href{https://example.org}{x}$",
    "</script><script>alert(1)</script>",
    "&lt;b&gt; %{x} 100 % %(n)s",
    "\x00\x1b\ufffe",
    "a\nb\u2028c]]>",
]


def figures(text: str) -> list[Figure]:
    measure = Measure(text, 0, 33, Better.LOWER, text, 0)
    pairs = [Pair(text, 20, 10, Verdict.BETTER_BEYOND), Pair(text, 20, 21, Verdict.NO_CHANGE)]
    return [
        trajectory(VOICE, measure, [Point(3, 10)], standing=Standing(20, None, 3, 3, -10, Verdict.BETTER_BEYOND)),
        strip(
            VOICE,
            infusions=[Given(0, text)],
            visits=[Seen(1, text), Seen(60, text, None)],
            due=[Due(80, 120, text)],
            events=[Event(30, text)],
            today=100,
        ),
        before_after(VOICE, measure, pairs, visit=text),
        waterfall(VOICE, measure, pairs, visit=text),
        shares(VOICE, [VisitShares(text, {Verdict.NO_CHANGE: 3}, 1)]),
        heatmap(VOICE, [text, "Mood"], [Person(text, (Verdict.NO_CHANGE, None))], visit=text),
    ]


def said_to_plotly(figure: Figure) -> list[str]:
    """Every text that Plotly would read as its small markup; the templates' own tags taken off."""
    kept = {"text", "ticktext", "name", "hovertemplate"}
    texts = [str(value) for key, value in walk(figure.plot) if key in kept]
    return [text.replace("<extra></extra>", "").replace("<br>", " ") for text in texts]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_tag_and_no_formula_reaches_plotly(text):
    for figure in figures(text):
        assert [t for t in said_to_plotly(figure) if "<" in t or "$" in t] == []


@pytest.mark.parametrize("text", HOSTILE)
def test_the_still_picture_holds_it_as_text(text):
    for figure in figures(text):
        drawn = fromstring(figure.still)
        names = {element.tag.partition("}")[2] for element in drawn.iter()}
        assert names <= {"svg", "g", "path", "line", "rect", "circle", "text", "tspan"}


@given(st.text())
def test_a_label_has_no_live_sign(text):
    made = label(text)
    assert not {"<", ">", "$", "\n"} & set(made)
    for entity in ("&amp;", "&lt;", "&gt;", "&#36;"):
        made = made.replace(entity, "")
    assert "&" not in made


@given(st.text())
def test_any_text_makes_a_sound_picture(text):
    for figure in figures(text):
        fromstring(figure.still)
