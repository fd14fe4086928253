"""A file sealed in chunks, so that neither writing nor reading holds it whole.

The head names the key and carries a salt; the key of the file is derived from both. Each chunk is AES-256-GCM with
the head as associated data and a nonce that holds the chunk's number and whether it is the last: a chunk changed,
moved, left out or added, or a file cut short, does not open.
"""

import hmac
import io
import os
from collections.abc import Callable
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"OUTCOMES BACKUP 1\n"
SALT_BYTES = 32
NAME_BYTES = 8
TAG_BYTES = 16
CHUNK = 1 << 20
HEAD_BYTES = len(MAGIC) + NAME_BYTES + SALT_BYTES

Keys = tuple[tuple[str, bytes], ...]


class BackupBroken(ValueError):  # noqa: N818 - what happened
    """A backup does not open: a changed, lost or added byte, or another kind of file."""


class WrongKey(LookupError):  # noqa: N818 - what happened
    """A backup was sealed with a key that is not among those at hand."""


class Writer(io.RawIOBase):
    """Seals what is written to it; closing it seals the last chunk and leaves the file beneath open."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        super().__init__()
        self._file, self._waiting, self._number = file, bytearray(), 0
        self._head = MAGIC + _name_of(key) + os.urandom(SALT_BYTES)
        self._cipher = AESGCM(_file_key(key, self._head))
        file.write(self._head)

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # any buffer is bytes here
        """Take bytes; whole chunks are sealed at once."""
        self._waiting += data
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def close(self) -> None:
        """Seal what is left as the last chunk."""
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
        super().close()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, self._head))
        self._number += 1


class Reader(io.RawIOBase):
    """Opens a sealed file from its beginning; reading to its end proves every byte of it.

    Raises:
        BackupBroken: on reading, at the first chunk that does not open.
        WrongKey: when none of the keys sealed it.
    """

    def __init__(self, file: BinaryIO, keys: Keys) -> None:
        super().__init__()
        self._file, self._opened, self._number, self._ended = file, b"", 0, False
        self._head = file.read(HEAD_BYTES)
        if len(self._head) < HEAD_BYTES or not self._head.startswith(MAGIC):
            raise BackupBroken("not a backup of this program, or its beginning was changed")
        name = self._head[len(MAGIC) : len(MAGIC) + NAME_BYTES]
        key = next((key for _, key in keys if hmac.compare_digest(_name_of(key), name)), None)
        if key is None:
            raise WrongKey("sealed with a backup key that is not here, or its beginning was changed")
        self._cipher = AESGCM(_file_key(key, self._head))
        self._ahead = file.read(CHUNK + TAG_BYTES)

    def readable(self) -> bool:
        """Say that it gives bytes."""
        return True

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]  # any buffer is bytes here
        """Give opened bytes; none at the end."""
        while not self._opened and not self._ended:
            self._open_next()
        given = self._opened[: len(buffer)]
        buffer[: len(given)] = given
        self._opened = self._opened[len(given) :]
        return len(given)

    def _open_next(self) -> None:
        chunk, self._ahead = self._ahead, self._file.read(CHUNK + TAG_BYTES)
        last = not self._ahead
        try:
            self._opened = self._cipher.decrypt(_nonce(self._number, last=last), chunk, self._head)
        except (InvalidTag, ValueError) as error:
            raise BackupBroken(f"part {self._number + 1} was changed, or the file was cut short") from error
        self._number, self._ended = self._number + 1, last


def opened(file: BinaryIO, keys: Keys) -> io.BufferedReader:
    """Return what a sealed file holds, as a file to be read; see `Reader`."""
    raw: io.RawIOBase = Reader(file, keys)
    return io.BufferedReader(raw, CHUNK)


def drain(file: BinaryIO, take: Callable[[bytes], object]) -> None:
    """Read a file to its end."""
    while piece := file.read(CHUNK):
        take(piece)


def _name_of(key: bytes) -> bytes:
    return hmac.digest(key, b"outcomes backup key", "sha256")[:NAME_BYTES]


def _file_key(key: bytes, head: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=len(key), salt=head[-SALT_BYTES:], info=b"outcomes backup").derive(key)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
