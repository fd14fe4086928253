"""A patient's own page in plain words: one sentence and one calm chart a domain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from outcomes.actions.diary import DIARY
from outcomes.change.individual import OwnError
from outcomes.figures.figure import Figure
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.portal import OwnRecord
from outcomes.records.queries.portal_own import ActivityRow, Diary
from outcomes.records.queries.record import PatientRecord
from outcomes.terms import Verdict
from outcomes.voice import Voice
from outcomes.web.own_series import activity_chart, activity_sentence, diary_chart
from outcomes.web.portal.questionnaires_page import Due, Sent
from outcomes.web.portal.sight import ACTIVITIES, Sight
from outcomes.web.portal.sight import DIARY as DIARY_PART
from outcomes.web.progress import Told, told

TO_DRAW = 2
"""An own activity is drawn from so many scores on; one score is a sentence."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What can be answered now, what was sent last, and an earlier form to which the clinician wrote a note."""

    due: tuple[Due, ...] = ()
    newest: Sent | None = None
    noted: Sent | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """What the patient keeps beside the visits."""

    diaries: Mapping[str, Diary] = field(default_factory=dict)
    activities: Sequence[ActivityRow] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One domain: what its first questionnaire says, and what others on the same say; `hidden` puts the charts away."""

    code: str
    title: str
    told: tuple[Told, ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """Something the patient keeps: what, a sentence, and a chart where there is something to draw."""

    title: str
    sentence: str
    figure: Figure | None


@dataclass(frozen=True, slots=True)
class MyPage:
    """Everything a patient's own page shows."""

    greeting: str
    treated: str
    told: tuple[Told, ...]
    parts: tuple[Part, ...]
    worse: bool
    looked_at: str
    contact: str
    heard: Heard
    diaries: tuple[Kept, ...]
    activities: tuple[Kept, ...]
    sight: Sight

    @property
    def drawn(self) -> bool:
        """Whether any chart stands on the page."""
        shown = any(not part.hidden for part in self.parts)
        kept = ((DIARY_PART, self.diaries), (ACTIVITIES, self.activities))
        return shown or any(each.figure for part, rows in kept if part not in self.sight.hidden for each in rows)

    @staticmethod
    def day_of(record: PatientRecord) -> int:
        """How many days have passed since the first FMT; 0 before it."""
        return 0 if record.first_day is None else (record.today - record.first_day).days


def page(
    voice: Voice,
    catalogue: Catalogue,
    own: OwnRecord,
    errors: Mapping[str, OwnError | None],
    series: Series,
    heard: Heard,
    sight: Sight,
) -> MyPage:
    """Lay out a patient's own page."""
    record = own.record
    scales = told(voice, catalogue, record, errors, plain=True)
    first = (record.header.name or "").split(" ")[0]
    return MyPage(
        greeting=voice.say("Hello, %(name)s", name=first) if first else voice.say("Your page"),
        treated=_treated(voice, own),
        told=scales,
        parts=tuple(_parts(scales, sight)),
        worse=any(each.change.verdict is Verdict.WORSE_BEYOND for each in scales),
        looked_at=_looked_at(voice, own),
        contact=own.clinic.emergency_contact or "",
        heard=heard,
        diaries=tuple(_diaries(voice, catalogue, record, series.diaries)),
        activities=tuple(_activities(voice, record, series.activities)),
        sight=sight,
    )


def _parts(scales: Sequence[Told], sight: Sight) -> Iterator[Part]:
    """Group by domain, each where its first scale stands."""
    order = list(dict.fromkeys(each.scale.domain for each in scales))
    ordered = sorted(scales, key=lambda each: order.index(each.scale.domain))
    for domain, group in groupby(ordered, key=lambda each: each.scale.domain):
        found = tuple(group)
        yield Part(domain.value, found[0].domain, found, domain.value in sight.hidden)


def _diaries(voice: Voice, catalogue: Catalogue, record: PatientRecord, diaries: Mapping[str, Diary]) -> Iterator[Kept]:
    for key in DIARY:
        if key in diaries:
            figure = diary_chart(voice, catalogue, record, diaries[key], plain=True)
            weeks = any(week.mean is not None for week in diaries[key].weeks)
            yield Kept(voice.pick(catalogue.scale(key).title), figure.headline, figure if weeks else None)


def _activities(voice: Voice, record: PatientRecord, rows: Sequence[ActivityRow]) -> Iterator[Kept]:
    for row in rows:
        if row.scores or row.open:
            figure = activity_chart(voice, record, row, plain=True) if len(row.scores) >= TO_DRAW else None
            yield Kept(row.words, activity_sentence(voice, row), figure)


def _treated(voice: Voice, own: OwnRecord) -> str:
    record = own.record
    if record.first_day is None:
        return voice.say("No FMT is recorded yet. Scores before it are what later ones are compared with.")
    day = voice.day((record.today - record.first_day).days)
    return voice.say("Your first FMT was on %(date)s. Today is %(day)s.", date=voice.date(record.first_day), day=day)


def _looked_at(voice: Voice, own: OwnRecord) -> str:
    if own.looked_at is None:
        return ""
    when = voice.date(own.looked_at.date())
    return voice.say("%(who)s looked at this on %(date)s.", who=own.looked_by or "", date=when)
