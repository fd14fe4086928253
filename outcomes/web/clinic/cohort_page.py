"""The cohort's page: the answer and the warnings beside it, then the figures, then the numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from outcomes.change.cohort import facts
from outcomes.change.warnings import cautions, explanation, lead
from outcomes.figures.figure import Figure
from outcomes.records.queries.definitions import changed_after_data
from outcomes.voice import N_, Voice
from outcomes.web.clinic import cohort_words
from outcomes.web.clinic.cohort_choice import Choice, lists, read
from outcomes.web.clinic.cohort_comparison import Compared, compared, finding
from outcomes.web.clinic.cohort_figures import FIGURES, as_data
from outcomes.web.clinic.cohort_look import Look, Source, look
from outcomes.web.clinic.cohort_model import Modelled, modelled
from outcomes.web.clinic.cohort_people import visit_name
from outcomes.web.clinic.cohort_table import (
    DefinitionRow,
    Quantity,
    anchor_sentence,
    comparisons,
    definition_rows,
    quantities,
)
from outcomes.web.clinic.cohort_times import kept_words
from outcomes.web.clinic.patients_page import Choosing

SECTIONS = {
    "people": (N_("One by one"), ("spaghetti", "before_after", "waterfall", "shares")),
    "spread": (N_("How differently they changed"), ("cumulative", "variation", "caterpillar", "flow")),
    "time": (N_("How long it takes, and how long it lasts"), ("survival", "loss")),
    "compared": (N_("Against the comparison group"), ("comparison_shares", "comparison_distribution")),
    "scales": (N_("The same people on every scale"), ("heatmap",)),
}
KINDS = {"shares": "shares", "comparison_shares": "shares"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One figure on the page: what it is, which size it has, and the address of its data."""

    figure: Figure
    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that answer one question."""

    code: str
    title: str
    figures: tuple[Drawn, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: a few words, and what they mean."""

    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything told of the chosen people."""

    headline: str
    reading: str
    tallies: tuple[cohort_words.Tally, ...]
    about: str
    too_early: str
    source: str
    warnings_title: str
    warnings: tuple[Warned, ...]
    sections: Mapping[str, Section]
    visit: str
    quantities: tuple[Quantity, ...]
    compared: str
    comparisons: tuple[Quantity, ...]
    definitions: tuple[DefinitionRow, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class CohortPage:
    """The page: whom it is about, what can be chosen, and the answer; None when there is nobody to tell of."""

    lede: str
    filters: tuple[Choosing, ...]
    answer: Answer | None
    filtered: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a request's cohort is laid out: a voice, the source of the data, and what the address asks."""

    voice: Voice
    source: Source
    asked: Mapping[str, str]

    def page(self) -> CohortPage:
        """Lay out the whole page."""
        voice, source, offered = self.voice, self.source, self.source.offer()
        choice, everybody = read(offered, self.asked), len(offered.patients)
        if choice is None:
            return CohortPage(_lede(voice, source, everybody, everybody), (), None, filtered=False)
        found = look(source, offered, choice)
        return CohortPage(
            lede=_lede(voice, source, len(found.patients), everybody),
            filters=lists(voice, offered, choice),
            answer=_answer(voice, found) if found.patients else None,
            filtered=everybody > 0,
        )

    def figure(self, name: str) -> str | None:
        """Return one figure as JSON, remembered for the data as they are; None when there is no such figure."""
        voice, source, offered = self.voice, self.source, self.source.offer()
        choice = read(offered, self.asked)
        if choice is None or name not in FIGURES:
            return None
        return source.memory.get(
            source.scope,
            source.session,
            _name(voice, source, choice, name),
            lambda: as_data(FIGURES[name](voice, look(source, offered, choice))),
        )


def _name(voice: Voice, source: Source, choice: Choice, name: str) -> tuple[object, ...]:
    """By what a figure's data are remembered."""
    return ("cohort figure", name, choice.asked, voice.language, source.today)


def _lede(voice: Voice, source: Source, chosen: int, everybody: int) -> str:
    on = voice.date(source.today)
    if chosen == everybody:
        return voice.count(
            "%(n)s person treated or compared, data as of %(date)s",
            "%(n)s people treated or compared, data as of %(date)s",
            everybody,
            date=on,
        )
    return voice.count(
        "%(chosen)s of %(n)s person treated or compared, data as of %(date)s",
        "%(chosen)s of %(n)s people treated or compared, data as of %(date)s",
        everybody,
        chosen=voice.number(chosen),
        date=on,
    )


def _answer(voice: Voice, found: Look) -> Answer:
    model, against = modelled(found), compared(found)
    warned = tuple(_warnings(voice, found, model, against))
    return Answer(
        headline=cohort_words.answer(voice, found),
        reading=cohort_words.reading(voice, found, against),
        tallies=cohort_words.tallies(voice, found),
        about=cohort_words.about(voice, found),
        too_early=cohort_words.too_early(voice, found),
        source=cohort_words.sources(voice, found),
        warnings_title=voice.count("Read with this warning", "Read with these %(n)s warnings", len(warned)),
        warnings=warned,
        sections={code: _section(voice, found, code) for code in SECTIONS},
        visit=visit_name(voice, found.shown),
        quantities=quantities(voice, found, model),
        compared=finding(voice, found, against),
        comparisons=comparisons(voice, found, against),
        definitions=definition_rows(voice, found),
        anchor=anchor_sentence(voice, found),
    )


def _warnings(voice: Voice, found: Look, model: Modelled, against: Compared) -> Iterator[Warned]:
    source, scale = found.source, found.scale
    mixed = source.provenance(scale)
    known = replace(
        facts(found.data, found.shown, found.choice.points, found.entered),
        comparison=against.people,
        versions=len(mixed.key_versions),
        languages=len(mixed.languages),
        scales=len(found.offered.scales),
        definitions_changed=changed_after_data(source.scope, source.session),
        model_singular=model.singular,
        model_withheld=model.withheld is not None,
    )
    for caution in cautions(known):
        yield Warned(lead(voice, caution), explanation(voice, caution))


def _section(voice: Voice, found: Look, code: str) -> Section:
    title, names = SECTIONS[code]
    drawn = ((name, FIGURES[name](voice, found)) for name in names)
    figures = tuple(_drawn(voice, found, name, figure) for name, figure in drawn if figure)
    return Section(code, voice.say(title), figures, kept_words(voice, found) if code == "time" else "")


def _drawn(voice: Voice, found: Look, name: str, figure: Figure) -> Drawn:
    """Place a figure on the page, and remember its data for the script that will ask for them."""
    source = found.source
    source.memory.get(source.scope, source.session, _name(voice, source, found.choice, name), lambda: as_data(figure))
    asked: dict[str, Any] = {"name": name, **found.choice.address}
    return Drawn(figure, KINDS.get(name, "cohort"), url_for("clinic.cohort_figure", **asked))
