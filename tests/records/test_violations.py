"""What the database refuses comes back as a typed error that names the form's field."""

import traceback
from uuid import uuid4

import pytest
from sqlalchemy import UniqueConstraint, insert

from outcomes.records.base import Base
from outcomes.records.session import new_session
from outcomes.records.tables import Arm, Donor, Lot, Patient, User, Visit
from outcomes.records.violations import (
    DUPLICATES,
    Duplicate,
    MissingRow,
    NoActor,
    Violation,
    named_violations,
)
from outcomes.terms import DonorKind, MaterialState, Reached
from tests.cast import NOW, email


def test_every_unique_constraint_is_mapped_and_no_other():
    constraints = {
        constraint.name
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    assert constraints == set(DUPLICATES)


def refused(session, *rows):
    """Write rows one after the other, and return what was raised."""
    with pytest.raises(Violation) as raised:
        write(session, rows)
    return raised.value


def write(session, rows):
    with named_violations(), session.begin_nested():
        for row in rows:
            session.add(row)
            session.flush()


def donor(cast, code="D-1"):
    return Donor(clinic_id=cast.clinic_id, id=uuid4(), code=code, kind=DonorKind.BANK)


def test_a_code_used_twice_names_its_field(session, cast):
    violation = refused(session, Patient(clinic_id=cast.clinic_id, code="P-001"))
    assert isinstance(violation, Duplicate)
    assert (violation.field, violation.sentence) == ("code", "This code is already in use.")
    assert str(violation) == "duplicate: uq_patient_clinic_id_code"


def test_values_are_in_no_traceback(session, cast):
    violation = refused(session, Patient(clinic_id=cast.clinic_id, code="P-001", diet="a canary"))
    told = "".join(traceback.format_exception(violation))
    assert "P-001" not in told
    assert "canary" not in told


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("code", donor),
        ("email", lambda _: User(email=email("patient"), uniquifier=uuid4().hex, made_at=NOW)),
        ("label", lambda cast: Arm(clinic_id=cast.clinic_id, patient_id=cast.patient_id, label="A")),
    ],
)
def test_each_duplicate_names_its_own_field(session, cast, field, make):
    assert refused(session, make(cast), make(cast)).field == field


def test_a_lot_number_used_twice_names_its_field(session, cast):
    given = donor(cast)
    lots = [Lot(clinic_id=cast.clinic_id, donor_id=given.id, number="7", state=MaterialState.FROZEN) for _ in "ab"]
    assert refused(session, given, *lots).field == "number"


def test_a_patient_of_another_clinic_is_as_if_there_were_none(session, cast):
    violations = [refused(session, _visit(cast.clinic_id, patient)) for patient in (cast.patient_elsewhere_id, uuid4())]
    assert [type(violation) for violation in violations] == [MissingRow, MissingRow]
    assert violations[0].args == violations[1].args


def _visit(clinic_id, patient_id):
    return Visit(
        clinic_id=clinic_id,
        patient_id=patient_id,
        on_date=NOW.date(),
        time_zone="Europe/Istanbul",
        reached=Reached.CLINIC,
        made_at=NOW,
    )


def test_a_write_by_nobody_is_refused(engine):
    with new_session(engine) as session:
        user = User(email="nobody@example.org", uniquifier=uuid4().hex, made_at=NOW)
        assert isinstance(refused(session, user), NoActor)


def test_other_refusals_stay_violations_without_values(session):
    with pytest.raises(Violation) as raised, named_violations():
        session.execute(insert(Patient.__table__).values(clinic_id=uuid4(), id=uuid4(), code=None, diet="a canary"))
    assert type(raised.value) is Violation
    assert "canary" not in str(raised.value)
