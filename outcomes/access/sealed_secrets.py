"""Secrets of an account that the program itself has to read again: sealed under the master key.

AES-256-GCM with a fresh nonce a value, under a key derived from the master key for this purpose alone (HKDF-SHA256).
The associated data names the account, so a sealed secret moved to another account does not open.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MasterKeys = tuple[tuple[str, bytes], ...]
PURPOSE = b"outcomes second factor"
KEY_BYTES = 32
NONCE_BYTES = 12


class SecretUnreadable(ValueError):  # noqa: N818 - what happened
    """A sealed secret does not open: another key, another account, or changed bytes."""


def seal_secret(keys: MasterKeys, user_id: UUID, secret: str) -> str:
    """Return a secret sealed for one account with the newest master key, whose id it begins with."""
    name, master = keys[0]
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(_derived(master)).encrypt(nonce, secret.encode(), user_id.bytes)
    return f"{name}:{urlsafe_b64encode(sealed).decode()}"


def open_secret(keys: MasterKeys, user_id: UUID, stored: str) -> str:
    """Return the secret sealed for an account.

    Raises:
        SecretUnreadable: with another key, for another account, or when it was changed.
    """
    name, _, text = stored.partition(":")
    master = dict(keys).get(name)
    if master is None:
        raise SecretUnreadable(name)
    sealed = urlsafe_b64decode(text)
    try:
        return AESGCM(_derived(master)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], user_id.bytes).decode()
    except InvalidTag as error:
        raise SecretUnreadable(name) from error


def _derived(master: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=PURPOSE).derive(master)
