"""What the documents name exists."""

import re
from pathlib import Path

import pytest

from outcomes.cli.main import commands
from tests.house.source import ROOT

DOCUMENTS = [ROOT / n for n in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "GLOSSARY.md", "CHANGELOG.md")]
ALL = [*DOCUMENTS, *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", ALL, ids=lambda p: str(p.relative_to(ROOT)))
def test_its_links_lead_somewhere(path: Path):
    links = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_setting_named_in_the_readme_is_read():
    readme = (ROOT / "README.md").read_text()
    config = (ROOT / "config.py").read_text()
    named = set(re.findall(r"`(OUTCOMES_[A-Z]+|DATABASE_URL|SECRET_KEY|PORT|PUBLIC_URL)`", readme))
    assert named >= {"OUTCOMES_DEMO", "OUTCOMES_DATA", "DATABASE_URL", "SECRET_KEY", "PORT", "PUBLIC_URL"}
    assert {n for n in named if f'"{n}"' not in config} == set()


def test_every_command_named_in_the_documents_exists():
    text = "\n".join(p.read_text() for p in ALL)
    named = set(re.findall(r"python -m outcomes ([a-z][a-z-]+)", text))
    assert named
    assert named - set(commands()) == set()


def test_decisions_are_numbered_in_a_row():
    numbers = [int(p.name[:4]) for p in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 5
