"""Every act at once: whoever it is not for is refused, before anything else is looked at or written."""

import importlib
import inspect
import pkgutil
from dataclasses import replace
from types import SimpleNamespace

import pytest

import outcomes.actions as room
from outcomes.actions import consents, diary, drafts, review, self_report, sign, take_in
from outcomes.actions.errors import NotAllowed, NotFound
from outcomes.actions.sign import SignatureForm
from outcomes.records.tables import Patient
from outcomes.terms import Language, Meaning, Role
from tests.factories import NOON
from tests.web.world import make_world

FEWEST_ACTS = 50
FEWEST_OF_A_PATIENT = 15
TOOLS = {
    "work",
    "once",
    "reasons",
    "keys",
    "importing.rows",
    "taking_in.rows",
    "releasing.secret",
    "release_build",
    "remind",
    "demo",
}
PARTS = set(
    """
    accounts.end_sign_ins amend.take_back amend.write_scores assess.store assess.visit_rows drafts.drop drafts.drop_old
    enrol.copy_what_is_missing enrol.keep_prefixes enrol.new_cipher enrol.next_code erase.erase_again
    release.left_before sign.refuse_signed sign.signatures_of sign.void_signatures
    """.split()  # noqa: SIM905 - names, not sentences
)
"""Modules and functions that are parts of an act which has asked already, or of the program's own commands."""
OF_PATIENTS = {"activities", "diary", "self_report"}
OF_BOTH = {"drafts", "consents"}
BY_PATIENTS_ALONE = {"consents.give"}
OF_RESEARCHERS = {"release.take", "release_room.send"}


def is_tool(module):
    return module in TOOLS or module.partition(".")[0] in TOOLS


def acts():
    """Every public function of the room that is given somebody's work and asks whether they may."""
    for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        short = module.name.removeprefix(f"{room.__name__}.")
        for name, function in vars(importlib.import_module(module.name)).items():
            if not inspect.isfunction(function) or function.__module__ != module.name or name.startswith("_"):
                continue
            if next(iter(inspect.signature(function).parameters), None) == "work" and not is_tool(short):
                yield f"{short}.{name}", function


ACTS = {name: function for name, function in acts() if name not in PARTS}


def module_of(name):
    return name.rpartition(".")[0]


REFUSED = [
    *((name, "researcher") for name in ACTS if name not in OF_RESEARCHERS),
    *((name, "patient") for name in ACTS if module_of(name) not in OF_PATIENTS | OF_BOTH),
    *((name, "clinician") for name in ACTS if module_of(name) in OF_PATIENTS),
]


@pytest.fixture
def world(session, cast, catalogue):
    return make_world(session, cast, catalogue)


def given(function, ids):
    """What an act is given: ids by their names, and a form that says whom it is about."""
    plain = {
        "form": SimpleNamespace(patient_id=ids["patient_id"], role=Role.PATIENT),
        "reason": "a slip",
        "why": "a slip",
    }
    wanted = list(inspect.signature(function).parameters.values())[1:]
    return {
        each.name: ids.get(each.name, plain.get(each.name))
        for each in wanted
        if each.default is each.empty or each.name in ids
    }


def test_there_are_acts():
    assert len(ACTS) >= FEWEST_ACTS


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_act_refuses_whom_it_is_not_for(as_one, world):
    passed = []
    for name, who in REFUSED:
        try:
            result = ACTS[name](as_one(who), **given(ACTS[name], world.own))
            list(result if inspect.isgenerator(result) else ())
        except NotAllowed:
            continue
        except Exception as error:  # noqa: BLE001 - whatever else happens, the act had begun
            passed.append((name, who, type(error).__name__))
        else:
            passed.append((name, who, None))
    assert passed == []


ON_WHAT_IS_LEFT = {"activities.end_activity", "consents.withdraw", "enrol.withdraw_consent", "review.review"}
"""Acts that end or answer a row that is there; the rows of a record that is gone went with it."""
OF_A_PATIENT = [
    *(name for name, act in ACTS.items() if "patient_id" in inspect.signature(act).parameters),
    *("accounts.invite", "assess.record", "self_report.send"),
]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_act_on_a_record_that_is_gone_is_refused(as_one, world, session, cast):
    """Before anything is written, and before what was typed is looked at."""
    session.get(Patient, (cast.clinic_id, cast.patient_id)).deleted_at = NOON
    session.flush()
    assert len(OF_A_PATIENT) >= FEWEST_OF_A_PATIENT
    for name in set(OF_A_PATIENT) - ON_WHAT_IS_LEFT:
        who = "patient" if module_of(name) in OF_PATIENTS or name in BY_PATIENTS_ALONE else "administrator"
        with pytest.raises(NotFound, match="not_found"):
            ACTS[name](as_one(who), **given(ACTS[name], world.own))


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_names_who_did_it_is_not_done_by_the_program_itself(as_one, world, cast):
    def nobody(name):
        work = as_one(name)
        return replace(work, actor=replace(work.actor, membership_id=None))

    ids, form = world.own, SignatureForm(Meaning.REVIEWED, "0" * 64)
    for act in (
        lambda: diary.tap(nobody("patient"), cast.patient_id, diary.DIARY[0], 3),
        lambda: drafts.keep(nobody("clinician"), "visit", {"note": "x"}, patient_id=cast.patient_id),
        lambda: self_report.too_ill(nobody("patient"), cast.patient_id, ("own_fatigue",), Language.ENGLISH),
        lambda: consents.withdraw(nobody("patient"), cast.patient_id, ids["consent_id"]),
        lambda: review.review(nobody("clinician"), cast.patient_id, ids["report_id"]),
        lambda: sign.sign(nobody("clinician"), ids["visit_id"], form),
        lambda: take_in.take_in(nobody("clinician"), b"{}", None),
    ):
        with pytest.raises(NotAllowed):
            act()
