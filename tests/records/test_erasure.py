"""Erasure: nothing of a person is left anywhere, the trail still verifies, and a restore brings nobody back."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from outcomes.actions import accounts, amend, drafts, end, enrol, merge, report_event, sign, treat
from outcomes.actions.amend import VisitEdit
from outcomes.actions.assess import AssessmentForm
from outcomes.actions.erase import ErasureForm, erase, erase_again
from outcomes.actions.errors import Invalid, NotAllowed, NotFound
from outcomes.records.base import Base
from outcomes.records.erasures import read_erasures
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.history import history
from outcomes.records.queries.record import patient_record
from outcomes.records.sealing import ERASED
from outcomes.records.session import act_as, new_session
from outcomes.records.signing import content_hash
from outcomes.records.tables import (
    Draft,
    Membership,
    NamePrefix,
    Passkey,
    Patient,
    PatientKey,
    Score,
    SignIn,
    User,
    Visit,
)
from outcomes.records.verify import verify
from outcomes.terms import (
    CaseDefinitionName,
    Ending,
    ErasureGround,
    ExposureKind,
    Language,
    Meaning,
    Relation,
    Role,
    Route,
)
from tests.actions.conftest import as_one, catalogue, make, work
from tests.cast import NOW, make_cast
from tests.databases import AUDIT_KEY, open_test_engine
from tests.factories import TODAY, Maker, days_before, make_work
from tests.records.test_backup import look, quiet, restored, source_of, take

__all__ = ["as_one", "catalogue", "make", "work"]

CANARIES = [f"kanarya{number}ışık" for number in range(24)]
GROUND = ErasureGround.ASKED


def canary():
    """A word for each field, so that a finding says where it comes from."""
    return iter(CANARIES)


def fill(work, admin):
    """A patient with a word of its own in every field in which words are typed, a sign-in, drafts and a signature."""
    word = canary()
    code = next(word)
    form = enrol.PatientForm(code=code, name=next(word), contact=next(word), medication=next(word), diet=next(word))
    patient_id = enrol.enrol(work, form)
    definition = enrol.CaseDefinitionForm(CaseDefinitionName.IOM_2015, assessor=next(word))
    enrol.edit(work, patient_id, replace(form, case_definitions=(definition,), diet=next(word)), 1)
    course = treat.begin_course(work, patient_id, treat.CourseForm(indication=next(word), note=next(word)))
    given = {"lavage_agent": next(word), "antibiotic": next(word), "note": next(word)}
    treat.infuse(work, course, treat.InfusionForm(days_before(9), Route.COLONOSCOPY, **given))
    made = Maker(work).known(patient_id)
    made.visit(TODAY, AssessmentForm("own_fatigue", {"1": 5}), note=next(word))
    made.visit(days_before(3), AssessmentForm("own_fatigue", {"1": 4}), note=next(word))
    related = {"relation_to_fmt": Relation.UNRELATED, "relation_to_procedure": Relation.UNRELATED}
    event = report_event.EventForm(
        term=next(word), started_on=days_before(3), grade=1, action=next(word), organism=next(word), **related
    )
    report_event.report_event(work, patient_id, event)
    report_event.expose(work, patient_id, report_event.ExposureForm(ExposureKind.DIET, next(word), days_before(2)))
    amend.amend_visit(work, made.visits[0], VisitEdit(TODAY, note=next(word)), 1, next(word))
    content = content_hash(work.session.connection(), work.clinic_id, made.visits[1])
    sign.sign(work, made.visits[1], sign.SignatureForm(next(iter(Meaning)), content))
    end.end(work, patient_id, end.EndingForm(Ending.LOST, TODAY, next(word)))
    drafts.keep(work, "visit", {"note": next(word)}, patient_id=patient_id)
    _sign_in(admin, patient_id, next(word), next(word))
    work.session.flush()
    return patient_id, made


def _sign_in(admin, patient_id, name, device):
    person = accounts.MemberForm(f"{CANARIES[23]}@example.org", name, Role.PATIENT, Language.TURKISH, patient_id)
    accounts.invite(admin, person)
    session = admin.session
    user = session.scalars(select(User).where(User.email.startswith(CANARIES[23]))).one()
    session.add(SignIn(user_id=user.id, token_hash="t" * 64, device=device, made_at=NOW, seen_at=NOW))
    key = {"credential_id": b"c" * 20, "public_key": b"p" * 20}
    session.add(Passkey(user_id=user.id, name=device, made_at=NOW, **key))
    session.flush()


def found_in(folder):
    """Every canary that stands in a file of a folder, as UTF-8, base64 or hexadecimal."""
    shapes = [(word, shape) for word in CANARIES for shape in shapes_of(word)]
    files = [path for path in folder.rglob("*") if path.is_file()]
    read = {path.name: path.read_bytes().lower() for path in files}
    return {(name, word) for name, content in read.items() for word, shape in shapes if shape.lower() in content}


def shapes_of(word):
    raw = word.encode()
    whole = [b64encode(bytes(shift) + raw + b"\0" * 2)[2 + shift : -6] for shift in range(3)]
    return [raw, raw.hex().encode(), word.encode("utf-16-le"), word.encode("unicode_escape"), *whole]


def settle(engine):
    """Let the file hold nothing but what is there now."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            raw = connection.connection.driver_connection
            raw.rollback()
            raw.execute("PRAGMA query_only=0")
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@pytest.fixture
def scene(sqlite_url, tmp_path, catalogue):
    """A committed installation with one filled patient: the engine, the cast, the patient and the folder of ledgers."""
    engine = open_test_engine(sqlite_url)
    with new_session(engine) as session:
        cast = make_cast(session)
        act_as(session, "program")
        patient_id, _ = fill(
            make_work(session, cast.clinician, catalogue), make_work(session, cast.administrator, catalogue)
        )
        session.commit()
    yield engine, cast, patient_id, tmp_path / "anchors"
    engine.dispose()


def erase_in(engine, cast, catalogue, patient_id, ledger, **changes):
    with new_session(engine) as session:
        act_as(session, cast.administrator.name_in_trail)
        turn = make_work(session, cast.administrator, catalogue)
        code = session.scalar(select(Patient.code).where(Patient.id == patient_id))
        done = erase(turn, patient_id, ErasureForm(GROUND, code, **changes), ledger)
        session.commit()
    return done


@pytest.mark.parametrize("scores", [False, True])
def test_nothing_of_a_person_is_left_in_any_file(scene, tmp_path, catalogue, scores):
    engine, cast, patient_id, ledger = scene
    settle(engine)
    assert {word for _, word in found_in(tmp_path)} >= {CANARIES[0], CANARIES[23]}, "the search sees what is in clear"
    before = take(source_of(str(engine.url), tmp_path), tmp_path / "elsewhere" / "backups", NOW, quiet)
    erase_in(engine, cast, catalogue, patient_id, ledger, scores=scores)
    settle(engine)
    assert found_in(tmp_path) == set()
    with new_session(engine, read_only=True) as session:
        assert verify(session, ledger).faults == ()
    later = take(source_of(str(engine.url), tmp_path), tmp_path / "elsewhere" / "backups", NOW + timedelta(1), quiet)
    assert found_in(tmp_path) == set()
    for name, one in {"later": later, "older": before}.items():
        _restored_without_the_person(one.path, tmp_path / name, ledger, cast, catalogue)
        assert found_in(tmp_path / name) == set(), name


def _restored_without_the_person(path, folder, ledger, cast, catalogue):
    """Restore with the ledger of the place that was lost, as the command does."""
    (folder / "anchors").mkdir(parents=True)
    (folder / "anchors" / "erasures.jsonl").write_bytes((ledger / "erasures.jsonl").read_bytes())
    target = restored(path, folder)
    engine = open_test_engine(target.database_url)
    with new_session(engine) as session:
        act_as(session, "program", "restored")
        turn = make_work(session, replace(cast.administrator, membership_id=None), catalogue)
        erase_again(turn, read_erasures(target.anchors, AUDIT_KEY))
        session.commit()
    settle(engine)
    assert look(target, lambda session: verify(session, target.anchors)).faults == ()
    for kept in folder.glob("anchors.before-*"):
        assert found_in(kept) == set()


def test_the_words_are_gone_from_the_pages_and_the_scores_stay(scene, catalogue, keys):
    engine, cast, patient_id, ledger = scene
    done = erase_in(engine, cast, catalogue, patient_id, ledger)
    assert (done.accounts, done.rows > 6) == (1, True)
    with new_session(engine, read_only=True) as session:
        record = patient_record(cast.scope, session, keys, patient_id, TODAY)
        header = record.header
        assert (header.name, header.contact, header.birth_date, header.medication) == (None,) * 4
        assert header.code == done.code != CANARIES[0]
        assert [row.value for row in record.scores["own_fatigue.score"]] == [4, 5]
        assert {visit.note for visit in record.visits} == {None, ERASED}  # a signed one keeps what nobody can open
        assert record.events[0].term == ERASED
        told = repr(history(cast.scope, session, keys, patient_id))
        assert not [word for word in CANARIES if word in told]
        assert header.ending is not None


def test_with_answers_and_scores_nothing_is_shown_any_more(scene, catalogue, keys):
    engine, cast, patient_id, ledger = scene
    erase_in(engine, cast, catalogue, patient_id, ledger, scores=True)
    with new_session(engine, read_only=True) as session:
        with pytest.raises(Exception, match="patient"):
            patient_header(cast.scope, session, keys, patient_id)
        assert session.scalar(select(func.count()).where(Score.patient_id == patient_id)) == 0
        own = select(func.count()).where(Visit.patient_id == patient_id, Visit.deleted_at.is_(None))
        assert session.scalar(own) == 0
        assert verify(session, ledger).faults == ()


def test_the_account_is_closed_and_names_nobody(scene, catalogue):
    engine, cast, patient_id, ledger = scene
    erase_in(engine, cast, catalogue, patient_id, ledger)
    with new_session(engine, read_only=True) as session:
        member = session.scalars(select(Membership).where(Membership.patient_id == patient_id)).one()
        user = session.get(User, member.user_id)
        assert (member.display_name, member.active, user.active, user.password_hash) == (ERASED, False, False, None)
        assert user.email.endswith("@erased.invalid")
        assert session.scalar(select(func.count()).where(Passkey.user_id == user.id)) == 0
        signed_in = session.scalars(select(SignIn).where(SignIn.user_id == user.id)).all()
        assert [(each.device, each.revoked_at is None) for each in signed_in] == [(None, False)]
        for table in (PatientKey, NamePrefix, Draft):
            assert session.scalar(select(func.count()).where(table.patient_id == patient_id)) == 0


def test_an_account_with_a_place_elsewhere_stays(scene, catalogue):
    engine, cast, patient_id, ledger = scene
    with new_session(engine) as session:
        act_as(session, "program")
        user_id = session.scalar(select(Membership.user_id).where(Membership.patient_id == patient_id))
        place = {"clinic_id": cast.elsewhere_id, "user_id": user_id, "role": Role.CLINICIAN}
        session.add(Membership(**place, display_name="Somebody else"))
        session.commit()
    assert erase_in(engine, cast, catalogue, patient_id, ledger).accounts == 0
    with new_session(engine, read_only=True) as session:
        assert session.get(User, user_id).active
        places = select(Membership.display_name, Membership.active).where(Membership.user_id == user_id)
        assert set(session.execute(places)) == {(ERASED, False), ("Somebody else", True)}


def test_others_are_left_alone(scene, catalogue, keys):
    engine, cast, patient_id, ledger = scene
    erase_in(engine, cast, catalogue, patient_id, ledger)
    with new_session(engine, read_only=True) as session:
        assert patient_header(cast.scope, session, keys, cast.patient_id).name == "Ayşe Yılmaz"
        assert session.scalar(select(func.count()).select_from(PatientKey)) == 3


def test_a_merged_record_goes_with_the_one_it_was_merged_into(scene, catalogue):
    engine, cast, patient_id, ledger = scene
    with new_session(engine) as session:
        act_as(session, "program")
        merge.merge(make_work(session, cast.administrator, catalogue), cast.other_patient_id, patient_id, "the same")
        session.commit()
    erase_in(engine, cast, catalogue, cast.other_patient_id, ledger)
    with new_session(engine, read_only=True) as session:
        keys_left = set(session.scalars(select(PatientKey.patient_id)))
        assert keys_left == {cast.patient_id, cast.patient_elsewhere_id}
        assert CANARIES[0] not in set(session.scalars(select(Patient.code)))
        assert verify(session, ledger).faults == ()


# The same on both databases


@pytest.fixture
def filled(work, as_one):
    return fill(work, as_one("administrator"))


def test_every_row_of_every_table_is_free_of_the_person(filled, as_one, session, tmp_path):
    patient_id, _ = filled
    admin = as_one("administrator")
    assert any(word in everything(session) for word in CANARIES)
    erase(admin, patient_id, ErasureForm(GROUND, CANARIES[0]), tmp_path)
    left = [word for word in CANARIES if word in everything(session)]
    assert left == []


def everything(session):
    tables = Base.metadata.sorted_tables
    return "\n".join(repr(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}")))


def test_the_ledger_says_who_when_and_why_and_names_nobody(filled, as_one, tmp_path):
    patient_id, _ = filled
    erase(as_one("administrator"), patient_id, ErasureForm(GROUND, CANARIES[0], scores=True), tmp_path)
    (line,) = read_erasures(tmp_path, AUDIT_KEY)
    assert (line.patient_id, line.ground, line.scores) == (patient_id, "asked", True)
    assert found_in(tmp_path) == set()


def test_it_is_for_administrators_who_typed_the_code(filled, as_one, tmp_path):
    patient_id, _ = filled
    for name in ("clinician", "patient", "researcher"):
        with pytest.raises(NotAllowed):
            erase(as_one(name), patient_id, ErasureForm(GROUND, CANARIES[0]), tmp_path)
    with pytest.raises(Invalid):
        erase(as_one("administrator"), patient_id, ErasureForm(GROUND, "P-001"), tmp_path)
    with pytest.raises(NotFound):
        erase(as_one("administrator"), UUID(int=7), ErasureForm(GROUND, "P-001"), tmp_path)
    assert not (tmp_path / "erasures.jsonl").exists()


def test_nothing_new_can_be_said_of_somebody_erased(filled, as_one, work, tmp_path):
    patient_id, _ = filled
    erase(as_one("administrator"), patient_id, ErasureForm(GROUND, CANARIES[0]), tmp_path)
    with pytest.raises(NotFound):
        report_event.expose(work, patient_id, report_event.ExposureForm(ExposureKind.DIET, "x", TODAY))
