"""What was done and when: infusions, visits and events in three lanes on one axis of days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from outcomes.figures import style, words
from outcomes.figures.figure import Figure, LinkedRow, Table, columns
from outcomes.figures.infusions import grouped, infusion_name
from outcomes.figures.style import Label, Margin, Piece, Wish
from outcomes.terms import AnsweredBy
from outcomes.voice import N_, Voice

MARGIN = Margin(left=84, right=12, top=8, bottom=34)
INFUSIONS, VISITS, EVENTS = 2, 1, 0
LANES = ((INFUSIONS, N_("FMT")), (VISITS, N_("Visits")), (EVENTS, N_("Events")))
FLOOR, CEILING = -0.5, 2.5
ROWS = (0, 12, -12)
"""Pixels above or below its lane where an event's label may stand."""
TOGETHER = 0.16
"""Share of the axis within which infusions are told together."""


@dataclass(frozen=True, slots=True)
class Given:
    """One infusion: its day, and what was given in a few words."""

    day: int
    text: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit; `answered_by` None when nobody could answer."""

    day: int
    title: str
    answered_by: AnsweredBy | None = AnsweredBy.SELF
    inside_window: bool = True
    crash: bool = False
    on: date | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A window that is open or to come, in days from the first infusion."""

    opens: int
    closes: int
    title: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in the clinic's or the patient's words."""

    day: int
    text: str
    until: int | None = None
    on: date | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """Everything on the strip."""

    given: tuple[Given, ...]
    seen: tuple[Seen, ...]
    due: tuple[Due, ...]
    events: tuple[Event, ...]
    today: int

    @property
    def days(self) -> tuple[float, float]:
        """Bounds of the axis, with a little room."""
        drawn = [
            0,
            self.today,
            *(g.day for g in self.given),
            *(s.day for s in self.seen),
            *(e.day for e in self.events),
        ]
        drawn += [day for d in self.due for day in (d.opens, d.closes)]
        room = max(6.0, (max(drawn) - min(drawn)) * 0.04)
        return min(drawn) - room, max(drawn) + room


def strip(
    voice: Voice,
    *,
    infusions: Sequence[Given] = (),
    visits: Sequence[Seen] = (),
    due: Sequence[Due] = (),
    events: Sequence[Event] = (),
    today: int,
) -> Figure:
    """Draw one person's treatment, visits and events.

    Parameters:
        infusions: every infusion of every course, in any order.
        due: the windows worth showing, usually the one that is open.
        today: today as a day from the first infusion.

    Returns:
        A figure whose table lists everything in the order of days.
    """
    story = Story(
        tuple(sorted(infusions, key=lambda g: g.day)),
        tuple(sorted(visits, key=lambda s: s.day)),
        tuple(due),
        tuple(sorted(events, key=lambda e: e.day)),
        today,
    )
    return Figure(
        name="strip",
        headline=_headline(voice, story),
        sentence=_sentence(voice, story),
        direction="",
        plot={"data": _traces(voice, story), "layout": _layout(voice, story)},
        table=_table(voice, story),
    )


def _traces(voice: Voice, story: Story) -> list[Piece]:
    """Marks of visits and events; infusions are lines."""
    seen = [s for s in story.seen if s.answered_by is not None]
    missed = [s for s in story.seen if s.answered_by is None]
    made = [_visit_marks(voice, seen)] if seen else []
    if missed:
        made.append(_small_marks(VISITS, "x-thin", [(s.day, s.title, s.link) for s in missed], size=9))
    if story.events:
        made.append(_small_marks(EVENTS, "line-ns", [(e.day, e.text, e.link) for e in story.events], size=10))
    return made


def _visit_marks(voice: Voice, seen: Sequence[Seen]) -> Piece:
    """One mark a visit: its shape says who answered, hollow says outside the window."""
    return style.marks(
        [s.day for s in seen],
        [VISITS] * len(seen),
        symbol=[_symbol(s) for s in seen],
        stroke=[0 if s.inside_window else 2 for s in seen],
        texts=[style.label(", ".join(part for part in (s.title, _answered(voice, s)) if part)) for s in seen],
        links=[s.link for s in seen],
        hover="%{x} · %{text}",
    )


def _symbol(seen: Seen) -> str:
    """The mark of who answered."""
    return style.SYMBOLS[seen.answered_by or AnsweredBy.SELF] + ("" if seen.inside_window else "-open")


def _small_marks(lane: int, symbol: str, items: Sequence[tuple[int, str, str | None]], *, size: float) -> Piece:
    """Thin marks in one lane."""
    return style.marks(
        [day for day, _, _ in items],
        [lane] * len(items),
        symbol=symbol,
        colour=style.SAME,
        size=size,
        stroke=2,
        texts=[style.label(text) for _, text, _ in items],
        links=[link for _, _, link in items],
        hover="%{x} · %{text}",
    )


def _layout(voice: Voice, story: Story) -> Piece:
    """Lanes, windows, today, and the labels that find room."""
    low, high = story.days
    ticks = [tick for tick in style.nice_ticks(low, high, 8) if tick <= high]
    days = sorted({0.0, *ticks, float(story.today)})
    texts = [voice.say("today") if day == story.today else voice.day(round(day)) for day in days]
    wanted = [float(story.today), 0.0, *days]
    return style.layout(
        "strip",
        x=style.axis(low, high, days, texts),
        y=style.bare(FLOOR, CEILING),
        language=voice.language,
        margin=MARGIN,
        shapes=list(_shapes(story)),
        labels=list(_labels(voice, story)),
        keep=[days.index(day) for day in dict.fromkeys(wanted)],
    )


def _shapes(story: Story) -> Iterator[Piece]:
    """Lane lines, due windows, long events, infusions, today."""
    for lane, _ in LANES:
        yield style.across(lane, colour=style.LINE) | {"name": style.BACKDROP}
    for window in story.due:
        yield style.box(window.opens, VISITS - 0.22, window.closes, VISITS + 0.22)
    for event in story.events:
        if event.until is not None and event.until > event.day:
            yield style.rule(event.day, EVENTS, event.until, EVENTS, colour=style.SAME, width=2) | {
                "name": style.BACKDROP
            }
    for given in story.given:
        yield style.rule(given.day, FLOOR, given.day, INFUSIONS + 0.36, colour=style.ACCENT, width=1.5)
    yield style.rule(story.today, FLOOR, story.today, CEILING, colour=style.INK, dash="2px 3px")


def _labels(voice: Voice, story: Story) -> Iterator[Label]:
    """Names of lanes, then whatever has room; the table holds the rest."""
    for lane, name in LANES:
        yield style.fixed(0, lane, style.label(voice.say(name)), xref="paper", xshift=-MARGIN.left)
    yield from _infusion_labels(voice, story)
    for window in story.due:
        yield _beside(window.opens, VISITS, window.title, aside=4, ground=style.BAND)
    for visit in story.seen:
        yield _beside(visit.day, VISITS, visit.title)
    for event in story.events:
        yield _beside(event.day, EVENTS, event.text, until=event.until or event.day, rows=ROWS)


def _beside(
    day: int,
    lane: int,
    text: str,
    *,
    until: int | None = None,
    aside: float = 10,
    rows: Sequence[float] = (0,),
    ground: str = style.PAPER,
) -> Label:
    """A label right of its mark, left of it, or in another row; it stays away when there is no room."""
    end = day if until is None else until
    places = [
        Wish(x, lane, side, up, aside if up == 0 else 5)
        for up in rows
        for x, side in ((end if up == 0 else day, "left"), (day, "right"))
    ]
    return style.movable(text, places, optional=True, ground=ground)


def _infusion_labels(voice: Voice, story: Story) -> Iterator[Label]:
    """What was given, near infusions told together after the last of them; else their numbers."""
    room = TOGETHER * (story.days[1] - story.days[0])
    days = [given.day for given in story.given]
    for _, first, last in grouped(days, room):
        told = [
            f"{voice.number(first + k)} {given.text}".strip() for k, given in enumerate(story.given[first - 1 : last])
        ]
        name = infusion_name(voice, first, last)
        start, end = story.given[first - 1].day, story.given[last - 1].day
        places = [Wish(end, INFUSIONS, "left", 0, 8), Wish(start, INFUSIONS, "right", 0, 8)]
        yield style.movable(
            " · ".join(told),
            [*places, *(Wish(w.x, w.y, w.side, w.up, w.aside, name) for w in places)],
            colour=style.ACCENT,
            optional=True,
            ground=style.PAPER,
        )


def _answered(voice: Voice, seen: Seen) -> str:
    """Who answered, and what was unusual about it."""
    if seen.answered_by is None:
        return voice.say("not measured")
    parts = [voice.say(words.ANSWERED[seen.answered_by])]
    if not seen.inside_window:
        parts.append(voice.say("outside its window"))
    if seen.crash:
        parts.append(voice.say("during a crash"))
    return ", ".join(parts)


def _headline(voice: Voice, story: Story) -> str:
    """How many infusions, over how long, and from when."""
    if not story.given:
        return voice.say("No infusion yet")
    first, last = story.given[0], story.given[-1]
    many = voice.count("%(n)s infusion", "%(n)s infusions", len(story.given))
    start = voice.date(first.on) if first.on else voice.day(first.day)
    if last.day == first.day:
        return voice.say("%(infusions)s, on %(date)s", infusions=many, date=start)
    within = voice.count("%(n)s day", "%(n)s days", last.day - first.day)
    return voice.say("%(infusions)s over %(days)s, the first on %(date)s", infusions=many, days=within, date=start)


def _sentence(voice: Voice, story: Story) -> str:
    """The strip in words."""
    parts = [
        _headline(voice, story),
        voice.count("%(n)s visit", "%(n)s visits", len(story.seen)),
        voice.count("%(n)s event", "%(n)s events", len(story.events)),
        voice.say("today is %(day)s", day=voice.day(story.today)),
    ]
    return "; ".join(parts) + "."


def _table(voice: Voice, story: Story) -> Table:
    """Everything on the strip, one line each, in the order of days."""
    titles = (N_("Day"), N_("Date"), N_("Kind"), N_("What"))
    caption = voice.say("Treatment, visits and events by day")
    return Table(caption, columns(*(voice.say(title) for title in titles)), lambda: _rows(voice, story))


def _rows(voice: Voice, story: Story) -> list[LinkedRow]:
    """Rows of all three lanes and of the windows, sorted by day."""
    made = [
        *((g.day, g.on, voice.say("FMT"), g.text, None) for g in story.given),
        *((s.day, s.on, voice.say("visit"), _told(voice, s), s.link) for s in story.seen),
        *((e.day, e.on, voice.say("event"), e.text, e.link) for e in story.events),
        *((d.opens, None, voice.say("window"), _window(voice, d), None) for d in story.due),
    ]
    made.sort(key=lambda row: row[0])
    return [
        (link, (voice.number(day), "" if on is None else voice.date(on), kind, text))
        for day, on, kind, text, link in made
    ]


def _told(voice: Voice, seen: Seen) -> str:
    """A visit with its provenance."""
    return ", ".join(part for part in (seen.title, _answered(voice, seen)) if part)


def _window(voice: Voice, due: Due) -> str:
    """A window with the day it closes."""
    return voice.say("%(visit)s, until %(day)s", visit=due.title, day=voice.day(due.closes))
