"""Clinics and their members: founding a clinic, inviting people, changing what they may do, letting them go.

An invitation is a link with a secret in it. Only a hash of the secret is kept; the link works once, for 72 hours.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import available_timezones

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outcomes.access.rules import Act
from outcomes.access.tokens import address_of, new_clinic_token, token_hash
from outcomes.actions.checks import fits, needed
from outcomes.actions.enrol import ConsentForm, give_consent
from outcomes.actions.errors import Conflict, Invalid, NotAllowed, StaleVersion
from outcomes.actions.work import Work, edit_row, found, may, the_clinic, the_patient
from outcomes.records.session import act_as
from outcomes.records.tables import Clinic, Consent, Invitation, Membership, SignIn, User
from outcomes.records.tenancy import let_look_up
from outcomes.terms import Language, Purpose, Role
from outcomes.voice import N_

INVITATION_LASTS = timedelta(hours=72)
LONGEST_ADDRESS = 254
PATIENTS_RULE = "patients_rule"


@dataclass(frozen=True, slots=True)
class ClinicForm:
    """A clinic, and what its pages need to know of it."""

    name: str
    time_zone: str
    language: Language = Language.ENGLISH
    country: str | None = None
    emergency_contact: str | None = None
    code_prefix: str = "OC"


@dataclass(frozen=True, slots=True)
class MemberForm:
    """A person and their place in the clinic; a patient's place, and a carer's, names the patient."""

    email: str
    name: str
    role: Role
    language: Language = Language.ENGLISH
    patient_id: UUID | None = None
    carer: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """A new place in a clinic, and the secret for its link; the secret is shown once and kept nowhere."""

    membership_id: UUID
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Founded:
    """A new clinic and its first administrator."""

    clinic_id: UUID
    administrator: Invited


def found_clinic(session: Session, form: ClinicForm, administrator: MemberForm, now: datetime) -> Founded:
    """Make a clinic with its first administrator, who is invited by a link.

    The program does this, for there is nobody yet who could; no page reaches it.

    Raises:
        Invalid: for a name, time zone or address that cannot be.
    """
    act_as(session, "program", "founded")
    check_clinic(form)
    clinic_id = uuid4()
    session.add(
        Clinic(
            clinic_id=clinic_id,
            name=form.name.strip(),
            country=form.country,
            time_zone=form.time_zone,
            language=form.language,
            emergency_contact=form.emergency_contact or None,
            settings={"code_prefix": form.code_prefix},
        )
    )
    session.flush()
    user_id = _user_of(session, administrator, now)
    membership_id = _new_place(session, clinic_id, user_id, administrator)
    return Founded(clinic_id, _invitation(session, clinic_id, membership_id, now))


def check_clinic(form: ClinicForm) -> None:
    """Refuse a clinic that cannot be.

    Raises:
        Invalid: names the field.
    """
    fits("name", needed("name", form.name), 200)
    fits("emergency_contact", form.emergency_contact, 300)
    if form.time_zone not in available_timezones():
        raise Invalid("time_zone", "time_zone", N_("There is no such time zone. An example: Europe/Istanbul."))
    if not (form.code_prefix.isascii() and form.code_prefix.isalnum()):
        raise Invalid("code_prefix", "code_prefix", N_("Codes begin with letters or digits."))


def edit_clinic(work: Work, form: ClinicForm, version: int) -> None:
    """Change what is said of the clinic.

    Raises:
        NotAllowed: for anybody but administrators.
        Invalid: as `found_clinic`.
        StaleVersion: if somebody else changed it since the form was opened.
    """
    may(work, Act.MANAGE_MEMBERS)
    check_clinic(form)
    clinic = the_clinic(work)
    mine = {name: getattr(form, name) for name in ("country", "time_zone", "language")}
    mine |= {"name": form.name.strip(), "emergency_contact": form.emergency_contact or None}
    mine |= {"settings": {**clinic.settings, "code_prefix": form.code_prefix}}
    changed = tuple(Conflict(name, mine[name], getattr(clinic, name)) for name in mine)
    changed = tuple(each for each in changed if each.mine != each.theirs)
    if changed and clinic.version != version:
        raise StaleVersion("clinic", work.clinic_id, clinic.version, changed)
    for each in changed:
        setattr(clinic, each.field, each.mine)
    if changed:
        clinic.version += 1
        work.session.flush()


def invite(work: Work, form: MemberForm) -> Invited:
    """Give a person a place in the clinic and return the secret of the link by which they come in.

    Somebody who has an account elsewhere keeps it. Whether that is so is told to nobody.

    Raises:
        NotAllowed: for anybody but administrators; clinicians may invite patients.
        NotFound: for a patient of another clinic or none.
        Invalid: for an address or a name that cannot be, a place the person has already, or a patient left out.
    """
    may(work, Act.CHANGE_RECORD if form.role is Role.PATIENT else Act.MANAGE_MEMBERS)
    if (form.role is Role.PATIENT) != (form.patient_id is not None):
        raise Invalid("patient_needed", "patient_id", N_("A patient's account belongs to one patient."))
    if form.patient_id is not None:
        the_patient(work, form.patient_id)
    user_id = _user_of(work.session, form, work.now)
    _refuse_second_place(work, user_id, form.role)
    membership_id = _new_place(work.session, work.clinic_id, user_id, form)
    if form.role is Role.PATIENT:
        _except_from_second_factor(work, membership_id)
    return _invitation(work.session, work.clinic_id, membership_id, work.now)


def invite_carer(work: Work, form: MemberForm, given_on: date, text_version: str) -> Invited:
    """Give a carer an account of their own for one patient, on the patient's recorded consent.

    The carer reads and answers what the patient may; the place counts while the consent lives, and what is entered
    through it is the carer's. A consent that lives already is not recorded twice.

    Raises:
        NotAllowed, NotFound: as `invite`.
        Invalid: as `invite`, and for a consent that lies in the future or names no text.
    """
    if form.patient_id is None:
        raise Invalid("patient_needed", "patient_id", N_("A patient's account belongs to one patient."))
    may(work, Act.CHANGE_RECORD, form.patient_id)
    text = needed("text_version", text_version)
    fits("text_version", text, 40)
    invited = invite(work, replace(form, role=Role.PATIENT, carer=True))
    if not _consents_to_carers(work, form.patient_id):
        give_consent(work, form.patient_id, ConsentForm(Purpose.CARER_ACCESS, given_on, text))
    return invited


def _consents_to_carers(work: Work, patient_id: UUID) -> bool:
    there = select(Consent.id).where(
        Consent.clinic_id == work.clinic_id,
        Consent.patient_id == patient_id,
        Consent.purpose == Purpose.CARER_ACCESS,
        Consent.withdrawn_on.is_(None),
        Consent.deleted_at.is_(None),
    )
    return work.session.scalars(there).first() is not None


def _except_from_second_factor(work: Work, membership_id: UUID) -> None:
    """Record that a patient signs in without a second factor: by the rule for patients, since now, by whom."""
    member = found(work, Membership, membership_id)
    member.one_factor_since, member.one_factor_by = work.now, work.actor.membership_id
    member.one_factor_basis = PATIENTS_RULE
    work.session.flush()


def invite_again(work: Work, membership_id: UUID) -> Invited:
    """Make a new link for a member, for a first sign-in or a lost password; older links of theirs are dead.

    Raises:
        NotAllowed, NotFound: as `invite`.
    """
    member = _the_member(work, membership_id)
    work.session.execute(
        update(Invitation)
        .where(
            Invitation.clinic_id == work.clinic_id,
            Invitation.membership_id == membership_id,
            Invitation.used_at.is_(None),
            Invitation.deleted_at.is_(None),
        )
        .values(deleted_at=work.now, version=Invitation.version + 1)
    )
    return _invitation(work.session, work.clinic_id, member.id, work.now)


def change_role(work: Work, membership_id: UUID, role: Role, version: int) -> None:
    """Give a member another role among staff and end their sign-ins, so that the new role holds everywhere.

    Raises:
        NotAllowed: for anybody but administrators, or on one's own place.
        NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: from or to a patient's account, to a role the person has already, or of the last administrator.
    """
    may(work, Act.MANAGE_MEMBERS)
    member = _somebody_else(work, membership_id)
    if Role.PATIENT in {role, member.role} and role is not member.role:
        raise Invalid("patient_role", "role", N_("A patient's account cannot become another, nor another a patient's."))
    if role is not member.role:
        _refuse_second_place(work, member.user_id, role)
    if edit_row(work, member, version, {"role": role}):
        _keep_an_administrator(work)
        end_sign_ins(work, member.user_id)


def let_go(work: Work, membership_id: UUID, version: int) -> None:
    """Take a member's place away and end their sign-ins; what they wrote stays theirs.

    Raises:
        NotAllowed: as `invite`, or on one's own place.
        NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: for the last administrator.
    """
    member = _somebody_else(work, _the_member(work, membership_id).id)
    if edit_row(work, member, version, {"active": False}):
        _keep_an_administrator(work)
        end_sign_ins(work, member.user_id)


def take_back_in(work: Work, membership_id: UUID, version: int) -> None:
    """Give a member who was let go their place back.

    Raises:
        NotAllowed, NotFound, StaleVersion: as `let_go`.
    """
    edit_row(work, _the_member(work, membership_id), version, {"active": True})


def end_sign_ins(work: Work, user_id: UUID) -> None:
    """End every sign-in of a person, on all devices."""
    living = (SignIn.user_id == user_id, SignIn.revoked_at.is_(None))
    work.session.execute(update(SignIn).where(*living).values(revoked_at=work.now))


def _the_member(work: Work, membership_id: UUID) -> Membership:
    """A member whom the actor may manage: clinicians manage patients' accounts, administrators all."""
    member = found(work, Membership, membership_id)
    may(work, Act.CHANGE_RECORD if member.role is Role.PATIENT else Act.MANAGE_MEMBERS)
    return member


def _somebody_else(work: Work, membership_id: UUID) -> Membership:
    """A member who is not the actor: nobody shuts the door on themselves."""
    if membership_id == work.actor.membership_id:
        raise NotAllowed("change_oneself")
    return found(work, Membership, membership_id)


def _keep_an_administrator(work: Work) -> None:
    left = select(Membership.id).where(
        Membership.clinic_id == work.clinic_id,
        Membership.role == Role.ADMINISTRATOR,
        Membership.active.is_(True),
        Membership.deleted_at.is_(None),
    )
    if work.session.scalars(left).first() is None:
        raise Invalid("last_administrator", None, N_("A clinic needs an administrator."))


def _refuse_second_place(work: Work, user_id: UUID, role: Role) -> None:
    there = select(Membership.id).where(
        Membership.clinic_id == work.clinic_id, Membership.user_id == user_id, Membership.role == role
    )
    if work.session.scalar(there) is not None:
        raise Invalid("member_already", "email", N_("This person has this role here already."))


def _user_of(session: Session, form: MemberForm, now: datetime) -> UUID:
    """The account of this address, made without a password when there is none."""
    address = address_of(needed("email", form.email))
    fits("email", address, LONGEST_ADDRESS)
    name, _, domain = address.partition("@")
    if not (name and "." in domain.strip(".") and " " not in address and "@" not in domain):
        raise Invalid("address", "email", N_("This is no e-mail address."))
    let_look_up(session, address)
    known = session.scalar(select(User.id).where(User.email == address))
    if known is not None:
        return known
    user = User(id=uuid4(), email=address, uniquifier=uuid4().hex, language=form.language, made_at=now)
    session.add(user)
    session.flush()
    return user.id


def _new_place(session: Session, clinic_id: UUID, user_id: UUID, form: MemberForm) -> UUID:
    name = needed("name", form.name)
    fits("name", name, 200)
    member = Membership(
        clinic_id=clinic_id,
        id=uuid4(),
        user_id=user_id,
        role=form.role,
        display_name=name,
        patient_id=form.patient_id,
        carer=form.carer,
    )
    session.add(member)
    session.flush()
    return member.id


def _invitation(session: Session, clinic_id: UUID, membership_id: UUID, now: datetime) -> Invited:
    token = new_clinic_token(clinic_id)
    row = Invitation(
        clinic_id=clinic_id,
        id=uuid4(),
        membership_id=membership_id,
        token_hash=token_hash(token),
        made_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    session.add(row)
    session.flush()
    return Invited(membership_id, token, row.expires_at)
