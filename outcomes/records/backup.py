"""Backups: a consistent copy of the live records, verified, with a manifest, sealed in one file.

SQLite copies itself in one reading transaction while others write; PostgreSQL's own `pg_dump` reads the very snapshot
that is verified. The file holds the records, the anchors, the ledger of erasures and the clinic's own instruments,
and never a key.
"""

import gzip
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, func, make_url, select, text
from sqlalchemy.orm import Session

from outcomes.access.scope import EVERYTHING
from outcomes.records import postgres_tools
from outcomes.records.base import Base
from outcomes.records.sealed_file import CHUNK, Keys, Writer, drain, opened
from outcomes.records.session import new_session, open_engine
from outcomes.records.tables import ChainHead
from outcomes.records.verify import Verification, verify

MANIFEST = "manifest.json"
SUFFIX = ".backup"
STAMP = "%Y%m%dT%H%M%SZ"
COPY = {"sqlite": "records.db", "postgresql": "records.dump"}
BUSY_SECONDS = 60
FORMAT = 1

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: the database, its audit key, the data folder with anchors and instruments, the backup keys."""

    database_url: str
    audit_key: bytes
    data: Path
    packs: Path
    keys: Keys
    program: str

    @property
    def anchors(self) -> Path:
        """The folder of the anchors and of the ledger of erasures."""
        return self.data / "anchors"


@dataclass(frozen=True, slots=True)
class Part:
    """One file within a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: its parts, the schema they need, how far each clinic's trail had come, rows by table."""

    made_at: str
    program: str
    database: str
    revision: str
    sound: bool
    entries: int
    parts: tuple[Part, ...]
    heads: Mapping[str, tuple[int, str]]
    counts: Mapping[str, int]
    format: int = FORMAT

    def as_json(self) -> str:
        """Write it as text."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, words: str) -> "Manifest":
        """Read it from text."""
        told = json.loads(words)
        parts = tuple(Part(**each) for each in told.pop("parts"))
        heads = {clinic: (int(position), str(mac)) for clinic, (position, mac) in told.pop("heads").items()}
        return cls(**told, parts=parts, heads=heads)


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that was made, read back whole, and whose copy was verified."""

    path: Path
    manifest: Manifest
    verification: Verification


def take(source: Source, folder: Path, now: datetime, tell: Tell) -> Taken:
    """Back up the live records into a folder, with the anchors that were written before.

    Raises:
        ToolMissing, ToolFailed: PostgreSQL's own programs are not there, or refused.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = open_engine(source.database_url, source.audit_key, EVERYTHING)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as making:
            return _taken(source, engine, folder, Path(making), now, tell)
    finally:
        engine.dispose()


def _taken(source: Source, engine: Engine, folder: Path, making: Path, now: datetime, tell: Tell) -> Taken:
    copy = making / COPY[engine.dialect.name]
    tell("copying the records and verifying the copy")
    copied = (_from_sqlite if engine.dialect.name == "sqlite" else _from_postgresql)(source, engine, copy)
    files = {copy.name: copy, **_beside(source)}
    manifest = Manifest(
        made_at=now.astimezone(UTC).isoformat(),
        program=source.program,
        database=engine.dialect.name,
        revision=copied.revision,
        sound=copied.verification.sound,
        entries=copied.verification.entries,
        parts=tuple(_part(name, path) for name, path in files.items()),
        heads=copied.heads,
        counts=copied.counts,
    )
    tell("sealing")
    path = making / f"outcomes-{now.astimezone(UTC).strftime(STAMP)}{SUFFIX}"
    _pack(path, source.keys[0][1], manifest, files)
    tell("reading it back")
    with path.open("rb") as file:
        drain(opened(file, source.keys), lambda _: None)
    return Taken(path.replace(_free(folder / path.name)), manifest, copied.verification)


def _free(path: Path) -> Path:
    """A name that no other backup has: two made in one second are both kept."""
    number = 1
    while path.exists():
        number += 1
        path = path.with_name(f"{path.name.partition('.')[0].partition('_')[0]}_{number}{SUFFIX}")
    return path


@dataclass(frozen=True, slots=True)
class _Copied:
    """What is known of the copy."""

    verification: Verification
    revision: str
    heads: Mapping[str, tuple[int, str]]
    counts: Mapping[str, int]


def _from_sqlite(source: Source, _engine: Engine, copy: Path) -> _Copied:
    live = make_url(source.database_url).database or ""
    connection = sqlite3.connect(live, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA busy_timeout=60000")
        connection.execute("VACUUM INTO ?", (str(copy),))
    finally:
        connection.close()
    copy.chmod(0o600)
    engine = open_engine(f"sqlite:///{copy}", source.audit_key, EVERYTHING)
    try:
        with new_session(engine, read_only=True) as session:
            return _look_at(session, source.anchors)
    finally:
        engine.dispose()


def _from_postgresql(source: Source, engine: Engine, copy: Path) -> _Copied:
    with new_session(engine, read_only=True) as session:
        snapshot = str(session.scalar(text("SELECT pg_export_snapshot()")))
        postgres_tools.dump(source.database_url, copy, snapshot)
        return _look_at(session, source.anchors)


def _look_at(session: Session, anchors: Path) -> _Copied:
    found = verify(session, anchors)
    connection = session.connection()
    heads = session.execute(select(ChainHead.clinic_id, ChainHead.position, ChainHead.mac))
    return _Copied(
        verification=found,
        revision=revision_of(connection),
        heads={clinic.hex: (position, mac) for clinic, position, mac in heads},
        counts={
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        },
    )


def revision_of(connection: Connection) -> str:
    """Return the number of the newest migration that a database has."""
    return str(connection.scalar(text("SELECT max(version_num) FROM alembic_version")))


def _beside(source: Source) -> dict[str, Path]:
    """The files that go with the records: anchors, the ledger, the clinic's own instruments."""
    found = {f"anchors/{path.name}": path for path in sorted(source.anchors.glob("*.jsonl"))}
    packs = (path for path in sorted(source.packs.rglob("*")) if path.is_file() and not path.is_symlink())
    return found | {f"packs/{path.relative_to(source.packs).as_posix()}": path for path in packs}


def _part(name: str, path: Path) -> Part:
    digest, size = sha256(), 0
    with path.open("rb") as file:  # the anchors may grow meanwhile: what was read here is what is packed
        while piece := file.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return Part(name, size, digest.hexdigest())


def _pack(path: Path, key: bytes, manifest: Manifest, files: Mapping[str, Path]) -> None:
    with path.open("xb") as file:
        path.chmod(0o600)
        with (
            Writer(file, key) as sealing,
            gzip.GzipFile(fileobj=sealing, mode="wb", compresslevel=3) as smaller,
            tarfile.open(fileobj=smaller, mode="w|") as parts,
        ):
            words = manifest.as_json().encode()
            _put(parts, MANIFEST, len(words), io.BytesIO(words))
            for part in manifest.parts:
                with files[part.name].open("rb") as content:
                    _put(parts, part.name, part.size, content)
        file.flush()
        os.fsync(file.fileno())


def _put(parts: tarfile.TarFile, name: str, size: int, content: BinaryIO) -> None:
    head = tarfile.TarInfo(name)
    head.size = size
    parts.addfile(head, content)


def backups_in(folder: Path) -> list[Path]:
    """Return the backups of a folder, the newest first."""
    return sorted(folder.glob(f"outcomes-*{SUFFIX}"), key=lambda path: path.name, reverse=True)


def keep_status(data: Path, what: str, told: Mapping[str, Any]) -> None:
    """Remember, for the administrator's page, what was done last: a "backup" or a "drill"."""
    path = data / "backup-status.json"
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps({**status(data), what: told}), "utf-8")
    beside.replace(path)


def status(data: Path) -> dict[str, Any]:
    """Return what was done last; nothing where nothing was done or it cannot be read."""
    try:
        told = json.loads((data / "backup-status.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
