"""What a column can mean, in words: one list for a page, and the way back from its words to keys."""

from collections.abc import Iterator, Mapping

from outcomes.exchange.readers.mapping import Field, Key
from outcomes.exchange.writers.redcap import ABSENT
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.instruments.scoring import STANDARD_ERROR
from outcomes.voice import N_, Voice

FIELDS: Mapping[Field, str] = {
    Field.PATIENT: N_("Patient's number"),
    Field.TIME: N_("Date or time of the visit"),
    Field.ANCHOR: N_("Day from which times count"),
    Field.FMT: N_("Date of the first FMT"),
    Field.ROUTE: N_("Route of FMT"),
    Field.MATERIAL: N_("Material given"),
    Field.NAME: N_("Name"),
    Field.SEX: N_("Sex"),
    Field.BIRTH_DATE: N_("Birth date"),
    Field.ARM: N_("Arm"),
    Field.INSTANCE: N_("Count of a repeated form"),
}


def meanings(voice: Voice, catalogue: Catalogue) -> dict[str, str]:
    """Return every meaning in words, and the key it stands for; words that name two things carry their keys."""
    listed = [(voice.say(words), name.value) for name, words in FIELDS.items()]
    instruments = voice.sorted(catalogue, key=lambda each: voice.pick(each.title))
    listed += [pair for each in instruments for pair in _of_instrument(voice, each)]
    words = [said for said, _ in listed]
    return {(f"{said} ({key})" if words.count(said) > 1 else said): key for said, key in listed}


def _of_instrument(voice: Voice, instrument: Instrument) -> Iterator[tuple[str, str]]:
    title = voice.pick(instrument.title)
    for scale in instrument.scales:
        said = f"{title}: {voice.pick(scale.title)}"
        if instrument.accepts_totals:
            yield said, scale.key
            if scale.carries_standard_error:
                yield voice.say(N_("%(scale)s, standard error"), scale=said), f"{scale.key}{STANDARD_ERROR}"
        yield voice.say(N_("%(scale)s: why there is no score"), scale=said), f"{scale.key}{ABSENT}"
    for item in instrument.items:
        label = voice.pick(item.label) if item.label else voice.say(N_("item %(code)s"), code=item.code)
        yield f"{title}: {label}", f"{instrument.code}:{item.code}"


def meaning_of(typed: str, visit: str, known: Mapping[str, str]) -> str | None:
    """Return the key that typed words stand for, a key itself included; None for nothing typed."""
    said = " ".join(typed.split())
    return str(Key(known.get(said, said), " ".join(visit.split()))) if said else None


def told(key: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Return a key in words, and the visit it names."""
    named = Key.of(key)
    return next((words for words, each in known.items() if each == named.name), named.name), named.visit
