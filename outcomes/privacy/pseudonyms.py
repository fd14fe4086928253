"""Identifiers of one release: random, without any way back, and the same when the same release is made again."""

import secrets
from collections.abc import Sequence
from hashlib import sha256
from hmac import new as keyed
from typing import TypeVar

T = TypeVar("T")

SEED_BYTES = 32
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 10


def new_seed() -> bytes:
    """Draw the seed of a new release. It is kept sealed and never leaves; with it the release can be made again.

    Returns:
        Thirty-two random bytes.

    Raises:
        Nothing.

    References:
        EDPB Guidelines 01/2025 on pseudonymisation (the additional information is kept apart).

    Example:
        >>> len(new_seed())
        32
    """
    return secrets.token_bytes(SEED_BYTES)


def _drawn(seed: bytes, use: str, key: str) -> bytes:
    """Draw 32 bytes for one use and key; without the seed they say nothing of either."""
    if len(seed) < SEED_BYTES:
        raise ValueError("the seed of a release has at least 32 bytes")
    return keyed(seed, f"{use}\0{key}".encode(), sha256).digest()


def shuffled(seed: bytes, keys: Sequence[str]) -> list[str]:
    """Put patients into an order that tells nothing of when they came.

    Parameters:
        seed: the release's seed.
        keys: a stable key a patient, such as the internal id; it does not leave.

    Returns:
        The keys in the release's own order, whatever order they came in.

    Raises:
        ValueError: the seed is too short.

    References:
        RFC 2104 (the keyed hash by which they are ordered), https://doi.org/10.17487/RFC2104

    Example:
        >>> shuffled(bytes(32), ["a", "b", "c"]) == shuffled(bytes(32), ["c", "a", "b"])
        True
    """
    return sorted(keys, key=lambda key: _drawn(seed, "order", key))


def pseudonyms(seed: bytes, keys: Sequence[str]) -> dict[str, str]:
    """Give every patient an identifier of this release alone.

    The same person has unrelated identifiers in two releases, so that releases cannot be joined by them.

    Parameters:
        seed: the release's seed.
        keys: a stable key a patient, each once.

    Returns:
        For each key its identifier; ten letters and digits without look-alikes.

    Raises:
        ValueError: the seed is too short, a key occurs twice, or two keys would share an identifier.

    References:
        RFC 2104, https://doi.org/10.17487/RFC2104; EDPB Guidelines 01/2025 on pseudonymisation.

    Example:
        >>> len(set(pseudonyms(bytes(32), ["a", "b"]).values()))
        2
    """
    found = {key: _letters(_drawn(seed, "name", key)) for key in keys}
    if len(set(found.values())) != len(keys):
        raise ValueError("a patient is named twice")
    return found


def _letters(drawn: bytes) -> str:
    return "".join(LETTERS[byte % len(LETTERS)] for byte in drawn[:LENGTH])
