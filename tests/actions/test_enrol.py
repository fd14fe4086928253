"""Taking a patient in, and changing what is known."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from outcomes.access.scope import Scope
from outcomes.actions import enrol
from outcomes.actions.enrol import CaseDefinitionForm, ConsentForm, PatientForm
from outcomes.actions.errors import Invalid, KeyReused, NotAllowed, NotFound, StaleVersion
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.patients import PatientFilter, patient_list
from outcomes.records.tables import AuditEntry, Clinic, Consent, Patient
from outcomes.terms import (
    CaseDefinitionName,
    Comorbidity,
    EntryBasis,
    Onset,
    Purpose,
    Sex,
    Trigger,
    WorkStatus,
)
from tests.factories import TODAY

EVERYTHING = PatientForm(
    code="K-7",
    name="Gülşah Işıltı",
    contact="gulsah@example.org, +90 555 000 00 00",
    birth_date=date(1981, 2, 28),
    sex=Sex.FEMALE,
    country="TR",
    onset_kind=Onset.SUDDEN,
    onset_year=2015,
    onset_month=11,
    trigger=Trigger.GASTROINTESTINAL_INFECTION,
    diagnosed_on=date(2017, 5, 2),
    work_status=WorkStatus.SICK_LEAVE,
    comorbidities=(Comorbidity.MIGRAINE, Comorbidity.IBS),
    medication="LDN 3 mg",
    diet="without gluten",
    antibiotics_last_3_months=False,
    entry_basis=EntryBasis.REFERRAL,
    case_definitions=(
        CaseDefinitionForm(CaseDefinitionName.ICC_2011, True, date(2017, 5, 2), "Dr A"),
        CaseDefinitionForm(CaseDefinitionName.FUKUDA_1994, False),
    ),
    consents=(ConsentForm(Purpose.RECORD, date(2026, 1, 5), "2026-1"),),
)


def header(work, patient_id):
    return patient_header(Scope(work.clinic_id), work.session, work.keys, patient_id)


def as_form(found):
    """What the page of a patient would send back untouched."""
    fields = {name: getattr(found, name) for name in PatientForm.__dataclass_fields__}
    definitions = (CaseDefinitionForm(e.definition, e.met, e.on_date, e.assessor) for e in found.case_definitions)
    consents = (ConsentForm(e.purpose, e.given_on, e.text_version, e.withdrawn_on) for e in found.consents)
    return PatientForm(**(fields | {"case_definitions": tuple(definitions), "consents": tuple(consents)}))


def test_every_field_comes_back_as_it_was_given(work):
    found = header(work, enrol.enrol(work, EVERYTHING))
    expected = replace(
        EVERYTHING,
        comorbidities=(Comorbidity.IBS, Comorbidity.MIGRAINE),
        case_definitions=as_form(found).case_definitions,
    )
    assert as_form(found) == expected
    assert set(as_form(found).case_definitions) == set(EVERYTHING.case_definitions)
    assert (found.age_on(date(2026, 2, 27)), found.age_on(date(2026, 2, 28))) == (44, 45)
    assert found.years_ill_on(date(2026, 11, 1)) == pytest.approx(11, abs=0.01)


def test_nothing_identifying_stands_in_the_rows_or_the_trail(work, session):
    patient_id = enrol.enrol(work, EVERYTHING)
    enrol.edit(work, patient_id, replace(EVERYTHING, name="Gülşah Kanarya", contact=None), 1)
    row = session.get(Patient, (work.clinic_id, patient_id))
    written = repr([getattr(row, column.name) for column in Patient.__table__.columns])
    trail = repr([(e.old, e.new) for e in session.scalars(select(AuditEntry))])
    for canary in ("Gülşah", "Kanarya", "555 000", "1981-02-28"):
        assert canary not in written
        assert canary not in trail


def test_codes_are_given_in_turn_and_typed_ones_are_kept(work, session, cast):
    codes = [header(work, enrol.enrol(work, PatientForm(code=typed))).code for typed in (None, " X-1 ", None)]
    assert codes == ["OC-0001", "X-1", "OC-0002"]
    for typed in ("OC-0146", "OC-11", "OC-0200-B"):
        enrol.enrol(work, PatientForm(code=typed))
    assert header(work, enrol.enrol(work, PatientForm(code=""))).code == "OC-0147"
    session.get(Clinic, cast.clinic_id).settings = {"code_prefix": "MC"}
    assert header(work, enrol.enrol(work, PatientForm())).code == "MC-0001"


def test_beyond_four_digits_codes_go_on(work):
    enrol.enrol(work, PatientForm(code="OC-9999"))
    assert [header(work, enrol.enrol(work, PatientForm())).code for _ in range(2)] == ["OC-10000", "OC-10001"]


def test_the_same_code_may_live_in_two_clinics_and_not_twice_in_one(work, as_one):
    enrol.enrol(as_one("clinician_elsewhere"), PatientForm(code="S-1"))
    enrol.enrol(work, PatientForm(code="S-1"))
    with pytest.raises(Invalid) as refused:
        enrol.enrol(work, PatientForm(code="S-1"))
    assert (refused.value.code, refused.value.field) == ("code_taken", "code")


def test_the_same_form_twice_is_one_patient(work):
    assert enrol.enrol(work, EVERYTHING, "k") == enrol.enrol(work, EVERYTHING, "k")
    with pytest.raises(KeyReused):
        enrol.enrol(work, replace(EVERYTHING, sex=Sex.MALE), "k")


def test_a_new_name_is_found_and_the_old_one_no_more(work, cast, keys):
    patient_id = enrol.enrol(work, EVERYTHING)
    enrol.edit(work, patient_id, replace(EVERYTHING, name="Çiğdem Öztürk"), 1)

    def found(text):
        return [row.id for row in patient_list(cast.scope, work.session, keys, TODAY, PatientFilter(text)).rows]

    assert found("cigdem") == found("ÖZTÜRK") == [patient_id]
    assert found("gülşah") == []


def test_an_untouched_form_changes_nothing(work, session):
    patient_id = enrol.enrol(work, EVERYTHING)
    entries = len(session.scalars(select(AuditEntry.id)).all())
    enrol.edit(work, patient_id, as_form(header(work, patient_id)), 1)
    assert header(work, patient_id).version == 1
    assert len(session.scalars(select(AuditEntry.id)).all()) == entries


def test_editing_changes_lists_row_by_row(work, session):
    patient_id = enrol.enrol(work, EVERYTHING)
    before = header(work, patient_id)
    withdrawn = ConsentForm(Purpose.RECORD, date(2026, 1, 5), "2026-1", date(2026, 3, 1))
    definitions = (EVERYTHING.case_definitions[0], CaseDefinitionForm(CaseDefinitionName.NICE_2021))
    enrol.edit(work, patient_id, replace(EVERYTHING, case_definitions=definitions, consents=(withdrawn,)), 1)
    found = header(work, patient_id)
    assert {each.definition for each in found.case_definitions} == {
        CaseDefinitionName.ICC_2011,
        CaseDefinitionName.NICE_2021,
    }
    kept = {each.id for each in before.case_definitions} & {each.id for each in found.case_definitions}
    assert len(kept) == 1
    assert [each.withdrawn_on for each in found.consents] == [date(2026, 3, 1)]
    assert found.version == 2


def test_the_loser_of_two_edits_gets_both_values_and_nothing_is_overwritten(work):
    patient_id = enrol.enrol(work, EVERYTHING)
    enrol.edit(work, patient_id, replace(EVERYTHING, diet="none", name="New Name"), 1)
    with pytest.raises(StaleVersion) as refused:
        enrol.edit(work, patient_id, replace(EVERYTHING, sex=Sex.MALE), 1)
    conflicts = {each.field: (each.mine, each.theirs) for each in refused.value.conflicts}
    assert conflicts == {
        "diet": ("without gluten", "none"),
        "name": ("Gülşah Işıltı", "New Name"),
        "sex": (Sex.MALE, Sex.FEMALE),
    }
    assert refused.value.current == 2
    assert "Gülşah" not in str(refused.value)
    assert header(work, patient_id).sex is Sex.FEMALE


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"birth_date": TODAY + timedelta(days=1)}, "date_to_come", "birth_date"),
        ({"diagnosed_on": TODAY + timedelta(days=1)}, "date_to_come", "diagnosed_on"),
        ({"country": "Turkey"}, "country", "country"),
        ({"onset_year": None}, "onset_year", "onset_year"),
        ({"onset_year": 1899}, "onset_year", "onset_year"),
        ({"onset_year": 2027}, "onset_year", "onset_year"),
        ({"onset_year": 1980}, "onset_year", "onset_year"),
        ({"onset_month": 13}, "onset_month", "onset_month"),
        ({"onset_year": 2026, "onset_month": 12}, "onset_month", "onset_month"),
        ({"name": "x" * 201}, "too_long", "name"),
        ({"consents": (ConsentForm(Purpose.RECORD, TODAY + timedelta(days=1), "1"),)}, "date_to_come", "consents"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(work, change, code, field):
    with pytest.raises(Invalid) as refused:
        enrol.enrol(work, replace(EVERYTHING, **change))
    assert (refused.value.code, refused.value.field) == (code, field)


def test_consent_is_given_and_withdrawn(work, cast, session):
    given = enrol.give_consent(work, cast.patient_id, ConsentForm(Purpose.REMINDERS, date(2026, 2, 1), "1"))
    with pytest.raises(Invalid):
        enrol.withdraw_consent(work, cast.patient_id, given, date(2026, 1, 31))
    enrol.withdraw_consent(work, cast.patient_id, given, date(2026, 2, 2))
    assert session.get(Consent, (cast.clinic_id, given)).withdrawn_on == date(2026, 2, 2)
    with pytest.raises(NotFound):
        enrol.withdraw_consent(work, cast.other_patient_id, given, date(2026, 2, 2))


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_take_nobody_in_and_change_nobody(as_one, cast, name):
    with pytest.raises(NotAllowed):
        enrol.enrol(as_one(name), EVERYTHING)
    with pytest.raises(NotAllowed):
        enrol.edit(as_one(name), cast.patient_id, EVERYTHING, 1)


def test_a_patient_elsewhere_is_not_there(work, cast):
    with pytest.raises(NotFound):
        enrol.edit(work, cast.patient_elsewhere_id, EVERYTHING, 1)
