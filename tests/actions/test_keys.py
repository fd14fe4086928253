"""Rotating keys: what stands in clear is sealed, and what a signature locks is counted and left."""

import pytest
from sqlalchemy import select, update

from outcomes.actions.keys import Rotation, rotate_patient
from outcomes.actions.sign import SignatureForm, sign
from outcomes.records.signing import content_hash
from outcomes.records.tables import Visit
from outcomes.terms import Meaning
from tests.factories import days_before


@pytest.fixture
def visits(work, make, cast):
    """Two visits whose notes were written in clear, by an older program; the second is signed."""
    made = make.known(cast.patient_id).scored(days_before(9), fatigue=5).scored(days_before(3), fatigue=4)
    own = (Visit.clinic_id == cast.clinic_id, Visit.id.in_(made.visits))
    work.session.execute(update(Visit).where(*own).values(note="typed in clear"))
    content = content_hash(work.session.connection(), work.clinic_id, made.visits[1])
    sign(work, made.visits[1], SignatureForm(Meaning.REVIEWED, content))
    return made.visits


def test_a_note_in_clear_is_sealed_and_a_signed_one_is_left_to_an_unlocking(work, cast, visits):
    done = Rotation()
    rotate_patient(work, cast.patient_id, done)
    own = select(Visit.note).where(Visit.clinic_id == cast.clinic_id)
    free, signed = (work.session.scalar(own.where(Visit.id == each)) for each in visits)
    assert (done.texts, done.locked, free.startswith("sealed:"), signed) == (1, 1, True, "typed in clear")
