"""Kinds of fields that the clinic's forms share, and the way from a form to what an action takes."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from wtforms import DateField, Field, HiddenField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from outcomes.voice import N_
from outcomes.web.database import voice
from outcomes.web.forms import Form, NumberField, answered, at_most, needed, offered
from outcomes.web.readable import whole_number
from outcomes.web.words import choices

T = TypeVar("T")
Groups = tuple[tuple[str, tuple[str, ...]], ...]
NOT_STATED = N_("not stated")
CHOOSE = N_("choose")
YES_NO = {"yes": True, "no": False}


class RecordForm(Form):
    """A form for one record: fields in groups, the version it was opened on, and the key that makes it count once."""

    groups: ClassVar[Groups] = ()
    version = HiddenField()
    idempotency_key = HiddenField()

    @property
    def opened_version(self) -> int:
        """The version of the record when the form was opened."""
        return whole_number(self.version.data)

    @property
    def key(self) -> str | None:
        """What makes this form count once."""
        return self.idempotency_key.data or None

    def into(self, form: type[T], **more: object) -> T:
        """Return what an action takes, filled from the fields of the same names."""
        named = {each.name for each in fields(form)}  # type: ignore[arg-type]  # a dataclass of the actions
        values = {name: _plain(field.data) for name, field in self._fields.items() if name in named}
        return form(**values | more)


def _plain(value: Any) -> Any:  # noqa: ANN401 - what a field holds
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return value.strip() or None
    if isinstance(value, Decimal):
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def text(label: str, most: int, hint: str = "") -> Field:
    """Return a field for a line of text."""
    return StringField(label, [Optional(), at_most(most)], description=hint)


def needed_text(label: str, most: int, hint: str = "") -> Field:
    """Return a field for a line of text that must be there."""
    return StringField(label, [needed(), at_most(most)], description=hint)


def day(label: str, hint: str = "", *, must: bool = False) -> Field:
    """Return a field for a civil date."""
    return DateField(label, [answered() if must else Optional()], description=hint)


def whole(label: str, least: int, most: int, hint: str = "", *, needed: bool = False) -> Field:
    """Return a field for a whole number within bounds."""
    within = NumberRange(least, most, N_("This number cannot be right."))
    return IntegerField(label, [answered() if needed else Optional(), within], description=hint)


def amount(label: str, hint: str = "") -> Field:
    """Return a field for an amount above zero."""
    return NumberField(
        label, [Optional(), NumberRange(0, 100000, N_("This number cannot be right."))], description=hint
    )


def word(
    label: str, terms: type[StrEnum], *, empty: bool = False, default: StrEnum | None = None, hint: str = ""
) -> Field:
    """Return a list to choose one word of the house from.

    With `empty` none may be chosen. Without it and without a default one must be: nothing clinical is ever
    filled in because it happens to stand first.
    """

    def coerce(value: Any) -> StrEnum | None:  # noqa: ANN401 - WTForms hands over text or a term
        return terms(value) if value else None

    def listed() -> list[tuple[str, str]]:
        first = NOT_STATED if empty else CHOOSE
        return choices(voice(), terms, None if default else voice().say(first))

    checks = [] if empty or default else [needed()]
    return SelectField(label, checks, coerce=coerce, choices=offered(listed), default=default, description=hint)


def several(label: str, terms: type[StrEnum]) -> Field:
    """Return boxes to tick any number of words of the house."""
    return SelectMultipleField(
        label,
        coerce=terms,
        choices=offered(lambda: choices(voice(), terms)),
        default=list,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


def yes_no(label: str, hint: str = "") -> Field:
    """Return a list to choose yes, no, or nothing from."""

    def coerce(value: Any) -> bool | None:  # noqa: ANN401 - WTForms hands over text or a truth
        return value if isinstance(value, bool) else YES_NO.get(value)

    def listed() -> list[tuple[str, str]]:
        say = voice().say
        return [("", say(NOT_STATED)), ("yes", say(N_("yes"))), ("no", say(N_("no")))]

    return SelectField(label, coerce=coerce, choices=offered(listed), description=hint)


def one_of(label: str, rows: Callable[[], Sequence[tuple[UUID, str]]], hint: str = "") -> Field:
    """Return a list to choose one record from, or none."""

    def coerce(value: Any) -> UUID | None:  # noqa: ANN401 - WTForms hands over text or an id
        return value if isinstance(value, UUID) else UUID(value) if value else None

    def listed() -> list[tuple[str, str]]:
        return [("", voice().say(NOT_STATED)), *((str(row_id), name) for row_id, name in rows())]

    return SelectField(label, coerce=coerce, choices=offered(listed), description=hint)
