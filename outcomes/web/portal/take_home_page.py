"""The page a patient takes to the next talk, and the days for a calendar, in words."""

from collections.abc import Iterator, Mapping
from uuid import uuid5

from outcomes.change.individual import OwnError
from outcomes.change.windows import DueState
from outcomes.exchange.writers.calendar import Days
from outcomes.exchange.writers.summary_pdf import Section, Sheet
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.portal import OwnRecord
from outcomes.records.queries.record import PatientRecord
from outcomes.terms import Verdict
from outcomes.voice import Voice
from outcomes.web.progress import Told, told
from outcomes.web.words import word

__all__ = ["Sheet", "days", "sheet"]

AHEAD = (DueState.UPCOMING, DueState.OPEN, DueState.CLOSING)
MOST_INFUSIONS = 8


def sheet(voice: Voice, catalogue: Catalogue, own: OwnRecord, errors: Mapping[str, OwnError | None]) -> Sheet:
    """Lay out the summary: what was done, what changed, what to ask."""
    record = own.record
    scales = told(voice, catalogue, record, errors, plain=True)
    changed = [f"{_name(each, scales)}: {each.words}. {each.sentence}" for each in scales]
    nothing = voice.say("There are no scores yet.")
    contact = own.clinic.emergency_contact
    call = voice.say("In an emergency: %(contact)s", contact=contact) if contact else ""
    return Sheet(
        language=voice.language.value,
        title=voice.say("Summary for my next talk"),
        who=_who(voice, own),
        sections=(
            Section(voice.say("What was done"), tuple(_done(voice, record)), points=True),
            Section(voice.say("What changed"), tuple(changed) or (nothing,), points=bool(changed)),
            Section(voice.say("What I can ask"), tuple(_questions(voice, record, scales)), points=True),
            Section(voice.say("My own notes"), (), ruled=True),
        ),
        foot=" ".join(
            filter(None, [voice.say("This is a record, not medical advice, and nobody watches it at night."), call])
        ),
    )


def _name(each: Told, scales: tuple[Told, ...]) -> str:
    """The domain; with the questionnaire's own title where two of them measure it."""
    return each.domain if sum(other.domain == each.domain for other in scales) == 1 else f"{each.domain}, {each.title}"


def _who(voice: Voice, own: OwnRecord) -> str:
    header = own.record.header
    return " · ".join(filter(None, [header.name, header.code, own.clinic.name, voice.date(own.record.today)]))


def _done(voice: Voice, record: PatientRecord) -> Iterator[str]:
    given = sorted((each for course in record.courses for each in course.infusions), key=lambda each: each.on_date)
    if not given:
        yield voice.say("No FMT is recorded yet.")
    for each in given[:MOST_INFUSIONS]:
        yield voice.say("%(date)s: FMT (%(route)s)", date=voice.date(each.on_date), route=word(voice, each.route))
    if len(given) > MOST_INFUSIONS:
        left = len(given) - MOST_INFUSIONS
        yield voice.count("and %(n)s more time", "and %(n)s more times", left)
    if record.visits:
        seen, newest = len(record.visits), voice.date(record.visits[-1].on_date)
        yield voice.count(
            "%(n)s set of answers is recorded, of %(date)s.",
            "%(n)s sets of answers are recorded, the newest of %(date)s.",
            seen,
            date=newest,
        )


def _questions(voice: Voice, record: PatientRecord, scales: tuple[Told, ...]) -> Iterator[str]:
    if any(each.change.verdict is Verdict.WORSE_BEYOND for each in scales):
        yield voice.say("Something is worse than before. What should we look at?")
    yield voice.say("Which of these changes matter for me in daily life?")
    if record.exposures or record.events:
        yield voice.say("Could what else happened have played a part?")
    yield voice.say("What comes next, and what would make us change the plan?")
    ahead = [each for each in record.due if each.state in AHEAD and record.day_zero]
    if ahead:
        first = min(ahead, key=lambda each: each.target)
        yield voice.say("My next questions are around %(date)s. Is that right?", date=voice.date(first.target))


def days(voice: Voice, record: PatientRecord) -> tuple[Days, ...]:
    """The windows that are still to come or open, under a title that says nothing of health."""
    if record.day_zero is None:
        return ()
    name, title = record.day_zero.isoformat(), voice.say("A few questions")
    return tuple(
        Days(str(uuid5(record.header.id, f"{name} {due.point.code}")), title, due.opens, due.closes)
        for due in record.due
        if due.state in AHEAD
    )
