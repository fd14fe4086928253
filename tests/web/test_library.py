"""The library: every instrument's page in both languages, from the definitions that the scores are made by."""

import re

import pytest

from outcomes.instruments.catalogue import load_catalogue
from outcomes.terms import Language
from tests.web.pages import Page

CATALOGUE = load_catalogue()
NOTHING_SAID = re.compile(r"\bNone\b(?! ships| was found)|\bnan\b|Undefined|%\(|\{\{")


@pytest.fixture
def pages(client_of):
    """Pages as a clinician reads them, by language."""
    browser, kept = client_of("clinician"), {}

    def page(path, language="en"):
        if kept.get("language") != language:
            browser.post("/language", data={"language": language})
            kept["language"] = language
        answer = browser.get(path)
        assert answer.status_code == 200, path
        return Page(answer.text)

    return page


@pytest.mark.parametrize("language", ["en", "tr"])
def test_the_list_names_every_instrument_once_and_leads_to_it(pages, language):
    page = pages("/instruments", language)
    for each in CATALOGUE:
        assert page.links.count(f"/instruments/{each.code}") == 1, each.code
        assert each.title[Language(language)] in page.words, each.code


@pytest.mark.parametrize("language", ["en", "tr"])
def test_every_instrument_has_its_page(pages, language):
    for each in CATALOGUE:
        page = pages(f"/instruments/{each.code}", language)
        assert each.title[Language(language)] in page.words, each.code
        assert {scale.title[Language(language)] for scale in each.scales} <= set(page.words), each.code
        assert not NOTHING_SAID.search(page.text), each.code


def test_every_source_stands_on_the_page_with_its_address(pages):
    for each in CATALOGUE:
        page = pages(f"/instruments/{each.code}")
        for citation in each.citations:
            assert citation.text in page.text, (each.code, citation.text)
            assert not citation.doi or f"https://doi.org/{citation.doi}" in page.links, (each.code, citation.doi)


def test_what_was_not_found_in_its_source_is_marked(pages):
    for each in CATALOGUE:
        marks = [
            part.unverified for scale in each.scales for part in (*scale.errors, *scale.thresholds, *scale.cutoffs)
        ]
        page = pages(f"/instruments/{each.code}")
        assert page.text.count("not checked in its source") == sum(marks), each.code


def test_a_number_is_written_as_the_language_writes_it(pages):
    english, turkish = (pages("/instruments/rand36", language).text for language in ("en", "tr"))
    assert "(raw - 10)" in english
    assert "28.5" in english
    assert "28,5" in turkish


def test_the_chalder_scale_says_what_is_not_known_of_it(pages):
    page = pages("/instruments/chalder11")
    assert {"0–33 points", "lower is better", "the clinic installs its own licensed or granted wording"} <= set(
        page.words
    )
    assert "Worked examples" in page.words


def test_a_researcher_may_read_the_library_too(client_of):
    browser = client_of("researcher")
    assert [browser.get(path).status_code for path in ("/instruments", "/instruments/chalder11")] == [200, 200]


# Who may not


def test_a_visitor_is_led_to_the_door(visitor):
    assert visitor.get("/instruments").location.startswith("/login")


@pytest.mark.parametrize("code", ["nothing", "chalder11.toml", "..%2f..%2fetc%2fpasswd"])
def test_what_is_not_in_the_library_is_not_there(client_of, code):
    assert client_of("clinician").get(f"/instruments/{code}").status_code == 404
