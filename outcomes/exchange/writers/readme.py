"""The page that lies on top of a release: what it is, what it is not, how to open it, and what was measured."""

from collections.abc import Iterator

from outcomes.exchange.writers.contents import ReleaseContents
from outcomes.exchange.writers.dataset_json import instant
from outcomes.privacy.tiers import Tier
from outcomes.privacy.words import MEANING, TIERS
from outcomes.terms import Language
from outcomes.voice import N_, Voice

NAMES = {Language.ENGLISH: "README.md", Language.TURKISH: "BENIOKU.md"}
FILES = (
    ("data/csv", N_("comma-separated text, UTF-8; described by datapackage.json")),
    ("data/release.xlsx", N_("the same tables as a workbook, a sheet each")),
    ("data/parquet, data/spss, data/stata", N_("the same tables with types and labels")),
    ("codebook", N_("every column and code, as tables and as a page in two languages")),
    ("scripts", N_("ready-made commands that read the tables in R, Python, Stata and SPSS")),
    ("risk", N_("what was measured about the risk of recognising somebody, in numbers and words")),
    ("SHA256SUMS", N_("sums of all files; check with: sha256sum -c SHA256SUMS")),
)
KEYS = ("keys", N_("the scoring keys in force, and the sources they rest on"))
FILES_OF_RECORDS = (
    ("fhir", N_("the same records as FHIR R4 resources, one a line")),
    ("cdisc", N_("the same records as CDISC Dataset-JSON with a define file; shaped after the SDTM")),
)
WHAT_IT_IS = {
    Tier.PUBLIC: N_("These are counts and distributions alone. They are no longer personal data."),
    Tier.AGREEMENT: N_(
        "These are records without names. Under the GDPR and the KVKK they are still personal data: whoever receives "
        "them needs a legal basis and must not try to find anybody."
    ),
    Tier.SAFE_ROOM: MEANING[Tier.SAFE_ROOM],
}


def readme(contents: ReleaseContents, language: Language) -> str:
    """Write the page."""
    return "\n".join(_lines(contents, Voice(language))) + "\n"


def _lines(contents: ReleaseContents, voice: Voice) -> Iterator[str]:
    yield from (f"# {contents.title}", "", f"{voice.say(TIERS[contents.tier])}.", "")
    yield from (voice.say(WHAT_IT_IS[contents.tier]), "")
    yield voice.say(
        "Release %(release)s, as the records stood at %(when)s. Country of the clinic: %(country)s.",
        release=contents.release,
        when=instant(contents.as_of),
        country=contents.country,
    )
    yield from _files(contents, voice)
    yield from _rules(contents, voice)
    yield from _warnings(contents, voice)
    yield from _definitions(contents, voice)
    yield from _heading(voice.say("Risk, measured"))
    said_above = {voice.say(meaning) for meaning in MEANING.values()}
    told = contents.risk_words.get(voice.language, ())
    yield from (f"- {sentence}" for sentence in told if sentence not in said_above)


def _heading(text: str) -> tuple[str, ...]:
    return "", f"## {text}", ""


def _files(contents: ReleaseContents, voice: Voice) -> Iterator[str]:
    yield from _heading(voice.say("What is in it"))
    listed = FILES + (FILES_OF_RECORDS if contents.records else ()) + ((KEYS,) if contents.keys else ())
    yield from (f"- `{name}`: {voice.say(text)}" for name, text in listed)


def _rules(contents: ReleaseContents, voice: Voice) -> Iterator[str]:
    """Say how numbers, gaps and texts are written."""
    yield from _heading(voice.say("How to read it"))
    yield "- " + voice.say("A missing number is NA, with its reason in the column of absence; it is never zero.")
    yield "- " + voice.say(
        "In the text files an apostrophe stands before a text that a spreadsheet would compute; the scripts take it "
        "away."
    )
    if contents.tier is Tier.AGREEMENT:
        yield "- " + voice.say("Days are those of planned visits. No day or date of a single person is in this file.")
        yield "- " + voice.say("The codes of patients belong to this release alone and fit no other.")


def _warnings(contents: ReleaseContents, voice: Voice) -> Iterator[str]:
    if contents.warnings:
        yield from _heading(voice.say("Warnings"))
        yield from (f"- {voice.pick(each)}" for each in contents.warnings)


def _definitions(contents: ReleaseContents, voice: Voice) -> Iterator[str]:
    if not contents.definitions:
        return
    yield from _heading(voice.say("Who counts as better"))
    for each in contents.definitions:
        late = " " + voice.say("It was written after data had been seen.") if each.after_data_seen else ""
        yield f"- {each.number}. {each.title}: {voice.pick(each.words).rstrip('.')}.{late}"
