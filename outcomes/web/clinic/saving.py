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
from wtforms.fields.choices import SelectFieldBase

from outcomes.actions.errors import Conflict, Invalid, KeyReused, StaleVersion
from outcomes.actions.reasons import reason_of
from outcomes.terms import ChangeReason
from outcomes.voice import N_
from outcomes.web.clinic.fields import RecordForm, text, word
from outcomes.web.clinic.reasons import ReasonForm, take_reason
from outcomes.web.database import voice
from outcomes.web.i18n import say
from outcomes.web.words import WORDS

SAVED = N_("Saved.")
NOTHING = "–"
LISTS = {"case_definitions": N_("Case definitions"), "consents": N_("Consent")}
TOLD = frozenset({"definition", "met", "purpose", "given_on", "withdrawn_on"})
"""What is told of a case definition and of a consent where two people entered different ones."""


class RemovalForm(RecordForm):
    """Taking a record back, with the reason that goes into its history.

    It stands beside the form of the record, so its fields have names of their own. It carries the version that was
    looked at and no key: what was taken back cannot be taken back again.
    """

    taken_why = word(N_("Why it is taken back"), ChangeReason)
    taken_more = text(N_("In your own words"), 300, N_("Needed for another reason; else as you like."))

    @classmethod
    def of(cls, version: int) -> "RemovalForm":
        """Return the empty form for a record at a version."""
        form = cls(formdata=None)
        form.version.data = str(version)
        form.idempotency_key.data = str(uuid4())
        return form


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
    if not form.validate() or (isinstance(form, ReasonForm) and not take_reason(form)):
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


def remove(back: str, do: Callable[[str], object], version: int | None = None) -> ResponseReturnValue:
    """Take back a record, at its version, for the reason given; without one say that it is needed."""
    form = RemovalForm()
    if version is not None and form.opened_version not in {0, version}:
        flash(say(N_("Somebody else changed this after you opened it. Look at it again before you take it back.")))
        return redirect(back)
    if not form.validate():
        flash(say(N_("Nothing was taken back: a reason is needed.")))
        return redirect(back)
    try:
        do(reason_of(form.taken_why.data, form.taken_more.data).text)
    except Invalid as refusal:
        flash(say(refusal.sentence, **refusal.values))
        return redirect(back)
    flash(say(N_("Taken back. The history keeps it.")))
    return redirect(back)
