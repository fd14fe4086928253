"""Verifying a clinic's records from its administrator's page: in the background, one run at a time, the last one kept.

What is under way and what was found stand in a file of the data folder, so that every worker sees them and the
records do not change by being looked at. The file holds names of tables and fields, and ids.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from outcomes.access.scope import EVERYTHING, Scope
from outcomes.records.session import new_session
from outcomes.records.verify import verify

SILENT_SECONDS = 120
"""A run that has told nothing for so long was broken off."""
MOST_KEPT = 200
EVERY_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Check:
    """One verification: how far it has come, and, at its end, what was found.

    `faults` are kind, table, row, field and place in the chain of each; `count` is how many there were.
    """

    began_at: str
    told_at: float
    done: int = 0
    total: int = 0
    ended_at: str | None = None
    entries: int = 0
    count: int = 0
    stopped: bool = False
    faults: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None and time.time() - self.told_at < SILENT_SECONDS

    @property
    def was_broken_off(self) -> bool:
        """Whether it ended without a result."""
        return self.ended_at is None and not self.is_running


@dataclass(frozen=True, slots=True)
class CheckRoom:
    """Where the last verification of a clinic is kept."""

    data: Path
    clinic_id: UUID

    def last(self) -> Check | None:
        """Return the last verification, finished or not."""
        if not self._path.is_file():
            return None
        kept = json.loads(self._path.read_text(encoding="utf-8"))
        return Check(**kept | {"faults": tuple(kept["faults"])})

    def keep(self, check: Check) -> None:
        """Keep a verification in place of the last, whole or not at all."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = self._path.with_suffix(".new")
        making.touch(mode=0o600)
        making.write_text(json.dumps(asdict(check)), encoding="utf-8")
        making.replace(self._path)

    @property
    def _path(self) -> Path:
        return self.data / "verified" / f"{self.clinic_id.hex}.json"


def begin(room: CheckRoom) -> bool:
    """Note that a verification begins; False when one is under way."""
    last = room.last()
    if last is not None and last.is_running:
        return False
    room.keep(Check(_now(), time.time()))
    return True


def check(room: CheckRoom, engine: Engine) -> Check:
    """Verify a clinic's records and its accounts, tell how far it has come, and keep what was found."""
    begun = room.last() or Check(_now(), time.time())
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told >= EVERY_SECONDS:
            told = time.monotonic()
            room.keep(Check(begun.began_at, time.time(), done, total))

    with new_session(engine, read_only=True, reach=EVERYTHING) as session:
        found = verify(session, room.data / "anchors", Scope(room.clinic_id), tell)
    faults = [
        {
            "kind": each.kind.value,
            "table": each.table,
            "row": each.row_id,
            "field": each.field,
            "position": each.position,
        }
        for each in found.faults[:MOST_KEPT]
    ]
    ended = Check(
        began_at=begun.began_at,
        told_at=time.time(),
        done=found.entries,
        total=found.entries,
        ended_at=_now(),
        entries=found.entries,
        count=len(found.faults),
        stopped=found.stopped,
        faults=tuple(faults),
    )
    room.keep(ended)
    return ended


def _now() -> str:
    return datetime.now(UTC).isoformat()
