"""The page that explains every figure and number is whole, fresh and true."""

import ast
from importlib import import_module
from math import comb

import pytest

from outcomes.change.chance import by_chance
from tests.house.source import ROOT, functions, python_files
from tests.manual.examples import EXAMPLES
from tests.manual.figures import PAGE, computed, entries, names_of_tests, page

ENTRIES = entries()
NUMBERS = [entry for entry in ENTRIES if not entry.scene]


def by_code(entry):
    return entry.code


def figures():
    """Every figure: a file with a function of its own name that returns a Figure."""
    for path in python_files("outcomes/figures"):
        for function in functions(path):
            if function.name == path.stem and function.returns and ast.unparse(function.returns) == "Figure":
                yield f"outcomes.figures.{path.stem}.{function.name}"


def cited():
    """Every public function of the science whose docstring names a source."""
    for path in python_files("outcomes/change"):
        for function in functions(path):
            if not function.name.startswith("_") and "References:" in (ast.get_docstring(function) or ""):
                yield f"outcomes.change.{path.stem}.{function.name}"


def test_the_page_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == page(), "stale: run `make docs`"


@pytest.mark.parametrize("entry", NUMBERS, ids=by_code)
def test_the_numbers_of_the_example_are_the_programs(entry):
    assert entry.numbers
    assert computed(entry) == entry.numbers


def test_every_example_is_told_and_every_entry_has_one_name():
    codes = [entry.code for entry in ENTRIES]
    assert len(codes) == len(set(codes))
    assert {entry.code for entry in NUMBERS} == set(EXAMPLES)


@pytest.mark.parametrize("entry", ENTRIES, ids=by_code)
def test_an_entry_is_whole(entry):
    assert all(text.strip().endswith(".") for text in (entry.says, entry.limits, entry.misleads))
    assert entry.scene or entry.formula
    assert entry.scene or entry.read or entry.unread or entry.code in {"baseline", "change"}
    for name in entry.made_by:
        module, function = name.rsplit(".", 1)
        assert callable(getattr(import_module(module), function))


@pytest.mark.parametrize("entry", ENTRIES, ids=by_code)
def test_the_tests_behind_an_entry_exist(entry):
    assert entry.shown_by
    parts = [node.partition("::") for node in entry.shown_by]
    assert [node for node in parts if node[2] not in names_of_tests(node[0])] == []


def test_every_figure_has_an_entry():
    found = set(figures())
    assert len(found) >= 12
    assert found - {name for entry in ENTRIES for name in entry.made_by} == set(), "add it to tests/manual/figures.toml"


def test_every_number_with_a_source_has_an_entry():
    found = set(cited())
    assert len(found) >= 25
    assert found - {name for entry in ENTRIES for name in entry.made_by} == set(), "add it to tests/manual/figures.toml"


def test_the_page_is_made_by_make_docs():
    assert "tests.manual.figures" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("judged", [0, 1, 12, 40, 200])
def test_how_many_error_alone_puts_beyond_the_band(judged):
    found = by_chance(judged)

    def beyond(limit):
        """The probability of more than so many of the people on one side, from the definition."""
        return sum(comb(judged, k) * 0.025**k * 0.975 ** (judged - k) for k in range(limit + 1, judged + 1))

    assert found.expected == pytest.approx(judged / 40)
    assert beyond(found.most) <= 0.025 + 1e-12
    assert found.most == 0 or beyond(found.most - 1) > 0.025
