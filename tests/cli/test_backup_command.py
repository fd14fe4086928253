"""`backup`, `restore`, `drill` and `rotate-keys`, as an operator types them."""

import re
import secrets
import shutil
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text, update

from benchmarks.clinics import AUDIT_KEY, MASTER_KEYS, clinic
from config import read_settings
from outcomes.access.scope import EVERYTHING, Actor, scope_of
from outcomes.access.sealed_secrets import open_secret, seal_secret
from outcomes.actions import drafts
from outcomes.actions.enrol import PatientForm, enrol
from outcomes.actions.erase import ErasureForm, erase
from outcomes.actions.work import Work
from outcomes.cli.main import run
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.queries.header import patient_header
from outcomes.records.queries.patients import PatientFilter, patient_list
from outcomes.records.sealing import KeyRing
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.records.tables import Clinic, Membership, Patient, PatientKey, User
from outcomes.terms import ErasureGround, Role
from tests.databases import stamp
from tests.factories import TODAY

MOST_SECONDS = 300
INIT = ("init", "--clinic", "Bosphorus Clinic", "--name", "Selin Aydemir", "--email", "selin@example.org")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def command(data, capsys):
    def type_in(*words, folder=data):
        code = run([str(word) for word in words], lambda: read_settings({"OUTCOMES_DATA": str(folder)}))
        said = capsys.readouterr()
        return code, said.out, said.err

    type_in(*INIT)
    return type_in


def in_clinic(folder, do):
    """Do something as the administrator of the only clinic, and commit it."""
    settings = read_settings({"OUTCOMES_DATA": str(folder)})
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    with new_session(engine) as session:
        act_as(session, "program")
        member = session.scalars(select(Membership)).one()
        actor = Actor(member.clinic_id, member.id, Role.ADMINISTRATOR)
        turn = Work(session, actor, KeyRing(settings.master_keys), load_catalogue(settings.packs), datetime.now(UTC))
        found = do(turn)
        session.commit()
    engine.dispose()
    return found


def names_in(folder):
    def read(turn):
        scope = _scope(turn)
        rows = turn.session.scalars(select(Patient.id).order_by(Patient.code)).all()
        return [patient_header(scope, turn.session, turn.keys, each).name for each in rows]

    return in_clinic(folder, read)


def _scope(turn):
    return scope_of(turn.actor)


@pytest.fixture
def two_patients(command, data):
    forms = (PatientForm(code="P-1", name="Ayla Demir", diet="no milk"), PatientForm(code="P-2", name="Deniz Kaya"))
    return in_clinic(data, lambda turn: [enrol(turn, form) for form in forms])


def newest(folder):
    return max(folder.glob("*.backup"))


def test_a_backup_is_made_restored_and_drilled(command, data, two_patients, tmp_path):
    code, out, err = command("backup", tmp_path / "disk")
    assert code == 0, err
    assert re.search(r"\d+ bytes, \d+ entries of the trail verified", out)
    assert command("drill", tmp_path / "disk")[0] == 0
    code, out, _ = command("restore", newest(tmp_path / "disk"), "--into", tmp_path / "there")
    assert code == 0
    assert "the keys of 2 patients opened" in out
    assert " 0 faults" in out
    shutil.copytree(data / "keys", tmp_path / "there" / "keys")
    assert names_in(tmp_path / "there") == ["Ayla Demir", "Deniz Kaya"]
    assert command("verify", folder=tmp_path / "there")[0] == 0


def test_what_is_there_is_not_overwritten_unless_it_is_said(command, data, two_patients):
    command("backup")
    code, _, err = command("restore", newest(data / "backups"))
    assert (code, "--replace" in err) == (2, True)
    code, out, _ = command("restore", newest(data / "backups"), "--replace")
    assert code == 0
    assert "set aside" in out
    assert names_in(data) == ["Ayla Demir", "Deniz Kaya"]


def test_a_changed_byte_and_a_lost_key_are_refused_and_nothing_is_touched(command, data, two_patients):
    command("backup")
    backup = newest(data / "backups")
    packed = bytearray(backup.read_bytes())
    packed[len(packed) // 2] ^= 1
    backup.write_bytes(packed)
    code, _, err = command("restore", backup, "--replace")
    assert (code, "was changed" in err) == (2, True)
    assert command("drill")[0] == 2
    (data / "keys" / "backup_keys").write_text(f"b9 {new_key()}\n")
    code, _, err = command("restore", backup, "--replace")
    assert (code, "backup key that is not here" in err) == (2, True)
    assert names_in(data) == ["Ayla Demir", "Deniz Kaya"]
    assert list(data.glob("*.before-*")) == []


def new_key():
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def test_without_any_backup_a_drill_says_so(command, tmp_path):
    assert command("drill", tmp_path / "nothing")[0] == 2


def test_a_restore_erases_again(command, data, two_patients, tmp_path):
    command("backup")
    form = ErasureForm(ErasureGround.ASKED, "P-1")
    in_clinic(data, lambda turn: erase(turn, two_patients[0], form, data / "anchors"))
    code, out, _ = command("restore", newest(data / "backups"), "--replace")
    assert code == 0
    assert "1 erasures applied again, the keys of 1 patients opened" in out
    assert sorted(names_in(data), key=str) == ["Deniz Kaya", None]
    code, out, _ = command("restore", newest(data / "backups"), "--replace")
    assert "1 erasures applied again" in out


def test_a_forged_ledger_stops_a_restore(command, data, two_patients):
    command("backup")
    (data / "anchors" / "erasures.jsonl").write_text('{"patient": "nobody"}\n')
    code, _, err = command("restore", newest(data / "backups"), "--replace")
    assert (code, "line 1" in err) == (2, True)


def test_an_unsound_copy_is_told_and_removes_no_older_backup(command, data, two_patients):
    command("backup")
    older = newest(data / "backups")
    older.rename(older.with_name("outcomes-20200101T000000Z.backup"))

    def tamper(turn):
        turn.session.execute(text("DROP TRIGGER audit_patient_update"))
        turn.session.execute(text("UPDATE patient SET sex = 'male'"))

    in_clinic(data, tamper)
    code, _, err = command("backup", "--keep-daily", "0", "--keep-weekly", "0", "--keep-monthly", "0")
    assert (code, "not sound" in err) == (1, True)
    assert len(list((data / "backups").glob("*.backup"))) == 2


def test_pruning_says_what_it_removes(command, data):
    command("backup")
    made = newest(data / "backups")
    old = made.with_name("outcomes-20200101T000000Z.backup")
    shutil.copy(made, old)
    code, out, _ = command("backup", "--keep-daily", "1", "--keep-weekly", "1", "--keep-monthly", "1")
    assert code == 0
    assert f"removed {old.name}" in out
    assert not old.exists()


# Rotation


@pytest.fixture
def rotated(data):
    """Put a new master key before the old one."""
    path = data / "keys" / "master_keys"
    old = path.read_text()
    path.write_text(f"k2 {new_key()}\n{old}")
    return path


def test_after_a_rotation_the_old_key_can_be_dropped(command, data, two_patients, rotated):
    old_keys = read_settings({"OUTCOMES_DATA": str(data)}).master_keys

    def before(turn):
        drafts.keep(turn, "visit", {"note": "half a sentence"}, patient_id=two_patients[0])
        user = turn.session.scalars(select(User)).one()
        user.second_factor_secret = seal_secret(old_keys[1:], user.id, "TOTP")
        turn.session.execute(update(Patient).where(Patient.code == "P-2").values(diet="in clear"))

    in_clinic(data, before)
    code, out, err = command("rotate-keys")
    assert code == 0, err
    assert "2 patient keys wrapped anew, 1 texts sealed" in out
    assert "1 second factors sealed anew" in out
    rotated.write_text(rotated.read_text().splitlines()[0] + "\n")
    assert names_in(data) == ["Ayla Demir", "Deniz Kaya"]
    assert in_clinic(data, _found_by_name) == ["P-1"]
    assert in_clinic(data, _second_factor) == "TOTP"
    assert command("verify")[0] == 0
    assert "0 patient keys wrapped anew, 0 texts sealed" in command("rotate-keys")[1]


def _found_by_name(turn):
    rows = patient_list(_scope(turn), turn.session, turn.keys, TODAY, PatientFilter(text="Ayla")).rows
    return [row.code for row in rows]


def _second_factor(turn):
    user = turn.session.scalars(select(User)).one()
    (key,) = turn.keys._masters.items()
    return open_secret((key,), user.id, user.second_factor_secret)


def test_without_the_old_key_nothing_is_lost_and_it_is_said(command, data, two_patients):
    path = data / "keys" / "master_keys"
    old = path.read_text()
    path.write_text(f"k2 {new_key()}\n")
    code, _, err = command("rotate-keys")
    assert (code, "put the key back" in err) == (2, True)
    path.write_text(path.read_text() + old)
    assert command("rotate-keys")[0] == 0
    assert in_clinic(data, lambda turn: set(turn.session.scalars(select(PatientKey.master_key_id)))) == {"k2"}
    assert in_clinic(data, lambda turn: turn.session.scalars(select(Clinic.name)).one()) == "Bosphorus Clinic"


@pytest.mark.full
def test_a_drill_of_a_thousand_patients_takes_minutes_at_most(data, capsys):
    """The time is printed; how long it may take is promised in docs/keys-and-backups.md."""
    made = clinic(1_000, data.parent, load_catalogue())
    stamp(made.engine)
    made.engine.dispose()
    keys = data / "keys"
    data.mkdir()
    keys.mkdir(mode=0o700)
    lines = "".join(f"{name} {urlsafe_b64encode(key).decode()}\n" for name, key in MASTER_KEYS)
    for name, words in {"master_keys": lines, "audit_key": urlsafe_b64encode(AUDIT_KEY).decode()}.items():
        (keys / name).write_text(words)
        (keys / name).chmod(0o600)
    shutil.move(made.path, data / "outcomes.db")
    environment = {"OUTCOMES_DATA": str(data)}
    assert run(["backup"], lambda: read_settings(environment)) == 0
    assert run(["drill"], lambda: read_settings(environment)) == 0
    said = capsys.readouterr().out
    assert "the keys of 1000 patients opened" in said
    with capsys.disabled():
        print(said)  # noqa: T201 - the figure that is promised
    assert float(re.search(r"sound in ([\d.]+) s", said)[1]) <= MOST_SECONDS
