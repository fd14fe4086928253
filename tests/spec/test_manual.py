"""The committed scoring manual is the one that definitions and examples give."""

import pytest

from outcomes.instruments.catalogue import load_catalogue
from outcomes.instruments.examples import examples
from outcomes.instruments.manual import page
from outcomes.terms import Language
from outcomes.voice import Voice
from tests.spec.compile import MANUAL, WRITTEN_BY_HAND, compiled

PAGES = compiled()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_fresh(name):
    assert (MANUAL / name).read_text(encoding="utf-8") == PAGES[name], "stale: run `make docs`"


def test_no_page_of_a_vanished_instrument_stays():
    assert {path.name for path in MANUAL.glob("*.md")} == set(PAGES) | WRITTEN_BY_HAND


@pytest.mark.parametrize("language", Language)
def test_a_page_can_be_made_in_either_language(language):
    chalder = load_catalogue()["chalder11"]
    written = page(Voice(language), chalder, examples(chalder))
    assert chalder.title[language] in written
