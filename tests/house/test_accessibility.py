"""What docs/accessibility.md claims has a test behind it, and no criterion of WCAG 2.2, A or AA, is missing there."""

import ast
import re
from functools import cache

import pytest

from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "accessibility.md").read_text()
ROW = re.compile(r"^\| (\d\.\d\.\d+) [^|]+\| (A+) \| ([a-z ]+) \| (.+) \|$", re.MULTILINE)
OBJECTIVE = re.compile(r"^\| (\d) [^|]+\|([^|]+)\|([^|]+)\|([^|]*)\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PICTURE = re.compile(r"\((pictures/[\w.-]+\.png)\)")
VERDICTS = {"met", "partly", "not applicable"}
CRITERIA = {
    "A": """1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 2.4.1 2.4.2 2.4.3
    2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.2""",
    "AA": """1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 2.4.11 2.5.7 2.5.8
    3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3""",
}
WANTED = {criterion: level for level, text in CRITERIA.items() for criterion in text.split()}
ROWS = ROW.findall(PAGE)
OBJECTIVES = 8


@cache
def names_of_tests(path):
    """The names of the tests in a file."""
    file = ROOT / path
    tree = ast.parse(file.read_text()) if file.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_criterion_of_both_levels_has_its_row_once():
    assert len(WANTED) == len(ROWS) == 55
    assert {criterion: level for criterion, level, _, _ in ROWS} == WANTED


@pytest.mark.parametrize(("criterion", "verdict", "shown"), [(row[0], row[2], row[3]) for row in ROWS])
def test_every_row_has_a_verdict_and_a_test(criterion, verdict, shown):
    assert verdict in VERDICTS
    assert TEST.search(shown), criterion


def test_every_test_that_is_named_is_there():
    named = TEST.findall(PAGE)
    assert len(named) >= len(ROWS)
    assert [each for each in named if each[1] not in names_of_tests(each[0])] == []


def test_every_objective_for_weary_minds_has_its_row():
    rows = OBJECTIVE.findall(PAGE)
    assert [int(row[0]) for row in rows] == list(range(1, OBJECTIVES + 1))
    assert all(TEST.search(row[2]) for row in rows)


def test_every_picture_that_is_named_is_there():
    named = PICTURE.findall(PAGE)
    assert named
    assert [each for each in named if not (ROOT / "docs" / each).exists()] == []


def test_a_claim_without_a_test_is_seen():
    assert "test_no_such_thing" not in names_of_tests("tests/house/test_accessibility.py")
    assert names_of_tests("tests/house/no_such_file.py") == set()
    assert not TEST.search("met, somebody said so")


def written(folder, ending):
    """Every file of a kind, by name."""
    found = {path.name: path.read_text() for path in sorted((ROOT / folder).rglob(f"*.{ending}"))}
    assert found
    return found


def test_no_page_plays_sound_or_film():
    playing = re.compile(r"<(audio|video|embed|object|iframe|marquee|blink)\b|new Audio\(|AudioContext")
    texts = {**written("templates", "html"), **written("static/js", "js")}
    assert [name for name, text in texts.items() if playing.search(text)] == []


def test_no_sheet_or_script_cares_how_a_screen_is_held_moved_or_dragged():
    turned = r"orientation:|screen\.orientation|orientationchange|devicemotion|deviceorientation"
    held = re.compile(turned + "|touchmove|pointermove|dragstart|gesture|draggable")
    texts = {**written("static/css", "css"), **written("static/js", "js"), **written("templates", "html")}
    assert [name for name, text in texts.items() if held.search(text)] == []


def test_what_a_pointer_does_is_done_when_it_is_let_go():
    """Nothing acts on the way down; a script may note that a finger came, and no more."""
    down = re.compile(r"""["'](?:mousedown|touchstart|pointerdown)["'], (?:event => \{ )?(.*)""")
    acts = [line for text in written("static/js", "js").values() for line in down.findall(text)]
    assert [line for line in acts if not line.startswith(("tapped =", '"wheel"'))] == []
