"""Passwords: how they are hashed, and which are refused.

Argon2id with the parameters of the OWASP Password Storage Cheat Sheet (19 MiB, two passes, one lane).
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from outcomes.voice import N_

SHORTEST = 8
SUGGESTED = 15
LONGEST = 256

TOO_SHORT = N_("Use at least %(n)s characters.")
TOO_LONG = N_("Use at most %(n)s characters.")
TOO_COMMON = N_("Many people use this password. Choose another one.")
OWN_NAME = N_("Choose a password that does not hold your name or e-mail address.")

_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# The hash of a password that was thrown away: an unknown account costs as much time as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$n6fX1IU6ntykT+d0iD0Xow$5pz9Xx58CBi1joR56KH/HVyIrwOZY6fydARr0a81DKE"


class WeakPassword(ValueError):  # noqa: N818 - what is wrong, in the word of the form
    """A password that is not accepted; `sentence` says why and `n` is the number in it."""

    def __init__(self, sentence: str, n: int | None = None) -> None:
        super().__init__("weak_password")
        self.sentence = sentence
        self.values = {} if n is None else {"n": n}


def _same_form(password: str) -> str:
    """Bring a password into one form, so that two keyboards that compose letters differently agree."""
    return unicodedata.normalize("NFKC", password)


def hashed(password: str) -> str:
    """Return the hash to be stored."""
    return _HASHER.hash(_same_form(password))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one stored; where none is stored the same time is spent."""
    try:
        _HASHER.verify(stored or _NOBODY, _same_form(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Tell whether a stored hash was made with other parameters and should be made anew."""
    return _HASHER.check_needs_rehash(stored)


def check_strength(password: str, *own: str) -> None:
    """Refuse a password that is short, common, or made of the words in `own` (name, e-mail address).

    Raises:
        WeakPassword: with the sentence to show.
    """
    text = _same_form(password)
    if len(text) < SHORTEST:
        raise WeakPassword(TOO_SHORT, SHORTEST)
    if len(text) > LONGEST:
        raise WeakPassword(TOO_LONG, LONGEST)
    if _is_common(text.casefold()):
        raise WeakPassword(TOO_COMMON)
    if any(word in text.casefold() for word in _words(own)):
        raise WeakPassword(OWN_NAME)


def _words(own: tuple[str, ...]) -> set[str]:
    """Return the words of a name or an address that are long enough to matter."""
    parts = {part for text in own for part in text.casefold().replace("@", " ").split()}
    return {part for part in parts if len(part) > len("name")}


def _is_common(text: str) -> bool:
    """Tell whether a password is common, with or without the digits and signs at its end."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - 90 000 words, needed only where one is set

    bare = text.rstrip("0123456789!.?*-_ ")
    common = FREQUENCY_LISTS["passwords"]
    return text in common or bare in common or len(set(text)) <= len("abc")
