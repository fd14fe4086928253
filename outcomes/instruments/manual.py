"""Compiles definitions and worked examples into the published scoring manual, a Markdown page an instrument."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Cutoff, Formula, Instrument, Item, MeasurementError, Norm, Scale, Threshold
from outcomes.instruments.examples import Example, Expected, examples
from outcomes.instruments.notation import spans
from outcomes.instruments.reasons import say_direction
from outcomes.instruments.words import POLICIES, error_in_words, missing_in_words, range_in_words, rule_in_words
from outcomes.terms import Language
from outcomes.voice import Voice

WARNING = "<!-- Written by `make docs` from the definitions and worked examples. Do not edit. -->"
SIGNIFICANT = 10


def pages(catalogue: Catalogue) -> dict[str, str]:
    """Return every page of the manual by its file name."""
    voice = Voice(Language.ENGLISH)
    index = {"README.md": _text(_index(voice, catalogue))}
    return index | {f"{each.code}.md": page(voice, each, examples(each)) for each in catalogue}


def messages(catalogue: Catalogue) -> tuple[str, ...]:
    """Return every English text of the definitions and examples that is shown and so must be translated."""
    found = (text for each in catalogue for text in _said(each))
    return tuple(dict.fromkeys(text for text in found if text))


def _said(instrument: Instrument) -> Iterator[str]:
    yield from (*instrument.notes, instrument.licence_note, *instrument.unverified)
    for scale in instrument.scales:
        yield from (scale.unit, *scale.notes)
        for error in scale.errors:
            yield from (error.population, error.interval or "")
        for threshold in scale.thresholds:
            yield from (threshold.method, threshold.population)
        for cutoff in scale.cutoffs:
            yield from (cutoff.name, cutoff.population)
        yield from (norm.population for norm in scale.norms)
    yield from (example.title for example in examples(instrument))


def page(voice: Voice, instrument: Instrument, worked: Sequence[Example]) -> str:
    """Return the page of one instrument."""
    parts = [_head(voice, instrument), _items(instrument)]
    parts += [_scale(voice, instrument, scale) for scale in instrument.scales]
    parts += [_examples(instrument, worked), _ending(instrument)]
    return _text(line for part in parts for line in part)


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _index(voice: Voice, catalogue: Catalogue) -> Iterator[str]:
    yield from (WARNING, "# Scoring manual", "")
    yield "One page an instrument: items, rules, missing answers, direction, errors, thresholds, sources, examples."
    yield "A figure marked † was not read in its source. [How to add an instrument](adding-instruments.md)."
    yield ""
    rows = (
        (
            f"[{each.code}]({each.code}.md)",
            voice.pick(each.title),
            each.version,
            str(len(each.items) or "–"),
            ", ".join(f"`{scale.code}`" for scale in each.scales),
        )
        for each in catalogue
    )
    yield from _table(("code", "instrument", "key", "items", "scales"), rows)
    yield "LOINC codes are © Regenstrief Institute and the LOINC Committee, used under the licence at https://loinc.org."


def _head(voice: Voice, instrument: Instrument) -> Iterator[str]:
    yield from (WARNING, f"# {voice.pick(instrument.title)}", "")
    recall = f"past {instrument.recall_days} days" if instrument.recall_days else "not stated"
    rows = [
        ("Code", f"`{instrument.code}`"),
        ("Version of the key", instrument.version),
        ("Recall", "today" if instrument.recall_days == 1 else recall),
        ("Time to fill in", f"about {instrument.minutes:g} min"),
        ("Entry", _entry(instrument)),
        ("Wording", " ".join(filter(None, (POLICIES[instrument.policy], instrument.licence_note)))),
        ("Rights", instrument.attribution),
        ("LOINC panel", instrument.loinc or ""),
        ("Form", ", ".join(filter(None, (_form(voice, instrument), *instrument.form_versions)))),
    ]
    yield from _table(("", ""), (row for row in rows if row[1]))
    yield from _list(instrument.notes)


def _entry(instrument: Instrument) -> str:
    ways = [("item by item", instrument.accepts_items), ("totals", instrument.accepts_totals)]
    return " or ".join(way for way, accepted in ways if accepted)


def _form(voice: Voice, instrument: Instrument) -> str:
    return voice.pick(instrument.form_title) if instrument.form_title else ""


def _items(instrument: Instrument) -> Iterator[str]:
    if not instrument.items:
        return
    yield from ("## Items", "")
    groups: dict[tuple[str, str, str], list[Item]] = {}
    for item in instrument.items:
        counts = "turned round" if item.reverse else "as answered"
        if item.recode is not None:
            counts = ", ".join(f"{answer:g} → {number:g}" for answer, number in item.recode.items())
        groups.setdefault((f"{item.minimum:g}–{item.maximum:g}", f"{item.step:g}", counts), []).append(item)
    rows = ((spans(item.code for item in items), *answered) for answered, items in groups.items())
    yield from _table(("items", "answers", "step", "count as"), rows)
    if ids := [f"{item.code} = {item.source_id}" for item in instrument.items if item.source_id]:
        yield from (f"The publisher's names: {', '.join(ids)}.", "")


def _scale(voice: Voice, instrument: Instrument, scale: Scale) -> Iterator[str]:
    yield from (f"## {voice.pick(scale.title)} (`{scale.code}`)", "")
    yield from ("; ".join(_facts(voice, scale)) + ".", "")
    steps = (*rule_in_words(voice, instrument, scale), *missing_in_words(voice, scale))
    source = f"Source of the rule: {scale.rule.source}{_mark(scale.rule.unverified)}." if scale.rule.source else ""
    yield from _list((*steps, *filter(None, (source,)), *scale.notes))
    if scale.rule.formula is Formula.TABLE:
        yield from _conversion(scale)
    yield from _figures(voice, scale)


def _facts(voice: Voice, scale: Scale) -> Iterator[str]:
    yield f"Range {range_in_words(voice, scale)} {scale.unit}"
    yield f"**{say_direction(voice, scale.better)}**"
    yield f"domain {scale.domain.replace('_', ' ')}"
    if scale.step is not None:
        yield f"smallest step {_number(scale.step)}"
    if scale.headline:
        yield "shown first"
    if scale.loinc:
        yield f"LOINC {scale.loinc}"


def _conversion(scale: Scale) -> Iterator[str]:
    table = scale.rule.table or {}
    rows = ((f"{raw:g}", _number(value), "–" if se is None else _number(se)) for raw, (value, se) in table.items())
    yield from _table(("raw sum", scale.unit, "standard error"), rows)


def _figures(voice: Voice, scale: Scale) -> Iterator[str]:
    errors = ((error_in_words(voice, each), _sem(each), _source(each.source, each.unverified)) for each in scale.errors)
    yield from _titled("Errors", ("kind", "SEM", "source"), list(errors))
    thresholds = (
        (_number(each.value), each.method, each.population, "yes" if each.default else "", _marked(each))
        for each in scale.thresholds
    )
    yield from _titled("Thresholds", ("value", "method", "population", "default", "source"), list(thresholds))
    cutoffs = ((each.name, _number(each.value), each.population, _marked(each)) for each in scale.cutoffs)
    yield from _titled("Cut-offs", ("name", "value", "population", "source"), list(cutoffs))
    norms = (
        (each.population, _number(each.mean), _maybe(each.sd), _maybe(each.n), _marked(each)) for each in scale.norms
    )
    yield from _titled("Published samples", ("population", "mean", "SD", "n", "source"), list(norms))


def _sem(error: MeasurementError) -> str:
    return "own" if error.sem is None else _number(error.sem)


def _marked(figure: Threshold | Cutoff | Norm) -> str:
    return _source(figure.source, figure.unverified)


def _source(source: str, unverified: bool) -> str:
    return source + _mark(unverified)


def _mark(unverified: bool) -> str:
    return " †" if unverified else ""


def _examples(instrument: Instrument, worked: Sequence[Example]) -> Iterator[str]:
    if not worked:
        return
    yield from ("## Worked examples", "")
    rows = ((each.title, each.answers or "–", _totals(each.totals), _result(instrument, each)) for each in worked)
    yield from _table(("shows", "answers", "totals", "gives"), rows)


def _totals(totals: Mapping[str, float]) -> str:
    return ", ".join(f"{code} = {_number(value)}" for code, value in totals.items()) or "–"


def _result(instrument: Instrument, example: Example) -> str:
    if example.refused is not None:
        return f"refused at {example.at}: {example.refused.replace('_', ' ')}"
    order = [scale.code for scale in instrument.scales if scale.code in example.expected]
    return "; ".join(f"{code} {_outcome(example.expected[code])}" for code in order)


def _outcome(expected: Expected) -> str:
    if expected.value is None:
        return f"none ({expected.absence or ''})".replace("_", " ")
    error = "" if expected.standard_error is None else f" ± {_number(expected.standard_error)}"
    return _number(expected.value) + error


def _ending(instrument: Instrument) -> Iterator[str]:
    if instrument.unverified:
        yield from ("## Not verified (†)", "")
        yield from _list(instrument.unverified)
    if instrument.citations:
        yield from ("## Sources", "")
        yield from _list(
            f"{each.text}. https://doi.org/{each.doi}" if each.doi else f"{each.text}." for each in instrument.citations
        )


def _titled(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield from (f"**{title}**", "")
        yield from _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '¦') for cell in row)} |"
    yield ""


def _list(lines: Iterable[str]) -> Iterator[str]:
    written = [f"- {line}" for line in lines]
    if written:
        yield from (*written, "")


def _number(x: float) -> str:
    return f"{x:.{SIGNIFICANT}g}"


def _maybe(x: float | None) -> str:
    return "–" if x is None else _number(x)
