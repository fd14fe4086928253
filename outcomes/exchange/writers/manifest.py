"""The zip of a release on its way out: every file hashed as it passes, and the same release always the same bytes."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

PIECE = 1 << 16
SUMS, MANIFEST = "SHA256SUMS", "manifest.json"


@dataclass(frozen=True, slots=True)
class Written:
    """One file as written: its path, size and sum."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every file of a release, and the size and sum of the whole zip."""

    files: tuple[Written, ...]
    size: int
    sha256: str


class Hashed(io.RawIOBase):
    """Writes on, and keeps size and sum of what went through. It cannot be moved back, whatever lies below."""

    def __init__(self, below: BinaryIO) -> None:
        super().__init__()
        self._below, self._sum, self.size = below, sha256(), 0

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def tell(self) -> int:
        """Refuse: a zip is then written as a stream, the same on every target."""
        raise io.UnsupportedOperation("tell")

    def write(self, data: "io.ReadableBuffer") -> int:  # type: ignore[name-defined]
        """Pass bytes on."""
        piece = bytes(data)
        self._below.write(piece)
        self._sum.update(piece)
        self.size += len(piece)
        return len(piece)

    @property
    def sum(self) -> str:
        """The SHA-256 of everything so far."""
        return self._sum.hexdigest()


class Archive:
    """A zip that is written from front to back. The release's instant is the time of every file in it."""

    def __init__(self, target: BinaryIO, as_of: datetime) -> None:
        moment = as_of.astimezone(UTC)
        self._time = (max(1980, moment.year), moment.month, moment.day, moment.hour, moment.minute, moment.second)
        self._out = Hashed(target)
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED)
        self.written: dict[str, Written] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        """Leave a half-written zip without its end, so that nobody takes it for a whole one."""
        if kind is None:
            self._zip.close()
        else:
            self._zip.fp = None  # or the zip would write its end when it is forgotten

    @contextmanager
    def binary(self, path: str) -> Iterator[Hashed]:
        """Open a file in the zip for bytes."""
        entry = zipfile.ZipInfo(path, self._time)
        entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
        with self._zip.open(entry, "w", force_zip64=True) as below:
            hashed = Hashed(below)  # type: ignore[arg-type]
            yield hashed
        self.written[path] = Written(path, hashed.size, hashed.sum)

    @contextmanager
    def text(self, path: str) -> Iterator[io.TextIOWrapper]:
        """Open a file in the zip for text."""
        with self.binary(path) as below:
            file = io.TextIOWrapper(io.BufferedWriter(below, PIECE), encoding="utf-8", newline="", write_through=False)
            yield file
            file.flush()
            file.detach().detach()

    def put(self, path: str, text: str) -> None:
        """Write a small text file."""
        with self.binary(path) as file:
            file.write(text.encode())

    def take(self, path: str, source: Path) -> None:
        """Copy a file into the zip, and remove it."""
        with self.binary(path) as file, source.open("rb") as given:
            while piece := given.read(PIECE):
                file.write(piece)
        source.unlink()

    def seal(self, release: str) -> None:
        """Write the list of all files and their sums."""
        files = sorted(self.written.values(), key=lambda each: each.path)
        self.put(SUMS, "".join(f"{each.sha256}  {each.path}\n" for each in files))
        listed = [{"path": each.path, "bytes": each.size, "sha256": each.sha256} for each in files]
        self.put(MANIFEST, json.dumps({"release": release, "files": listed}, indent=1) + "\n")

    def manifest(self) -> Manifest:
        """Say what was written; to be asked when the zip is closed."""
        return Manifest(tuple(self.written.values()), self._out.size, self._out.sum)
