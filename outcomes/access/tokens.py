"""Secrets in links and cookies: 256 random bits, of which only a hash is kept."""

import hmac
import re
import secrets
from hashlib import sha256
from uuid import UUID

TOKEN_BYTES = 32
CLINIC_LETTERS = 32


def new_token() -> str:
    """Return a new secret for a link or a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_clinic_token(clinic_id: UUID) -> str:
    """Return a new secret for a link that leads into one clinic, whose id it begins with."""
    return f"{clinic_id.hex}{new_token()}"


def clinic_of(token: str) -> UUID | None:
    """Return the clinic that a link's secret leads into; None when it names none.

    >>> clinic_of(new_clinic_token(UUID(int=7)))
    UUID('00000000-0000-0000-0000-000000000007')
    """
    beginning = token[:CLINIC_LETTERS]
    return UUID(beginning) if re.fullmatch("[0-9a-f]{32}", beginning) else None


def token_hash(token: str) -> str:
    """Return what is stored of a secret."""
    return sha256(token.encode()).hexdigest()


def keyed_hash(key: bytes, text: str) -> str:
    """Return a hash of something guessable, such as an address, that needs a key to be guessed."""
    return hmac.digest(key, text.encode(), sha256).hex()


def address_of(typed: str) -> str:
    """Return an e-mail address as it is stored and compared: without blanks around it, ASCII letters small.

    >>> address_of(" Ipek@Example.org ")
    'ipek@example.org'
    """
    return "".join(letter.lower() if letter.isascii() else letter for letter in typed.strip())
