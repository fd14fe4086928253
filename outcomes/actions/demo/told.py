"""What the demo's patient tells alone: a diary of five weeks, two activities, an event, and two reports."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

from outcomes.access.scope import Actor
from outcomes.actions.activities import OwnEventForm, add_activity, tell_event
from outcomes.actions.diary import DIARY, tap
from outcomes.actions.review import review
from outcomes.actions.self_report import ReportForm, floor, send
from outcomes.actions.work import Work
from outcomes.records.session import act_as

DAYS = 35
TAPPED = 0.8
"""Share of days with a tap."""


def tell(work: Work, clinician: Actor, patient_id: UUID, seed: int = 20261) -> None:
    """Write what the patient told, with one report reviewed and one that waits."""
    dice = Random(seed)  # noqa: S311 - invented days need repeatable dice, not secret ones
    for back in range(DAYS, 0, -1):
        then = _days_ago(work, back)
        for scale in DIARY if dice.random() < TAPPED else ():
            tap(then, patient_id, scale, dice.choice((4, 5, 5, 6, 6, 7)))
    add_activity(_days_ago(work, 50), patient_id, "read to my son for ten minutes")
    add_activity(_days_ago(work, 50), patient_id, "sit up at the table for dinner")
    event = OwnEventForm("Walked to the shop and paid for it", _days_ago(work, 12).today, 7, crash=True)
    tell_event(_days_ago(work, 11), patient_id, event)
    first = _bad_day(_days_ago(work, 40), patient_id, "A bad week. Noise is hard to bear.", 8)
    act_as(work.session, clinician.name_in_trail)
    note = "Thank you for telling. Rest first; we will call you on Thursday."
    review(replace(_days_ago(work, 38), actor=clinician), patient_id, first, note)
    act_as(work.session, work.actor.name_in_trail)
    _bad_day(_days_ago(work, 1), patient_id, "", 6)


def _days_ago(work: Work, days: int) -> Work:
    return replace(work, now=work.now - timedelta(days=days))


def _bad_day(work: Work, patient_id: UUID, words: str, fatigue: int) -> UUID:
    return send(work, replace(floor(ReportForm(patient_id, work.today), fatigue), words=words))
