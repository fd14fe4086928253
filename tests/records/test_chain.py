"""The chain: sealed in the transaction of the write, without forks, and the version of a clinic's data."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text, update

from outcomes.access.scope import Scope
from outcomes.records.audit import INSTALLATION
from outcomes.records.chain import data_version
from outcomes.records.session import act_as, new_session, with_retry
from outcomes.records.tables import AuditEntry, AuditSeal, ChainHead, Donor, Draft, Patient, ReadLog, User
from outcomes.records.verify import verify
from outcomes.terms import DonorKind
from tests.cast import NOW
from tests.records.entries import add_scores, entries_of


def positions(session, clinic_id):
    statement = select(AuditSeal.position).where(AuditSeal.clinic_id == clinic_id).order_by(AuditSeal.position)
    return session.scalars(statement).all()


def edit(session, clinic_id, diet):
    act_as(session, "member:1")
    for patient in session.scalars(select(Patient).where(Patient.clinic_id == clinic_id)):
        patient.diet = diet
    session.commit()


@pytest.mark.parametrize("chain", ["clinic_id", "elsewhere_id", None])
def test_every_entry_is_sealed_once_in_the_chain_of_its_clinic(engine, committed_cast, chain):
    clinic = getattr(committed_cast, chain) if chain else INSTALLATION
    with new_session(engine, read_only=True) as session:
        entries = session.scalars(select(AuditEntry.id).where(AuditEntry.clinic_id == clinic)).all()
        sealed = session.scalars(select(AuditSeal.entry_id).where(AuditSeal.clinic_id == clinic)).all()
        assert sorted(sealed) == sorted(entries)
        assert positions(session, clinic) == list(range(1, len(entries) + 1))
        assert session.scalar(select(func.count()).select_from(ChainHead)) == 3


def test_the_chain_goes_on_where_it_ended(engine, committed_cast):
    scope = committed_cast.scope
    with new_session(engine) as session:
        before = data_version(scope, session)
        edit(session, scope.clinic_id, "vegan")
        assert data_version(scope, session) == before + 2
        edit(session, scope.clinic_id, "keto")
        assert data_version(scope, session) == before + 4
        assert verify(session).sound


def test_the_order_of_the_chain_is_the_order_of_writing(engine, committed_cast):
    with new_session(engine) as session:
        act_as(session, "member:1")
        add_scores(session, committed_cast, {f"s{number:03}": float(number) for number in range(100)})
        session.commit()
        sealed = select(AuditEntry.row_id).join(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        order = session.scalars(sealed.order_by(AuditSeal.position).where(AuditEntry.table_name == "score")).all()
        assert [row_id.split("/")[-1] for row_id in order] == [f"s{number:03}" for number in range(100)]


def test_what_is_rolled_back_moves_nothing(engine, committed_cast):
    scope = committed_cast.scope
    with new_session(engine) as session:
        before = data_version(scope, session)
        act_as(session, "member:1")
        session.execute(text("UPDATE patient SET diet = 'x'"))
        session.rollback()
        assert data_version(scope, session) == before
        session.commit()
        assert verify(session).sound


def test_a_clinic_s_version_does_not_move_with_another_s(engine, committed_cast):
    with new_session(engine) as session:
        before = data_version(committed_cast.scope, session)
        edit(session, committed_cast.elsewhere_id, "vegan")
        assert data_version(committed_cast.scope, session) == before
        assert data_version(Scope(uuid4()), session) == 0


def test_reading_drafts_and_accounts_do_not_move_the_version(engine, committed_cast):
    cast = committed_cast
    place = {"clinic_id": cast.clinic_id, "membership_id": cast.clinician.membership_id, "patient_id": cast.patient_id}
    with new_session(engine) as session:
        before = data_version(cast.scope, session)
        act_as(session, "member:1")
        session.execute(insert(ReadLog), [{**place, "id": uuid4(), "at": NOW, "what": "record"}])
        times = {"started_at": NOW, "saved_at": NOW, "fields": {}, "sequence": 1}
        session.execute(insert(Draft), [{**place, "form": "visit", **times}])
        session.get_one(User, cast.users["clinician"]).theme = "quiet"
        session.commit()
        assert data_version(cast.scope, session) == before


def test_releasing_a_savepoint_is_no_commit(engine, committed_cast):
    with new_session(engine) as session:
        before = data_version(committed_cast.scope, session)
        act_as(session, "member:1")
        with session.begin_nested():
            session.execute(text("UPDATE patient SET diet = 'x' WHERE code = 'P-002'"))
        assert data_version(committed_cast.scope, session) == before
        session.commit()
        assert data_version(committed_cast.scope, session) == before + 1


def test_a_commit_without_a_write_seals_nothing(engine, committed_cast):
    with new_session(engine) as session:
        before = data_version(committed_cast.scope, session)
        session.commit()
        act_as(session, "member:1")
        session.commit()
        assert data_version(committed_cast.scope, session) == before


def test_a_session_within_a_savepoint_seals_each_entry_once(engine, committed_cast):
    with engine.connect() as connection, connection.begin():
        for number in range(3):
            with new_session(connection) as session:
                edit(session, committed_cast.clinic_id, f"diet {number}")
        with new_session(connection) as session:
            assert verify(session).sound
            assert len(positions(session, committed_cast.clinic_id)) == data_version(committed_cast.scope, session)


def test_writers_at_the_same_time_do_not_fork_the_chain(engine, committed_cast):
    """Each edits a row of its own, so that nothing but the chain's head keeps them apart."""
    writers, rounds = 4, 10
    donors = [uuid4() for _ in range(writers)]
    with new_session(engine) as session:
        act_as(session, "program")
        rows = [{"clinic_id": committed_cast.clinic_id, "id": donor, "code": donor.hex} for donor in donors]
        session.execute(insert(Donor), [row | {"kind": DonorKind.BANK} for row in rows])
        session.commit()
    together = threading.Barrier(writers)
    with ThreadPoolExecutor(writers) as pool:
        turns = [pool.submit(_turns, engine, donor, rounds, together) for donor in donors]
        assert [turn.result() for turn in turns] == [rounds] * writers
    with new_session(engine, read_only=True) as session:
        written = [entry for entry in entries_of(session) if entry.actor == "member:1"]
        assert len(written) == writers * rounds
        assert verify(session).sound


def _turns(engine, donor, rounds, together):
    together.wait()
    for turn in range(rounds):
        with_retry(partial(_one_turn, engine, donor, str(turn)), attempts=20)
    return rounds


def _one_turn(engine, donor, note):
    with new_session(engine) as session:
        act_as(session, "member:1")
        session.execute(update(Donor).where(Donor.id == donor).values(note=note))
        session.commit()


@pytest.mark.usefixtures("committed_cast")
def test_thousands_of_rows_are_sealed_together(engine, committed_cast):
    with new_session(engine) as session:
        before = data_version(committed_cast.scope, session)
        act_as(session, "member:1")
        add_scores(session, committed_cast, {f"s{number:04}": 1.0 for number in range(3000)})
        session.commit()
        assert data_version(committed_cast.scope, session) == before + 3002
        assert verify(session).sound
