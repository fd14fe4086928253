"""Signing and unlocking: what a signature says, that a signed visit does not change, and that it shows if one did."""

import random
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Uuid, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from outcomes.actions import amend, assess
from outcomes.actions.amend import AssessmentEdit, VisitEdit
from outcomes.actions.assess import AssessmentForm, VisitForm
from outcomes.actions.errors import Invalid, KeyReused, NotAllowed, NotFound
from outcomes.actions.merge import merge, plan_merge
from outcomes.actions.reasons import Reason, reason_of
from outcomes.actions.rescore import rescore
from outcomes.actions.sign import SignatureForm, sign, unlock
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.base import Base
from outcomes.records.faults import FaultKind
from outcomes.records.session import act_as, new_session
from outcomes.records.signing import content_hash
from outcomes.records.tables import Assessment, AuditEntry, Score, Signature, SignatureVoid, Visit
from outcomes.records.verify import verify
from outcomes.terms import ChangeReason, Meaning
from tests.cast import make_cast
from tests.factories import NOON, days_before, make_work
from tests.records.tampering import behind_its_back

WHY = Reason(ChangeReason.MISTYPED, "seven, not one")
TABLES = {name: Base.metadata.tables[name] for name in ("visit", "assessment", "score")}
REFUSAL = "this visit is signed|permission denied"  # a member's role may not delete visits at all


def record(work, patient_id):
    forms = AssessmentForm("own_fatigue", {"1": 7}), AssessmentForm("own_thinking", {"1": 3})
    return assess.record(work, VisitForm(patient_id, days_before(5), forms, note="not a good week"))


def content_of(work, visit_id):
    return content_hash(work.session.connection(), work.clinic_id, visit_id)


def signed(work, visit_id, meaning=Meaning.REVIEWED):
    return sign(work, visit_id, SignatureForm(meaning, content_of(work, visit_id)))


@pytest.fixture
def visit(work, cast):
    return record(work, cast.patient_id)


def test_a_signature_says_who_when_and_what_it_means(work, cast, visit):
    row = work.session.get_one(Signature, (work.clinic_id, signed(work, visit, Meaning.RESPONSIBLE)))
    assert (row.printed_name, row.meaning, row.signed_at) == ("A clinician", Meaning.RESPONSIBLE, NOON)
    assert (row.visit_id, row.patient_id, row.membership_id) == (visit, cast.patient_id, cast.clinician.membership_id)
    assert row.content_sha256 == content_of(work, visit)


def test_what_was_not_on_the_screen_is_not_signed(work, visit):
    seen = content_of(work, visit)
    amend.amend_visit(work, visit, VisitEdit(days_before(6)), 1, "the day before")
    with pytest.raises(Invalid) as refused:
        sign(work, visit, SignatureForm(Meaning.REVIEWED, seen))
    assert refused.value.code == "content_changed"


@pytest.mark.usefixtures("alone")
def test_a_member_signs_once_and_another_may_sign_too(work, as_one, visit):
    signed(work, visit)
    with pytest.raises(Invalid, match="signed_already"):
        signed(work, visit)
    signed(as_one("administrator"), visit)
    assert work.session.scalar(select(func.count()).select_from(Signature)) == 2


def test_a_form_sent_twice_signs_once(work, visit):
    form = SignatureForm(Meaning.AUTHORED, content_of(work, visit))
    assert sign(work, visit, form, "key") == sign(work, visit, form, "key")
    with pytest.raises(KeyReused):
        sign(work, visit, SignatureForm(Meaning.REVIEWED, form.content_sha256), "key")


def changes(work, visit_id):
    (first, _) = work.session.scalars(select(Assessment.id).where(Assessment.visit_id == visit_id)).all()
    return {
        "answers": lambda: amend.amend(work, first, AssessmentEdit({"1": 1}), 1, "typed wrongly"),
        "visit": lambda: amend.amend_visit(work, visit_id, VisitEdit(days_before(6)), 1, "the day before"),
        "questionnaire": lambda: amend.add_assessment(work, visit_id, AssessmentForm("own_quality_of_life", {"1": 2})),
        "removal": lambda: amend.remove_visit(work, visit_id, "somebody else's"),
    }


@pytest.mark.parametrize("change", ["answers", "visit", "questionnaire", "removal"])
@pytest.mark.usefixtures("alone")
def test_a_signed_visit_is_changed_after_unlocking_alone(work, visit, change):
    signed(work, visit)
    with pytest.raises(Invalid) as refused:
        changes(work, visit)[change]()
    assert refused.value.code == "signed"
    unlock(work, visit, WHY)
    changes(work, visit)[change]()


@pytest.mark.usefixtures("alone")
def test_unlocking_voids_each_signature_by_a_row_and_keeps_why(work, as_one, visit):
    signatures = {signed(work, visit), signed(as_one("administrator"), visit)}
    unlock(work, visit, WHY)
    voids = work.session.scalars(select(SignatureVoid)).all()
    assert {row.signature_id for row in voids} == signatures
    assert {(row.why, row.printed_name) for row in voids} == {(ChangeReason.MISTYPED, "A clinician")}
    reasons = work.session.scalars(select(AuditEntry.reason).where(AuditEntry.table_name == "signature_void")).all()
    assert all(reason.startswith("mistyped: ") and "seven" not in reason for reason in reasons)
    with pytest.raises(Invalid, match="not_signed"):
        unlock(work, visit, WHY)
    signed(work, visit)  # and it may be signed anew


@pytest.mark.usefixtures("alone")
def test_a_merge_voids_the_signatures_on_what_it_moves_and_says_how_many(work, as_one, cast, visit):
    other = record(work, cast.other_patient_id)
    amend.amend_visit(work, other, VisitEdit(days_before(9)), 1, "another day")
    signed(work, visit)
    signed(work, other)
    admin = as_one("administrator")
    assert plan_merge(admin, cast.patient_id, cast.other_patient_id).signatures == 1
    assert merge(admin, cast.patient_id, cast.other_patient_id, "one person").signatures == 1
    assert work.session.get_one(Visit, (work.clinic_id, other)).patient_id == cast.patient_id
    assert [row.patient_id for row in work.session.scalars(select(SignatureVoid))] == [cast.other_patient_id]


def test_scores_of_a_signed_visit_are_compared_and_not_written(work, visit):
    signed(work, visit)
    before = content_of(work, visit)
    assert list(rescore(work)) == []
    assert content_of(work, visit) == before


# What the database itself refuses, by whatever statement


@pytest.fixture
def locked(session, work, cast, visit):
    """The ids of a signed visit, and of a row of each of its tables."""
    signed(work, visit)
    session.expire_all()
    assessment = session.scalars(select(Assessment).where(Assessment.visit_id == visit)).first()
    score = session.scalars(select(Score).where(Score.assessment_id == assessment.id)).first()
    act_as(session, "program", "a test")
    return {"visit": session.get_one(Visit, (cast.clinic_id, visit)), "assessment": assessment, "score": score}


CHANGED = {"visit": {"crash": True}, "assessment": {"answers": {"1": 1}}, "score": {"value": 1.5}}


def fields(row, **changed):
    return {column.name: getattr(row, column.name) for column in row.__table__.columns} | changed


def new_key(row):
    if isinstance(row, Score):
        return {"scale": "own_fatigue.other"}
    return {"id": uuid4(), **({"instrument": "other"} if isinstance(row, Assessment) else {})}


def orm_insert(session, row, _):
    session.add(type(row)(**fields(row, **new_key(row))))


def orm_update(_, row, values):
    for name, value in values.items():
        setattr(row, name, value)


def orm_to_null(_, row, values):
    for name in {"visit": ("note",), "assessment": ("finished_at",), "score": ("value",)}[row.__tablename__]:
        setattr(row, name, None)


def orm_from_null(_, row, values):
    given = {"visit": {"severity": "mild"}, "assessment": {"form_version": "1"}, "score": {"standard_error": 1.0}}
    orm_update(_, row, given[row.__tablename__])


def orm_delete(session, row, _):
    session.delete(row)


def orm_bulk_update(session, row, values):
    session.execute(update(type(row)).where(type(row).clinic_id == row.clinic_id).values(**values))


def orm_bulk_insert(session, row, _):
    session.execute(insert(type(row)), [fields(row, **new_key(row))])


def orm_bulk_delete(session, row, _):
    session.execute(delete(type(row)).where(type(row).clinic_id == row.clinic_id))


def orm_bulk_by_key(session, row, values):
    keys = {column.name: getattr(row, column.name) for column in row.__table__.primary_key.columns}
    session.execute(update(type(row)), [keys | values])


def core_update(session, row, values):
    session.connection().execute(row.__table__.update().values(**values))


def raw_sql(session, row, _):
    session.execute(text(f"UPDATE {row.__tablename__} SET clinic_id = clinic_id"))


def upsert(session, row, values):
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[session.get_bind().dialect.name]
    keys = [column.name for column in row.__table__.primary_key.columns]
    statement = dialect.insert(row.__table__).values(fields(row))
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def replace(session, row, values):
    if session.get_bind().dialect.name == "sqlite":
        session.execute(insert(row.__table__).prefix_with("OR REPLACE").values(fields(row, **values)))
        return
    # PostgreSQL has no such statement: what it stands for, in two
    session.execute(delete(row.__table__).where(*(key == getattr(row, key.name) for key in row.__table__.primary_key)))
    session.execute(insert(row.__table__).values(fields(row, **values)))


PATHS = [
    orm_insert,
    orm_update,
    orm_to_null,
    orm_from_null,
    orm_delete,
    orm_bulk_update,
    orm_bulk_insert,
    orm_bulk_delete,
    orm_bulk_by_key,
    core_update,
    raw_sql,
    upsert,
    replace,
]


def test_there_are_thirteen_paths():
    assert len(set(PATHS)) == 13


@pytest.mark.parametrize("table", ["visit", "assessment", "score"])
@pytest.mark.parametrize("path", PATHS, ids=[path.__name__ for path in PATHS])
def test_no_path_of_writing_reaches_a_signed_visit(session, locked, table, path):
    row = locked[table]
    if table == "visit" and path in {orm_insert, orm_bulk_insert}:
        return  # a new visit bears no signature: there is nothing to refuse
    with pytest.raises(DBAPIError, match=REFUSAL):
        _write(session, path, row, CHANGED[table])


def _write(session, path, row, values):
    with session.begin_nested():
        path(session, row, values)
        session.flush()


def test_another_visit_of_the_same_patient_stays_open(work, cast, locked):
    other = record(work, cast.patient_id)
    amend.amend_visit(work, other, VisitEdit(days_before(6)), 1, "the day before")


def test_answers_are_not_moved_into_a_signed_visit(session, work, cast, locked):
    other = record(work, cast.patient_id)
    moved = update(Assessment).where(Assessment.visit_id == other, Assessment.instrument == "own_fatigue")
    with pytest.raises(DBAPIError, match=REFUSAL), session.begin_nested():
        session.execute(moved.values(visit_id=locked["visit"].id, instrument="own_quality_of_life"))


@pytest.mark.parametrize("statement", ["UPDATE {} SET version = 9", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["signature", "signature_void"])
def test_signatures_and_their_voiding_stay(session, work, locked, table, statement):
    unlock(work, locked["visit"].id, WHY)
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), session.begin_nested():
        session.execute(text(statement.format(table)))


# What was changed behind the program's back


@pytest.fixture
def apart(engine, catalogue):
    """A signed visit and one that was unlocked, committed."""
    with new_session(engine) as session:
        cast = make_cast(session)
        work = make_work(session, cast.clinician, catalogue)
        act_as(session, cast.clinician.name_in_trail)
        visits = [record(work, cast.patient_id), record(work, cast.other_patient_id)]
        for each in visits:
            signed(work, each)
        unlock(work, visits[1], WHY)
        session.commit()
    return visits


def faults(engine):
    with new_session(engine, read_only=True) as session:
        return verify(session).faults


@pytest.mark.usefixtures("alone")
def test_a_signed_visit_that_was_not_touched_is_sound(engine, apart):
    assert faults(engine) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE visit SET crash = NOT crash",
        "UPDATE assessment SET answers = '{\"1\": 1}'",
        "UPDATE score SET value = value + 0.0000001",
        "DELETE FROM score",
        "UPDATE assessment SET instrument = instrument || 'x'",
    ],
)
@pytest.mark.usefixtures("alone")
def test_verify_names_the_signed_visit_that_was_changed_and_no_other(engine, apart, statement):
    with behind_its_back(engine) as connection:
        connection.execute(text(statement))
    broken = [each for each in faults(engine) if each.kind is FaultKind.SIGNATURE_BROKEN]
    assert [(each.table, each.row_id, each.field) for each in broken] == [("visit", apart[0].hex, None)]


CHANGES = 500
seen = set()


@pytest.fixture(scope="module")
def opened(tmp_path_factory, sqlite_template):
    """A file with one signed visit and no triggers, so that anybody may change it."""
    import shutil  # noqa: PLC0415 - for this file alone

    from tests.databases import open_test_engine  # noqa: PLC0415 - as above

    path = tmp_path_factory.mktemp("signed") / "records.db"
    shutil.copy(sqlite_template, path)
    engine = open_test_engine(f"sqlite:///{path}")
    with new_session(engine) as session:
        cast = make_cast(session)
        visit = record(make_work(session, cast.clinician, load_catalogue()), cast.patient_id)
        session.commit()
    with engine.execution_options(changing_schema=True).begin() as connection:
        for name in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection = engine.execution_options(changing_schema=True).connect()
    yield connection, cast.clinic_id, visit
    connection.close()
    engine.dispose()


@settings(max_examples=CHANGES, suppress_health_check=list(HealthCheck), derandomize=True)
@given(chance=st.integers(0, 2**32))
def test_one_byte_changed_anywhere_in_a_signed_visit_shows(opened, chance):
    connection, clinic, visit = opened
    dice = random.Random(chance)
    before = content_hash(connection, clinic, visit)
    nested = connection.begin_nested()
    table, column, statement = one_byte(connection, dice)
    connection.execute(*statement)
    assert content_hash(connection, clinic, visit) != before, (table, column)
    nested.rollback()
    assert content_hash(connection, clinic, visit) == before
    seen.add((table, column))


def one_byte(connection, dice):
    """Change one character of one stored value, whatever it is, at a random place."""
    name = dice.choice(list(TABLES))
    row = dice.choice(connection.execute(text(f"SELECT rowid, * FROM {name}")).mappings().all())
    column = dice.choice(
        [
            each
            for each in [column.name for column in TABLES[name].columns]
            if each != "clinic_id" and row[each] is not None
        ]
    )
    stored = str(row[column])
    digits = [place for place, letter in enumerate(stored) if letter.isdigit()]
    if isinstance(TABLES[name].c[column].type, Uuid) or digits:
        place = dice.choice(digits)
        new = stored[:place] + str((int(stored[place]) + dice.randint(1, 9)) % 10) + stored[place + 1 :]
    else:
        place = dice.randrange(len(stored))
        new = stored[:place] + chr(ord(stored[place]) ^ 1) + stored[place + 1 :]
    kind = type(row[column])
    value = kind(new) if kind in {int, float} else new
    return (
        name,
        column,
        (text(f"UPDATE {name} SET {column} = :value WHERE rowid = :row"), {"value": value, "row": row["rowid"]}),
    )


def test_the_changes_reached_every_kind_of_value():
    assert not seen or len(seen) > 25


# Why


@pytest.mark.parametrize(("why", "more", "field"), [(None, "x", "why"), ("odd", "", "why"), ("other", " ", "why_more")])
def test_a_reason_is_chosen_and_other_is_explained(why, more, field):
    with pytest.raises(Invalid) as refused:
        reason_of(why, more)
    assert refused.value.field == field


# Who may not


@pytest.mark.parametrize("name", ["patient", "researcher"])
def test_nobody_else_signs_or_unlocks(work, as_one, visit, name):
    content = content_of(work, visit)
    with pytest.raises(NotAllowed):
        sign(as_one(name), visit, SignatureForm(Meaning.REVIEWED, content))
    with pytest.raises(NotAllowed):
        unlock(as_one(name), visit, WHY)


def test_a_visit_of_another_clinic_or_none_is_not_found(work, as_one, visit):
    content = content_of(work, visit)
    for who, which in (("clinician_elsewhere", visit), ("clinician", UUID(int=1))):
        with pytest.raises(NotFound):
            sign(as_one(who), which, SignatureForm(Meaning.REVIEWED, content))
        with pytest.raises(NotFound):
            unlock(as_one(who), which, WHY)
