"""Rules of the house that a reader of the source can check."""

import ast
import re
import subprocess
import sys

import pytest

from tests.house.source import ROOT, named, python_files

SOURCE = python_files("outcomes")


def _calls(name: str) -> set[str]:
    found = set()
    for path in SOURCE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                found.add(named(path))
    return found


def test_only_doors_commit():
    # migrations run before there is a request or a command's session
    doors = re.compile(r"outcomes/(web/database\.py|cli/.*|records/migrating\.py)$")
    assert {path for path in _calls("commit") if not doors.match(path)} == set()
    assert _calls("commit")


def test_migrations_stand_alone():
    revisions = list((ROOT / "migrations" / "versions").glob("*.py"))
    assert revisions
    assert [
        named(path) for path in revisions if re.search(r"^\s*(from|import) outcomes", path.read_text(), re.MULTILINE)
    ] == []


def test_no_statement_is_pasted_together():
    """A statement in text may not be an f-string with a value in it; names of tables come from the metadata."""
    pasted = []
    for path in SOURCE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "text":
                pasted += [named(path) for arg in node.args if isinstance(arg, ast.JoinedStr)]
    assert [p for p in pasted if not p.startswith("outcomes/records/")] == []


def test_nothing_but_the_entry_point_knows_the_configuration():
    known = {named(p) for p in SOURCE if re.search(r"^\s*(from config|import config)", p.read_text(), re.MULTILINE)}
    assert known == {"outcomes/__main__.py"}


@pytest.mark.parametrize("module", ["wsgi", "outcomes.cli.main"])
def test_heavy_libraries_stay_out_of_the_doorway(module):
    code = f"import {module}, sys; print([m for m in ('numpy','scipy','polars','plotly','pandas') if m in sys.modules])"
    command = [sys.executable, "-c", code]
    env = {"PATH": "/usr/bin", "OUTCOMES_DEMO": "1", "OUTCOMES_DATA": str(ROOT / "var" / "house")}
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - our own line
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip().endswith("[]")


def test_nothing_is_left_for_later():
    left = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError|lorem)\b")
    files = [p for folder in ("outcomes", "templates", "static/js", "static/css") for p in (ROOT / folder).rglob("*.*")]
    assert len(files) > 100
    assert [
        named(p) for p in files if p.suffix in {".py", ".html", ".js", ".css", ".toml"} and left.search(p.read_text())
    ] == []
