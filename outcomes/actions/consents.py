"""Consent in the patient's own hands: the texts by version, withdrawing one purpose at a time, and giving it again.

A patient gives alone what a patient alone bears: research, letters, access for a carer. Each is one plain text with one
effect, can be withdrawn on the same page the next minute, and changes nothing in the treatment. Consent to the record
itself is given with the clinic: all else rests on it, it is the basis on which the clinic keeps a medical file, and
whoever withdrew it may have asked for an erasure that is under way. So nothing is given alone either while the consent
to the record is withdrawn.

Letters can also be ended from the letter itself, without signing in: the link in it names one account's place and is
signed, works for nothing else, and using it twice changes nothing more.
"""

import hmac
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from outcomes.access.rules import Act
from outcomes.access.scope import Reach, Within
from outcomes.access.tokens import keyed_hash
from outcomes.actions.errors import Invalid, NotAllowed, NotFound
from outcomes.actions.once import once
from outcomes.actions.signing_in_door import Doorway, LinkExpired
from outcomes.actions.work import Work, add, edit_row, found, may, rows_of, the_patient
from outcomes.records.queries.days import today_in
from outcomes.records.queries.header import ConsentRow
from outcomes.records.session import act_as, keep_within
from outcomes.records.tables import Clinic, Consent, Membership
from outcomes.terms import Language, Purpose
from outcomes.voice import N_

FILE = Path(__file__).with_name("consents.toml")
GIVEN_ALONE = tuple(purpose for purpose in Purpose if purpose is not Purpose.RECORD)
"""What a patient may consent to without the clinic."""
HEX = 32
MARK = 32


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What one consents to, and what withdrawing it means."""

    text: Mapping[Language, str]
    withdrawn: Mapping[Language, str]


@lru_cache(maxsize=1)
def _texts() -> Mapping[tuple[str, Purpose], ConsentText]:
    versions = tomllib.loads(FILE.read_text("utf-8"))
    return {
        (version, Purpose(purpose)): ConsentText(_both(texts["text"]), _both(texts["withdrawn"]))
        for version, purposes in versions.items()
        for purpose, texts in purposes.items()
    }


def _both(texts: Mapping[str, str]) -> Mapping[Language, str]:
    return {language: texts[language.value] for language in Language}


def newest_version() -> str:
    """The version of the texts that is shown to those who are asked now: the greatest number."""
    return max((version for version, _ in _texts()), key=int)


def consent_text(purpose: Purpose, version: str) -> ConsentText | None:
    """The text of a version; None when the clinic used one of its own, which it holds on paper."""
    return _texts().get((version, purpose))


def what_withdrawing_means(purpose: Purpose, version: str) -> Mapping[Language, str]:
    """What withdrawing means; for a text of the clinic's own, what it means in this program."""
    known = consent_text(purpose, version) or _texts()[newest_version(), purpose]
    return known.withdrawn


def record_is_closed(consents: Iterable[Consent | ConsentRow]) -> bool:
    """Whether the consent to the record itself was withdrawn and not given again."""
    told = [each.withdrawn_on for each in consents if each.purpose is Purpose.RECORD]
    return bool(told) and None not in told


def to_give(consents: Iterable[Consent | ConsentRow]) -> tuple[Purpose, ...]:
    """The purposes to which a patient with these consents may consent alone now."""
    there = tuple(consents)
    living = {each.purpose for each in there if each.withdrawn_on is None}
    return () if record_is_closed(there) else tuple(each for each in GIVEN_ALONE if each not in living)


def give(work: Work, patient_id: UUID, purpose: Purpose, version: str, key: str | None = None) -> UUID:
    """Consent to a purpose as the patient, from today on, to the text of a version; return the id of the consent.

    It is a new row beside one that was withdrawn. A consent that lives already stays as it was.

    Raises:
        NotAllowed: for anybody but the patient; a carer cannot do it either.
        NotFound: for a patient who is not there.
        Invalid: for a purpose that is consented to with the clinic, or a text that is no longer the newest.
        KeyReused: if the key came before with another purpose or text.
    """
    _by_the_patient(work, patient_id, "give_consent")
    return once(work, key, (patient_id, purpose, version), lambda: _give(work, patient_id, purpose, version))


def _give(work: Work, patient_id: UUID, purpose: Purpose, version: str) -> UUID:
    the_patient(work, patient_id)
    there = rows_of(work, Consent, patient_id)
    for each in there:
        if each.purpose is purpose and each.withdrawn_on is None:
            return each.id
    if purpose not in to_give(there):
        raise Invalid("with_the_clinic", None, N_("This consent is given with the clinic. Talk to it first."))
    if version != newest_version() or consent_text(purpose, version) is None:
        raise Invalid("other_text", None, N_("The text has changed since you opened this page. Read it once more."))
    row = Consent(patient_id=patient_id, purpose=purpose, text_version=version, given_on=work.today)
    return add(work, row)


def _by_the_patient(work: Work, patient_id: UUID, act: str) -> None:
    """Let the patient pass and nobody else: not the clinic, and not a carer in the patient's name."""
    may(work, Act.REPORT_ON_ONESELF, patient_id)
    member = work.session.get(Membership, (work.clinic_id, work.actor.membership_id))
    if member is None or member.carer:
        raise NotAllowed(act)


def withdraw(work: Work, patient_id: UUID, consent_id: UUID) -> None:
    """Withdraw a consent as the patient: from today on the purpose is closed. Done twice it stays as it was.

    Raises:
        NotAllowed: for anybody but the patient; a carer cannot do it either.
        NotFound: for a consent of somebody else.
    """
    _by_the_patient(work, patient_id, "withdraw_consent")
    consent = found(work, Consent, consent_id)
    if consent.patient_id != patient_id:
        raise NotFound("consent", consent_id)
    if consent.withdrawn_on is None:
        edit_row(work, consent, consent.version, {"withdrawn_on": max(work.today, consent.given_on)})


def stop_token(key: bytes, clinic_id: UUID, membership_id: UUID) -> str:
    """Return the part of a letter's link that ends such letters."""
    return f"{clinic_id.hex}{membership_id.hex}{_mark(key, clinic_id, membership_id)}"


def check_stop(key: bytes, token: str) -> tuple[UUID, UUID]:
    """Return the clinic and the place that a letter's link names.

    Raises:
        LinkExpired: it was not made here.
    """
    try:
        clinic_id, membership_id = UUID(token[:HEX]), UUID(token[HEX : 2 * HEX])
    except ValueError:
        raise LinkExpired from None
    if not hmac.compare_digest(token.encode(), stop_token(key, clinic_id, membership_id).encode()):
        raise LinkExpired
    return clinic_id, membership_id


def stop_letters(door: Doorway, token: str) -> None:
    """End the letters of the account whose letter this link came with; nobody need be signed in.

    Raises:
        LinkExpired: as `check_stop`, or the place is no longer there.
    """
    clinic_id, membership_id = check_stop(door.key, token)
    member = door.session.get(Membership, (clinic_id, membership_id))
    if member is None or member.patient_id is None:
        raise LinkExpired
    keep_within(door.session, Reach(Within.PATIENT, clinic_id, member.patient_id, membership_id))
    act_as(door.session, f"member:{membership_id}", "stopped from a letter")
    clinic = door.session.get_one(Clinic, clinic_id)
    living = select(Consent).where(
        Consent.clinic_id == clinic_id,
        Consent.patient_id == member.patient_id,
        Consent.purpose == Purpose.REMINDERS,
        Consent.withdrawn_on.is_(None),
        Consent.deleted_at.is_(None),
    )
    for consent in door.session.scalars(living):
        consent.withdrawn_on = max(today_in(clinic.time_zone, door.now), consent.given_on)
        consent.version += 1
    door.session.flush()


def _mark(key: bytes, clinic_id: UUID, membership_id: UUID) -> str:
    return keyed_hash(key, f"stop letters {clinic_id} {membership_id}")[:MARK]
