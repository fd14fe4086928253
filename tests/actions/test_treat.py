"""Recording what was given."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from outcomes.access.scope import Scope
from outcomes.actions import donors, treat
from outcomes.actions.donors import DonorForm, LotForm, ScreeningForm
from outcomes.actions.errors import Invalid, NotAllowed, NotFound, StaleVersion
from outcomes.actions.treat import ArmForm, CourseForm, InfusionForm
from outcomes.records.queries.donors import donor, donor_list, look_back
from outcomes.records.queries.record import patient_record
from outcomes.records.queries.treatment import courses, infusion
from outcomes.records.tables import Patient
from outcomes.terms import DonorKind, Intent, Material, MaterialState, Route, ScreeningResult
from tests.factories import TODAY, days_before

EVERYTHING = InfusionForm(
    on_date=days_before(20),
    route=Route.COLONOSCOPY,
    material=Material.DONOR,
    mass_g=50,
    volume_ml=250,
    capsules=0,
    state=MaterialState.FROZEN,
    thawed_on=days_before(20),
    anaerobic=True,
    retention_minutes=240,
    lavage_agent="macrogol",
    antibiotic="rifaximin",
    antibiotic_days=5,
    antibiotic_washout_days=2,
    proton_pump_inhibitor=False,
    sedation=True,
    note="calm",
)


@pytest.fixture
def course(work, cast):
    return treat.begin_course(work, cast.patient_id, CourseForm(Intent.TRIAL, "ME/CFS with IBS"))


def given(work, cast):
    found = courses(cast.scope, work.session, work.keys, cast.patient_id)
    return [each for course in found for each in course.infusions]


def test_every_field_comes_back_as_it_was_given(work, cast, course):
    treat.infuse(work, course, EVERYTHING)
    (found,) = given(work, cast)
    for name in InfusionForm.__dataclass_fields__:
        assert getattr(found, name) == getattr(EVERYTHING, name), name


def test_courses_are_numbered_and_say_when_they_begin(work, cast, course):
    second = treat.begin_course(work, cast.patient_id)
    for when in (days_before(10), days_before(12)):
        treat.infuse(work, second, InfusionForm(when, Route.ENEMA))
    first, later = courses(cast.scope, work.session, work.keys, cast.patient_id)
    assert (first.number, first.intent, first.starts_on) == (1, Intent.TRIAL, None)
    assert (later.number, later.indication, later.starts_on) == (2, "ME/CFS", days_before(12))


def test_days_count_from_the_latest_course_and_verdicts_from_the_first(work, make, cast, keys):
    make.known(cast.patient_id).course(days_before(300)).course(days_before(30)).scored(days_before(10), fatigue=4)
    found = patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY)
    assert (found.first_day, found.day_zero) == (days_before(300), days_before(30))
    assert [each.day for each in found.visits] == [20]
    assert [each.day for each in found.readings("own_fatigue.score")] == [290]
    assert [each.day for each in found.readings("own_fatigue.score", found.day_zero)] == [20]


def test_a_lot_brings_its_donor(work, make, cast, course):
    lot = make.lot(make.donor("D-1"), "L-1")
    treat.infuse(work, course, replace(EVERYTHING, lot_id=lot))
    (found,) = given(work, cast)
    assert (found.donor_code, found.lot_number) == ("D-1", "L-1")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on_date": TODAY + timedelta(days=1)}, "on_date"),
        ({"thawed_on": days_before(19)}, "on_date"),
        ({"mass_g": -1}, "mass_g"),
        ({"mass_g": float("nan")}, "mass_g"),
        ({"volume_ml": 5001}, "volume_ml"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(work, course, change, field):
    with pytest.raises(Invalid) as refused:
        treat.infuse(work, course, replace(EVERYTHING, **change))
    assert refused.value.field == field


def test_a_lot_of_another_donor_is_refused(work, make, course):
    lot, other = make.lot(make.donor("D-1"), "L-1"), make.donor("D-2")
    with pytest.raises(Invalid) as refused:
        treat.infuse(work, course, replace(EVERYTHING, donor_id=other, lot_id=lot))
    assert refused.value.code == "lot_of_other_donor"


def test_a_recalled_lot_may_not_be_given_and_leads_to_who_received_it(work, make, cast, keys, course):
    lot = make.lot(make.donor("D-1"), "L-1")
    before = treat.infuse(work, course, replace(EVERYTHING, lot_id=lot))
    donors.recall(work, lot, days_before(5), "norovirus in the donor")
    with pytest.raises(Invalid) as refused:
        treat.infuse(work, course, replace(EVERYTHING, on_date=days_before(5), thawed_on=None, lot_id=lot))
    assert refused.value.code == "lot_recalled"
    treat.edit_infusion(work, before, replace(EVERYTHING, lot_id=lot, note="corrected"), 1)
    (received,) = look_back(cast.scope, work.session, keys, lot_id=lot).received
    assert (received.person.name, received.on_date, received.lot_number) == ("Ayşe Yılmaz", days_before(20), "L-1")
    (row,) = donor_list(cast.scope, work.session)
    assert (row.patients, row.lots[0].given, row.lots[0].recall_reason) == (1, 1, "norovirus in the donor")
    donors.undo_recall(work, lot, "the other lot was meant")
    assert donor(cast.scope, work.session, row.id).lots[0].recalled_on is None


def test_look_back_from_a_donor_finds_every_lot(work, make, cast, keys):
    giver = make.donor("D-1")
    lots = [make.lot(giver, number) for number in ("L-1", "L-2")]
    make.known(cast.patient_id).course(days_before(9), lot_id=lots[0])
    make.known(cast.other_patient_id).course(days_before(8), lot_id=lots[1])
    make.patient("N").course(days_before(7), donor_id=make.donor("D-2"))
    found = look_back(cast.scope, work.session, keys, donor_id=giver)
    assert [(each.person.code, each.lot_number) for each in found.received] == [("P-001", "L-1"), ("P-002", "L-2")]
    with pytest.raises(ValueError, match="donor or from a lot"):
        look_back(cast.scope, work.session, keys)


def test_what_was_taken_back_and_whose_record_is_gone_is_not_looked_back_on(work, make, cast, keys):
    lot = make.lot(make.donor("D-1"), "L-1")
    slip = make.known(cast.patient_id).course(days_before(9), lot_id=lot)
    make.known(cast.other_patient_id).course(days_before(8), lot_id=lot)
    treat.remove_infusion(work, slip.infusions[0], "a slip")
    found = look_back(cast.scope, work.session, keys, lot_id=lot)
    assert [each.person.code for each in found.received] == ["P-002"]
    work.session.get(Patient, (cast.clinic_id, cast.other_patient_id)).deleted_at = work.now
    work.session.flush()
    assert look_back(cast.scope, work.session, keys, lot_id=lot).received == ()


def test_donors_are_screened(work, make, cast):
    giver = make.donor("D-1", DonorKind.BANK, note="from the bank")
    screening = donors.screen(work, giver, ScreeningForm(days_before(40), "full panel", ScreeningResult.PENDING))
    donors.screen(work, giver, ScreeningForm(days_before(90), "full panel", ScreeningResult.PASSED))
    done = ScreeningForm(days_before(40), "full panel", ScreeningResult.FAILED, "ESBL")
    donors.edit_screening(work, screening, done, 1)
    found = donor(cast.scope, work.session, giver)
    assert (found.last_screening.result, found.last_screening.note) == (ScreeningResult.FAILED, "ESBL")
    donors.remove_screening(work, screening, "of another donor")
    assert donor(cast.scope, work.session, giver).last_screening.result is ScreeningResult.PASSED
    donors.edit_donor(work, giver, DonorForm("D-1", DonorKind.BANK, active=False), 1)
    assert donor(cast.scope, work.session, giver).active is False


def test_codes_and_numbers_are_used_once_a_clinic(work, make, as_one):
    giver = make.donor("D-1")
    make.lot(giver, "L-1")
    donors.add_donor(as_one("clinician_elsewhere"), DonorForm("D-1", DonorKind.BANK))
    with pytest.raises(Invalid):
        make.donor(" D-1")
    with pytest.raises(Invalid):
        make.lot(giver, "L-1 ")


def test_mistakes_are_taken_back_with_a_reason(work, cast, course):
    first = treat.infuse(work, course, EVERYTHING)
    treat.infuse(work, course, replace(EVERYTHING, on_date=days_before(3), thawed_on=None))
    treat.remove_infusion(work, first, "of somebody else")
    assert [each.on_date for each in given(work, cast)] == [days_before(3)]
    with pytest.raises(Invalid):
        treat.remove_course(work, course, "  ")
    treat.remove_course(work, course, "entered twice")
    assert courses(cast.scope, work.session, work.keys, cast.patient_id) == ()
    assert treat.begin_course(work, cast.patient_id)


def test_two_editors_of_an_infusion_do_not_overwrite_each_other(work, course):
    row = treat.infuse(work, course, EVERYTHING)
    treat.edit_infusion(work, row, replace(EVERYTHING, mass_g=60), 1)
    with pytest.raises(StaleVersion) as refused:
        treat.edit_infusion(work, row, replace(EVERYTHING, note="other"), 1)
    assert {(each.field, each.mine, each.theirs) for each in refused.value.conflicts} == {
        ("mass_g", 50, 60),
        ("note", "other", "calm"),
    }


def test_a_blinded_arm_is_hidden_with_everything_that_tells_it(work, make, cast, keys):
    giver = make.donor("D-1")
    blind = make.known(cast.patient_id).arm("donor stool", blinded=True, starts_on=date(2026, 1, 1))
    blind.course(days_before(9), donor_id=giver, note="from the donor")
    found = patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY)
    assert (found.header.arm.label, found.header.arm.comparison, found.header.arm.hidden) == (None, None, True)
    assert found.blinded
    (hidden,) = found.courses[0].infusions
    assert (hidden.material, hidden.donor_id, hidden.donor_code, hidden.note) == (None, None, None, None)
    assert hidden.route is Route.COLONOSCOPY
    assert infusion(cast.scope, work.session, work.keys, hidden.id)[1].hidden
    seen = look_back(cast.scope, work.session, keys, donor_id=giver)
    assert (seen.received, seen.withheld) == ((), 1)
    assert donor(cast.scope, work.session, giver).patients == 0
    open_scope = Scope(cast.clinic_id, blinded=False)
    assert patient_record(open_scope, work.session, keys, cast.patient_id, TODAY).header.arm.label == "donor stool"
    assert donor(open_scope, work.session, giver).patients == 1


def test_unblinding_needs_a_reason_and_opens_the_arm_for_good(work, make, cast, keys):
    make.known(cast.patient_id).arm("A", blinded=True)
    with pytest.raises(Invalid):
        treat.unblind(work, cast.patient_id, "")
    treat.unblind(work, cast.patient_id, "allergic reaction")
    arm = patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY).header.arm
    assert (arm.label, arm.unblinded_on, arm.hidden) == ("A", TODAY, False)
    with pytest.raises(Invalid):
        treat.unblind(work, cast.patient_id, "again")


def test_there_is_one_arm_a_patient(work, cast):
    treat.assign_arm(work, cast.patient_id, ArmForm("A"))
    with pytest.raises(Invalid):
        treat.assign_arm(work, cast.patient_id, ArmForm("B"))


def test_an_untreated_comparison_counts_from_the_day_its_arm_began(work, make, cast, keys):
    make.known(cast.patient_id).arm("usual care", comparison=True, starts_on=days_before(50))
    found = patient_record(cast.scope, work.session, keys, cast.patient_id, TODAY)
    assert (found.first_day, found.day_zero) == (days_before(50), days_before(50))


# who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_patients_and_researchers_give_nothing(as_one, cast, course, name):
    worker = as_one(name)
    for act in (
        lambda: treat.begin_course(worker, cast.patient_id),
        lambda: treat.infuse(worker, course, EVERYTHING),
        lambda: treat.assign_arm(worker, cast.patient_id, ArmForm("A")),
        lambda: treat.unblind(worker, cast.patient_id, "curious"),
        lambda: donors.add_donor(worker, DonorForm("D", DonorKind.BANK)),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_what_belongs_elsewhere_is_not_there(work, as_one, cast, course, keys):
    elsewhere = as_one("clinician_elsewhere")
    donor_id = donors.add_donor(elsewhere, DonorForm("D", DonorKind.BANK))
    lot_id = donors.add_lot(elsewhere, donor_id, LotForm("L", MaterialState.FRESH))
    for act in (
        lambda: treat.begin_course(work, cast.patient_elsewhere_id),
        lambda: treat.infuse(elsewhere, course, EVERYTHING),
        lambda: treat.infuse(work, course, replace(EVERYTHING, donor_id=donor_id)),
        lambda: treat.infuse(work, course, replace(EVERYTHING, lot_id=lot_id)),
        lambda: donors.recall(work, lot_id, TODAY, "x"),
        lambda: donor(cast.scope, work.session, donor_id),
        lambda: look_back(cast.scope, work.session, keys, lot_id=lot_id),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_patient_reads_no_donors(work, cast, keys, make):
    giver = make.donor("D-1")
    own = Scope(cast.clinic_id, cast.patient_id)
    for read in (
        lambda: donor_list(own, work.session),
        lambda: donor(own, work.session, giver),
        lambda: look_back(own, work.session, keys, donor_id=giver),
    ):
        with pytest.raises(NotFound):
            read()
