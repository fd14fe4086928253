"""Sessions: who may write, what a reader is refused, and what is tried again."""

import sqlite3

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from outcomes.records.session import act_as, is_transient, new_session, open_engine, with_retry
from outcomes.records.tables import Clinic, Patient
from tests.cast import make_cast


def test_what_is_committed_is_there_for_the_next_session(engine):
    with new_session(engine) as session:
        make_cast(session)
        session.commit()
    with new_session(engine, read_only=True) as session:
        assert {clinic.name for clinic in session.scalars(select(Clinic))} == {"Bosphorus Clinic", "Elsewhere Clinic"}


def test_a_reading_session_is_refused_every_write(engine):
    with new_session(engine, read_only=True) as session, pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM read_log"))


def test_a_reader_does_not_make_the_next_writer_a_reader(engine):
    with new_session(engine, read_only=True) as session:
        session.execute(select(Clinic))
    with new_session(engine) as session:
        make_cast(session)
        session.commit()


def test_a_key_of_another_clinic_is_refused(session, cast):
    with pytest.raises(DBAPIError):
        session.execute(
            text("UPDATE membership SET patient_id = :theirs WHERE patient_id = :ours"),
            {"theirs": _stored(session, cast.patient_elsewhere_id), "ours": _stored(session, cast.patient_id)},
        )


@pytest.mark.usefixtures("cast")
def test_two_clinics_may_use_one_code(session):
    codes = session.scalars(select(Patient.code)).all()
    assert sorted(codes) == ["P-001", "P-001", "P-002"]


def test_an_audit_key_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        open_engine("sqlite://", b"short")


def test_an_actor_needs_a_name(session):
    with pytest.raises(ValueError, match="name"):
        act_as(session, "")


class Busy(sqlite3.OperationalError):
    sqlite_errorcode = sqlite3.SQLITE_BUSY


@pytest.mark.parametrize(("failures", "tries"), [(0, 1), (1, 2), (3, 4)])
def test_busy_work_is_tried_again_with_growing_pauses(failures, tries):
    calls, pauses = [], []

    def work():
        calls.append(1)
        if len(calls) <= failures:
            raise OperationalError("INSERT", {}, Busy("database is locked"))
        return "done"

    assert with_retry(work, pause=pauses.append) == "done"
    assert len(calls) == tries
    assert pauses == sorted(pauses)


def test_after_the_last_attempt_the_error_is_raised():
    def work():
        raise OperationalError("INSERT", {}, Busy("database is locked"))

    with pytest.raises(OperationalError):
        with_retry(work, pause=lambda _: None)


def test_other_errors_are_not_tried_again():
    calls = []

    def work():
        calls.append(1)
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("no such table"))

    with pytest.raises(OperationalError):
        with_retry(work, pause=lambda _: None)
    assert len(calls) == 1


def test_a_second_writer_is_busy_at_once_and_a_reader_never(sqlite_engine):
    with new_session(sqlite_engine) as first:
        make_cast(first)
        with new_session(sqlite_engine, read_only=True) as reader:
            assert reader.scalars(select(Clinic)).all() == []
        impatient = sqlite_engine.execution_options()
        event.listen(impatient, "begin", _no_patience, once=True, insert=True)
        with new_session(impatient) as second, pytest.raises(OperationalError) as refused:
            act_as(second, "program")
        assert is_transient(refused.value)
        first.commit()


def _no_patience(connection):
    connection.exec_driver_sql("PRAGMA busy_timeout=0")


def _stored(session, key):
    return key.hex if session.get_bind().dialect.name == "sqlite" else key
