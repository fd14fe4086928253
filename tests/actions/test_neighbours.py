"""What another clinic has, and what is no longer there, decides nothing here."""

import pytest

from outcomes.actions import accounts
from outcomes.actions.end import EndingForm, end, undo_end
from outcomes.actions.enrol import ConsentForm, give_consent, next_code
from outcomes.actions.erase import ErasureForm, erase, erase_again
from outcomes.actions.errors import Invalid, NotFound
from outcomes.actions.merge import merge
from outcomes.records.erasures import Erasure
from outcomes.records.tables import Clinic, Membership, Patient
from outcomes.terms import Ending, ErasureGround, Purpose, Role
from tests.cast import add_member, add_user
from tests.factories import NOON, TODAY, Maker, days_before


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


def test_each_clinic_s_numbers_begin_as_it_has_set_them(work, elsewhere, cast, session):
    for clinic_id, prefix in ((cast.clinic_id, "HERE"), (cast.elsewhere_id, "THERE")):
        session.get(Clinic, clinic_id).settings = {"code_prefix": prefix}
    session.flush()
    assert [next_code(each).partition("-")[0] for each in (work, elsewhere.work)] == ["HERE", "THERE"]


def test_an_administrator_of_another_clinic_is_none_of_this_one(as_one, cast, session):
    admin = as_one("administrator")
    add_member(session, add_user(session, "far@example.org"), cast.elsewhere_id, Role.ADMINISTRATOR, None)
    second = accounts.invite(admin, accounts.MemberForm("second@example.org", "Second", Role.ADMINISTRATOR))
    session.get(Membership, (cast.clinic_id, cast.administrator.membership_id)).role = Role.CLINICIAN
    session.flush()
    with pytest.raises(Invalid, match="last_administrator"):
        accounts.let_go(admin, second.membership_id, 1)


@pytest.mark.parametrize("scores", [False, True])
def test_erasing_writes_to_no_row_of_another_clinic(as_one, make, cast, session, tmp_path, scores):
    """On SQLite each row has a twin elsewhere under the same ids, and a twin that is written to refuses it."""
    patient = make.patient("K", name="Ada Kaya", diet="no milk").course(days_before(100)).scored(TODAY, fatigue=4)
    merged = make.patient("D", name="Ada Kaya", diet="no milk").scored(days_before(9), fatigue=6)
    admin = as_one("administrator")
    accounts.invite(admin, accounts.MemberForm("ada@example.org", "Ada", Role.PATIENT, patient_id=patient.id))
    merge(admin, patient.id, merged.id, "the same person")
    done = erase(admin, patient.id, ErasureForm(ErasureGround.ASKED, "K", scores), tmp_path)
    assert (done.accounts, done.rows > 1) == (1, True)
    assert session.get(Patient, (cast.clinic_id, merged.id)).code.startswith("erased-")


def test_an_erasure_of_another_clinic_s_ledger_erases_nobody_here(as_one, cast):
    written = Erasure(cast.elsewhere_id, cast.patient_id, NOON, ErasureGround.ASKED.value, scores=False)
    assert erase_again(as_one("administrator"), [written]) == 0
