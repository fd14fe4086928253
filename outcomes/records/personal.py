"""How a person who has no key of their own stands in the trail: by a keyed hash.

Equal names look equal and a change is seen, but without the key nobody can try out names. SQLite asks a function of
the connection, PostgreSQL computes the same from two settings of the transaction.
"""

import hmac
from hashlib import sha256

from sqlalchemy import Connection, text

MARK = "keyed:"
BLOCK = 64
INNER, OUTER = 0x36, 0x5C  # of HMAC, RFC 2104


def personal_key(audit_key: bytes) -> bytes:
    """Return the key of the hashes that stand for persons, from the one of the audit chain."""
    return hmac.digest(audit_key, b"outcomes personal hash", sha256)


def keyed(key: bytes, value: str | None) -> str | None:
    """Return what stands in the trail for a value that names a person; such a word itself stays as it is."""
    if value is None or value.startswith(MARK):
        return value
    return MARK + hmac.digest(key, value.encode(), sha256).hex()


def pads(key: bytes) -> dict[str, str]:
    """Return the settings from which PostgreSQL computes `keyed`: the key beside HMAC's two paddings."""
    padded = key.ljust(BLOCK, b"\0")
    return {
        "inner": bytes(byte ^ INNER for byte in padded).hex(),
        "outer": bytes(byte ^ OUTER for byte in padded).hex(),
    }


def keyed_on_postgresql(value: str) -> str:
    """Return the SQL expression for `keyed`."""
    inner = f"sha256(decode(current_setting('app.inner'), 'hex') || convert_to({value}, 'UTF8'))"
    hashed = f"encode(sha256(decode(current_setting('app.outer'), 'hex') || {inner}), 'hex')"
    return f"CASE WHEN starts_with({value}, '{MARK}') THEN {value} ELSE '{MARK}' || {hashed} END"


def lend_personal_key(connection: Connection) -> None:
    """Let PostgreSQL compute, until this transaction ends, what stands in the trail for a person."""
    key = personal_key(connection.get_execution_options()["audit_key"])
    connection.execute(
        text("SELECT set_config('app.inner', :inner, true), set_config('app.outer', :outer, true)"), pads(key)
    )
