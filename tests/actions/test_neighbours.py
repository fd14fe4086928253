"""What another clinic has, and what is no longer there, decides nothing here."""

import pytest

from outcomes.actions.end import EndingForm, end, undo_end
from outcomes.actions.enrol import ConsentForm, give_consent, next_code
from outcomes.actions.errors import NotFound
from outcomes.records.tables import Patient
from outcomes.terms import Ending, Purpose
from tests.factories import NOON, TODAY, Maker


@pytest.fixture
def elsewhere(as_one):
    return Maker(as_one("clinician_elsewhere"))


def test_numbers_of_another_clinic_s_patients_are_not_counted_on(work, elsewhere):
    first = next_code(work)
    for _ in range(3):
        elsewhere.patient()
    assert next_code(work) == first


def test_names_of_another_clinic_s_donors_and_lots_are_free(make, elsewhere):
    elsewhere.lot(elsewhere.donor("D-77"), "L-77")
    assert make.lot(make.donor("D-77"), "L-77")


def test_a_record_that_is_gone_takes_no_ending_and_no_consent(work, cast, session):
    end(work, cast.patient_id, EndingForm(Ending.WITHDRAWAL, TODAY))
    session.get(Patient, (cast.clinic_id, cast.patient_id)).deleted_at = NOON
    session.get(Patient, (cast.clinic_id, cast.other_patient_id)).deleted_at = NOON
    session.flush()
    for act in (
        lambda: end(work, cast.other_patient_id, EndingForm(Ending.WITHDRAWAL, TODAY)),
        lambda: undo_end(work, cast.patient_id, "a slip"),
        lambda: give_consent(work, cast.patient_id, ConsentForm(Purpose.RECORD, TODAY, "1")),
    ):
        with pytest.raises(NotFound, match="patient"):
            act()
