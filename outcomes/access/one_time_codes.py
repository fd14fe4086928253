"""One-time codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), and recovery codes.

A code counts for its own time step and for one before and after it, so that a clock may be off by half a minute
(ASVS 5.0, 6.5.5); which step it was is given back, so that the caller can refuse it a second time (6.5.1). Recovery
codes have 49 random bits each and are kept under Argon2id like a password (6.5.2).
"""

import re
import secrets
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DIGITS = 6
TOLERANCE = (0, -1, 1)
RECOVERY_CODES = 8
RECOVERY_LETTERS = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter that is taken for a digit
ISSUER = "Outcomes"


def new_secret() -> str:
    """Return a new secret of 160 bits for an authenticator app, in base 32."""
    return pyotp.random_base32()


def address_for_app(secret: str, account: str, issuer: str = ISSUER) -> str:
    """Return the address that a QR code hands to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step to which a code belongs; None when it is wrong, too old or too early.

    >>> from datetime import UTC
    >>> step_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "287082", datetime.fromtimestamp(59, UTC))
    1
    """
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    fitting = [present + shift for shift in TOLERANCE if _same(totp.generate_otp(present + shift), code)]
    return fitting[0] if fitting else None


def looks_like_a_code(typed: str) -> bool:
    """Tell whether what was typed has the shape of an app's code."""
    return re.fullmatch(f"[0-9]{{{DIGITS}}}", typed) is not None


def bare(typed: str) -> str:
    """Return a code as it is compared: small letters, without the blanks and dashes that make it readable.

    >>> bare(" ABCDE-fghjk "), bare("287 082")
    ('abcdefghjk', '287082')
    """
    return re.sub(r"[\s\-]", "", typed).lower()


def new_recovery_codes() -> tuple[str, ...]:
    """Return new recovery codes, as they are shown."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def looks_like_a_recovery_code(typed: str) -> bool:
    """Tell whether a bare code has the shape of a recovery code; others are not worth a hash."""
    return len(typed) == RECOVERY_LETTERS and set(typed) <= set(ALPHABET)


def _recovery_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LETTERS))
    return f"{letters[:5]}-{letters[5:]}"


def _same(right: str, typed: str) -> bool:
    return secrets.compare_digest(right.encode(), typed.encode())
