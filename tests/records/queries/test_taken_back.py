"""What was taken back, and whoever's record is gone, is told by no query but those that are for what has been."""

from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import update

from outcomes.access.scope import Scope
from outcomes.records import tables
from outcomes.records.queries.redcap import clinic_visits
from outcomes.records.queries.worklist import unseen_visits
from outcomes.records.session import act_as, new_session
from tests.databases import open_test_engine
from tests.records.queries.test_every_query import LIVE, QUERIES, Asking, seen, world_file
from tests.web.world import MARKS, NAMES

__all__ = ["world_file"]

ROWS = {
    "patient_id": tables.Patient,
    "assessment_id": tables.Assessment,
    "course_id": tables.Course,
    "infusion_id": tables.Infusion,
    "visit_id": tables.Visit,
    "event_id": tables.AdverseEvent,
    "exposure_id": tables.Exposure,
    "donor_id": tables.Donor,
    "lot_id": tables.Lot,
    "screening_id": tables.DonorScreening,
    "membership_id": tables.Membership,
    "report_id": tables.SelfReport,
    "activity_id": tables.OwnActivity,
    "consent_id": tables.Consent,
    "own_event_id": tables.Exposure,
    "release_id": tables.Release,
    "script_id": tables.ReleaseScript,
}
OF_WHAT_HAS_BEEN = {"trail.trail", "trail.actors", "history.history", "history.member_names"}
# An assessment goes with its visit and its scores, and an infusion with its course: their acts see to that.
WITH_THE_REST = {
    "assessment_id": {"record.score_rows", "record.patient_record", "own_record.whole", "visit_form.visit_form"},
    "course_id": {"treatment.infusion"},
    "visit_id": {"answers.answers", "record.assessment_rows", "record.score_rows", "record.patient_record"}
    | {"own_record.whole", "visit_form.visit_form"},
    "patient_id": {"header.consents", "record.adverse_events", "record.exposures", "patients.visit_dates"}
    | {"header.header_of", "members.member_list"}
    | {"donors.donor", "donors.donor_list"},  # the mark stands in the number of a lot as well
}
"""By what is gone, what is asked for somebody looked up before, or tells rows that go with it."""


def is_told_by(told, key, gone):
    """Which of the words and ids of a row that is gone an answer holds."""
    words = {str(gone)} | ({MARKS["own"], NAMES["own"]} if key == "patient_id" else set())
    return seen(told, words)


@contextmanager
def taken_back(world_file, key):
    """A question to whoever asks when one row is marked as taken back, of the clinic's own world."""
    path, cast, world = world_file
    engine, table = open_test_engine(f"sqlite:///{path}"), ROWS[key]
    with new_session(engine) as session:
        act_as(session, "program")
        own = (table.clinic_id == cast.clinic_id, table.id == world.own[key])
        session.execute(update(table).where(*own).values(deleted_at=datetime.now(UTC)))
        yield Asking(session, world, "own", Scope(cast.clinic_id))
        session.rollback()
    engine.dispose()


@pytest.mark.parametrize("key", ROWS)
def test_what_was_taken_back_is_told_nowhere(world_file, key):
    asked = set(LIVE) - OF_WHAT_HAS_BEEN - WITH_THE_REST.get(key, set())
    with taken_back(world_file, key) as asking:
        gone = asking.world.own[key]
        assert {name for name in asked if is_told_by(asking.told(QUERIES[name]), key, gone)} == set()


@pytest.mark.parametrize("key", ["patient_id", "visit_id"])
def test_what_is_gone_is_no_news_to_anybody(world_file, key):
    with taken_back(world_file, key) as asking:
        session, told = asking.session, asking.argument
        # the other visit of the same patient, on which a form was sent, goes as well
        others = (tables.Visit.patient_id == told("patient_id"), tables.Visit.id != told("visit_id"))
        session.execute(update(tables.Visit).where(*others).values(deleted_at=datetime.now(UTC)))
        found, _ = unseen_visits(asking.scope, session, uuid4(), told("now"))
    assert told("patient_id") not in {each.patient_id for each in found}


@pytest.mark.parametrize("key", ["visit_id", "assessment_id"])
def test_the_scores_of_what_was_taken_back_are_not_exported(world_file, key):
    def exported(gone):
        with taken_back(world_file, gone) as asking:
            own = asking.world.own["patient_id"]
            told = [visit.values for visit in clinic_visits(asking.scope, asking.session) if visit.patient_id == own]
            return sum(map(len, told))

    assert exported(key) < exported("donor_id")
