"""The still renderer: labels find room, hatching stays inside, and what it cannot draw it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.figures import style
from outcomes.figures.hatching import hatching
from outcomes.figures.placing import box_of, crosses, frame, kept_ticks, overlap, placed
from outcomes.figures.still import UntokenedColourError, paint, tag
from outcomes.figures.style import Margin, Wish, nice_ticks
from outcomes.figures.symbols import UnknownSymbolError, outline
from outcomes.terms import Language

MARGIN = Margin(40, 10, 30, 40)


def plot(*labels, shapes=(), data=(), keep=(), ticks=(0, 10), texts=("0", "10")):
    made = style.layout(
        "person",
        x=style.axis(0, 10, ticks, texts),
        y=style.value_axis(0, 10, [0, 10], ["0", "10"]),
        language=Language.ENGLISH,
        margin=MARGIN,
        shapes=shapes,
        labels=labels,
        keep=keep,
    )
    return {"data": list(data), "layout": made}


def stood(made):
    return placed(made, frame(made["layout"]))


def test_a_label_takes_its_first_place_when_it_is_free():
    (note,) = stood(plot(style.movable("here", [Wish(5, 5), Wish(5, 2)])))
    assert note["y"] == 5


def test_a_label_makes_way_for_data():
    line = style.strand([0, 10], [5, 5])
    (note,) = stood(plot(style.movable("here", [Wish(5, 5), Wish(5, 2)]), data=[line]))
    assert note["y"] == 2


def test_labels_make_way_for_one_another():
    first, second = stood(plot(*(style.movable("here", [Wish(5, 5), Wish(5, 2)]) for _ in range(2))))
    assert (first["y"], second["y"]) == (5, 2)


def test_an_optional_label_stays_away_and_another_takes_the_least_bad_place():
    wall = [style.strand([0, 10], [y, y]) for y in (4.8, 5, 5.2)]
    assert stood(plot(style.movable("here", [Wish(5, 5)], optional=True), data=wall)) == []
    thin = style.upright(5.2)
    (note,) = stood(plot(style.movable("here", [Wish(5, 5), Wish(5, 2)]), data=wall, shapes=[thin]))
    assert note["y"] == 2


def test_a_shorter_wording_is_taken_where_the_long_one_would_leave_the_picture():
    place = [Wish(9, 5), Wish(9, 5, text="short")]
    (note,) = stood(plot(style.movable("a wording that is far too long", place)))
    assert note["text"] == "short"


def test_a_backdrop_does_not_push_labels_away():
    shape = style.across(5) | {"name": style.BACKDROP}
    (note,) = stood(plot(style.movable("here", [Wish(5, 5), Wish(5, 2)]), shapes=[shape]))
    assert note["y"] == 5


def test_ticks_give_way_in_the_order_of_importance():
    made = plot(ticks=(0, 1, 1.2, 9), texts=("0", "number one", "number two", "9"), keep=(2, 0, 1, 3))
    kept = kept_ticks(made["layout"]["xaxis"], made["layout"]["meta"]["keep"], frame(made["layout"]))
    assert [text for _, text in kept] == ["", "", "number two", "9"]


WISHES = st.lists(
    st.builds(Wish, st.floats(0, 10), st.floats(0, 10), st.sampled_from(["left", "right"]), st.floats(-20, 20)),
    min_size=1,
    max_size=5,
)


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=8), WISHES), max_size=6))
def test_optional_labels_never_meet(labels):
    made = plot(*(style.movable(text, wishes, optional=True) for text, wishes in labels))
    at = frame(made["layout"])
    boxes = [box_of(note, at) for note in stood(made)]
    assert all(not overlap(a, b) for k, a in enumerate(boxes) for b in boxes[:k])


@pytest.mark.parametrize(
    ("line", "met"),
    [
        ((0, 5, 10, 5, 0, 1), True),
        ((0, 0, 10, 10, 0, 1), True),
        ((0, 9, 1, 9, 0, 1), False),
        ((2, 9, 8, 9, 4, 1), True),
        ((0, 3, 3, 0, 0, 1), False),
    ],
)
def test_a_line_meets_a_box_where_it_enters_it(line, met):
    assert crosses((4, 4, 6, 6), line) is met


POINT = st.tuples(st.floats(0, 200), st.floats(0, 200))


@given(POINT, st.floats(1, 100), st.floats(1, 100))
def test_hatching_stays_inside_its_shape(corner, width, height):
    x, y = corner
    for ends in hatching([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]):
        for px, py in ends:
            assert x - 1e-6 <= px <= x + width + 1e-6
            assert y - 1e-6 <= py <= y + height + 1e-6


@given(st.floats(-1000, 1000), st.floats(0.001, 1000))
def test_ticks_are_round_and_inside(low, span):
    ticks = nice_ticks(low, low + span)
    room = span * 1e-6
    assert 1 <= len(ticks) <= 8
    assert all(low - room <= tick <= low + span + room for tick in ticks)


@pytest.mark.parametrize("colour", ["red", "#fff", "rgb(1,2,3)", "var(--a);x", 'var(--a)"', None, "url(x)"])
def test_a_colour_that_is_no_token_is_refused(colour):
    with pytest.raises(UntokenedColourError):
        paint(colour)


def test_a_symbol_outside_the_vocabulary_is_refused():
    with pytest.raises(UnknownSymbolError):
        outline("star", 0, 0, 10)


def test_attributes_and_texts_are_escaped():
    assert tag("rect", x=1.25, name='"<&') == '<rect x="1.2" name="&quot;&lt;&amp;"/>'
