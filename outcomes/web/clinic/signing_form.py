"""The forms by which a visit is signed and unlocked."""

from uuid import uuid4

from wtforms import HiddenField, PasswordField, RadioField

from outcomes.actions.sign import SignatureForm
from outcomes.records.queries.signatures import Standing
from outcomes.terms import Meaning
from outcomes.voice import N_
from outcomes.web.clinic.fields import RecordForm
from outcomes.web.clinic.reasons import ReasonForm
from outcomes.web.database import voice
from outcomes.web.forms import needed, offered
from outcomes.web.words import choices


class SignForm(RecordForm):
    """A signature: what it means, over which content, and the password of whoever signs."""

    content = HiddenField()
    meaning = RadioField(
        N_("What your signature means"),
        [needed()],
        coerce=lambda value: Meaning(value) if value else None,
        choices=offered(lambda: choices(voice(), Meaning)),
    )
    proof = PasswordField(N_("Your password"), [needed()], description=N_("Asked for before every signature."))

    def signature(self) -> SignatureForm:
        """Return what the action takes."""
        return SignatureForm(Meaning(self.meaning.data), self.content.data or "")


class UnlockForm(ReasonForm):
    """The unlocking of a signed visit, with its reason."""


def prepared(form: RecordForm, version: int, standing: Standing) -> RecordForm:
    """Give a form what travels with it: the visit's version, the key that makes it count once, the content shown."""
    form.version.data = str(version)
    form.idempotency_key.data = form.idempotency_key.data or str(uuid4())
    if isinstance(form, SignForm):
        form.content.data = standing.content_sha256
    return form
