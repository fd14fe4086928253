"""Anchors: the head of each chain, written down outside the database.

Whoever can write to the database can cut off the end of a trail, or empty it, and leave a chain that is
whole in itself. A file kept elsewhere remembers how far the trail had come.
"""

import hmac
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outcomes.records.tables import AnchorMark, ChainHead

FILE = "anchors.jsonl"


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far a clinic's chain had come at an instant; `genuine` if this program wrote it."""

    clinic_id: UUID
    position: int
    mac: str
    at: str
    genuine: bool


def write_anchors(session: Session, folder: Path, now: datetime) -> int:
    """Append an anchor for every chain that has grown since its last one; return how many were written.

    The file is on disk before the database says so; the caller commits.
    """
    marks = {mark.clinic_id: mark for mark in session.scalars(select(AnchorMark))}
    heads = session.execute(select(ChainHead.clinic_id, ChainHead.position, ChainHead.mac)).all()
    grown = [head for head in heads if head[0] not in marks or marks[head[0]].position != head[1]]
    key = session.get_bind().get_execution_options()["audit_key"]
    at = now.astimezone(UTC).isoformat()
    append_lines(folder / FILE, (_line(key, clinic.hex, position, mac, at) for clinic, position, mac in grown))
    for clinic, position, _ in grown:
        session.merge(AnchorMark(clinic_id=clinic, position=position, anchored_at=now))
    session.flush()
    return len(grown)


def read_anchors(folder: Path, key: bytes) -> Iterator[Anchor]:
    """Read every anchor of a folder; a line that cannot be read counts as not genuine."""
    path = folder / FILE
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        yield from (_read(line, key) for line in lines if line.strip())


def _read(line: str, key: bytes) -> Anchor:
    try:
        told = json.loads(line)
        clinic, position, mac, at = str(told["clinic"]), int(told["position"]), str(told["mac"]), str(told["at"])
        genuine = hmac.compare_digest(str(told["proof"]), _proof(key, clinic, position, mac, at))
        return Anchor(UUID(clinic), position, mac, at, genuine)
    except (ValueError, TypeError, KeyError):
        return Anchor(UUID(int=0), 0, "", "", genuine=False)


def _line(key: bytes, clinic: str, position: int, mac: str, at: str) -> str:
    proof = _proof(key, clinic, position, mac, at)
    return json.dumps({"at": at, "clinic": clinic, "position": position, "mac": mac, "proof": proof})


def _proof(key: bytes, clinic: str, position: int, mac: str, at: str) -> str:
    return hmac.digest(key, f"anchor|{clinic}|{position}|{mac}|{at}".encode(), "sha256").hex()


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Append lines to a file; they are on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
