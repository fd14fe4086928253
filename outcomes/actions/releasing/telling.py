"""What stands beside the data of a release: keys with their sources, warnings, definitions, and the risk in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from outcomes.access.scope import Scope
from outcomes.actions.releasing.recipe import COLUMNS
from outcomes.change.definitions import Criterion, Definition, Kind, as_stored
from outcomes.change.warnings import Caution, CohortWarning, text
from outcomes.exchange.writers.contents import ReleasedDefinition, ReleasedKey, Titles
from outcomes.instruments.catalogue import LIBRARY, Catalogue
from outcomes.privacy.tiers import Because, Tier
from outcomes.privacy.words import MEANING, reason, risk_sentences
from outcomes.records.queries.definitions import definitions
from outcomes.terms import Language
from outcomes.voice import N_, Voice

if TYPE_CHECKING:
    from outcomes.privacy.risk import Risk

KINDS = {
    Kind.GAIN_AT_LEAST: N_("better by at least"),
    Kind.GAIN_MORE_THAN: N_("better by more than"),
    Kind.GAIN_BEYOND_BAND: N_("better beyond the band"),
    Kind.SCORE_AT_LEAST: N_("score at least"),
    Kind.SCORE_AT_MOST: N_("score at most"),
}
ALWAYS = (Caution(CohortWarning.NO_COMPARISON, {}),)


def keys_told(catalogue: Catalogue, scales: Iterable[str]) -> tuple[ReleasedKey, ...]:
    """The scoring keys of these scales with their sources; a clinic's own keys say their sources alone."""
    instruments = {catalogue.instrument_of(key).code: catalogue.instrument_of(key) for key in scales}
    found = []
    for code, instrument in sorted(instruments.items()):
        path = LIBRARY / f"{code}.toml"
        sources = tuple(" ".join(filter(None, (each.text, each.doi))) for each in instrument.citations)
        file = path.read_bytes() if path.is_file() else b""
        found.append(ReleasedKey(code, instrument.version, instrument.title, file, sources))
    return tuple(found)


def warnings_told(found: Sequence[Caution], about: tuple[Titles, Titles] | None = None) -> tuple[Titles, ...]:
    """Warnings in every language, said first what they are about; of a public release the one that needs no number."""
    warned = tuple({language: text(Voice(language), each) for language in Language} for each in found or ALWAYS)
    if about is None or not found:
        return warned
    first = {language: _about(Voice(language), *about) for language in Language}
    return (first, *warned)


def _about(voice: Voice, scale: Titles, visit: Titles) -> str:
    return voice.say(
        "These warnings are about one scale at the visit where most were measured: %(scale)s; %(visit)s. "
        "Look out for the same in the others.",
        scale=voice.pick(scale),
        visit=voice.pick(visit),
    )


def definitions_told(scope: Scope, session: Session, catalogue: Catalogue) -> tuple[ReleasedDefinition, ...]:
    """The clinic's definitions of who counts as better, without the names that somebody typed."""
    newest = {row.name: row for row in reversed(definitions(scope, session))}
    return tuple(
        ReleasedDefinition(
            number,
            f"definition-{number}",
            {"any_of": as_stored(row.definition)["any_of"]},
            {language: _said(Voice(language), catalogue, row.definition) for language in Language},
            row.after_data_seen,
        )
        for number, (_, row) in enumerate(sorted(newest.items()), 1)
    )


def _said(voice: Voice, catalogue: Catalogue, definition: Definition) -> str:
    groups = [voice.join([_criterion(voice, catalogue, each) for each in group]) for group in definition.any_of]
    return "; ".join(groups)


def _criterion(voice: Voice, catalogue: Catalogue, each: Criterion) -> str:
    title, words = voice.pick(catalogue.scale(each.scale).title), voice.say(KINDS[each.kind])
    return f"{title}: {words}" if each.value is None else f"{title}: {words} {voice.number(each.value)}"


def risk_words(
    tier: Tier, risk: "Risk | None", reasons: Sequence[Because], counted: Mapping[str, Any] | None = None
) -> dict[Language, tuple[str, ...]]:
    """The risk in words that a clinician understands, in every language."""
    return {language: tuple(_risk(Voice(language), tier, risk, reasons, counted or {})) for language in Language}


def _risk(
    voice: Voice, tier: Tier, risk: "Risk | None", reasons: Sequence[Because], counted: Mapping[str, Any]
) -> Iterable[str]:
    yield voice.say(MEANING[tier])
    if risk is not None:
        named = {voice.say(COLUMNS[name].title): different for name, different in risk.diversity.items()}
        yield from risk_sentences(voice, replace(risk, diversity=named))
    yield from (reason(voice, each) for each in reasons)
    if risk is not None and counted:
        numbers = {name: voice.number(n) for name, n in counted.items()}
        yield voice.say(
            "Of %(scores_on_record)s scores of these patients %(scores_leaving)s leave. The others lie at visits that "
            "not everybody of a group has.",
            **numbers,
        )
    elif counted:
        yield from _counts(voice, counted)


def _counts(voice: Voice, told: Mapping[str, Any]) -> Iterable[str]:
    numbers = {name: voice.number(n) for name, n in told.items() if isinstance(n, int)}
    yield voice.say(
        "Of %(counts)s counts, %(withheld)s are withheld: those about fewer than %(smallest_count)s patients, "
        "and others by which they could be worked out.",
        **numbers,
    )
    yield voice.say(
        "An attack on everything that is shown recovered %(recovered)s of them to within 5 patients.", **numbers
    )
    if told["kept_from_an_earlier_release"]:
        yield voice.say(
            "%(kept_from_an_earlier_release)s tables stand as in an earlier release, because too few patients have "
            "come to them since.",
            **numbers,
        )
    if told["tables_withheld"]:
        yield voice.say(
            "%(tables_withheld)s tables are withheld, because laid beside an earlier release they would set "
            "somebody apart who has left it.",
            **numbers,
        )
