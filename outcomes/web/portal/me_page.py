"""A patient's own page in plain words: one sentence and one calm chart a domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outcomes.change.individual import OwnError
from outcomes.instruments.catalogue import Catalogue
from outcomes.records.queries.portal import OwnRecord
from outcomes.terms import Verdict
from outcomes.voice import Voice
from outcomes.web.portal.questionnaires_page import Due, Sent
from outcomes.web.progress import Told, told


@dataclass(frozen=True, slots=True)
class MyPage:
    """Everything a patient's own page shows."""

    greeting: str
    treated: str
    told: tuple[Told, ...]
    worse: bool
    looked_at: str
    contact: str
    due: tuple[Due, ...]
    newest: Sent | None


def page(
    voice: Voice,
    catalogue: Catalogue,
    own: OwnRecord,
    errors: Mapping[str, OwnError | None],
    due: Sequence[Due] = (),
    newest: Sent | None = None,
) -> MyPage:
    """Lay out a patient's own page; `due` is what can be answered now, `newest` what was sent last."""
    record = own.record
    scales = told(voice, catalogue, record, errors, plain=True)
    first = (record.header.name or "").split(" ")[0]
    return MyPage(
        greeting=voice.say("Hello, %(name)s", name=first) if first else voice.say("Your page"),
        treated=_treated(voice, own),
        told=scales,
        worse=any(each.change.verdict is Verdict.WORSE_BEYOND for each in scales),
        looked_at=_looked_at(voice, own),
        contact=own.clinic.emergency_contact or "",
        due=tuple(due),
        newest=newest,
    )


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
