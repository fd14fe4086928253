"""Where the files of releases lie: sealed in the data folder, each with a key of its own that a master key wraps.

How far a building has come is told in a file beside it, so that every worker sees it and it can be left.
"""

import json
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from outcomes.exchange.writers.contents import Step
from outcomes.records.sealed_file import Writer, opened
from outcomes.records.sealing import KeyRing

EVERY_SECONDS = 0.3
SILENT_SECONDS = 900
"""A building that has told nothing for so long was broken off; the search for groups tells nothing for minutes."""


@dataclass(frozen=True, slots=True)
class Told:
    """How far a building has come: the part of the file, and how many of its rows of how many."""

    part: str
    done: int
    of: int
    at: float

    @property
    def is_alive(self) -> bool:
        """Whether it can be taken to go on."""
        return time.time() - self.at < SILENT_SECONDS


@dataclass(frozen=True, slots=True)
class ReleaseRoom:
    """The place of one release's file."""

    data: Path
    keys: KeyRing
    clinic_id: UUID
    release_id: UUID

    @property
    def folder(self) -> Path:
        """The folder of the files, which its owner alone may open."""
        folder = self.data / "releases"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @contextmanager
    def written(self) -> Iterator[BinaryIO]:
        """Give a place to write the file to; it is there when all of it is, and else not."""
        key_id, wrapped = self.keys.new_patient_key(self.clinic_id, self.release_id)
        key = self.keys.open_patient_key(key_id, wrapped, self.clinic_id, self.release_id).key
        making = self._path("new")
        with open(making, "wb", opener=_own_only) as file:
            writer = Writer(file, key)
            yield writer  # type: ignore[misc]  # it takes bytes, which is all that is asked of it
            writer.close()
            file.flush()
            os.fsync(file.fileno())
        self._keep("key", json.dumps({"key": key_id, "wrapped": b64encode(wrapped).decode()}))
        making.replace(self._path("sealed"))

    @contextmanager
    def read(self) -> Iterator[BinaryIO]:
        """Give the file opened, to be read from its beginning to its end.

        Raises:
            FileNotFoundError: there is none.
        """
        kept = json.loads(self._path("key").read_text(encoding="utf-8"))
        cipher = self.keys.open_patient_key(kept["key"], b64decode(kept["wrapped"]), self.clinic_id, self.release_id)
        with self._path("sealed").open("rb") as file:
            yield opened(file, (("release", cipher.key),))

    @property
    def has_file(self) -> bool:
        """Whether the file is there."""
        return self._path("sealed").is_file()

    def rewrap(self) -> bool:
        """Wrap the file's key anew by the newest master key; say whether an older one had wrapped it."""
        if not self.has_file:
            return False
        kept = json.loads(self._path("key").read_text(encoding="utf-8"))
        if kept["key"] == self.keys.newest:
            return False
        old = b64decode(kept["wrapped"])
        key_id, wrapped = self.keys.rewrapped(kept["key"], old, self.clinic_id, self.release_id)
        self._keep("key", json.dumps({"key": key_id, "wrapped": b64encode(wrapped).decode()}))
        return True

    def tell(self, step: Step) -> None:
        """Note how far the building has come."""
        last = self.told()
        if last is None or last.part != step.part or time.time() - last.at >= EVERY_SECONDS:
            self._keep("told", json.dumps([step.part, step.done, step.of or 0, time.time()]))

    def told(self) -> Told | None:
        """How far the building has come, if one is under way."""
        path = self._path("told")
        return Told(*json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None

    def end(self) -> None:
        """Forget how far it had come, and whatever is half made."""
        for part in ("told", "new"):
            self._path(part).unlink(missing_ok=True)

    def _path(self, part: str) -> Path:
        return self.folder / f"{self.release_id.hex}.{part}"

    def _keep(self, part: str, text: str) -> None:
        making = self._path(f"{part}-new")
        with open(making, "w", encoding="utf-8", opener=_own_only) as file:
            file.write(text)
        making.replace(self._path(part))


def _own_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
