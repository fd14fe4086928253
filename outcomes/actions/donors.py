"""Donors under a pseudonym: screenings, lots, recall."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from outcomes.access.rules import Act
from outcomes.actions.checks import fits, needed, not_to_come
from outcomes.actions.errors import Invalid
from outcomes.actions.work import Work, add, because, edit_row, found, may, remove
from outcomes.records.tables import Donor, DonorScreening, Lot
from outcomes.terms import DonorKind, MaterialState, ScreeningResult
from outcomes.voice import N_


@dataclass(frozen=True, slots=True)
class DonorForm:
    """A donor; the code is a pseudonym, the same for all patients."""

    code: str
    kind: DonorKind
    active: bool = True
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ScreeningForm:
    """One screening of a donor: what was looked for, and the outcome."""

    on_date: date
    panel: str
    result: ScreeningResult
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LotForm:
    """One preparation of a donor's stool."""

    number: str
    state: MaterialState
    prepared_on: date | None = None
    anaerobic: bool | None = None


def add_donor(work: Work, form: DonorForm) -> UUID:
    """Take a donor in and return the id.

    Raises:
        NotAllowed: see `outcomes.actions.work`.
        Invalid: for a code that is empty, too long or in use.
    """
    may(work, Act.CHANGE_RECORD)
    return add(work, Donor(**_donor_values(work, form, None)))


def edit_donor(work: Work, donor_id: UUID, form: DonorForm, version: int) -> None:
    """Change what is said of a donor.

    Raises:
        NotAllowed, NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: as `add_donor`.
    """
    may(work, Act.CHANGE_RECORD)
    donor = found(work, Donor, donor_id)
    edit_row(work, donor, version, _donor_values(work, form, donor_id))


def _donor_values(work: Work, form: DonorForm, donor_id: UUID | None) -> dict[str, Any]:
    code = needed("code", form.code)
    fits("code", code, 40)
    fits("note", form.note, 1000)
    taken = work.session.scalar(select(Donor.id).where(Donor.clinic_id == work.clinic_id, Donor.code == code))
    if taken not in {None, donor_id}:
        raise Invalid("code_taken", "code", N_("This code is already in use."))
    return asdict(form) | {"code": code, "note": form.note or None}


def screen(work: Work, donor_id: UUID, form: ScreeningForm) -> UUID:
    """Record a screening of a donor and return its id.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: for a date to come or a panel that is empty or too long.
    """
    may(work, Act.CHANGE_RECORD)
    found(work, Donor, donor_id)
    return add(work, DonorScreening(donor_id=donor_id, **_screening_values(work, form)))


def edit_screening(work: Work, screening_id: UUID, form: ScreeningForm, version: int) -> None:
    """Correct a screening, or fill in its outcome.

    Raises:
        NotAllowed, NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: as `screen`.
    """
    may(work, Act.CHANGE_RECORD)
    edit_row(work, found(work, DonorScreening, screening_id), version, _screening_values(work, form))


def _screening_values(work: Work, form: ScreeningForm) -> dict[str, Any]:
    not_to_come(work.today, "on_date", form.on_date)
    panel = needed("panel", form.panel)
    fits("panel", panel, 300)
    fits("note", form.note, 1000)
    return asdict(form) | {"panel": panel, "note": form.note or None}


def add_lot(work: Work, donor_id: UUID, form: LotForm) -> UUID:
    """Record a preparation of a donor's stool and return its id.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: for a number that is empty, too long or in use, or a date to come.
    """
    may(work, Act.CHANGE_RECORD)
    found(work, Donor, donor_id)
    return add(work, Lot(donor_id=donor_id, **_lot_values(work, form, None)))


def edit_lot(work: Work, lot_id: UUID, form: LotForm, version: int) -> None:
    """Correct a lot.

    Raises:
        NotAllowed, NotFound, StaleVersion: see `outcomes.actions.work`.
        Invalid: as `add_lot`.
    """
    may(work, Act.CHANGE_RECORD)
    edit_row(work, found(work, Lot, lot_id), version, _lot_values(work, form, lot_id))


def _lot_values(work: Work, form: LotForm, lot_id: UUID | None) -> dict[str, Any]:
    number = needed("number", form.number)
    fits("number", number, 60)
    not_to_come(work.today, "prepared_on", form.prepared_on)
    taken = work.session.scalar(select(Lot.id).where(Lot.clinic_id == work.clinic_id, Lot.number == number))
    if taken not in {None, lot_id}:
        raise Invalid("lot_taken", "number", N_("This lot number is already in use."))
    return asdict(form) | {"number": number}


def recall(work: Work, lot_id: UUID, on_date: date, reason: str) -> None:
    """Recall a lot; from that day it may not be given. Who received it is found by the query `look_back`.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason, for a date to come, or for a lot recalled already.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    fits("reason", why, 500)
    not_to_come(work.today, "on_date", on_date)
    lot = found(work, Lot, lot_id)
    if lot.recalled_on is not None:
        raise Invalid("recalled", None, N_("This lot was recalled already."))
    with because(work, why):
        edit_row(work, lot, lot.version, {"recalled_on": on_date, "recall_reason": why})


def undo_recall(work: Work, lot_id: UUID, reason: str) -> None:
    """Take back a recall made by mistake.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    lot = found(work, Lot, lot_id)
    with because(work, why):
        edit_row(work, lot, lot.version, {"recalled_on": None, "recall_reason": None})


def remove_screening(work: Work, screening_id: UUID, reason: str) -> None:
    """Take back a screening entered by mistake.

    Raises:
        NotAllowed, NotFound: see `outcomes.actions.work`.
        Invalid: without a reason.
    """
    may(work, Act.CHANGE_RECORD)
    why = needed("reason", reason)
    row = found(work, DonorScreening, screening_id)
    with because(work, why):
        remove(work, row)
