"""Whether the records can be worked with: reachable, of this program's schema, and with room to write."""

import errno
import shutil
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from outcomes.records.schema import schema_is_current

LEAST_FREE = 0.1
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Ailment(StrEnum):
    """What is wrong, in one word for whoever watches the machine."""

    DATABASE = "database"
    SCHEMA = "schema"
    DISK = "disk"


def ailments(engine: Engine, data: Path) -> tuple[Ailment, ...]:
    """Return what is wrong with the database and with the disk under the data folder; nothing when all is well."""
    return tuple(found for found in (_of_database(engine), _of_disk(data)) if found is not None)


def is_outage(error: BaseException) -> bool:
    """Tell whether an error says that the records cannot be written just now: locked, full, stopped, cut off."""
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError) or error.connection_invalidated
    if isinstance(error, OSError):
        return error.errno in FULL
    return isinstance(error, PoolTimeoutError)


def _of_database(engine: Engine) -> Ailment | None:
    if _file_is_missing(engine):
        return Ailment.DATABASE
    try:
        return None if schema_is_current(engine.execution_options(read_only=True)) else Ailment.SCHEMA
    except SQLAlchemyError:
        return Ailment.DATABASE


def _file_is_missing(engine: Engine) -> bool:
    """Tell whether the file of an embedded database is gone; to open it would make an empty one."""
    name = engine.url.database
    return engine.dialect.name == "sqlite" and bool(name) and not Path(str(name)).is_file()


def _of_disk(data: Path) -> Ailment | None:
    try:
        disk = shutil.disk_usage(data)
    except OSError:
        return Ailment.DISK
    return Ailment.DISK if disk.free < LEAST_FREE * disk.total else None
