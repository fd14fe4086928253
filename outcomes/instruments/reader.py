"""Reads one instrument or wording file into plain values."""

import re
from collections.abc import Iterator
from pathlib import Path

from outcomes.instruments.checks import check_instrument, check_wording
from outcomes.instruments.definition import (
    Citation,
    Condition,
    Cutoff,
    Formula,
    Instrument,
    Item,
    MeasurementError,
    Norm,
    Rule,
    Scale,
    Threshold,
    Wording,
)
from outcomes.instruments.errors import InstrumentFileError
from outcomes.instruments.section import Section, open_file
from outcomes.terms import Better, Domain, ErrorKind, Language, LicencePolicy

MOST_DECIMALS = 6


def read_instrument(file: Path) -> Instrument:
    """Read and check one instrument file.

    Raises:
        InstrumentFileError: naming the file, the key in it and the reason.
    """
    section = open_file(file)
    code = section.code("code")
    items = _items(section)
    instrument = Instrument(
        code=code,
        version=section.version("version"),
        title=section.titles("title"),
        recall_days=section.whole_or_none("recall_days"),
        items=items,
        scales=tuple(_scale(each, code, items) for each in section.sections("scales")),
        policy=section.one_of("policy", LicencePolicy),
        accepts_items=bool(items),
        accepts_totals=section.yes("accepts_totals", default=not items),
        form_versions=section.texts("form_versions"),
        minutes=section.number("minutes"),
        form_title=section.titles_or_none("form_title"),
        attribution=section.text("attribution", ""),
        licence_note=section.text("licence_note", ""),
        loinc=section.text_or_none("loinc"),
        citations=tuple(_citation(each) for each in section.sections("citations")),
        unverified=section.texts("unverified"),
        notes=section.texts("notes"),
    )
    section.finish()
    check_instrument(section, instrument)
    return instrument


def read_wording(file: Path, language: Language, instrument: Instrument | None) -> Wording:
    """Read one wording file; its items and choices must be those of the instrument, when there is one.

    Raises:
        InstrumentFileError: naming the file, the key in it and the reason.
    """
    section = open_file(file)
    wording = Wording(
        code=file.stem,
        language=language,
        version=section.text("version"),
        instructions=section.text("instructions", ""),
        items=_texts(section, "items"),
        choices=dict(_choices(section)),
        title=section.text_or_none("title"),
    )
    section.finish()
    if instrument is not None:
        check_wording(section, wording, instrument)
    return wording


def _texts(section: Section, key: str) -> dict[str, str]:
    if not section.has(key):
        return {}
    below = section.section(key)
    return {name: below.text(name) for name in below.values}


def _choices(section: Section) -> Iterator[tuple[str, dict[float, str]]]:
    if section.has("choices"):
        below = section.section("choices")
        for item in below.values:
            words = below.section(item)
            yield item, {words.key_number(answer): words.text(answer) for answer in words.values}


def _natural(code: str) -> tuple[tuple[bool, int, str], ...]:
    """Order "2" before "10", and numbers before names."""
    parts = re.findall(r"[0-9]+|[^0-9]+", code)
    return tuple((not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts)


def _items(section: Section) -> tuple[Item, ...]:
    items = [item for group in section.sections("items") for item in _item_group(group)]
    return tuple(sorted(items, key=lambda item: _natural(item.code)))


def _item_group(section: Section) -> Iterator[Item]:
    """One table of `items` describes one or several items that are answered alike."""
    codes = section.codes("codes")
    ids = section.texts("source_ids") or (None,) * len(codes)
    if len(ids) != len(codes):
        raise section.wrong("source_ids", f"must name {len(codes)} items")
    reverse = section.codes("reverse") if section.has("reverse") else ()
    if unknown := sorted(set(reverse) - set(codes)):
        raise section.wrong("reverse", f"names items that are not here: {', '.join(unknown)}")
    minimum, maximum, step = section.number("minimum"), section.number("maximum"), section.number("step", 1)
    recode, label = section.numbers("recode"), section.titles_or_none("label")
    section.finish()
    for code, source_id in zip(codes, ids, strict=True):
        yield Item(code, minimum, maximum, step, code in reverse, recode, source_id, label)


def _scale(section: Section, instrument: str, items: tuple[Item, ...]) -> Scale:
    code = section.code("code")
    used = section.codes("items") if section.has("items") else ()
    scale = Scale(
        key=f"{instrument}.{code}",
        code=code,
        title=section.titles("title"),
        domain=section.one_of("domain", Domain),
        items=used,
        minimum=section.number_or_none("minimum"),
        maximum=section.number_or_none("maximum"),
        step=section.number_or_none("step"),
        better=section.one_of("better", Better) if section.has("better") else None,
        unit=section.text("unit"),
        decimals=section.whole("decimals", 0),
        errors=tuple(_error(each) for each in section.sections("errors")),
        thresholds=tuple(_threshold(each) for each in section.sections("thresholds")),
        cutoffs=tuple(_cutoff(each) for each in section.sections("cutoffs")),
        loinc=section.text_or_none("loinc"),
        headline=section.yes("headline", default=False),
        rule=_rule(section, len(used), len(items)),
        norms=tuple(_norm(each) for each in section.sections("norms")),
        notes=section.texts("notes"),
    )
    section.finish()
    return scale


def _rule(section: Section, used: int, items: int) -> Rule:
    return Rule(
        formula=section.one_of("formula", Formula),
        at_least=section.whole("at_least", used),
        at_least_overall=min(section.whole("at_least_overall", 0), items),
        recode=section.numbers("recode"),
        multiply=section.number("multiply", 1),
        add=section.number("add", 0),
        table=_table(section),
        criteria=_criteria(section),
        source=section.text("rule_source", ""),
        unverified=section.yes("rule_unverified", default=False),
    )


def _table(section: Section) -> dict[float, tuple[float, float | None]] | None:
    """A raw sum maps to a value, or to a value and its standard error."""
    if not section.has("table"):
        return None
    below = section.section("table")
    return {below.key_number(name): _table_row(below, name) for name in below.values}


def _table_row(section: Section, name: str) -> tuple[float, float | None]:
    row = section.raw(name)
    if not isinstance(row, list):
        return section.number(name), None
    if len(row) != 2 or any(isinstance(x, bool) or not isinstance(x, int | float) for x in row):  # noqa: PLR2004 - a pair
        raise section.wrong(name, "must be a value, or a value and its standard error")
    return float(row[0]), float(row[1])


def _criteria(section: Section) -> tuple[tuple[Condition, ...], ...]:
    """A list of groups such as `["7>=1", "9>=14"]`; all clauses of one group must hold."""
    if not section.has("criteria"):
        return ()
    groups = section.raw("criteria")
    if not isinstance(groups, list) or not all(isinstance(group, list) and group for group in groups):
        raise section.wrong("criteria", 'must be a list of lists such as [["7>=1", "9>=14"]]')
    return tuple(tuple(_condition(section, clause) for clause in group) for group in groups)


def _condition(section: Section, clause: object) -> Condition:
    parts = re.fullmatch(r"(\w+)>=([0-9.]+)", clause) if isinstance(clause, str) else None
    if parts is None:
        raise section.wrong("criteria", f'{clause!r} is no clause such as "7>=1"')
    return Condition(parts[1], section.key_number(parts[2]))


def _error(section: Section) -> MeasurementError:
    error = MeasurementError(
        kind=section.one_of("kind", ErrorKind),
        sem=section.number_or_none("sem"),
        interval=section.text_or_none("interval"),
        population=section.text("population"),
        source=section.text("source"),
        unverified=section.yes("unverified", default=False),
    )
    if (error.sem is None) is not (error.kind is ErrorKind.SCORE_LEVEL):
        raise section.wrong("sem", "must be there, except for a score-level error, where each score has its own")
    if error.sem is not None and error.sem <= 0:
        raise section.wrong("sem", "must be more than 0")
    if error.kind is ErrorKind.RETEST and error.interval is None:
        raise section.wrong("interval", "is missing: a retest error must state the time between the two tests")
    section.finish()
    return error


def _threshold(section: Section) -> Threshold:
    threshold = Threshold(
        value=section.number("value"),
        method=section.text("method"),
        population=section.text("population"),
        source=section.text("source"),
        unverified=section.yes("unverified", default=False),
        default=section.yes("default", default=False),
    )
    if threshold.value <= 0:
        raise section.wrong("value", "must be more than 0")
    section.finish()
    return threshold


def _cutoff(section: Section) -> Cutoff:
    cutoff = Cutoff(
        name=section.text("name"),
        value=section.number("value"),
        population=section.text("population"),
        source=section.text("source"),
        unverified=section.yes("unverified", default=False),
    )
    section.finish()
    return cutoff


def _norm(section: Section) -> Norm:
    norm = Norm(
        population=section.text("population"),
        mean=section.number("mean"),
        sd=section.number_or_none("sd"),
        n=section.whole_or_none("n"),
        source=section.text("source"),
        unverified=section.yes("unverified", default=False),
    )
    section.finish()
    return norm


def _citation(section: Section) -> Citation:
    citation = Citation(section.text("text"), section.text_or_none("doi"))
    section.finish()
    return citation


__all__ = ["InstrumentFileError", "read_instrument", "read_wording"]
