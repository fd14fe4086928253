"""Letters that something is due: written one by one, each claimed in the records before it is sent.

A follow-up is told of at most twice, when it can be answered and when it is about to close. Whether it is still due,
and whether the patient still agrees, is looked up in the very transaction that claims the letter. A letter says
nothing of an illness, a treatment, a questionnaire or a clinic.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from outcomes.access.scope import Scope
from outcomes.actions.consents import stop_token
from outcomes.actions.work import Work
from outcomes.change.windows import DueState
from outcomes.exchange.letters import Letter
from outcomes.records.queries.portal_due import DueForm, due_forms
from outcomes.records.queries.record import PatientRecord, patient_record
from outcomes.records.queries.reminding import (
    Addressee,
    Hours,
    addressee,
    addressees,
    letter_hours,
    letters_about,
)
from outcomes.records.tables import Reminder
from outcomes.records.violations import named_violations
from outcomes.terms import Language
from outcomes.voice import N_, Voice

TOLD = (DueState.OPEN, DueState.CLOSING)
REST_AFTER_TOO_ILL = timedelta(days=7)
SUBJECTS = {
    DueState.OPEN: N_("A few questions are waiting for you"),
    DueState.CLOSING: N_("A few questions are still waiting for you"),
}
THERE_THEY_ARE = N_("A few questions are waiting on your page. There is no hurry, and you can stop at any time.")
WHY = N_("You get this letter because you agreed to it. To end these letters, open this link:")


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter that is to be sent now: its row and where it goes."""

    reminder_id: UUID
    to: Addressee
    state: DueState


def is_quiet(hours: Hours, now: datetime) -> bool:
    """Whether nobody wants letters now, by the clock of the clinic.

    >>> from datetime import UTC
    >>> is_quiet(Hours("Europe/Istanbul", 9, 19), datetime(2026, 5, 3, 5, 59, tzinfo=UTC))
    True
    """
    return not hours.first <= now.astimezone(ZoneInfo(hours.time_zone)).hour < hours.last


def who_may_be_reminded(work: Work) -> Sequence[Addressee]:
    """Everybody of the clinic to whom a letter may go now; nobody in the quiet hours."""
    scope = Scope(work.clinic_id)
    if is_quiet(letter_hours(scope, work.session), work.now):
        return ()
    return addressees(scope, work.session)


def would_remind(work: Work, to: Addressee) -> DueState | None:
    """What a letter would tell somebody of now; None when there is nothing to tell."""
    found = _next(work, to)
    return None if found is None else DueState(found.kind)


def claim(work: Work, membership_id: UUID) -> Claim | None:
    """Claim the letter that is due to somebody, if one still is; the caller commits, then sends.

    Two runs at once cannot both claim it: the second one's row is refused by its unique key.
    """
    to = addressee(Scope(work.clinic_id), work.session, membership_id)
    row = None if to is None else _next(work, to)
    if to is None or row is None:
        return None
    row.claimed_at = work.now
    work.session.add(row)
    with named_violations():
        work.session.flush()
    return Claim(row.id, to, DueState(row.kind))


def settle(work: Work, reminder_id: UUID, *, sent: bool) -> None:
    """Note that a claimed letter went out, or give it back so that a later run tries again."""
    row = work.session.get_one(Reminder, (work.clinic_id, reminder_id))
    row.sent_at = work.now if sent else None
    row.claimed_at = row.claimed_at if sent else None
    work.session.flush()


def letter(claimed: Claim, clinic_id: UUID, key: bytes, public_url: str) -> Letter:
    """Write a letter in its reader's language, with the one click that ends such letters (RFC 8058)."""
    voice = Voice(Language(claimed.to.language))
    stop = f"{public_url}/letters/{stop_token(key, clinic_id, claimed.to.membership_id)}"
    text = f"{voice.say(THERE_THEY_ARE)}\n\n{public_url}\n\n{voice.say(WHY)}\n{stop}\n"
    headers = (("List-Unsubscribe", f"<{stop}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return Letter(claimed.to.address, voice.say(SUBJECTS[claimed.state]), text, headers)


def _next(work: Work, to: Addressee) -> Reminder | None:
    """The row of the letter that is due: a new one, or one that the mail server refused before."""
    scope = Scope(work.clinic_id)
    record = patient_record(scope, work.session, work.keys, to.patient_id, work.today)
    for form in due_forms(record, work.catalogue, Language(to.language)):
        if form.state not in TOLD or _rests(form, record):
            continue
        course = record.day_zero.isoformat() if record.day_zero else "before"
        known = letters_about(scope, work.session, to.membership_id, form.point.code, course)
        row = known.get(form.state.value)
        if row is None:
            return Reminder(
                clinic_id=work.clinic_id,
                id=uuid4(),
                membership_id=to.membership_id,
                patient_id=to.patient_id,
                point=form.point.code,
                course=course,
                kind=form.state.value,
            )
        if row.claimed_at is None:
            return row
    return None


def _rests(form: DueForm, record: PatientRecord) -> bool:
    """Whether the patient said within a week to be too ill to answer."""
    return form.too_ill is not None and record.today - form.too_ill < REST_AFTER_TOO_ILL
