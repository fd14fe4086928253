"""What the database refuses, as typed errors: each named constraint is mapped once to the form field it is about."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import IntegrityError

from outcomes.records import tables
from outcomes.records.base import Base
from outcomes.voice import N_

__all__ = ["DUPLICATES", "Duplicate", "MissingRow", "NoActor", "Violation", "named_violations", "violation_of"]

CODE = N_("This code is already in use.")
NUMBER = N_("This number is already in use.")
NAME = N_("This name is already in use.")
AGAIN = N_("This was already entered.")

# Name of the unique constraint: the field of the form, and what is said beside it.
DUPLICATES = {
    "uq_patient_clinic_id_code": ("code", CODE),
    "uq_donor_clinic_id_code": ("code", CODE),
    "uq_lot_clinic_id_number": ("number", NUMBER),
    "uq_course_clinic_id_patient_id_number": ("number", NUMBER),
    "uq_protocol_clinic_id_number": ("number", NUMBER),
    "uq_responder_definition_clinic_id_name_number": ("name", NAME),
    "uq_arm_clinic_id_patient_id": ("label", N_("This patient already has an arm.")),
    "uq_assessment_clinic_id_visit_id_instrument": (
        "instrument",
        N_("This questionnaire is already entered for this visit."),
    ),
    "uq_membership_clinic_id_user_id_role": ("role", N_("This person already has this role here.")),
    "uq_user_account_email": ("email", N_("This e-mail address already has an account.")),
    "uq_user_account_uniquifier": ("uniquifier", AGAIN),
    "uq_passkey_credential_id": ("credential_id", N_("This passkey is already registered.")),
    "uq_sign_in_token_hash": ("token_hash", AGAIN),
    "uq_account_link_token_hash": ("token_hash", AGAIN),
    "uq_invitation_clinic_id_token_hash": ("token_hash", AGAIN),
    "uq_import_mapping_clinic_id_header_hash": ("header_hash", AGAIN),
    "uq_diary_day_clinic_id_patient_id_scale_on_date": ("value", AGAIN),
    "uq_activity_score_clinic_id_visit_id_activity_id": ("value", AGAIN),
    "uq_reminder_clinic_id_membership_id_point_course_kind": ("point", AGAIN),
    "uq_signature_void_clinic_id_signature_id": ("signature_id", AGAIN),
}


class Violation(ValueError):  # noqa: N818 - the family name of what the database refuses
    """The database refused a write; `field` is the name of the form's field, where there is one."""

    code = "violation"
    sentence = N_("This cannot be saved.")

    def __init__(self, constraint: str | None, field: str | None = None) -> None:
        super().__init__(f"{self.code}: {constraint or 'unnamed'}")
        self.constraint = constraint
        self.field = field


class Duplicate(Violation):
    """Another row has the same value where each may have its own alone."""

    code = "duplicate"

    def __init__(self, constraint: str) -> None:
        field, sentence = DUPLICATES[constraint]
        super().__init__(constraint, field)
        self.sentence = sentence


class MissingRow(Violation):
    """A row refers to one that is not there, or is another clinic's, or is still referred to."""

    code = "missing_row"
    sentence = N_("Something this belongs to is no longer there.")


class NoActor(Violation):
    """An audited row was written before anybody was named with `act_as`."""

    code = "no_actor"


@contextmanager
def named_violations() -> Iterator[None]:
    """Raise what the database refuses inside as the typed error it is, alone: the driver's error tells values."""
    try:
        yield
    except IntegrityError as error:
        raise violation_of(error) from None


def violation_of(error: IntegrityError) -> Violation:
    """Return the typed error for what a database refused."""
    told = getattr(error.orig, "diag", None)
    if told is not None:
        return _named(told.constraint_name, told.column_name, told.sqlstate)
    return _worded(str(error.orig))


def _named(constraint: str | None, column: str | None, sqlstate: str | None) -> Violation:
    """Read PostgreSQL's answer, which names the constraint."""
    if constraint in DUPLICATES:
        return Duplicate(constraint)
    if column == "actor":
        return NoActor("audit_entry.actor")
    return MissingRow(constraint) if sqlstate == "23503" else Violation(constraint)  # foreign_key_violation


def _worded(words: str) -> Violation:
    """Read SQLite's answer, which names the columns."""
    match = re.fullmatch(r"(UNIQUE|NOT NULL|FOREIGN KEY) constraint failed(?:: (.*))?", words)
    kind, columns = match.groups(default="") if match else ("", "")
    if kind == "UNIQUE":
        constraint = _UNIQUE_COLUMNS.get(columns)
        return Duplicate(constraint) if constraint in DUPLICATES else Violation(columns)
    if columns == "audit_entry.actor":
        return NoActor(columns)
    return MissingRow(None) if kind == "FOREIGN KEY" else Violation(columns)


_UNIQUE_COLUMNS = {
    ", ".join(f"{table.name}.{column.name}" for column in constraint.columns): str(constraint.name)
    for table in Base.metadata.sorted_tables
    for constraint in table.constraints
    if isinstance(constraint, UniqueConstraint)
}
assert tables.__all__, "importing them filled the metadata"  # noqa: S101 - the reason for that import
