"""What people write is sealed, and whoever has no key of their own stands in the trail by a keyed hash.

Every text column of an audited table is declared one or the other, or named below as holding no personal words:
a new column is red here until somebody has decided.
"""

import re
from base64 import b64encode

import pytest
from sqlalchemy import JSON, String, Text, delete, select, text, update

from outcomes.actions import amend, end, enrol, merge, report_event, treat
from outcomes.actions.amend import VisitEdit
from outcomes.actions.errors import StaleVersion
from outcomes.records import audit
from outcomes.records.base import Base, Code
from outcomes.records.personal import keyed, personal_key
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.history import history
from outcomes.records.queries.record import patient_record
from outcomes.records.sealed_rows import opened_by_any, opened_text, sealed_columns, sealed_reason, sealed_tables
from outcomes.records.sealing import ERASED, MARK
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import AuditEntry, Membership, Patient, PatientKey, User, Visit
from outcomes.records.verify import verify
from outcomes.terms import CaseDefinitionName, Ending, ExposureKind, Relation, Route
from tests.actions.conftest import catalogue, make, work
from tests.cast import make_cast
from tests.databases import open_test_engine
from tests.factories import TODAY, days_before, make_work

__all__ = ["catalogue", "make", "work"]

# Codes, hashes, and words of the clinic about itself, its donors and its plans.
WITHOUT_A_PERSON = frozenset(
    {
        "arm.label",
        "assessment.answers",
        "assessment.form_version",
        "assessment.given_on",
        "assessment.instrument",
        "assessment.key_version",
        "assessment.totals",
        "assessment.wording_version",
        "clinic.country",
        "clinic.emergency_contact",
        "clinic.name",
        "clinic.settings",
        "clinic.time_zone",
        "consent.text_version",
        "diary_day.scale",
        "donor.code",
        "donor.note",
        "donor_screening.note",
        "donor_screening.panel",
        "import_mapping.header_hash",
        "import_mapping.mapping",
        "import_run.counts",
        "import_run.file_sha256",
        "import_run.mapping",
        "invitation.token_hash",
        "lot.number",
        "lot.recall_reason",
        "patient.comorbidities",
        "patient.country",
        "patient_key.master_key_id",
        "protocol.primary_scale",
        "protocol.qualifying_scale",
        "protocol.time_points",
        "release.basis",
        "release.counts",
        "release.file_sha256",
        "release.purpose",
        "release.recipe",
        "release.risk",
        "release.state",
        "release.title",
        "release_approval.file_sha256",
        "release_script.output",
        "release_script.script",
        "release_script.state",
        "release_script.title",
        "release_script.told",
        "release_secret.master_key_id",
        "release_taking.file_sha256",
        "release_taking.why",
        "responder_definition.name",
        "responder_definition.rule",
        "score.key_version",
        "score.scale",
        "signature.content_sha256",
        "signature.printed_name",  # a member of staff: a signature without its name is none
        "signature_void.printed_name",
        "user_account.theme",
        "visit.time_zone",
    }
)
CANARY = "kanarya Işık 7"


def columns_of_words():
    return [
        column
        for table in audit.audited_tables()
        for column in table.columns
        if isinstance(column.type, (String, Text, JSON)) and not isinstance(column.type, Code)
    ]


def test_every_column_of_words_is_declared():
    undeclared = {str(each) for each in columns_of_words() if not each.info} - WITHOUT_A_PERSON
    assert not undeclared, "seal these, or say in WITHOUT_A_PERSON that they hold nobody's words"
    assert not WITHOUT_A_PERSON - {str(each) for each in columns_of_words() if not each.info}
    assert len(columns_of_words()) > 60


def test_what_is_sealed_belongs_to_a_patient_and_is_long_enough_for_it():
    for table in sealed_tables():
        assert table.name == "patient" or "patient_id" in table.c
        for name in sealed_columns(table.name):
            assert isinstance(table.c[name].type, Text)


@pytest.fixture
def written(work, cast, make):
    """A patient with a canary in every field in which words are typed."""
    patient_id = make.patient("W-1", name=CANARY, medication=CANARY, diet=CANARY).id
    form = enrol.PatientForm(
        name=CANARY,
        medication=CANARY,
        diet=CANARY,
        case_definitions=(enrol.CaseDefinitionForm(CaseDefinitionName.FUKUDA_1994, assessor=CANARY),),
    )
    enrol.edit(work, patient_id, form, 1)
    course = treat.begin_course(work, patient_id, treat.CourseForm(indication=CANARY, note=CANARY))
    given = {"lavage_agent": CANARY, "antibiotic": CANARY, "note": CANARY}
    made = make.known(patient_id)
    treat.infuse(work, course, treat.InfusionForm(days_before(9), Route.COLONOSCOPY, **given))
    made.visit(TODAY, note=CANARY)
    related = {"relation_to_fmt": Relation.UNRELATED, "relation_to_procedure": Relation.UNRELATED}
    event = report_event.EventForm(
        term=CANARY, started_on=days_before(3), grade=1, action=CANARY, organism=CANARY, **related
    )
    report_event.report_event(work, patient_id, event)
    report_event.expose(work, patient_id, report_event.ExposureForm(ExposureKind.DIET, CANARY, days_before(2)))
    end.end(work, patient_id, end.EndingForm(Ending.LOST, TODAY, CANARY))
    amend.amend_visit(work, made.visits[0], VisitEdit(TODAY, note=f"{CANARY}, again"), 1, CANARY)
    return made


def stored_words(session):
    return "\n".join(
        repr(row) for table in Base.metadata.sorted_tables for row in session.execute(text(f"SELECT * FROM {table}"))
    )


def test_nothing_typed_stands_anywhere_in_clear(session, written):
    assert CANARY not in stored_words(session)
    assert "kanarya" not in stored_words(session)


def test_everything_typed_is_read_again(session, written, cast, keys):
    found = patient_record(cast.scope, session, keys, written.id, TODAY)
    course, event = found.courses[0], found.events[0]
    infusion = course.infusions[0]
    words = [found.header.medication, found.header.diet, found.header.case_definitions[0].assessor]
    words += [found.header.ending.reason, course.indication, course.note, infusion.lavage_agent, infusion.antibiotic]
    words += [infusion.note, event.term, event.action, event.organism, found.exposures[0].text]
    assert words == [CANARY] * len(words)
    assert found.visits[0].note == f"{CANARY}, again"


def test_the_history_opens_what_was_typed_and_why(session, written, cast, keys):
    amended = history(cast.scope, session, keys, written.id).entries[0]
    (change,) = [each for each in amended.changes if each.field == "note"]
    assert (change.old, change.new, amended.reason) == (CANARY, f"{CANARY}, again", CANARY)


def test_without_the_key_everything_reads_erased_and_nothing_fails(session, written, cast, keys):
    session.execute(delete(PatientKey).where(PatientKey.patient_id == written.id))
    session.expire_all()
    found = patient_record(cast.scope, session, keys, written.id, TODAY)
    assert (found.header.name, found.header.diet, found.visits[0].note, found.events[0].term) == (
        None,
        ERASED,
        ERASED,
        ERASED,
    )
    told = history(cast.scope, session, keys, written.id)
    assert CANARY not in repr(told)
    assert ERASED in {entry.reason for entry in told.entries}


def test_the_same_words_again_are_no_change(work, written, session):
    visit = session.get(Visit, (work.clinic_id, written.visits[0]))
    before, version = visit.note, visit.version
    amend.amend_visit(work, visit.id, VisitEdit(TODAY, note=f"{CANARY}, again"), version, "nothing")
    assert (visit.note, visit.version) == (before, version)
    with pytest.raises(StaleVersion) as stale:
        amend.amend_visit(work, visit.id, VisitEdit(TODAY, note="mine"), version - 1, "late")
    assert [(each.mine, each.theirs) for each in stale.value.conflicts] == [("mine", f"{CANARY}, again")]


def test_clear_text_of_an_earlier_program_is_read_and_sealed_with_the_next_change(work, cast, make, session, keys):
    made = make.known(cast.patient_id).visit(TODAY, note="to be replaced")
    session.execute(update(Visit).where(Visit.id == made.visits[0]).values(note="sealed: in an envelope"))
    session.expire_all()
    read = patient_record(cast.scope, session, keys, cast.patient_id, TODAY).visits[0].note
    assert read == "sealed: in an envelope"
    amend.amend_visit(work, made.visits[0], VisitEdit(TODAY, note="new"), 1, "better")
    assert session.scalar(select(Visit.note).where(Visit.id == made.visits[0])).startswith(MARK)


def test_merged_words_are_sealed_with_the_key_of_the_survivor(written, cast, session, keys, catalogue):
    survivor = cast.patient_id
    merge.merge(make_work(session, cast.administrator, catalogue), survivor, written.id, "the same person")
    found = patient_record(cast.scope, session, keys, survivor, TODAY)
    assert (found.visits[0].note, found.courses[0].indication) == (f"{CANARY}, again", CANARY)
    assert found.events[0].term == CANARY
    session.execute(delete(PatientKey).where(PatientKey.patient_id == written.id))
    session.expire_all()
    assert patient_record(cast.scope, session, keys, survivor, TODAY).visits[0].note == f"{CANARY}, again"


def test_a_reason_keeps_its_code_in_clear(keys, cast):
    cipher = keys.open_patient_key(
        *keys.new_patient_key(cast.clinic_id, cast.patient_id), cast.clinic_id, cast.patient_id
    )
    kept = sealed_reason(cipher, CANARY, "mistyped")
    assert kept.startswith("mistyped: sealed:")
    assert opened_by_any([cipher], "reason", kept) == f"mistyped: {CANARY}"
    assert opened_by_any([], "reason", kept) == f"mistyped: {ERASED}"
    assert opened_by_any([cipher], "reason", "an old reason in clear") == "an old reason in clear"


def test_a_word_without_a_key_is_read_as_it_stands():
    assert opened_text(None, "visit", "note", "clear") == "clear"
    assert opened_text(None, "visit", "note", MARK + b64encode(b"\x01" * 40).decode()) == ERASED


def names_in_trail(session, table, field):
    entries = session.scalars(select(AuditEntry.new).where(AuditEntry.table_name == table))
    return {entry[field] for entry in entries}


def test_persons_stand_in_the_trail_by_a_keyed_hash(engine, committed_cast):
    with new_session(engine) as session:
        key = personal_key(engine.get_execution_options()["audit_key"])
        emails = set(session.scalars(select(User.email)))
        names = set(session.scalars(select(Membership.display_name)))
        codes = set(session.scalars(select(Patient.code)))
        assert names_in_trail(session, "user_account", "email") == {keyed(key, each) for each in emails}
        assert names_in_trail(session, "membership", "display_name") == {keyed(key, each) for each in names}
        assert names_in_trail(session, "patient", "code") == {keyed(key, each) for each in codes}
        trail = "".join(repr(row) for row in session.execute(select(AuditEntry.old, AuditEntry.new)))
    assert not [each for each in emails | names | codes if each in trail]
    with new_session(engine, read_only=True) as session:
        assert verify(session).sound


def test_names_in_clear_in_entries_of_an_earlier_program_are_no_fault(sqlite_url):
    """An entry of before says the name, the next says its hash: both tell of one row."""
    engine = open_test_engine(sqlite_url)
    with engine.begin() as connection:
        triggers = [row for row in audit.statements("sqlite") if "_membership_" in row or "_user_account_" in row]
        for statement in triggers:
            name = statement.split()[2]
            connection.execute(text(f"DROP TRIGGER {name}"))
            connection.exec_driver_sql(_in_clear(statement))
    with new_session(engine) as session:
        make_cast(session)
        session.commit()
    with engine.begin() as connection:
        for statement in triggers:
            connection.execute(text(f"DROP TRIGGER {statement.split()[2]}"))
            connection.exec_driver_sql(statement)
    with new_session(engine) as session:
        act_as(session, "program")
        assert any("@" in each for each in names_in_trail(session, "user_account", "email"))
        session.execute(update(Membership).where(Membership.role == "clinician").values(display_name="A new name"))
        session.commit()
    with new_session(engine, read_only=True) as session:
        assert verify(session).faults == ()
    _write_past_the_trail(engine)
    with new_session(engine, read_only=True) as session:
        (fault,) = verify(session).faults
        assert (fault.table, fault.field) == ("user_account", "email")
    engine.dispose()


def _in_clear(statement):
    return re.sub(r"app_keyed\((\w+\.\w+)\)", r"\1", statement)


def _write_past_the_trail(engine):
    with engine.begin() as connection:
        update_trigger = next(row for row in audit.statements("sqlite") if "audit_user_account_update" in row)
        connection.execute(text("DROP TRIGGER audit_user_account_update"))
        first = "(SELECT id FROM user_account ORDER BY id LIMIT 1)"
        connection.execute(text(f"UPDATE user_account SET email = 'x@example.org' WHERE id = {first}"))
        connection.exec_driver_sql(update_trigger)


def test_the_header_reads_a_patient_without_a_key(cast, session, keys):
    session.execute(delete(PatientKey).where(PatientKey.patient_id == cast.patient_id))
    assert patient_header(cast.scope, session, keys, cast.patient_id).name is None
