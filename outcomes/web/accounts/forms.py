"""Forms of the front door and of one's own account."""

from wtforms import EmailField, HiddenField, PasswordField, StringField

from outcomes.access.passwords import LONGEST
from outcomes.voice import N_
from outcomes.web.forms import Form, at_most, needed

STRENGTH = N_("At least 8 characters; 15 or more are better. A few words in a row are easy to remember.")


class SignInForm(Form):
    """Sign-in by password."""

    email = EmailField(
        N_("E-mail address"), [needed(), at_most(254)], render_kw={"autocomplete": "username", "inputmode": "email"}
    )
    password = PasswordField(
        N_("Password"), [needed(), at_most(LONGEST)], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField()


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


class PasswordForm(Form):
    """A change of the own password."""

    old = PasswordField(
        N_("Present password"), [needed(), at_most(LONGEST)], render_kw={"autocomplete": "current-password"}
    )
    password = PasswordField(
        N_("New password"),
        [needed(), at_most(LONGEST)],
        description=STRENGTH,
        render_kw={"autocomplete": "new-password"},
    )
