"""What every act begins with: who may, which clinic, which row, which key."""

from dataclasses import replace
from uuid import uuid4

import pytest

from outcomes.access.rules import Act
from outcomes.access.scope import Actor
from outcomes.actions.errors import NotAllowed, NotFound
from outcomes.actions.work import found, may, rows_of, the_cipher, the_clinic
from outcomes.records.tables import Patient, Visit
from outcomes.terms import Role
from tests.factories import TODAY


def test_an_act_is_for_whom_the_table_says(as_one, cast):
    may(as_one("clinician"), Act.CHANGE_RECORD, cast.patient_id)
    with pytest.raises(NotAllowed):
        may(as_one("researcher"), Act.CHANGE_RECORD, cast.patient_id)
    with pytest.raises(NotAllowed):
        may(as_one("patient"), Act.REPORT_ON_ONESELF, cast.other_patient_id)


def test_what_is_not_in_the_clinic_is_not_there(work, make, cast, as_one):
    make.known(cast.patient_id).scored(TODAY, fatigue=5)
    elsewhere = as_one("clinician_elsewhere")
    assert found(work, Patient, cast.patient_id).code == "P-001"
    assert (len(rows_of(work, Visit, cast.patient_id)), rows_of(elsewhere, Visit, cast.patient_id)) == (1, [])
    for seek in (
        lambda: found(elsewhere, Patient, cast.patient_id),
        lambda: the_cipher(elsewhere, cast.patient_id),
        lambda: the_clinic(replace(work, actor=Actor(uuid4(), None, Role.CLINICIAN))),
    ):
        with pytest.raises(NotFound):
            seek()
