"""Keeping what is being typed."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from outcomes.access.scope import Scope
from outcomes.actions import drafts
from outcomes.actions.errors import Invalid, NotAllowed, NotFound
from outcomes.records.queries.drafts import draft
from outcomes.records.queries.drafts import drafts as all_drafts
from outcomes.records.tables import Draft
from tests.factories import NOON


def kept(work, form="visit", later=timedelta(0)):
    return draft(Scope(work.clinic_id), work.session, work.keys, work.actor.membership_id, form, now=NOON + later)


def test_fields_are_kept_one_by_one(work, cast):
    drafts.keep(work, "visit", {"item.1": "3"}, 1, cast.patient_id)
    assert drafts.keep(work, "visit", {"item.2": "0", "note": "ağır"}, 2) == {
        "item.1": "3",
        "item.2": "0",
        "note": "ağır",
    }
    found = kept(work)
    assert (found.patient_id, found.sequence, found.fields["note"]) == (cast.patient_id, 2, "ağır")


def test_what_was_typed_earlier_never_replaces_what_was_typed_later(work):
    sent = [(number, {f"f{number % 3}": number}) for number in range(1, 31)]
    random.Random(3).shuffle(sent)
    for number, fields in sent:
        drafts.keep(work, "visit", fields, number)
    assert kept(work).fields == {"f0": 30, "f1": 28, "f2": 29}
    assert kept(work).sequence == 30


def test_a_field_that_was_emptied_stays_empty(work):
    drafts.keep(work, "visit", {"note": "x"}, 1)
    drafts.keep(work, "visit", {"note": None}, 3)
    assert drafts.keep(work, "visit", {"note": "x"}, 2) == {}


def test_without_a_number_the_latest_counts(work):
    drafts.keep(work, "visit", {"note": "first"}, 7)
    assert drafts.keep(work, "visit", {"note": "second"}) == {"note": "second"}


def test_nothing_typed_can_be_read_in_the_database(work, session):
    drafts.keep(work, "patient", {"name": "Zeynep Kanarya"}, 1)
    stored = session.scalar(select(Draft.fields))
    assert "Kanarya" not in str(stored)
    assert "name" not in stored


def test_a_draft_is_kept_for_thirty_days_and_then_begun_anew(work):
    drafts.keep(work, "visit", {"note": "old"}, 5)
    assert kept(work, later=timedelta(days=29)) is not None
    assert kept(work, later=timedelta(days=30)) is None
    later = replace(work, now=NOON + timedelta(days=31))
    assert drafts.keep(later, "visit", {"other": "new"}, 1) == {"other": "new"}


def test_old_drafts_are_thrown_away(work, session):
    drafts.keep(work, "visit", {"note": "old"}, 5)
    assert drafts.drop_old(work) == 0
    assert drafts.drop_old(replace(work, now=NOON + timedelta(days=30))) == 1
    left = select(func.count()).select_from(Draft).where(Draft.clinic_id == work.clinic_id)
    assert session.scalar(left) == 0


def test_a_dropped_draft_is_gone(work):
    drafts.keep(work, "visit", {"note": "x"}, 1)
    drafts.drop(work, "visit")
    drafts.drop(work, "visit")
    assert kept(work) is None


def test_the_list_names_the_patient_and_counts_what_is_filled_in(work, cast, keys):
    drafts.keep(work, "visit", {"item.1": 3, "note": "", "crash": False}, 1, cast.patient_id)
    drafts.keep(replace(work, now=NOON + timedelta(minutes=1)), "patient", {"name": "Ada"}, 1)
    found = all_drafts(cast.scope, work.session, keys, work.actor.membership_id, NOON + timedelta(hours=1))
    assert [(each.form, each.person and each.person.name, each.filled) for each in found] == [
        ("patient", None, 1),
        ("visit", "Ayşe Yılmaz", 1),
    ]


def test_a_draft_moves_no_version_of_the_data(work, session):
    before = session.scalar(text("SELECT count(*) FROM audit_entry"))
    drafts.keep(work, "visit", {"note": "x"}, 1)
    assert session.scalar(text("SELECT count(*) FROM audit_entry")) == before


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("f" * 121, {}),
        ("visit", {"n" * 121: 1}),
        ("visit", {"note": "x" * 10_001}),
        ("visit", {str(n): 1 for n in range(2001)}),
    ],
)
def test_nobody_fills_the_database_with_drafts(work, form, fields):
    with pytest.raises(Invalid):
        drafts.keep(work, form, fields, 1)


# who may not


def test_nobody_reads_or_replaces_the_draft_of_another(work, as_one, cast, session, keys):
    drafts.keep(work, "visit", {"note": "mine"}, 1, cast.patient_id)
    other = as_one("administrator")
    assert kept(other) is None
    drafts.keep(other, "visit", {"note": "theirs"}, 1, cast.patient_id)
    drafts.drop(other, "visit")
    assert kept(work).fields == {"note": "mine"}


def test_a_patient_drafts_the_own_form_alone(as_one, cast):
    patient = as_one("patient")
    assert drafts.keep(patient, "report", {"item.1": 2}, 1, cast.patient_id) == {"item.1": 2}
    for other in (cast.other_patient_id, cast.patient_elsewhere_id, None):
        with pytest.raises(NotAllowed):
            drafts.keep(patient, "report", {"item.1": 2}, 1, other)


def test_a_researcher_drafts_nothing(as_one):
    with pytest.raises(NotAllowed):
        drafts.keep(as_one("researcher"), "visit", {"item.1": 2}, 1)


def test_a_foreign_patient_has_no_drafts_here(work, cast):
    with pytest.raises(NotFound):
        drafts.keep(work, "visit", {"item.1": 2}, 1, cast.patient_elsewhere_id)
