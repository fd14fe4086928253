"""Consents in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from outcomes.actions.consents import consent_text, newest_version, record_is_closed, to_give, what_withdrawing_means
from outcomes.change.words import opening
from outcomes.records.queries.header import ConsentRow
from outcomes.terms import Purpose
from outcomes.voice import Voice
from outcomes.web.words import word


@dataclass(frozen=True, slots=True)
class Given:
    """One consent as the patient reads it; `lives` until it is withdrawn."""

    id: UUID
    purpose: str
    told: str
    text: str
    means: str
    lives: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One purpose to which the patient may consent, with its newest text; `reopens` a carer's account shut before."""

    code: str
    purpose: str
    version: str
    text: str
    reopens: bool


@dataclass(frozen=True, slots=True)
class Open:
    """What the patient may consent to alone; `closed` while the consent to the record itself is withdrawn."""

    asked: tuple[Asked, ...]
    closed: bool


def open_now(voice: Voice, rows: Iterable[ConsentRow]) -> Open:
    """Put what may be consented to into words."""
    there, version = tuple(rows), newest_version()
    found = ((each, consent_text(each, version)) for each in to_give(there))
    asked = tuple(
        Asked(
            code=each.value,
            purpose=opening(voice, word(voice, each)),
            version=version,
            text=voice.pick(known.text),
            reopens=each is Purpose.CARER_ACCESS,
        )
        for each, known in found
        if known is not None
    )
    return Open(asked, record_is_closed(there))


def given(voice: Voice, rows: Iterable[ConsentRow]) -> tuple[Given, ...]:
    """Put consents into words, those that live first."""
    return tuple(_given(voice, row) for row in sorted(rows, key=lambda row: row.withdrawn_on is not None))


def _given(voice: Voice, row: ConsentRow) -> Given:
    known = consent_text(row.purpose, row.text_version)
    purpose = word(voice, row.purpose)
    return Given(
        id=row.id,
        purpose=opening(voice, purpose),
        told=_told(voice, row),
        text=voice.pick(known.text) if known else voice.say("The clinic holds the text that you agreed to."),
        means=voice.pick(what_withdrawing_means(row.purpose, row.text_version)),
        lives=row.withdrawn_on is None,
    )


def _told(voice: Voice, row: ConsentRow) -> str:
    values = {"date": voice.date(row.given_on), "version": row.text_version}
    if row.withdrawn_on is None:
        return voice.say("Given on %(date)s, text version %(version)s.", **values)
    ended = voice.date(row.withdrawn_on)
    return voice.say("Given on %(date)s, text version %(version)s. Withdrawn on %(ended)s.", **values, ended=ended)
