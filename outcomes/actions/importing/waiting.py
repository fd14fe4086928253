"""A member's file on its way in: kept sealed in the data folder from sending it until it is imported or thrown away.

One file a member at a time: sending another replaces it. What is kept opens for nobody but that member in that clinic.
Whatever nobody came back to is thrown away after a week.
"""

import json
import time
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from outcomes.exchange.readers.mapping import ColumnMapping, read_mapping
from outcomes.records.sealing import KeyRing

KEPT_SECONDS = 7 * 24 * 3600
FILE, DICTIONARY, MAPPING, PROGRESS = "file", "dictionary", "mapping", "progress"


@dataclass(frozen=True, slots=True)
class WaitingFile:
    """A file that waits: the name it came under, its bytes, its dictionary, and the mapping chosen so far."""

    name: str
    content: bytes
    mapping: ColumnMapping | None
    dictionary: bytes | None = None


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """The place of one member's waiting file; another kind of file has a shelf of its own."""

    data: Path
    keys: KeyRing
    clinic_id: UUID
    membership_id: UUID
    shelf: str = ""

    def keep(self, name: str, content: bytes, dictionary: bytes | None = None) -> None:
        """Keep a file, and its dictionary if it has one, in place of the one before."""
        self.throw_away()
        self._sweep()
        self._seal(FILE, json.dumps([name, b64encode(content).decode()]))
        if dictionary is not None:
            self._seal(DICTIONARY, b64encode(dictionary).decode())

    def keep_mapping(self, mapping: ColumnMapping) -> None:
        """Keep what was chosen for the columns of the file."""
        self._seal(MAPPING, mapping.as_json())

    def found(self) -> WaitingFile | None:
        """Return the file that waits, if one does."""
        sealed = self._open(FILE)
        if sealed is None:
            return None
        name, content = json.loads(sealed)
        mapping, dictionary = self._open(MAPPING), self._open(DICTIONARY)
        return WaitingFile(
            name,
            b64decode(content),
            read_mapping(mapping) if mapping else None,
            None if dictionary is None else b64decode(dictionary),
        )

    def throw_away(self) -> None:
        """Remove the file and everything kept with it."""
        for part in (FILE, DICTIONARY, MAPPING, PROGRESS):
            self._path(part).unlink(missing_ok=True)

    def tell(self, done: int, total: int) -> None:
        """Note how far the import of the file has come, for the page that watches it."""
        self._write(PROGRESS, json.dumps([done, total]))

    def told(self) -> tuple[int, int]:
        """How many rows of how many are stored; zeros when nothing is under way."""
        path = self._path(PROGRESS)
        if not path.is_file():
            return 0, 0
        done, total = json.loads(path.read_text(encoding="utf-8"))
        return int(done), int(total)

    @property
    def _folder(self) -> Path:
        return self.data / "imports"

    def _path(self, part: str) -> Path:
        return self._folder / f"{self.membership_id.hex}.{self.shelf}{part}"

    def _seal(self, part: str, text: str) -> None:
        key_id, wrapped = self.keys.new_patient_key(self.clinic_id, self.membership_id)
        cipher = self.keys.open_patient_key(key_id, wrapped, self.clinic_id, self.membership_id)
        sealed = b64encode(cipher.seal(f"import {self.shelf}{part}", text)).decode()
        self._write(part, json.dumps({"key": key_id, "wrapped": b64encode(wrapped).decode(), "sealed": sealed}))

    def _open(self, part: str) -> str | None:
        path = self._path(part)
        if not path.is_file():
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        wrapped = b64decode(kept["wrapped"])
        cipher = self.keys.open_patient_key(kept["key"], wrapped, self.clinic_id, self.membership_id)
        return cipher.open(f"import {self.shelf}{part}", b64decode(kept["sealed"]))

    def _write(self, part: str, text: str) -> None:
        """Write a file that its owner alone may read, whole or not at all."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(part)
        making = path.with_suffix(f".{self.shelf}{part}-new")
        making.touch(mode=0o600)
        making.write_text(text, encoding="utf-8")
        making.replace(path)

    def _sweep(self) -> None:
        """Throw away what anybody left behind for a week."""
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.glob("*.*"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
