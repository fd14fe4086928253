"""Templates parse, use what they import, and carry no script or style of their own."""

import re

import pytest
from jinja2 import Environment, FileSystemLoader

from tests.house.source import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_there_are_templates():
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_it_parses_and_uses_what_it_imports(path):
    source = path.read_text()
    Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True).parse(source)
    imported = re.findall(r"{%-? *from [^%]*? import ([^%]*?) *(?:with context)? *-?%}", source)
    names = [part.split(" as ")[-1].strip() for line in imported for part in line.split(",")]
    unused = [n for n in names if len(re.findall(rf"\b{re.escape(n)}\b", source)) < 2]
    assert unused == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_it_has_no_inline_script_or_style(path):
    source = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", source)
    scripts = re.findall(r"<script([^>]*)>", source)
    assert all("src=" in s or "application/json" in s for s in scripts)


def test_every_template_that_is_named_exists():
    loader = FileSystemLoader(ROOT / "templates")
    known = set(loader.list_templates())
    named = {
        n
        for p in TEMPLATES
        for n in re.findall(r"{%-? *(?:extends|include|from|import) +[\"']([^\"']+)", p.read_text())
    }
    assert named - known == set()
