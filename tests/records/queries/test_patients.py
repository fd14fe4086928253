"""The list of patients."""

import pytest

from outcomes.access.scope import Scope
from outcomes.change.windows import DueState
from outcomes.records.queries.patients import PatientFilter, PatientState, count_patients, patient_list
from outcomes.terms import Ending, Severity, Sex
from tests.factories import TODAY, days_before


def codes(cast, session, keys, **chosen):
    page = patient_list(cast.scope, session, keys, TODAY, PatientFilter(**chosen))
    return [row.code for row in page.rows]


@pytest.fixture
def ward(make):
    """Patients in every state."""
    make.patient("A-1", name="Işıl Çağlayan Öz", sex=Sex.FEMALE)
    make.patient("A-2", name="Ismail Ateş", sex=Sex.MALE).course(days_before(30)).scored(
        days_before(1), fatigue=5, visit={"severity": Severity.SEVERE}
    )
    make.patient("A-3", name="İpek Şen", sex=Sex.FEMALE).course(days_before(200))
    make.patient("A-4", name="Can Ada", sex=Sex.MALE).course(days_before(90)).ended(Ending.DEATH, days_before(40))
    make.patient("A-5", name="Ada Can").course(days_before(90)).ended(Ending.LOST, days_before(3))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("isil", ["A-1"]),
        ("IŞIL", ["A-1"]),
        ("ışıl cag", ["A-1"]),
        ("ipek", ["A-3"]),
        ("İPEK", ["A-3"]),
        ("is", ["A-1", "A-2", "P-002"]),
        ("can", ["A-4", "A-5"]),
        ("can ada", ["A-4", "A-5"]),
        ("a-4", ["A-4"]),
        ("5", ["A-5"]),
        ("100%", []),
        ("_", []),
        ("nobody", []),
    ],
)
@pytest.mark.usefixtures("ward")
def test_names_are_found_by_their_beginnings_and_codes_by_any_part(cast, session, keys, text, found):
    assert codes(cast, session, keys, text=text) == found


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"sex": Sex.MALE}, ["A-2", "A-4"]),
        ({"severity": Severity.SEVERE}, ["A-2"]),
        ({"severity": Severity.MILD}, []),
        ({"state": PatientState.BEFORE_TREATMENT}, ["A-1", "P-001", "P-002"]),
        ({"state": PatientState.FOLLOW_UP}, ["A-2", "A-3"]),
        ({"state": PatientState.DEATH}, ["A-4"]),
        ({"state": PatientState.LOST}, ["A-5"]),
        ({"due": DueState.CLOSING}, ["A-3"]),
        ({"due": DueState.OVERDUE}, []),
        ({"due": DueState.OPEN, "sex": Sex.MALE}, []),
    ],
)
@pytest.mark.usefixtures("ward")
def test_filters(cast, session, keys, chosen, found):
    assert codes(cast, session, keys, **chosen) == found
    assert count_patients(cast.scope, session, keys, TODAY, PatientFilter(**chosen)) == len(found)


def test_pages_follow_one_another_without_a_gap(cast, session, keys, make):
    for number in range(7):
        make.patient(f"Z-{number}", name="Deniz")
    first = patient_list(cast.scope, session, keys, TODAY, limit=4)
    second = patient_list(cast.scope, session, keys, TODAY, after=first.next_after, limit=5)
    assert [row.code for row in (*first.rows, *second.rows)] == ["P-001", "P-002", *(f"Z-{n}" for n in range(7))]
    assert second.next_after is None


@pytest.mark.usefixtures("ward")
def test_a_line_says_what_is_due_next(cast, session, keys):
    lines = {row.code: row for row in patient_list(cast.scope, session, keys, TODAY).rows}
    assert lines["A-2"].name == "Ismail Ateş"
    assert (lines["A-2"].last_visit, lines["A-2"].severity) == (days_before(1), Severity.SEVERE)
    assert (lines["A-2"].due.point.code, lines["A-2"].due.state) == ("month_3", DueState.UPCOMING)
    assert (lines["A-3"].due.point.code, lines["A-3"].due.state, lines["A-3"].due.days) == (
        "month_6",
        DueState.CLOSING,
        3,
    )
    assert (lines["A-4"].due, lines["A-4"].state) == (None, PatientState.DEATH)


# who may not


@pytest.mark.usefixtures("ward")
def test_another_clinic_sees_none_of_them(cast, session, keys):
    page = patient_list(cast.scope_elsewhere, session, keys, TODAY)
    assert [row.name for row in page.rows] == ["Elif Şahin"]
    assert codes_elsewhere(cast, session, keys, "isil") == []


def codes_elsewhere(cast, session, keys, text):
    return [row.code for row in patient_list(cast.scope_elsewhere, session, keys, TODAY, PatientFilter(text)).rows]


@pytest.mark.usefixtures("ward")
def test_a_patient_sees_no_other(cast, session, keys):
    own = Scope(cast.clinic_id, cast.patient_id)
    assert [row.id for row in patient_list(own, session, keys, TODAY).rows] == [cast.patient_id]
