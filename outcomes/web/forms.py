"""What every form of the house is made of. Labels and hints are English sentences; the field macro translates them."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import DecimalField
from wtforms import Form as PlainForm
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from outcomes.actions.errors import Invalid
from outcomes.terms import Language
from outcomes.voice import N_
from outcomes.web.i18n import FormWords, say, voice

REQUIRED = N_("This field is needed.")
NOT_A_NUMBER = N_("Enter a number.")

# Sentences that WTForms says by itself.
SENTENCES = (
    N_("This field is required."),
    N_("Not a valid choice."),
    N_("Not a valid date value."),
    N_("Not a valid integer value."),
    N_("Not a valid decimal value."),
    N_("Invalid Choice: could not coerce."),
    N_("'%(value)s' is not a valid choice for this field."),
)


def offered(pairs: Callable[[], Iterable[tuple[object, str]]]) -> Callable[[], list[SelectChoice]]:
    """Make what a list offers from pairs of value and words, asked for anew with every form."""
    return lambda: [SelectChoice(value, words) for value, words in pairs()]


class Form(FlaskForm):
    """A form that speaks the reader's language and is protected against forgery."""

    class Meta(FlaskForm.Meta):
        """How this form translates WTForms' own sentences."""

        def get_translations(self, form: PlainForm) -> FormWords:  # noqa: ARG002 - WTForms' own shape
            """Return what translates the sentences of validators."""
            return FormWords()

        def wrap_formdata(self, form: PlainForm, formdata: Any) -> Any:  # noqa: ANN401 - WTForms' own shape
            """Read a form from what a form sends: JSON, which may hold anything, is an empty one."""
            return request.form if request.is_json and formdata is not None else super().wrap_formdata(form, formdata)

    def take(self, refusal: Invalid) -> None:
        """Show a refusal of an action beside the field it names, or above the form."""
        sentence = say(refusal.sentence, **refusal.values)
        named = self._fields.get(refusal.field or "")
        if named is None:
            self.form_errors.append(sentence)
        else:
            named.errors = [*named.errors, sentence]


class NumberField(DecimalField):
    """A number typed with a decimal point or a decimal comma, and shown as it was typed or is stored, unrounded."""

    def _value(self) -> str:
        """Return what stands in the field."""
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        plain = format(Decimal(str(self.data)).normalize(), "f")
        return plain.replace(".", ",") if voice().language is Language.TURKISH else plain

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed; infinities and words are refused."""
        typed = valuelist[0].strip().replace(",", ".").replace("−", "-") if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            number = Decimal(typed)
        except InvalidOperation:
            raise ValueError(say(NOT_A_NUMBER)) from None
        if not isfinite(float(number)):
            raise ValueError(say(NOT_A_NUMBER))
        self.data = number


def needed() -> DataRequired:
    """Require something other than blanks."""
    return DataRequired(REQUIRED)


def answered() -> InputRequired:
    """Require an input; a zero is one."""
    return InputRequired(REQUIRED)


def at_most(letters: int) -> Length:
    """Bound the length of a text, as its column does."""
    return Length(max=letters, message=N_("This is too long."))


def an_address() -> Regexp:
    """Require the shape of an e-mail address; whether it is one, only a message to it can tell."""
    return Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+$", message=N_("This is not an e-mail address."))


def problems(form: Form) -> list[dict[str, Any]]:
    """Return what the error summary shows: a sentence, and the id of the field it leads to."""
    of_fields = [{"text": error, "id": field.id, "label": field.label.text} for field in form for error in field.errors]
    return [*({"text": error, "id": None, "label": None} for error in form.form_errors), *of_fields]
