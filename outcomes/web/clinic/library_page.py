"""An instrument in words, for the library: the same definitions and examples that the tests and the manual use."""

from collections.abc import Iterator
from dataclasses import dataclass

from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument, Scale
from outcomes.instruments.examples import Example, examples
from outcomes.instruments.reasons import ABSENCES, say_direction
from outcomes.instruments.words import error_in_words, missing_in_words, range_in_words, rule_in_words
from outcomes.terms import Domain, Language, LicencePolicy
from outcomes.voice import N_, Voice
from outcomes.web.progress import DOMAINS

POLICIES = {
    LicencePolicy.BUNDLED: N_("the wording ships with the program"),
    LicencePolicy.LOCAL_PACK: N_("the clinic installs its own licensed or granted wording"),
    LicencePolicy.SCORE_ONLY: N_("scores are entered, never items"),
}


@dataclass(frozen=True, slots=True)
class Book:
    """One instrument in the list."""

    code: str
    title: str
    scales: str
    minutes: str
    error: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The instruments of one domain."""

    title: str
    books: tuple[Book, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number with where it comes from."""

    value: str
    told: str
    source: str
    unverified: bool
    default: bool = False


@dataclass(frozen=True, slots=True)
class ScaleWords:
    """One scale in words."""

    code: str
    title: str
    facts: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    errors: tuple[Figure, ...]
    thresholds: tuple[Figure, ...]
    cutoffs: tuple[Figure, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worked:
    """One worked example."""

    title: str
    answers: str
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstrumentPage:
    """Everything the page of one instrument shows."""

    title: str
    code: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    scales: tuple[ScaleWords, ...]
    examples: tuple[Worked, ...]
    citations: tuple[tuple[str, str | None], ...]
    unverified: tuple[str, ...]


def shelves(voice: Voice, catalogue: Catalogue) -> tuple[Shelf, ...]:
    """Sort the instruments by the domain of their first scale."""
    found: dict[Domain, list[Book]] = {domain: [] for domain in Domain}
    for each in catalogue:
        first = (each.headlines or each.scales)[0]
        found[first.domain].append(_book(voice, each, first))
    return tuple(
        Shelf(voice.say(DOMAINS[domain]), tuple(voice.sorted(books, key=lambda book: book.title)))
        for domain, books in found.items()
        if books
    )


def _book(voice: Voice, instrument: Instrument, first: Scale) -> Book:
    error = error_in_words(voice, first.errors[0]) if first.errors else voice.say("no error is known")
    return Book(
        instrument.code,
        voice.pick(instrument.title),
        voice.count("%(n)s scale", "%(n)s scales", len(instrument.scales)),
        _minutes(voice, instrument),
        error,
    )


def _minutes(voice: Voice, instrument: Instrument) -> str:
    if not instrument.items:
        return ""
    return voice.count("%(n)s minute", "%(n)s minutes", max(1, round(instrument.minutes)))


def page(voice: Voice, instrument: Instrument, catalogue: Catalogue) -> InstrumentPage:
    """Put one instrument into words."""
    return InstrumentPage(
        title=voice.pick(instrument.title),
        code=instrument.code,
        facts=tuple(_facts(voice, instrument, catalogue)),
        notes=tuple(voice.say(note) for note in instrument.notes),
        scales=tuple(_scale(voice, instrument, scale) for scale in instrument.scales),
        examples=tuple(_worked(voice, instrument, each) for each in examples(instrument) if each.refused is None),
        citations=tuple((each.text, each.doi) for each in instrument.citations),
        unverified=tuple(voice.say(text) for text in instrument.unverified),
    )


def _facts(voice: Voice, instrument: Instrument, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    yield voice.say("Key version"), instrument.version
    if instrument.items:
        yield voice.say("Items"), voice.number(len(instrument.items))
        yield voice.say("Takes about"), _minutes(voice, instrument)
    if instrument.recall_days is not None:
        days = voice.count("%(n)s day", "%(n)s days", instrument.recall_days)
        yield voice.say("Asks about"), voice.say("today") if instrument.recall_days == 0 else days
    yield voice.say("Wording"), voice.say(POLICIES[instrument.policy])
    installed = [language.value for language in Language if catalogue.wording(instrument.code, language)]
    if installed:
        yield voice.say("Wording installed"), voice.join(installed)
    if instrument.attribution:
        yield voice.say("Rights"), instrument.attribution
    if instrument.licence_note:
        yield voice.say("Licence"), voice.say(instrument.licence_note)


def _scale(voice: Voice, instrument: Instrument, scale: Scale) -> ScaleWords:
    spread = range_in_words(voice, scale)
    facts = [(voice.say("Range"), " ".join(filter(None, [spread, voice.say(scale.unit) if scale.unit else ""])))]
    facts.append((voice.say("Direction"), say_direction(voice, scale.better)))
    if scale.loinc:
        facts.append(("LOINC", scale.loinc))
    return ScaleWords(
        code=scale.code,
        title=voice.pick(scale.title),
        facts=tuple(facts),
        rules=(*rule_in_words(voice, instrument, scale), *missing_in_words(voice, scale)),
        errors=tuple(_errors(voice, scale)),
        thresholds=tuple(
            Figure(
                _plain(voice, t.value),
                f"{voice.say(t.method)}, {voice.say(t.population)}",
                t.source,
                t.unverified,
                t.default,
            )
            for t in scale.thresholds
        ),
        cutoffs=tuple(
            Figure(_plain(voice, c.value), f"{voice.say(c.name)}, {voice.say(c.population)}", c.source, c.unverified)
            for c in scale.cutoffs
        ),
        notes=tuple(voice.say(note) for note in scale.notes),
    )


def _errors(voice: Voice, scale: Scale) -> Iterator[Figure]:
    for each in scale.errors:
        value = voice.say("of each score") if each.sem is None else _plain(voice, each.sem)
        yield Figure(value, error_in_words(voice, each), each.source, each.unverified)


def _plain(voice: Voice, value: float) -> str:
    return voice.number(value, next((n for n in range(4) if round(value, n) == value), 4))


def _worked(voice: Voice, instrument: Instrument, example: Example) -> Worked:
    results = []
    for code, expected in example.expected.items():
        title = voice.pick(instrument.scale(code).title)
        if expected.value is None:
            why = voice.say(ABSENCES[expected.absence]) if expected.absence else ""
            results.append(voice.say("%(scale)s: no score. %(why)s", scale=title, why=why))
            continue
        error = "" if expected.standard_error is None else f" ± {_plain(voice, expected.standard_error)}"
        results.append(f"{title}: {_plain(voice, expected.value)}{error}")
    totals = [f"{code}={_plain(voice, value)}" for code, value in example.totals.items()]
    return Worked(voice.say(example.title), ", ".join(filter(None, [example.answers, *totals])), tuple(results))
