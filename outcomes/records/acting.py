"""Who is writing, as SQLite's triggers see it: functions of the connection that only this program has.

A foreign client that writes to the file meets a trigger that calls a function it does not have, and fails.
On PostgreSQL the same facts are settings local to the transaction.
"""

import json
import sqlite3
from hashlib import sha256
from uuid import uuid4

from outcomes.records.personal import keyed


class Acting:
    """The actor and reason of one connection's transaction, and the audit entries it has caused so far.

    The ids of its entries share a random beginning and end in a counter: they are found by one range of
    the primary key, in the order in which they were written.
    """

    def __init__(self) -> None:
        self.actor: str | None = None
        self.reason: str | None = None
        self.begin_batch()

    @classmethod
    def of(cls, connection: sqlite3.Connection, personal_key: bytes) -> "Acting":
        """Give a connection the functions that the audit triggers call."""
        acting = cls()
        connection.create_function("app_actor", 0, lambda: acting.actor)
        connection.create_function("app_reason", 0, lambda: acting.reason)
        connection.create_function("app_entry", 1, acting.entry)
        connection.create_function("app_issued", 1, lambda entry: entry == acting.issued)
        connection.create_function("app_number", 1, _number, deterministic=True)
        connection.create_function("app_hash", 1, _hash, deterministic=True)
        connection.create_function("app_keyed", 1, lambda value: keyed(personal_key, value), deterministic=True)
        return acting

    def name(self, actor: str, reason: str | None) -> None:
        """Name who writes from here on, and why."""
        self.actor, self.reason = actor, reason

    def forget(self) -> None:
        """Begin a transaction in which nobody has been named."""
        self.actor = self.reason = None
        self.begin_batch()

    def begin_batch(self) -> None:
        """Begin a new row of entries; those before it are sealed."""
        self.prefix = uuid4().hex[:24]
        self.count = 0
        self.issued = ""
        self.clinics: set[str] = set()  # of those that have entries in this batch

    def entry(self, clinic_id: str) -> str:
        """Return the id of the next audit entry."""
        self.clinics.add(clinic_id)
        self.count += 1
        self.issued = f"{self.prefix}{self.count:08x}"
        return self.issued


def _number(value: float | str | None) -> str | None:
    """Render a number as JSON with every digit; SQLite's own JSON keeps fifteen."""
    return None if value is None else json.dumps(value)


def _hash(value: str | bytes | None) -> str | None:
    """Stand for a secret in the trail: equal secrets look equal, and nothing can be read."""
    if value is None:
        return None
    return sha256(value if isinstance(value, bytes) else value.encode()).hexdigest()
