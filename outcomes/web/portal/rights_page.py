"""Consents in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from outcomes.actions.consents import consent_text, what_withdrawing_means
from outcomes.change.words import opening
from outcomes.records.queries.header import ConsentRow
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
