"""The dials of the house: how long a function, a file, a style sheet may be."""

from statistics import median, quantiles

import pytest

from tests.house.routes import view_functions
from tests.house.source import ROOT, body_lines, functions, line_count, named, python_files

SOURCE = python_files("outcomes")
LENGTHS = {f"{named(path)}:{f.name}": body_lines(f) for path in SOURCE for f in functions(path)}


def test_the_measure_has_something_to_measure():
    assert len(LENGTHS) > 400


def test_functions_are_short():
    assert median(LENGTHS.values()) <= 7
    assert quantiles(LENGTHS.values(), n=10)[-1] <= 25
    assert {name: n for name, n in LENGTHS.items() if n > 50} == {}


def test_files_are_short():
    assert {named(path): line_count(path) for path in SOURCE if line_count(path) > 500} == {}


@pytest.mark.parametrize(("folder", "suffix", "most"), [("static/js", "js", 900), ("static/css", "css", 1500)])
def test_the_face_is_light(folder, suffix, most):
    files = list((ROOT / folder).glob(f"*.{suffix}"))
    assert files
    assert sum(line_count(path) for path in files) <= most


def test_no_room_is_a_cupboard():
    refused = {"common", "utils", "helpers", "core", "base_services", "managers", "misc", "util", "helper"}
    assert {named(path) for path in SOURCE if refused & {path.stem, path.parent.name}} == set()


def test_views_are_thin():
    lengths = view_functions()
    assert len(lengths) > 30
    assert median(lengths.values()) <= 12
    assert {name: n for name, n in lengths.items() if n > 30} == {}
