"""The ledger of erasures: which patients were erased, kept outside the database beside the anchors.

A backup made before an erasure still holds what was erased. Whoever restores it reads here what to erase again. A
line names nobody: clinic, patient id, instant, and a proof that this program wrote it.
"""

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from outcomes.records.anchors import append_lines

FILE = "erasures.jsonl"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One patient who was erased; `scores` says that answers and scores went too, `ground` why, in a word."""

    clinic_id: UUID
    patient_id: UUID
    at: datetime
    ground: str
    scores: bool


class LedgerBroken(ValueError):  # noqa: N818 - what happened
    """A line of the ledger was not written by this program, or was changed."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number} of {FILE} was not written with this audit key")


def write_erasures(folder: Path, key: bytes, erasures: Iterable[Erasure]) -> None:
    """Append erasures; they are on disk when this returns."""
    append_lines(folder / FILE, (_line(key, each) for each in erasures))


def read_erasures(folder: Path, key: bytes) -> Iterator[Erasure]:
    """Read every erasure of a folder.

    Raises:
        LedgerBroken: at a line that is not genuine: what it said is not known, so nobody goes on as if it said nothing.
    """
    path = folder / FILE
    if not path.exists():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if line.strip():
            yield _read(line, key, number)


def _line(key: bytes, erasure: Erasure) -> str:
    told = {
        "at": erasure.at.astimezone(UTC).isoformat(),
        "clinic": erasure.clinic_id.hex,
        "patient": erasure.patient_id.hex,
        "ground": erasure.ground,
        "scores": erasure.scores,
    }
    return json.dumps(told | {"proof": _proof(key, told)})


def _read(line: str, key: bytes, number: int) -> Erasure:
    try:
        told = json.loads(line)
        proof = str(told.pop("proof"))
        if not hmac.compare_digest(proof, _proof(key, told)):
            raise LedgerBroken(number)
        at = datetime.fromisoformat(told["at"])
        return Erasure(UUID(told["clinic"]), UUID(told["patient"]), at, str(told["ground"]), bool(told["scores"]))
    except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as error:
        raise LedgerBroken(number) from error


def _proof(key: bytes, told: dict[str, object]) -> str:
    return hmac.digest(key, f"erasure|{json.dumps(told, sort_keys=True)}".encode(), "sha256").hex()
