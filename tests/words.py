"""Reading, in tests, what somebody wrote into a sealed column."""

from outcomes.records.sealed_rows import opened_text
from outcomes.records.sealing import KeyRing
from outcomes.records.tables import Patient, PatientKey
from tests.cast import MASTER_KEYS


def in_clear(session, row, name):
    """What stands in a row's column, opened with the key of the row's patient."""
    whose = row.id if isinstance(row, Patient) else row.patient_id
    key = session.get(PatientKey, (row.clinic_id, whose))
    cipher = KeyRing(MASTER_KEYS).open_patient_key(key.master_key_id, key.wrapped, row.clinic_id, whose)
    return opened_text(cipher, row.__tablename__, name, getattr(row, name))
