"""Restoring: a backup is opened whole and checked part by part before anything is put in place.

What was there before is set aside, never overwritten. A schema newer than this program's is refused, an older one is
brought up. The ledgers of erasures, of the backup and of the place, are joined: nobody comes back by a restore.
"""

import gzip
import io
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import inspect, make_url, text

from outcomes.access.scope import EVERYTHING
from outcomes.records import erasures, postgres_tools
from outcomes.records.backup import COPY, FORMAT, MANIFEST, Manifest, Part
from outcomes.records.migrating import upgrade
from outcomes.records.schema import newest_revision
from outcomes.records.sealed_file import CHUNK, BackupBroken, Keys, drain, opened
from outcomes.records.session import open_engine

NAME = re.compile(r"records\.(db|dump)|anchors/[a-z]+\.jsonl|packs(/[\w-][\w. -]*)+")
LARGEST_MANIFEST = 1 << 24
SET_ASIDE = "%Y%m%dT%H%M%S%fZ"  # to the microsecond: two restores in one second keep both


class TargetInUse(FileExistsError):  # noqa: N818 - what happened
    """There are records already where a backup is to be restored."""


class NewerSchema(ValueError):  # noqa: N818 - what happened
    """A backup was made by a newer program."""


class OtherDatabase(ValueError):  # noqa: N818 - what happened
    """A backup of one kind of database cannot be restored into the other."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup is restored: the database as its owner, and the data folder with anchors and instruments.

    `role` is the one the program works as on PostgreSQL, where that is not the owner.
    """

    database_url: str
    audit_key: bytes
    data: Path
    packs: Path
    role: str | None = None

    @property
    def anchors(self) -> Path:
        """The folder of the anchors and of the ledger of erasures."""
        return self.data / "anchors"

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return make_url(self.database_url).get_backend_name() == "sqlite"

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        return Path(make_url(self.database_url).database or "")


def unpack(path: Path, keys: Keys, into: Path | None = None) -> Manifest:
    """Open a backup to its end, every byte proved; with `into`, write its parts there.

    Raises:
        BackupBroken: at the first byte that is not what was sealed, or a part that is not what the manifest says.
        WrongKey: when none of the keys sealed it.
    """
    with path.open("rb") as file:
        content = opened(file, keys)
        try:
            with gzip.GzipFile(fileobj=content, mode="rb") as whole, tarfile.open(fileobj=whole, mode="r|") as parts:
                manifest = _manifest(parts)
                _unpack_parts(parts, manifest, into)
        except (tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError) as error:
            raise BackupBroken("its contents cannot be read") from error
        drain(content, lambda _: None)
    return manifest


def _manifest(parts: tarfile.TarFile) -> Manifest:
    first = parts.next()
    content = parts.extractfile(first) if first and first.name == MANIFEST else None
    if first is None or content is None or first.size > LARGEST_MANIFEST:
        raise BackupBroken("it has no manifest")
    manifest = Manifest.from_json(content.read().decode())
    if manifest.format != FORMAT:
        raise NewerSchema(f"the backup has format {manifest.format}, this program reads {FORMAT}")
    return manifest


def _unpack_parts(parts: tarfile.TarFile, manifest: Manifest, into: Path | None) -> None:
    due = {part.name: part for part in manifest.parts}
    while (member := parts.next()) is not None:
        part, content = due.pop(member.name, None), parts.extractfile(member)
        if part is None or content is None or not NAME.fullmatch(part.name):
            raise BackupBroken(f"it holds {member.name}, of which its manifest does not know")
        if _written(content, None if into is None else into / part.name, part.name) != part:
            raise BackupBroken(f"{part.name} is not what its manifest says")
    if due:
        raise BackupBroken(f"it lacks {', '.join(sorted(due))}")


def _written(content: io.BufferedIOBase | object, path: Path | None, name: str) -> Part:
    digest, size = sha256(), 0
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (path or Path("/dev/null")).open("wb") as file:
        while piece := content.read(CHUNK):  # type: ignore[union-attr]  # a member of a tar file
            digest.update(piece)
            size += len(piece)
            if path is not None:
                file.write(piece)
    return Part(name, size, digest.hexdigest())


def place(unpacked: Path, manifest: Manifest, target: Target, *, replace: bool, now: datetime) -> list[Path | str]:
    """Put unpacked parts in place and bring the schema up; return what was set aside.

    Raises:
        NewerSchema: the backup needs a newer program.
        OtherDatabase: it is of another kind of database than the target.
        TargetInUse: there are records in the target and `replace` was not said.
        ToolMissing, ToolFailed: see `outcomes.records.postgres_tools`.
    """
    if manifest.revision > newest_revision():
        raise NewerSchema(f"the backup has schema {manifest.revision}, this program knows up to {newest_revision()}")
    if target.is_sqlite != (manifest.database == "sqlite"):
        raise OtherDatabase(
            f"a backup of {manifest.database} cannot be restored into {target.database_url.split(':')[0]}"
        )
    stamp = now.astimezone(UTC).strftime(SET_ASIDE)
    aside: list[Path | str] = []
    put = _put_sqlite if target.is_sqlite else _put_postgresql
    put(unpacked / COPY[manifest.database], target, stamp, replace, aside.append)
    _put_beside(unpacked, target, stamp, aside.append)
    engine = open_engine(target.database_url, target.audit_key, EVERYTHING)
    upgrade(engine, role=target.role)
    engine.dispose()
    return aside


def _put_sqlite(copy: Path, target: Target, stamp: str, replace: bool, aside: Callable[[Path], None]) -> None:
    file = target.file
    if file.exists():
        if not replace:
            raise TargetInUse(str(file))
        for ending in ("-wal", "-shm", ""):
            there = file.with_name(file.name + ending)
            if there.exists():
                kept = there.with_name(f"{file.name}.before-{stamp}{ending}")
                there.replace(kept)
                if not ending:
                    aside(kept)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = file.with_name(f".{file.name}.restoring")
    shutil.copyfile(copy, making)
    making.chmod(0o600)
    making.replace(file)


def _put_postgresql(copy: Path, target: Target, stamp: str, replace: bool, aside: Callable[[str], None]) -> None:
    engine = open_engine(target.database_url, target.audit_key, EVERYTHING)
    with engine.begin() as connection:
        if inspect(connection).get_table_names(schema="public"):
            if not replace:
                raise TargetInUse(make_url(target.database_url).database or "")
            kept = f"before_{stamp.lower()}"
            connection.execute(text(f"ALTER SCHEMA public RENAME TO {kept}"))
            aside(f"schema {kept}")
        else:
            connection.execute(text("DROP SCHEMA IF EXISTS public"))
    engine.dispose()
    postgres_tools.load(target.database_url, copy)


def _put_beside(unpacked: Path, target: Target, stamp: str, aside: Callable[[Path], None]) -> None:
    """Put anchors and instruments in place; the ledgers of erasures are joined."""
    known = list(erasures.read_erasures(target.anchors, target.audit_key))
    for name, place in {"anchors": target.anchors, "packs": target.packs}.items():
        if not (unpacked / name).exists():
            continue
        if place.exists() and any(place.iterdir()):
            kept = place.with_name(f"{place.name}.before-{stamp}")
            place.rename(kept)
            aside(kept)
        shutil.copytree(unpacked / name, place, dirs_exist_ok=True)
    there = set(erasures.read_erasures(target.anchors, target.audit_key))
    erasures.write_erasures(target.anchors, target.audit_key, [each for each in known if each not in there])
