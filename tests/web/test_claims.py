"""No sentence that a patient can read claims what nobody knows: a cause, a cure, a forecast; in both languages."""

import re
import tomllib
from functools import cache

import pytest

from outcomes.actions.assess import AssessmentForm
from outcomes.translations import FOLDER, merged
from tests.factories import days_before
from tests.house.source import ROOT
from tests.voice.test_translations import sentences, spoken
from tests.web.pages import said

READ_BY_PATIENTS = (
    *("outcomes/web/portal/", "templates/portal/", "outcomes/web/own_series.py", "outcomes/web/progress.py"),
    *("outcomes/change/words.py", "outcomes/figures/words.py", "outcomes/figures/trajectory.py"),
    *("outcomes/actions/self_report.py", "outcomes/actions/diary.py", "outcomes/actions/activities.py"),
    *("outcomes/actions/consents", "outcomes/actions/remind.py", "outcomes/actions/take_home.py"),
    *("outcomes/exchange/letters.py", "outcomes/exchange/writers/summary_pdf.py", "outcomes/exchange/writers/calendar"),
)
FEWEST = 250

TREATMENT = "(fmt|treatment|infusions?|transplant\\w*)"
CLAIMS = {
    "en": (
        r"\bcur(e|es|ed|ing)\b|\bheal(s|ed|ing)?\b|\bremission\b",
        r"\b(will|shall|going to|likely to|expected to|bound to) (\w+ )?(improve|recover|get|feel|worsen|help|heal)",
        r"\b(because of|due to|thanks to|caused by|owing to|as a result of|the effect of|led to)\b",
        TREATMENT + r"[^.?]*\b(helped|helps|works|worked|caused|causes|improved|improves)\b",
        r"\b(prognos\w*|predict\w*|forecast\w*|outlook|your chances?|the odds)\b",
        r"\b(respon(der|ders|ded)|success\w*|failed|failure)\b",
        r"\byou (should|must|ought to) (take|stop|start|change|increase|reduce)\b",
    ),
    "tr": (
        r"\bşifa|\bkür\b|\bremisyon|tamamen iyileş",
        r"(iyileşecek|düzelecek|kötüleşecek|geçecek|artacak|azalacak)",
        r"\b(sayesinde|nedeniyle|yüzünden|sonucunda|etkisiyle|dolayı)\b",
        r"(fmt|tedavi|infüzyon)\w*[^.?]*(işe yara|iyi gel|yardımcı ol|düzelt)",
        r"\b(prognoz|öngör|tahmin)\w*|beklen(iyor|mektedir)",
        r"\b(yanıt veren|başarılı|başarısız)\b",
        r"(almalısınız|bırakmalısınız|artırmalısınız|azaltmalısınız)",
    ),
}
CANNOT_MISLEAD = {
    "Are you worse than usual today because of exertion?",
    "I am worse than usual today because of exertion",
    "Nothing here says what caused a change, or what comes next.",
}
"""Sentences that name a cause without claiming one: the question about a crash, and the denial itself."""
POINTING = r"\b(on|to) the (right|left)\b|\b(button|field|link|list|chart) (below|above)\b|\bthe (red|green|blue)\b"
SAMPLES = {
    "en": (
        "Your fatigue is better because of FMT.",
        "The treatment worked.",
        "You will probably improve.",
        "You are a responder.",
        "This predicts a good year.",
        "You should take more.",
        "FMT cured you.",
    ),
    "tr": (
        "FMT sayesinde daha iyisiniz.",
        "Tedavi işe yaradı.",
        "Yakında iyileşecek.",
        "Tedaviye yanıt veren birisiniz.",
        "Prognoz iyi.",
        "Daha çok almalısınız.",
        "Şifa buldunuz.",
    ),
}


def claims(text, language):
    """What a sentence claims that nobody knows."""
    plain = text.replace("İ", "i").lower() if language == "tr" else text.lower()
    return [pattern for pattern in CLAIMS[language] if re.search(pattern, plain)]


@cache
def english():
    """Every sentence that a patient can read, as it is written in the program."""
    found = [message for message, place in sentences().items() if place.startswith(READ_BY_PATIENTS)]
    plain = [each for message in found for each in ([message] if isinstance(message, str) else message)]
    files = list((ROOT / "outcomes" / "actions").glob("consents*.toml"))
    return [*plain, *(text for path in files for text in spoken(tomllib.loads(path.read_text())))]


@cache
def turkish():
    """The same in Turkish."""
    known = {}
    for message in merged(FOLDER / "tr"):
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        told = [message.string] if isinstance(message.string, str) else list(message.string)
        known |= dict.fromkeys(ids, told[0])
    return {each: known.get(each, "") for each in english()}


def test_there_are_sentences_to_read():
    assert len(english()) >= FEWEST
    assert sum(bool(each) for each in turkish().values()) >= FEWEST


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in SAMPLES.items() for text in texts])
def test_each_kind_of_claim_is_seen(language, text):
    assert claims(text, language)


def test_every_kind_has_a_sample():
    for language, patterns in CLAIMS.items():
        assert {pattern for text in SAMPLES[language] for pattern in claims(text, language)} == set(patterns)


def test_no_sentence_of_the_portal_claims_what_nobody_knows():
    found = {text: claims(text, "en") for text in english() if text not in CANNOT_MISLEAD}
    assert {text: each for text, each in found.items() if each} == {}
    found = {told: claims(told, "tr") for text, told in turkish().items() if text not in CANNOT_MISLEAD}
    assert {text: each for text, each in found.items() if each} == {}


def test_no_sentence_points_by_place_or_colour_alone():
    assert [text for text in english() if re.search(POINTING, text.lower())] == []


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("total", [None, 3, 8, 25, 33])
def test_nor_does_the_own_page_whatever_the_score(client_of, make, people, language, total):
    def write(maker):
        patient = maker.known(people.patient_id).course(days_before(91))
        for day in (105, 95):
            patient.visit(days_before(day), AssessmentForm("chalder11", totals={"likert": 20}))
        if total is not None:
            patient.visit(days_before(2), AssessmentForm("chalder11", totals={"likert": total}))

    make(write)
    browser = client_of("patient")
    browser.post("/language", data={"language": language})
    text = said(browser.get("/me"))
    for sentence in CANNOT_MISLEAD | {turkish().get(each, "") for each in CANNOT_MISLEAD} - {""}:
        text = text.replace(sentence, "")
    assert [(line, claims(line, language)) for line in text.splitlines() if claims(line, language)] == []
