"""What docs/asvs.md and docs/trust.md claim has a test or a command behind it."""

import ast
import re
from functools import cache

import pytest

from outcomes.cli.main import commands
from tests.house.source import ROOT

ASVS = ROOT / "docs" / "asvs.md"
TRUST = ROOT / "docs" / "trust.md"
VERDICTS = {"met", "not applicable", "not met"}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
COMMAND = re.compile(r"`((?:pytest|python|make) [^`]+)`")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \|([^|]+)\|([^|]+)\|([^|]+)\|$", re.MULTILINE)

WANTED = """
1.2.1 1.2.3 1.2.4 1.2.9 1.2.10 1.3.2 1.3.7 1.5.1-1.5.2
2.1.1-2.1.3 2.2.1-2.2.3 2.3.1 2.3.3 2.3.4 2.4.1
3.2.1 3.2.2 3.3.1-3.3.4 3.4.1-3.4.7 3.5.1 3.5.3 3.7.2
4.1.1 4.1.3 4.2.1
5.1.1 5.2.1-5.2.3 5.3.2 5.4.1-5.4.2
6.1.1 6.2.1-6.2.12 6.3.1-6.3.4 6.4.1-6.4.4 6.5.1-6.5.5 6.6.2-6.6.3
7.1.1-7.1.2 7.2.1-7.2.4 7.3.1-7.3.2 7.4.1-7.4.5 7.5.1-7.5.2
8.1.1-8.1.2 8.2.1-8.2.3 8.3.1-8.3.2 8.4.1
11.1.1-11.1.2 11.3.2-11.3.3 11.4.2 11.5.1
13.3.1 13.4.1-13.4.5
14.1.1-14.1.2 14.2.1 14.2.7 14.3.1-14.3.3
15.1.1-15.1.2 15.2.2 15.3.1 15.3.3 15.3.7
16.1.1 16.2.1-16.2.5 16.3.1-16.3.4 16.4.1 16.5.1-16.5.3
"""


def wanted() -> list[str]:
    """Every requirement that concerns a program like this one, written out."""
    ids = []
    for part in WANTED.split():
        first, _, last = part.partition("-")
        stem, _, start = first.rpartition(".")
        end = int(last.rpartition(".")[2]) if last else int(start)
        ids += [f"{stem}.{number}" for number in range(int(start), end + 1)]
    return ids


def rows() -> list[tuple[str, str, str, str]]:
    return [tuple(part.strip() for part in found) for found in ROW.findall(ASVS.read_text(encoding="utf-8"))]


@cache
def functions_of(path: str) -> frozenset[str]:
    """The names of the functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def missing(text: str) -> list[str]:
    """Which of the tests that a text names there are not."""
    return [
        f"{path}::{name}"
        for path, name in TEST.findall(text)
        if not (ROOT / path).exists() or name not in functions_of(path)
    ]


def test_every_requirement_has_its_row_and_its_verdict():
    found = rows()
    assert [row[0] for row in found] == sorted(wanted(), key=lambda each: [int(part) for part in each.split(".")])
    assert len(found) > 120
    assert {row[0]: row[2] for row in found if row[2] not in VERDICTS} == {}


def test_what_is_met_names_a_test_and_every_test_named_exists():
    found = rows()
    assert [row[0] for row in found if row[2] == "met" and not TEST.search(row[3])] == []
    assert [row[0] for row in found if row[2] != "met" and len(row[3]) < 15] == []
    assert missing(ASVS.read_text(encoding="utf-8")) == []


def test_the_summary_counts_the_rows():
    text, verdicts = ASVS.read_text(encoding="utf-8"), [row[2] for row in rows()]
    told = re.search(r"(\d+) met, (\d+) not applicable, (\d+) not met", text)
    assert told
    assert [int(n) for n in told.groups()] == [verdicts.count(v) for v in ("met", "not applicable", "not met")]


@pytest.mark.parametrize("command", sorted(set(COMMAND.findall(TRUST.read_text(encoding="utf-8")))))
def test_a_command_of_the_page_on_trust_can_be_run(command):
    """Its files are there, its tests too, and so is its mark."""
    paths = re.findall(r"tests/[\w/.]+", command)
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert missing("".join(f"`{each}`" for each in re.findall(r"tests/[\w/]+\.py::\w+", command))) == []
    asked = re.search(r"python -m outcomes ([a-z-]+)", command)
    assert asked is None or asked.group(1) in commands()
    if "-m full" in command:
        files = [f for path in paths for f in ([ROOT / path] if path.endswith(".py") else (ROOT / path).rglob("*.py"))]
        assert any("mark.full" in file.read_text(encoding="utf-8") for file in files)


def test_the_page_on_trust_names_a_command_a_date_and_a_gap_for_every_promise():
    text = TRUST.read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| Promise")]
    assert len(table) >= 15
    assert [line for line in table if len(line.strip("|").split("|")) != 5] == []
    assert [line for line in table if not re.search(r"20\d\d-\d\d-\d\d", line)] == []


def test_the_operator_is_told_what_remains():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for word in ("TLS", "PUBLIC_URL", "Keys", "backup", "drill", "anchor", "Updates", "Mail", "Cron", "PostgreSQL"):
        assert word in text, word
    for word in ("retention", "clock", "Reporting", "Supported", "logs", "days"):
        assert word in text, word
