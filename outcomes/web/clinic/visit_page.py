"""The page of the visit form: every instrument that is due, one under another, with what is already filled in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument, Item, Scale, Wording
from outcomes.terms import Better, LicencePolicy
from outcomes.voice import Voice
from outcomes.web.clinic.answers import answer_name, mode_of, total_name

FEW = 11
"""An item with at most so many choices is answered by buttons, one with more by typing a number."""
LONG = 40
"""A label longer than this stands on a line of its own."""
BESIDE = 7
"""So many choices fit beside a label."""
ENDS = ("lowest", "highest")
"""Where only the ends of a range have words, they stand under it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One permitted answer: the value that is sent and the words beside it."""

    value: str
    digit: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One item as asked. Without choices it is typed."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    wide: bool
    worded: bool
    ends: tuple[str, ...]
    value: str
    problem: str


@dataclass(frozen=True, slots=True)
class Total:
    """One scale's total, scored elsewhere."""

    name: str
    label: str
    hint: str
    value: str
    problem: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One instrument on the form."""

    code: str
    title: str
    hint: str
    instructions: str
    mode: str
    switchable: bool
    questions: tuple[Question, ...]
    totals: tuple[Total, ...]
    form_versions: tuple[str, ...]
    form_version: str
    digits: str
    labelled_only: bool


def sheet(
    voice: Voice,
    catalogue: Catalogue,
    instrument: Instrument,
    fields: Mapping[str, str],
    problems: Mapping[str, str],
) -> Sheet:
    """Lay out one instrument with what is filled in and what is wrong with it."""
    wording, mode = catalogue.wording(instrument.code, voice.language), mode_of(instrument, fields)
    by_items = mode == "items"
    return Sheet(
        code=instrument.code,
        title=wording.title if wording and wording.title else voice.pick(instrument.form_title or instrument.title),
        hint=_hint(voice, instrument, by_items=by_items),
        instructions=wording.instructions if wording and by_items else "",
        mode=mode,
        switchable=instrument.accepts_items and instrument.accepts_totals,
        questions=tuple(_question(voice, instrument, i, wording, fields, problems) for i in instrument.items)
        if by_items
        else (),
        totals=() if by_items else tuple(_total(voice, scale, fields, problems) for scale in instrument.scales),
        form_versions=instrument.form_versions,
        form_version=fields.get(f"form.{instrument.code}", ""),
        digits=_digits(voice, instrument.items) if by_items else "",
        labelled_only=by_items and wording is None and instrument.policy is not LicencePolicy.BUNDLED,
    )


def _question(
    voice: Voice,
    instrument: Instrument,
    item: Item,
    wording: Wording | None,
    fields: Mapping[str, str],
    problems: Mapping[str, str],
) -> Question:
    name = answer_name(instrument, item)
    value = fields.get(name, "")
    choices = _choices(voice, item, wording, value) if len(item.choices) <= FEW else ()
    label = wording.items.get(item.code) if wording else None
    worded = len(choices) > len(ENDS) and all(choice.words for choice in choices)
    return Question(
        name=name,
        label=label or (voice.pick(item.label) if item.label else voice.say("Item %(code)s", code=item.code)),
        choices=choices,
        wide=worded or len(choices) > BESIDE or len(label or "") > LONG,
        worded=worded,
        ends=() if worded else tuple(f"{each.digit} {each.words}" for each in choices if each.words),
        value=value,
        problem=problems.get(name, ""),
    )


def _choices(voice: Voice, item: Item, wording: Wording | None, value: str) -> tuple[Choice, ...]:
    words = wording.choices_of(item.code) if wording else {}
    return tuple(
        Choice(_plain(each), voice.number(each), words.get(each, ""), _plain(each) == value) for each in item.choices
    )


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _total(voice: Voice, scale: Scale, fields: Mapping[str, str], problems: Mapping[str, str]) -> Total:
    name = total_name(scale)
    return Total(name, voice.pick(scale.title), range_words(voice, scale), fields.get(name, ""), problems.get(name, ""))


def range_words(voice: Voice, scale: Scale) -> str:
    """Say a scale's range, unit and direction: "0–33 points, lower is better"."""
    parts = []
    if scale.minimum is not None and scale.maximum is not None:
        parts.append(f"{voice.number(scale.minimum)}–{voice.number(scale.maximum)}")
    unit = voice.say(scale.unit) if scale.unit else ""
    way = {Better.LOWER: voice.say("lower is better"), Better.HIGHER: voice.say("higher is better"), None: ""}
    return ", ".join(filter(None, [" ".join(filter(None, [*parts, unit])), way[scale.better]]))


def _hint(voice: Voice, instrument: Instrument, *, by_items: bool) -> str:
    parts = []
    if instrument.recall_days is not None:
        parts.append(_recall(voice, instrument.recall_days))
    if not by_items:
        parts.append(voice.say("Scored elsewhere: only the totals are kept, its items stay unknown."))
    elif instrument.headlines:
        parts.append(_sentence(range_words(voice, instrument.headlines[0])))
    return " ".join(parts)


def _sentence(text: str) -> str:
    return f"{text}." if text else ""


def _recall(voice: Voice, days: int) -> str:
    if days == 0:
        return voice.say("About today.")
    return voice.count("About the past day.", "About the past %(n)s days.", days)


def _digits(voice: Voice, items: Sequence[Item]) -> str:
    spans = {(item.minimum, item.maximum) for item in items if len(item.choices) <= FEW}
    if len(spans) != 1:
        return ""
    low, high = next(iter(spans))
    return voice.say("Keys %(low)s to %(high)s answer and move on.", low=voice.number(low), high=voice.number(high))
