"""The page of the visit form as a whole: header fields, sheets, live scores, and what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from outcomes.change.individual import OwnError
from outcomes.instruments.catalogue import Catalogue
from outcomes.instruments.definition import Instrument
from outcomes.records.queries.visit_form import VisitFormView
from outcomes.terms import AnsweredBy, Language, Reached, Severity
from outcomes.voice import Voice
from outcomes.web.clinic.live import Live, live
from outcomes.web.clinic.visit_page import Sheet, sheet
from outcomes.web.progress import window_of
from outcomes.web.words import choices

LANGUAGES = {Language.ENGLISH: "English", Language.TURKISH: "Türkçe"}
FURTHER = ("severity", "note", "qualifying")


@dataclass(frozen=True, slots=True)
class Filling:
    """What the form holds: its fields, what is wrong by field name, and what was refused as a whole."""

    fields: Mapping[str, str]
    problems: Mapping[str, str]
    refusal: str
    sequence: int
    saved: str
    only_gaps: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """The lists to choose from in the form's head."""

    answered_by: Sequence[tuple[str, str]]
    severities: Sequence[tuple[str, str]]
    reached: Sequence[tuple[str, str]]
    languages: Sequence[tuple[str, str]]
    others: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class VisitPage:
    """Everything the visit form shows."""

    patient_id: UUID
    who: str
    title: str
    under: str
    day_words: str
    today: str
    filling: Filling
    choices: Choices
    sheets: tuple[Sheet, ...]
    live: Live
    problems: tuple[tuple[str, str], ...]
    further_open: bool


def lay_out(
    voice: Voice,
    catalogue: Catalogue,
    view: VisitFormView,
    own: Mapping[str, OwnError | None],
    instruments: Sequence[Instrument],
    filling: Filling,
) -> VisitPage:
    """Lay out the form."""
    header, fields = view.record.header, filling.fields
    who = header.name or header.code
    return VisitPage(
        patient_id=header.id,
        who=who,
        title=_title(voice, view),
        under=_under(voice, view, who),
        day_words=day_words(voice, view, view.on_date),
        today=view.record.today.isoformat(),
        filling=filling,
        choices=_choices(voice, catalogue, instruments),
        sheets=tuple(sheet(voice, catalogue, each, fields, filling.problems) for each in instruments),
        live=live(voice, catalogue, view.record, own, instruments, fields, view.on_date),
        problems=tuple(filling.problems.items()),
        further_open=any(fields.get(name) for name in FURTHER),
    )


def _title(voice: Voice, view: VisitFormView) -> str:
    if view.point is None:
        return voice.say("Visit")
    return voice.say("%(point)s: visit", point=voice.pick(view.point.title))


def _under(voice: Voice, view: VisitFormView, who: str) -> str:
    name = who if who == view.record.header.code else f"{who}, {view.record.header.code}"
    if view.due is None or view.record.day_zero is None:
        return name
    dates = f"{voice.date(view.due.opens)} – {voice.date(view.due.closes)}"
    window = voice.say("window %(dates)s", dates=dates)
    return f"{name} · {window}"


def day_words(voice: Voice, view: VisitFormView, on: date) -> str:
    """Say which day after FMT a date is, and whether it lies in a window."""
    if view.record.day_zero is None:
        return voice.say("before FMT")
    day = voice.day((on - view.record.day_zero).days)
    point = window_of(view.record, on)
    if point is None:
        return voice.say("%(day)s · outside every window; it is kept and drawn as such", day=day)
    return voice.say("%(day)s · inside the window “%(point)s”", day=day, point=voice.pick(point.title))


def _choices(voice: Voice, catalogue: Catalogue, instruments: Sequence[Instrument]) -> Choices:
    chosen = {each.code for each in instruments}
    others = [(each.code, voice.pick(each.title)) for each in catalogue if each.code not in chosen]
    return Choices(
        answered_by=choices(voice, AnsweredBy),
        severities=choices(voice, Severity, empty=voice.say("not stated")),
        reached=[each for each in choices(voice, Reached) if each[0] != Reached.IMPORTED],
        languages=[(language.value, name) for language, name in LANGUAGES.items()],
        others=list(voice.sorted(others, key=lambda each: each[1])),
    )
