"""Forms of the front door and of one's own account."""

from wtforms import EmailField, HiddenField, PasswordField, StringField

from outcomes.access.passwords import LONGEST
from outcomes.voice import N_
from outcomes.web.forms import Form, at_most, needed

STRENGTH = N_("At least 8 characters; 15 or more are better. A few words in a row are easy to remember.")
LONGEST_CODE = 40


class AddressForm(Form):
    """An address to which a link is to be sent."""

    email = EmailField(
        N_("E-mail address"), [needed(), at_most(254)], render_kw={"autocomplete": "username", "inputmode": "email"}
    )


class ProofForm(Form):
    """The present password, given again."""

    password = PasswordField(
        N_("Password"), [needed(), at_most(LONGEST)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class SignInForm(AddressForm):
    """Sign-in by password."""

    password = PasswordField(
        N_("Password"), [needed(), at_most(LONGEST)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


class PasskeyForm(Form):
    """What the browser says of a passkey, put in by the script of the page."""

    credential = HiddenField(validators=[needed()])
    next = HiddenField()


class NewPasskeyForm(PasskeyForm):
    """A new passkey and its name."""

    name = StringField(
        N_("Name of this passkey"), [at_most(64)], description=N_("Such as “telephone”, to tell it from others.")
    )


class CodeForm(Form):
    """A code of the app, or a recovery code."""

    code = StringField(
        N_("Code"),
        [needed(), at_most(LONGEST_CODE)],
        description=N_("Six digits from the app, or one of your recovery codes."),
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"},
    )
    next = HiddenField()


class AppForm(Form):
    """The first code of a new app."""

    code = StringField(
        N_("Code"),
        [needed(), at_most(LONGEST_CODE)],
        description=N_("Six digits that the app shows now."),
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class NewPasswordForm(Form):
    """A new password, where the old one is forgotten."""

    password = PasswordField(
        N_("New password"),
        [needed(), at_most(LONGEST)],
        description=STRENGTH,
        render_kw={"autocomplete": "new-password"},
    )


class InvitationForm(Form):
    """What an invited member sets: a name and a password."""

    name = StringField(
        N_("Your name"),
        [needed(), at_most(200)],
        description=N_("As others of the clinic see it."),
        render_kw={"autocomplete": "name"},
    )
    password = PasswordField(
        N_("Password"),
        [needed(), at_most(LONGEST)],
        description=STRENGTH,
        render_kw={"autocomplete": "new-password"},
    )


class PasswordForm(NewPasswordForm):
    """A change of the own password."""

    old = PasswordField(
        N_("Present password"), [needed(), at_most(LONGEST)], render_kw={"autocomplete": "current-password"}
    )
