"""Every statement of a query or an act names the clinic of each table: how it is seen when one does not."""

import importlib

import pytest
from sqlalchemy import select

from outcomes.records.tables import Visit
from tests.statements import OF_CLINICS, ROOTS, unbound

FEWEST_TABLES = 30
VISITS = "SELECT visit.id FROM visit WHERE visit.clinic_id = ?"
OF_THOSE = "WITH RECURSIVE used(scale) AS (SELECT min(score.scale) AS scale FROM score WHERE score.clinic_id = ?"


@pytest.mark.parametrize(
    "statement",
    [
        VISITS,
        "SELECT visit.id FROM visit JOIN arm AS a ON a.clinic_id = visit.clinic_id WHERE a.clinic_id = %(id_1)s::UUID",
        "SELECT v.id FROM visit AS v, (SELECT arm.id FROM arm WHERE arm.clinic_id = ?) AS b WHERE v.clinic_id = ?",
        f"{VISITS} AND EXISTS (SELECT 1 FROM arm WHERE visit.clinic_id = arm.clinic_id)",
        f"{OF_THOSE} UNION ALL SELECT anon.scale FROM used) SELECT used.scale FROM used",
        "UPDATE visit SET deleted_at=? WHERE visit.clinic_id = ? AND visit.id = ?",
        "SELECT clinic.settings FROM clinic WHERE clinic.clinic_id IN (?, ?) FOR NO KEY UPDATE",
        "INSERT INTO visit (clinic_id, id) VALUES (?, ?)",
        "SELECT user_account.id FROM user_account",
        "SELECT visit.id FROM visit WHERE 0 = 1 ORDER BY visit.id",
        "SELECT visit.id FROM visit WHERE false LIMIT 1",
    ],
)
def test_a_statement_that_names_the_clinic_of_each_table_passes(statement):
    assert unbound(statement) == set()


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("SELECT visit.id FROM visit WHERE visit.patient_id = ?", {"visit"}),
        (
            "SELECT visit.id FROM visit, patient WHERE visit.clinic_id = ? AND patient.id = visit.patient_id",
            {"patient"},
        ),
        (f"{VISITS} AND EXISTS (SELECT 1 FROM arm WHERE arm.patient_id = visit.patient_id)", {"arm"}),
        ("SELECT a.id FROM arm AS a JOIN visit AS v ON v.clinic_id = a.clinic_id", {"arm", "visit"}),
        (
            f"{OF_THOSE} UNION ALL SELECT (SELECT min(score.scale) FROM score) AS a FROM used) SELECT 1 FROM used",
            {"score"},
        ),
        ("SELECT (SELECT max(arm.label) FROM arm WHERE arm.clinic_id = visit.clinic_id) FROM visit", {"arm", "visit"}),
        ("UPDATE visit SET deleted_at=? WHERE visit.id = ?", {"visit"}),
        ("DELETE FROM score WHERE score.clinic_id = ? AND score.id IN (SELECT visit.id FROM visit)", {"visit"}),
        (f"SELECT x.id FROM ({VISITS} UNION ALL SELECT arm.id FROM arm) AS x", {"arm"}),
    ],
)
def test_one_that_forgets_a_table_s_is_found(statement, left):
    assert unbound(statement) == left


def test_an_act_that_forgets_the_clinic_is_refused_and_a_test_may_look_everywhere(session):
    session.scalars(select(Visit.id)).all()
    forgetful = {"__name__": "outcomes.actions.forgetful", "ask": session.scalars, "all_visits": select(Visit.id)}
    with pytest.raises(AssertionError, match=r"forgetful.* names no clinic for \['visit'\]"):
        eval("ask(all_visits)", forgetful)  # noqa: S307 - our own words, in the place of an act


def test_what_asks_beyond_one_clinic_is_named_and_there(session):
    assert len(OF_CLINICS) >= FEWEST_TABLES
    for name, (root, why) in ROOTS.items():
        module, _, function = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function))
        assert root in OF_CLINICS
        assert why
