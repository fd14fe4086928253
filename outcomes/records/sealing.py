"""Sealing of identifiers: one random data key a patient, wrapped by a master key of the ring.

AES-256-GCM with a fresh nonce a value. The associated data names clinic, patient and column, so a
sealed value moved to another row or column does not open. Destroying a patient's wrapped key makes
everything sealed with it unreadable, in the rows and in the audit trail alike.

Sealed names are found again by keyed hashes of the folded beginnings of their words.
"""

import binascii
import hmac
import os
import re
import unicodedata
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from outcomes.voice import N_

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
SHORTEST_PREFIX = 2
LONGEST_PREFIX = 24
HASH_BYTES = 16
MARK = "sealed:"
SHORTEST_SEALED = 1 + NONCE_BYTES + 16
ERASED = N_("erased")


class SealBroken(ValueError):  # noqa: N818 - what happened, in the word the trail uses
    """A sealed value does not open: another key, another row or column, or changed bytes."""

    def __init__(self, column: str) -> None:
        super().__init__(f"sealed value of {column} does not open")
        self.column = column


class UnknownMasterKey(LookupError):  # noqa: N818 - what happened
    """A patient's key was wrapped by a master key that is not in the ring."""

    def __init__(self, master_key_id: str) -> None:
        super().__init__(f"master key {master_key_id} is not in the ring")
        self.master_key_id = master_key_id


def _encrypt(key: bytes, text: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, text, bound_to)


def _decrypt(key: bytes, blob: bytes, bound_to: bytes, column: str) -> bytes:
    nonce, sealed = blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :]
    if blob[:1] != FORMAT or len(nonce) < NONCE_BYTES:
        raise SealBroken(column)
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound_to)
    except InvalidTag as error:
        raise SealBroken(column) from error


def _bound_to(clinic_id: UUID, patient_id: UUID, column: str) -> bytes:
    return b"outcomes" + clinic_id.bytes + patient_id.bytes + column.encode()


@dataclass(frozen=True, slots=True, repr=False)
class PatientCipher:
    """Seals and opens the identifiers of one patient of one clinic."""

    clinic_id: UUID
    patient_id: UUID
    key: bytes

    def seal(self, column: str, text: str) -> bytes:
        """Return `text` sealed for this patient's `column`."""
        return _encrypt(self.key, text.encode(), _bound_to(self.clinic_id, self.patient_id, column))

    def open(self, column: str, blob: bytes) -> str:
        """Return the text sealed for this patient's `column`.

        Raises:
            SealBroken: when the value was sealed for another patient or column, or was changed.
        """
        bound_to = _bound_to(self.clinic_id, self.patient_id, column)
        return _decrypt(self.key, blob, bound_to, column).decode()

    def seal_text(self, column: str, text: str) -> str:
        """Return `text` sealed for a text column, behind a mark that tells it from clear text."""
        return MARK + b64encode(self.seal(column, text)).decode()

    def open_text(self, column: str, stored: str) -> str:
        """Return the text kept in a text column; what was written before sealing is read as it stands.

        Raises:
            SealBroken: as `open`.
        """
        blob = sealed_blob(stored)
        return stored if blob is None else self.open(column, blob)


class KeyRing:
    """The master keys: the first wraps new patient keys, the others only open old ones."""

    __slots__ = ("_masters", "_newest", "_search_keys")

    def __init__(self, master_keys: tuple[tuple[str, bytes], ...]) -> None:
        if not master_keys:
            raise ValueError("a key ring needs at least one master key")
        if any(len(key) != KEY_BYTES for _, key in master_keys):
            raise ValueError(f"a master key has {KEY_BYTES} bytes")
        self._masters = dict(master_keys)
        if len(self._masters) != len(master_keys):
            raise ValueError("two master keys share one id")
        self._newest = master_keys[0][0]
        self._search_keys = tuple(_derived(key, b"outcomes name search") for _, key in master_keys)

    @property
    def newest(self) -> str:
        """The id of the master key that wraps new patient keys."""
        return self._newest

    def new_patient_key(self, clinic_id: UUID, patient_id: UUID) -> tuple[str, bytes]:
        """Return the id of the newest master key and a fresh patient key wrapped by it."""
        return self._newest, self._wrap(clinic_id, patient_id, os.urandom(KEY_BYTES))

    def open_patient_key(self, master_key_id: str, wrapped: bytes, clinic_id: UUID, patient_id: UUID) -> PatientCipher:
        """Return the cipher of a patient from the wrapped key kept in `patient_key`.

        Raises:
            UnknownMasterKey: when the ring lacks the master key.
            SealBroken: when the key was wrapped for another patient or was changed.
        """
        master = self._masters.get(master_key_id)
        if master is None:
            raise UnknownMasterKey(master_key_id)
        bound_to = _bound_to(clinic_id, patient_id, "patient_key")
        return PatientCipher(clinic_id, patient_id, _decrypt(master, wrapped, bound_to, "patient_key"))

    def rewrapped(self, master_key_id: str, wrapped: bytes, clinic_id: UUID, patient_id: UUID) -> tuple[str, bytes]:
        """Return the same patient key wrapped by the newest master key, for rotation."""
        cipher = self.open_patient_key(master_key_id, wrapped, clinic_id, patient_id)
        return self._newest, self._wrap(clinic_id, patient_id, cipher.key)

    def prefix_hashes(self, clinic_id: UUID, name: str) -> set[str]:
        """Return the keyed hashes of every beginning, from two letters on, of every word of a name."""
        prefixes = {
            word[:length]
            for word in name_words(name)
            for length in range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX) + 1)
        }
        return {_prefix_hash(self._search_keys[0], clinic_id, prefix) for prefix in prefixes}

    def prefix_hash(self, clinic_id: UUID, typed: str) -> str:
        """Return the hash under which the beginning of one word of a name is found (see `name_words`)."""
        return _prefix_hash(self._search_keys[0], clinic_id, "".join(name_words(typed)))

    def prefix_hashes_of_all_keys(self, clinic_id: UUID, typed: str) -> set[str]:
        """Return the hashes of a typed beginning under every master key, for use while keys are rotated."""
        prefix = "".join(name_words(typed))
        return {_prefix_hash(key, clinic_id, prefix) for key in self._search_keys}

    def _wrap(self, clinic_id: UUID, patient_id: UUID, key: bytes) -> bytes:
        bound_to = _bound_to(clinic_id, patient_id, "patient_key")
        return _encrypt(self._masters[self._newest], key, bound_to)


def sealed_blob(stored: str) -> bytes | None:
    """Return the sealed bytes of a text column; None for clear text.

    >>> sealed_blob("no milk") is sealed_blob("sealed: in an envelope") is None
    True
    """
    if not stored.startswith(MARK):
        return None
    try:
        blob = b64decode(stored.removeprefix(MARK), validate=True)
    except binascii.Error:
        return None
    return blob if blob[:1] == FORMAT and len(blob) >= SHORTEST_SEALED else None


def folded(text: str) -> str:
    """Return text without case and marks, so that i, İ, ı and I meet, and ş meets s.

    >>> folded("Işıl ÇAĞLAYAN"), folded("İPEK Öztürk")
    ('isil caglayan', 'ipek ozturk')
    """
    plain = unicodedata.normalize("NFKD", text.replace("ı", "i")).casefold()
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def name_words(name: str) -> tuple[str, ...]:
    """Return the folded words of a name.

    >>> name_words("Ayşe-Gül O'Neill")
    ('ayse', 'gul', 'o', 'neill')
    """
    return tuple(re.findall(r"[^\W_]+", folded(name)))


def _derived(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)


def _prefix_hash(search_key: bytes, clinic_id: UUID, prefix: str) -> str:
    message = clinic_id.bytes + prefix[:LONGEST_PREFIX].encode()
    return hmac.digest(search_key, message, sha256)[:HASH_BYTES].hex()
