"""What holds for every figure: Plotly takes it, its table is whole, its words are plain in both languages."""

import ast
import json
import re
from html import unescape

import plotly.graph_objects as go
import pytest
from babel.messages.pofile import read_po
from defusedxml.ElementTree import fromstring

from outcomes.figures.style import CLEAR
from outcomes.figures.symbols import OPEN
from outcomes.terms import Language
from outcomes.translations import FOLDER
from outcomes.voice import Voice
from tests.figures.scenes import SCENES
from tests.house.source import ROOT

LANGUAGES = list(Language)
SVG = "{http://www.w3.org/2000/svg}"
COLOUR_KEYS = re.compile(r"(colou?r|bgcolor)$")


@pytest.fixture(params=LANGUAGES, ids=str)
def voice(request):
    return Voice(request.param)


@pytest.fixture(params=SCENES)
def figure(request, voice):
    return SCENES[request.param](voice)


def walk(value, key=""):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from walk(each, name)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from walk(each, key)
    else:
        yield key, value


def test_plotly_takes_it(figure):
    made = go.Figure(figure.plot)
    assert len(made.data) == len(figure.plot["data"])


def test_it_is_plain_json_without_nan(figure):
    assert json.loads(json.dumps(figure.plot, allow_nan=False)) == figure.plot


def test_every_colour_is_a_token(figure):
    colours = [value for key, value in walk(figure.plot) if COLOUR_KEYS.search(key) and isinstance(value, str)]
    assert colours
    assert [c for c in colours if c != CLEAR and not re.fullmatch(r"var\(--[a-z-]+\)", c)] == []


def test_every_token_is_in_the_style_sheet(figure):
    known = set(re.findall(r"(--[a-z0-9-]+):", (ROOT / "static/css/tokens.css").read_text()))
    used = {name for _, value in walk(figure.plot) for name in re.findall(r"var\((--[a-z-]+)\)", str(value))}
    assert used - known == set()


def test_no_line_is_a_spline_and_no_second_axis_is_drawn(figure):
    assert {t["line"]["shape"] for t in figure.plot["data"] if t.get("mode") == "lines"} <= {"linear"}
    assert not {"xaxis2", "yaxis2"} & set(figure.plot["layout"])


def test_it_says_its_finding_and_its_alternative(figure):
    assert figure.headline
    assert figure.sentence.endswith(".")
    assert figure.headline in figure.sentence
    assert "%(" not in figure.headline + figure.sentence + figure.direction


def test_it_shouts_nothing_and_promises_nothing(figure):
    said = f"{figure.headline} {figure.sentence} {figure.direction}".lower()
    assert not re.search(r"responder|recovered|iyileşti|yanıt veren|!", said)


def test_its_table_is_whole(figure):
    rows = figure.table.rows
    assert figure.table.caption
    assert all(len(row) == len(figure.table.columns) for row in rows)
    assert len(figure.table.links) == len(rows)
    assert all(isinstance(cell, str) for row in rows for cell in row)


def test_both_languages_draw_the_same():
    for name, scene in SCENES.items():
        english, turkish = (scene(Voice(language)) for language in LANGUAGES)
        assert [t.get("y") for t in english.plot["data"]] == [t.get("y") for t in turkish.plot["data"]], name
        assert english.headline != turkish.headline, name


def test_a_click_opens_what_the_table_links_to(figure):
    linked = {value for trace in figure.plot["data"] for value in trace.get("customdata", []) if value}
    listed = {link for link in figure.table.links if link}
    assert figure.name == "spaghetti" or linked <= listed
    assert all(link.startswith("/") for link in linked)


def test_the_still_picture_is_sound_xml_with_tokens_only(figure):
    drawn = fromstring(figure.still)
    paints = {e.get(k) for e in drawn.iter() for k in ("fill", "stroke") if e.get(k)}
    assert all(p == "none" or re.fullmatch(r"var\(--[a-z-]+\)", p) for p in paints)
    assert not any(e.get("style") or e.get("id") or e.get("class") not in {None, "still"} for e in drawn.iter())


def test_the_still_picture_has_every_mark(figure):
    drawn = fromstring(figure.still)
    circles = outlines = 0
    for trace in figure.plot["data"]:
        if trace["type"] == "scatter" and "markers" in trace["mode"]:
            symbols = trace["marker"]["symbol"]
            each = symbols if isinstance(symbols, list) else [symbols] * len(trace["x"])
            circles += sum(s.removesuffix(OPEN) == "circle" for s in each)
            outlines += sum(s.removesuffix(OPEN) != "circle" for s in each)
    assert len(list(drawn.iter(f"{SVG}circle"))) == circles
    assert len(list(drawn.iter(f"{SVG}path"))) >= outlines


def test_the_still_picture_has_every_bar(figure):
    drawn = fromstring(figure.still)
    lengths = [v for t in figure.plot["data"] if t["type"] == "bar" for v in t["x" if t.get("orientation") else "y"]]
    assert len(list(drawn.iter(f"{SVG}rect"))) >= sum(1 for length in lengths if length)


def test_labels_in_the_still_picture_stay_inside_and_apart(figure):
    drawn = fromstring(figure.still)
    width = float(drawn.get("width"))
    texts = [e for e in drawn.iter(f"{SVG}text") if not e.get("transform")]
    assert texts
    assert all(-1 <= float(e.get("x")) <= width + 1 for e in texts)


def messages():
    calls = (
        node
        for path in sorted((ROOT / "outcomes/figures").glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
    )
    for call in calls:
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
            name, message = getattr(call.func, "attr", getattr(call.func, "id", "")), call.args[0].value
            if name in {"say", "N_", "count"} and isinstance(message, str):
                yield message


def test_every_message_has_its_turkish_even_where_extraction_would_miss_it():
    known = set()
    for part in (FOLDER / "tr/parts").glob("*.po"):
        with part.open("rb") as file:
            known |= {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file, locale="tr") if m.string}
    assert {m for m in messages() if m not in known} == set()


def test_annotations_are_text_without_markup(figure):
    for note in figure.plot["layout"]["annotations"]:
        assert set(re.findall(r"<[^>]*>", note["text"])) <= {"<br>"}
        assert "$" not in note["text"]
        assert unescape(note["text"])
