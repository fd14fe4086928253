"""Showing and saving one record's form: what every form of the clinic does alike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.fields.choices import SelectFieldBase

from outcomes.actions.errors import Conflict, Invalid, KeyReused, StaleVersion
from outcomes.voice import N_
from outcomes.web.clinic.fields import RecordForm
from outcomes.web.database import voice
from outcomes.web.forms import Form, at_most, needed
from outcomes.web.i18n import say
from outcomes.web.words import WORDS

SAVED = N_("Saved.")
NOTHING = "–"
LISTS = {"case_definitions": N_("Case definitions"), "consents": N_("Consent")}
TOLD = frozenset({"definition", "met", "purpose", "given_on", "withdrawn_on"})
"""What is told of a case definition and of a consent where two people entered different ones."""


class RemovalForm(Form):
    """Taking a record back, with the reason that goes into its history."""

    reason = StringField(N_("Reason"), [needed(), at_most(500)])


@dataclass(frozen=True, slots=True)
class Removal:
    """The way to take a record back from its form."""

    title: str
    address: str
    form: RemovalForm


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands around a form: its title, the way back, and where saving leads."""

    title: str
    ways: tuple[tuple[str, str | None], ...]
    back: str
    under: str = ""
    removal: Removal | None = None
    further: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which the stored record and the form differ, in words."""

    label: str
    theirs: str
    mine: str


def show(form: RecordForm, sheet: Sheet, conflicts: Iterable[Difference] = ()) -> str:
    """Show a form."""
    if not form.idempotency_key.data:
        form.idempotency_key.data = str(uuid4())
    return render_template(
        "clinic/form.html",
        form=form,
        title=sheet.title,
        ways=sheet.ways,
        back=sheet.back,
        under=sheet.under,
        removal=sheet.removal,
        further=sheet.further,
        conflicts=tuple(conflicts),
        save=None,
    )


def save(form: RecordForm, sheet: Sheet, do: Callable[[], object]) -> ResponseReturnValue:
    """Do what the form asks for and go back; or show it again, with everything typed still in it."""
    if not form.validate():
        return show(form, sheet), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        do()
    except Invalid as refusal:
        form.take(refusal)
    except KeyReused as refusal:
        form.form_errors.append(say(refusal.sentence))
    except StaleVersion as stale:
        form.version.data = str(stale.current)
        return show(form, sheet, _differences(form, stale.conflicts)), HTTPStatus.CONFLICT
    else:
        flash(say(SAVED))
        return redirect(sheet.back)
    return show(form, sheet), HTTPStatus.UNPROCESSABLE_ENTITY


def _differences(form: RecordForm, conflicts: Iterable[Conflict]) -> list[Difference]:
    return [
        Difference(_label(form, each.field), _told(form, each.field, each.theirs), _told(form, each.field, each.mine))
        for each in conflicts
    ]


def _label(form: RecordForm, name: str) -> str:
    return say(form[name].label.text) if name in form else say(LISTS.get(name, name))


def _told(form: RecordForm, name: str, value: Any) -> str:  # noqa: ANN401 - what a column holds
    """Tell a stored value as the form would: a record by its name, a term by its word, a date as people write it."""
    if isinstance(value, list | tuple | frozenset):
        return ", ".join(sorted(_told(form, name, each) for each in value)) or NOTHING
    if is_dataclass(value):
        return " ".join(_told(form, name, getattr(value, each.name)) for each in fields(value) if each.name in TOLD)
    return NOTHING if value is None else _choices(form, name).get(str(value)) or _word(value)


def _word(value: Any) -> str:  # noqa: ANN401 - what a column holds
    if isinstance(value, StrEnum):
        return say(WORDS[type(value)][value])
    if isinstance(value, bool):
        return say(N_("yes")) if value else say(N_("no"))
    if isinstance(value, date):
        return voice().date(value)
    if isinstance(value, float):
        return voice().number(value)
    return str(value)


def _choices(form: RecordForm, name: str) -> dict[str, str]:
    """The words of a field's choices by their values; empty for a field without choices."""
    field = form._fields.get(name)
    return {str(choice[0]): choice[1] for choice in field.iter_choices()} if isinstance(field, SelectFieldBase) else {}


def remove(back: str, do: Callable[[str], object]) -> ResponseReturnValue:
    """Take a record back for the reason given; without one say that it is needed."""
    form = RemovalForm()
    if not form.validate():
        flash(say(N_("Nothing was taken back: a reason is needed.")))
        return redirect(back)
    try:
        do(form.reason.data)
    except Invalid as refusal:
        flash(say(refusal.sentence, **refusal.values))
        return redirect(back)
    flash(say(N_("Taken back. The history keeps it.")))
    return redirect(back)
