"""The list of what is due and of what was sent, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from outcomes.change.windows import DueState
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.days import today_in
from outcomes.records.queries.portal_due import DueForm
from outcomes.records.queries.portal_reports import ReportRow
from outcomes.voice import Voice
from outcomes.web.portal.asking import minutes_left
from outcomes.web.portal.desk import Desk


@dataclass(frozen=True, slots=True)
class Due:
    """One follow-up that can be answered now."""

    point: str
    title: str
    told: str
    until: str
    too_ill: str
    paper: str
    begun: bool
    done: int
    count: int


@dataclass(frozen=True, slots=True)
class Sent:
    """One form that was sent in, and what became of it."""

    title: str
    told: str
    words: str
    note: str
    note_by: str


def due_words(voice: Voice, catalogue: Catalogue, desk: Desk) -> Due:
    """Put one follow-up into words."""
    form, count = desk.form, len(desk.questions)
    return Due(
        point=form.point.code,
        title=voice.say("Your questions: %(visit)s", visit=voice.pick(form.point.title)),
        told=_told(voice, desk),
        until=_until(voice, form),
        too_ill=voice.say(
            "On %(date)s you were too ill to answer. If it gets better, you can still answer.",
            date=voice.date(form.too_ill),
        )
        if form.too_ill
        else "",
        paper=_paper(voice, catalogue, form),
        begun=desk.done > 0,
        done=desk.done,
        count=count,
    )


def _told(voice: Voice, desk: Desk) -> str:
    left = sum(not each.done for each in desk.questions)
    if not left:
        return voice.say("Everything is answered. It only has to be sent.")
    many = voice.count("%(n)s question", "%(n)s questions", left)
    if desk.done:
        many = voice.count("%(n)s question left", "%(n)s questions left", left)
    about = voice.count("about %(n)s minute", "about %(n)s minutes", minutes_left(desk.questions))
    return voice.say("%(questions)s, %(time)s. Stop at any time and go on another day.", questions=many, time=about)


def _until(voice: Voice, form: DueForm) -> str:
    if form.closes is None:
        return voice.say("Best answered before your FMT.")
    if form.state is DueState.OVERDUE:
        return voice.say("They were due by %(date)s. Late answers count too.", date=voice.date(form.closes))
    return voice.say("There is no hurry: they stay open until %(date)s.", date=voice.date(form.closes))


def _paper(voice: Voice, catalogue: Catalogue, form: DueForm) -> str:
    titles = [voice.pick(catalogue[code].title) for code in form.on_paper]
    if not titles:
        return ""
    return voice.say("On paper, the clinic enters it: %(titles)s.", titles=voice.join(titles))


def sent_words(voice: Voice, rows: Sequence[ReportRow], zone: str) -> tuple[Sent, ...]:
    """Put what was sent into words, the newest first; days are those of the clinic's time zone."""
    return tuple(
        Sent(
            title=_title(voice, row),
            told=looked_words(voice, row, zone),
            words=row.words or "",
            note=row.note or "",
            note_by=row.reviewer or "",
        )
        for row in rows
    )


def _title(voice: Voice, row: ReportRow) -> str:
    if row.too_ill:
        return voice.say("%(date)s: too ill to answer", date=voice.date(row.on_date))
    if row.short:
        return voice.say("%(date)s: one question", date=voice.date(row.on_date))
    return voice.say("%(date)s: your answers", date=voice.date(row.on_date))


def looked_words(voice: Voice, row: ReportRow, zone: str) -> str:
    """Say who looked at a form, and when; from the review, else from who opened the record after it came."""
    if row.reviewed_at is not None:
        when = voice.date(today_in(zone, row.reviewed_at))
        if row.reviewer is None:
            return voice.say("The clinic you came from looked at this on %(date)s.", date=when)
        return voice.say("Your clinician looked at this on %(date)s: %(who)s.", date=when, who=row.reviewer)
    if row.looked_at is not None:
        return voice.say("Your clinic opened your record on %(date)s.", date=voice.date(today_in(zone, row.looked_at)))
    return voice.say("Sent on %(date)s. Nobody has looked at it yet.", date=voice.date(today_in(zone, row.sent_at)))
