"""`backup`, `restore` and `drill`: copies of the records that are proved, and put back, before they are needed."""

import argparse
import sqlite3
import sys
import tempfile
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from outcomes.access.scope import EVERYTHING, Actor
from outcomes.actions.erase import erase_again
from outcomes.actions.importing.clinics import clinics
from outcomes.actions.keys import patients_with_keys
from outcomes.actions.work import Work, the_cipher
from outcomes.instruments.catalogue import load_catalogue
from outcomes.records.anchors import write_anchors
from outcomes.records.backup import Source, Taken, backups_in, keep_status, take
from outcomes.records.erasures import LedgerBroken, read_erasures
from outcomes.records.postgres_tools import ToolFailed, ToolMissing
from outcomes.records.restoring import NewerSchema, OtherDatabase, Target, TargetInUse, place, unpack
from outcomes.records.retention import Retention, superfluous
from outcomes.records.sealed_file import BackupBroken, WrongKey
from outcomes.records.sealing import KeyRing, SealBroken, UnknownMasterKey
from outcomes.records.session import act_as, is_transient, new_session, open_engine
from outcomes.records.verify import Verification, verify
from outcomes.settings import Settings
from outcomes.terms import Language, Role
from outcomes.voice import Voice

REFUSED = 2
LONGEST_WAIT = 60
REFUSALS = (BackupBroken, WrongKey, NewerSchema, OtherDatabase, LedgerBroken, ToolFailed, ToolMissing)
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
MOST_TOLD = 20


def add_commands(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register the commands."""
    copy = subparsers.add_parser("backup", help="copy the live records into one sealed file; run it daily")
    copy.add_argument(
        "folder", nargs="?", type=Path, help="where backups are kept (default: backups in the data folder)"
    )
    for span, kept in (("daily", 7), ("weekly", 4), ("monthly", 12)):
        copy.add_argument(
            f"--keep-{span}", type=int, default=kept, metavar="N", help=f"{span} backups (default {kept})"
        )
    copy.set_defaults(run=backup)
    back = subparsers.add_parser("restore", help="put a backup back, verify it and apply erasures again")
    back.add_argument("file", type=Path, help="the backup")
    back.add_argument("--into", type=Path, help="another data folder than this installation's (SQLite)")
    back.add_argument("--replace", action="store_true", help="set aside the records that are there")
    back.set_defaults(run=restore)
    trial = subparsers.add_parser("drill", help="restore the newest backup somewhere else and prove it; run it weekly")
    trial.add_argument("folder", nargs="?", type=Path, help="where backups are kept")
    trial.set_defaults(run=drill)


def backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Back up; 0 when the copy is sound, 1 when it was made and its trail is not sound, 2 when it was not made."""
    folder, now = _folder(arguments, settings), datetime.now(UTC)
    try:
        _tell("writing anchors")
        write_anchors_soon(settings, now)
        taken = take(_source(settings), folder, now, _tell)
    except (*REFUSALS, OSError, DBAPIError, sqlite3.Error) as error:
        print(f"no backup was made: {error}", file=sys.stderr)
        return REFUSED
    size = taken.path.stat().st_size
    print(f"{taken.path}: {size} bytes, {taken.manifest.entries} entries of the trail verified")
    keep_status(settings.data, "backup", _status(taken, size))
    if not taken.verification.sound:
        _tell_faults(taken.verification)
        print("the records that were copied are not sound; no older backup was removed", file=sys.stderr)
        return 1
    _prune(folder, Retention(arguments.keep_daily, arguments.keep_weekly, arguments.keep_monthly))
    return 0


def write_anchors_soon(settings: Settings, now: datetime) -> None:
    """Write the anchors, however busy the records are: a backup waits for a minute before it gives up."""
    engine = open_engine(settings.database_url, settings.audit_key, EVERYTHING)
    until = time.monotonic() + LONGEST_WAIT
    try:
        while True:
            try:
                with new_session(engine) as session:
                    act_as(session, "program", "backup")
                    write_anchors(session, settings.anchors, now)
                    session.commit()
            except DBAPIError as error:
                if not is_transient(error) or time.monotonic() > until:
                    raise
            else:
                return
    finally:
        engine.dispose()


def _status(taken: Taken, size: int) -> dict[str, object]:
    return {
        "file": str(taken.path),
        "at": taken.manifest.made_at,
        "bytes": size,
        "entries": taken.manifest.entries,
        "sound": taken.verification.sound,
    }


def _prune(folder: Path, retention: Retention) -> None:
    for old in superfluous(backups_in(folder), retention):
        old.unlink()
        print(f"removed {old.name}")


def restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """Restore; 0 when what stands there is sound, 1 when it is not, 2 when nothing was put in place."""
    target = _target(settings, arguments.into)
    try:
        return _restore(arguments.file, target, settings, replace=arguments.replace)
    except TargetInUse as error:
        print(f"there are records in {error} already: say --replace to set them aside", file=sys.stderr)
    except (*REFUSALS, UnknownMasterKey, SealBroken, OSError) as error:
        print(f"not restored: {error}", file=sys.stderr)
    return REFUSED


def _restore(file: Path, target: Target, settings: Settings, *, replace: bool) -> int:
    started = time.monotonic()
    target.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.data, prefix=".restoring-") as unpacked:
        _tell("opening the backup")
        manifest = unpack(file, settings.backup_keys, Path(unpacked))
        print(f"backup of {manifest.made_at}, schema {manifest.revision}, {manifest.entries} entries of the trail")
        aside = place(Path(unpacked), manifest, target, replace=replace, now=datetime.now(UTC))
    for kept in aside:
        print(f"set aside: {kept}")
    erased, opened = _catch_up(target, settings)
    print(f"{erased} erasures applied again, the keys of {opened} patients opened")
    found = _verified(target)
    _tell_faults(found)
    print(f"{found.entries} entries verified, {len(found.faults)} faults, {time.monotonic() - started:.1f} s")
    return 0 if found.sound else 1


def _catch_up(target: Target, settings: Settings) -> tuple[int, int]:
    """Apply the erasures of the ledger again, then open every key that is left; return how many of both."""
    engine = open_engine(target.database_url, target.audit_key, EVERYTHING)
    due = list(read_erasures(target.anchors, target.audit_key))
    erased = opened = 0
    with new_session(engine) as session:
        for clinic in clinics(session):
            actor = Actor(clinic.id, None, Role.ADMINISTRATOR)
            act_as(session, actor.name_in_trail, "restored")
            work = Work(session, actor, KeyRing(settings.master_keys), load_catalogue(target.packs), datetime.now(UTC))
            erased += erase_again(work, due)
            for patient_id in patients_with_keys(work):
                the_cipher(work, patient_id)
                opened += 1
        session.commit()
    engine.dispose()
    return erased, opened


def _verified(target: Target) -> Verification:
    engine = open_engine(target.database_url, target.audit_key, EVERYTHING)
    with new_session(engine, read_only=True) as session:
        found = verify(session, target.anchors)
    engine.dispose()
    return found


def drill(arguments: argparse.Namespace, settings: Settings) -> int:
    """Restore the newest backup into a temporary place and prove it; 0 when all of it is sound."""
    kept = backups_in(_folder(arguments, settings))
    if not kept:
        print("there is no backup to try", file=sys.stderr)
        return REFUSED
    started, now = time.monotonic(), datetime.now(UTC)
    with tempfile.TemporaryDirectory(dir=settings.data, prefix=".drill-") as place_of_trial:
        try:
            code = _try(kept[0], Path(place_of_trial), settings)
        except (*REFUSALS, UnknownMasterKey, SealBroken, OSError) as error:
            print(f"{kept[0].name} cannot be restored: {error}", file=sys.stderr)
            code = REFUSED
    seconds = round(time.monotonic() - started, 1)
    print(f"drill of {kept[0].name}: {'sound' if code == 0 else 'NOT SOUND'} in {seconds} s")
    keep_status(settings.data, "drill", {"file": str(kept[0]), "at": now.isoformat(), "seconds": seconds, "code": code})
    return code


def _try(file: Path, folder: Path, settings: Settings) -> int:
    """Restore into a folder; of a PostgreSQL backup only the packing can be proved without a database to fill."""
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        return _restore(file, _target(settings, folder), settings, replace=False)
    manifest = unpack(file, settings.backup_keys, folder)
    print(f"backup of {manifest.made_at} opened whole; to prove the rest, restore it into an empty database")
    return 0 if manifest.sound else 1


def _source(settings: Settings) -> Source:
    program = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["version"]
    return Source(
        database_url=settings.database_url,
        audit_key=settings.audit_key,
        data=settings.data,
        packs=settings.packs,
        keys=settings.backup_keys,
        program=program,
    )


def _target(settings: Settings, into: Path | None) -> Target:
    if into is not None:
        return Target(f"sqlite:///{into / 'outcomes.db'}", settings.audit_key, into, into / "instruments")
    program, owner = make_url(settings.database_url).username, make_url(settings.schema_url).username
    role = program if program != owner else None
    return Target(settings.schema_url, settings.audit_key, settings.data, settings.packs, role)


def _folder(arguments: argparse.Namespace, settings: Settings) -> Path:
    folder: Path = arguments.folder or settings.data / "backups"
    return folder


def _tell(words: str) -> None:
    print(f"{words} …", file=sys.stderr, flush=True)


def _tell_faults(found: Verification) -> None:
    voice = Voice(Language.ENGLISH)
    for fault in found.faults[:MOST_TOLD]:
        where = "/".join(str(part) for part in (fault.table, fault.row_id, fault.field) if part)
        print(f"{fault.kind} {where} position={fault.position}: {voice.say(fault.sentence)}", file=sys.stderr)
