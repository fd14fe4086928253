"""People of the clinic: who has a place, in which role; invitations, and places taken away."""

from collections.abc import Callable
from typing import ClassVar
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import DateField, SelectField, StringField

from outcomes.access.rules import Access
from outcomes.actions import accounts, signing_in_factors
from outcomes.actions.errors import Invalid, Refusal
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.members import member_list
from outcomes.terms import Role
from outcomes.voice import N_
from outcomes.web.clinic import blueprint
from outcomes.web.clinic.fields import Groups, RecordForm
from outcomes.web.clinic.saving import Sheet, show
from outcomes.web.clinic.treatments import record_sheet
from outcomes.web.database import now, reading, records, today, voice, work
from outcomes.web.forms import an_address, answered, at_most, offered
from outcomes.web.i18n import say
from outcomes.web.qr import qr_code
from outcomes.web.security import allow
from outcomes.web.words import choices

STAFF = (Role.CLINICIAN, Role.RESEARCHER, Role.ADMINISTRATOR)
UNPROCESSABLE = 422
CARER = N_("Carer's account")
BASES = {accounts.PATIENTS_RULE: N_("the rule for patients")}


class PatientInvitation(RecordForm):
    """Whom to let in to one patient's own page."""

    groups: ClassVar[Groups] = ((N_("Who"), ("name", "email")),)
    name = StringField(N_("Name"), [answered(), at_most(200)])
    email = StringField(N_("E-mail"), [answered(), at_most(254), an_address()])


class StaffInvitation(PatientInvitation):
    """Whom to let in, as what."""

    groups = ((N_("Who"), ("name", "email", "role")),)
    role = SelectField(
        N_("As"),
        coerce=Role,
        choices=offered(lambda: [each for each in choices(voice(), Role) if each[0] in set(STAFF)]),
    )


class CarerInvitation(PatientInvitation):
    """A carer, and the consent on which the account stands."""

    groups = (
        (N_("Carer"), ("name", "email")),
        (N_("Consent of the patient"), ("given_on", "text_version")),
    )
    given_on = DateField(N_("Given on"), [answered()])
    text_version = StringField(
        N_("Version of the text"), [answered(), at_most(40)], description=N_("Which text the patient agreed to.")
    )


@blueprint.get("/admin/people")
@allow(Access.ADMINISTRATORS)
def people() -> ResponseReturnValue:
    """List everybody who has, or had, a place in the clinic."""
    scope, session = reading()
    return render_template("clinic/people.html", members=member_list(scope, session, now()), bases=BASES)


@blueprint.get("/admin/people/new")
@allow(Access.ADMINISTRATORS)
def new_person() -> ResponseReturnValue:
    """Show the form of an invitation."""
    return show(StaffInvitation(), _sheet())


@blueprint.post("/admin/people/new")
@allow(Access.ADMINISTRATORS)
def invite_person() -> ResponseReturnValue:
    """Invite somebody to the clinic's staff and show the link, once."""
    form = StaffInvitation()
    return _invite(form, _sheet(), form.role.data, None)


@blueprint.get("/patients/<uuid:patient_id>/invitation")
@allow(Access.CLINICIANS)
def new_patient_account(patient_id: UUID) -> ResponseReturnValue:
    """Show the form by which a patient is invited to the own page."""
    scope, session = reading()
    header = patient_header(scope, session, records().keys, patient_id)
    return show(PatientInvitation(data={"name": header.name or ""}), record_sheet(patient_id, say(N_("Invitation"))))


@blueprint.post("/patients/<uuid:patient_id>/invitation")
@allow(Access.CLINICIANS)
def invite_patient(patient_id: UUID) -> ResponseReturnValue:
    """Invite a patient to the own page and show the link, once."""
    return _invite(PatientInvitation(), record_sheet(patient_id, say(N_("Invitation"))), Role.PATIENT, patient_id)


@blueprint.get("/patients/<uuid:patient_id>/carer")
@allow(Access.CLINICIANS)
def new_carer_account(patient_id: UUID) -> ResponseReturnValue:
    """Show the form by which a carer gets an account of their own."""
    patient_header(*reading(), records().keys, patient_id)
    return show(CarerInvitation(data={"given_on": today()}), record_sheet(patient_id, say(CARER)))


@blueprint.post("/patients/<uuid:patient_id>/carer")
@allow(Access.CLINICIANS)
def invite_carer(patient_id: UUID) -> ResponseReturnValue:
    """Record the patient's consent, invite the carer and show the link, once."""
    form, sheet = CarerInvitation(), record_sheet(patient_id, say(CARER))
    if not form.validate():
        return show(form, sheet), UNPROCESSABLE
    person = accounts.MemberForm(form.email.data, form.name.data, Role.PATIENT, voice().language, patient_id)
    try:
        invited = accounts.invite_carer(work(), person, form.given_on.data, form.text_version.data)
    except Invalid as refusal:
        form.take(refusal)
        return show(form, sheet), UNPROCESSABLE
    return _link(invited, sheet.back)


@blueprint.post("/admin/people/<uuid:membership_id>/reset-factor")
@allow(Access.ADMINISTRATORS)
def reset_second_factor(membership_id: UUID) -> ResponseReturnValue:
    """Take somebody's second factors away, for a reason; every sign-in of theirs ends at once."""
    reason = request.form.get("reason", "")
    return _change(lambda _version: signing_in_factors.reset_factors(work(), membership_id, reason))


@blueprint.post("/admin/people/<uuid:membership_id>/one-factor")
@allow(Access.ADMINISTRATORS)
def record_one_factor(membership_id: UUID) -> ResponseReturnValue:
    """Record on what basis a patient signs in without a second factor."""
    basis = request.form.get("basis", "")
    return _change(lambda version: signing_in_factors.record_one_factor(work(), membership_id, basis, version))


@blueprint.post("/admin/people/<uuid:membership_id>/invite-again")
@allow(Access.ADMINISTRATORS)
def invite_again(membership_id: UUID) -> ResponseReturnValue:
    """Make a new link for somebody; the one before leads nowhere any more."""
    invited = accounts.invite_again(work(), membership_id)
    return _link(invited, url_for("clinic.people"))


@blueprint.post("/admin/people/<uuid:membership_id>/let-go")
@allow(Access.ADMINISTRATORS)
def let_go(membership_id: UUID) -> ResponseReturnValue:
    """Take somebody's place away; every sign-in of theirs ends at once."""
    return _change(lambda version: accounts.let_go(work(), membership_id, version))


@blueprint.post("/admin/people/<uuid:membership_id>/take-back-in")
@allow(Access.ADMINISTRATORS)
def take_back_in(membership_id: UUID) -> ResponseReturnValue:
    """Give somebody's place back."""
    return _change(lambda version: accounts.take_back_in(work(), membership_id, version))


def _invite(form: PatientInvitation, sheet: Sheet, role: Role, patient_id: UUID | None) -> ResponseReturnValue:
    if not form.validate():
        return show(form, sheet), UNPROCESSABLE
    person = accounts.MemberForm(form.email.data, form.name.data, role, voice().language, patient_id)
    try:
        invited = accounts.invite(work(), person)
    except Invalid as refusal:
        form.take(refusal)
        return show(form, sheet), UNPROCESSABLE
    return _link(invited, sheet.back)


def _link(invited: accounts.Invited, back: str) -> str:
    """Show the link of an invitation; it is kept nowhere and cannot be shown again."""
    address = f"{records().settings.public_url}{url_for('accounts.invitation', token=invited.token)}"
    picture = Markup(qr_code(address))  # noqa: S704 - drawn by us, of no markup
    return render_template("clinic/link.html", address=address, picture=picture, expires=invited.expires_at, back=back)


def _change(do: Callable[[int], None]) -> ResponseReturnValue:
    version = request.form.get("version", 0, type=int)
    try:
        do(version)
    except Refusal as refusal:
        flash(say(refusal.sentence, **refusal.values))
    else:
        flash(say(N_("Saved.")))
    return redirect(url_for("clinic.people"))


def _sheet() -> Sheet:
    back = url_for("clinic.people")
    title = say(N_("Invite somebody"))
    return Sheet(title, ((say(N_("Members")), back), (title, None)), back)
