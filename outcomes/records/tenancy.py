"""The second wall: PostgreSQL itself keeps clinics, patients and researchers apart, whatever a statement asks for.

Every table has row-level security, forced on its owner too. Policies are made from the metadata: a clinic's rows
are for that clinic, a patient's rows for that patient, releases for researchers, accounts for their owners and for
the clinics they work in. How far a transaction reaches is told to the database at its beginning, in settings local
to the transaction; without them a policy admits no row. SQLite has no such wall: the first one, `Scope` and keys
that begin with the clinic, holds on both.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Table, text
from sqlalchemy.orm import Session

from outcomes.access.scope import Reach, Within
from outcomes.records.audit import INSTALLATION
from outcomes.records.base import Base

__all__ = ["Policy", "functions", "grant", "install", "let_in", "let_look_up", "policies", "rights", "tell"]

TRAIL = ("audit_entry", "audit_seal")
DELETED = frozenset(
    {
        *("draft", "idempotency_key", "name_prefix", "patient_key", "score", "sign_in_attempt"),
        *("challenge", "passkey", "recovery_code", "used_code"),
    }
)
"""Rows of these tables the program deletes: all of them can be made again or are past their time, but for a key."""

_TELL = ", ".join(f"set_config('app.{name}', %s, true)" for name in ("reach", "clinic", "patient", "member", "user"))


def tell(connection: Connection, reach: Reach) -> None:
    """Tell PostgreSQL how far this transaction reaches; at its end that is forgotten."""
    keys = (reach.clinic_id, reach.patient_id, reach.membership_id, reach.user_id)
    connection.exec_driver_sql(f"SELECT {_TELL}", (reach.within.value, *(str(key) if key else "" for key in keys)))


def let_in(session: Session, clinic_id: UUID) -> None:
    """Let this transaction, which stands at the front door, write a place of the clinic whose link was shown."""
    _set(session.connection(), "clinic", str(clinic_id))


def let_look_up(session: Session, address: str) -> None:
    """Let this transaction find out whether an e-mail address has an account, wherever that is."""
    _set(session.connection(), "address", address)


def _set(connection: Connection, name: str, value: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT set_config('app.{name}', %s, true)", (value,))


# What the settings say. An absent setting is null, one that a transaction has left behind is empty.

_REACH = "current_setting('app.reach', true)"
_KNOWN = f"coalesce({_REACH}, '') <> ''"


def _setting(name: str) -> str:
    return f"nullif(current_setting('app.{name}', true), '')"


def _when(within: str, value: str) -> str:
    return f"SELECT CASE WHEN {within} THEN {value} END"


_FUNCTIONS = {
    "reach_everything": ("boolean", f"SELECT coalesce({_REACH} = '{Within.EVERYTHING}', false)"),
    "reach_door": ("boolean", f"SELECT coalesce({_REACH} = '{Within.DOOR}', false)"),
    "reach_anybody": ("boolean", f"SELECT {_KNOWN}"),
    "reach_clinic": ("uuid", _when(f"{_REACH} = '{Within.CLINIC}'", f"{_setting('clinic')}::uuid")),
    "reach_home": ("uuid", _when(_KNOWN, f"{_setting('clinic')}::uuid")),
    "reach_releases": ("uuid", _when(f"{_REACH} = '{Within.RELEASES}'", f"{_setting('clinic')}::uuid")),
    "reach_patient": ("uuid", _when(f"{_REACH} = '{Within.PATIENT}'", f"{_setting('patient')}::uuid")),
    "reach_member": ("uuid", _when(_KNOWN, f"{_setting('member')}::uuid")),
    "reach_user": ("uuid", _when(_KNOWN, f"{_setting('user')}::uuid")),
    "reach_actor": ("text", _when(_KNOWN, _setting("actor"))),
    "reach_address": ("text", _when(_KNOWN, _setting("address"))),
}


def functions() -> dict[str, str]:
    """Return the statements that make the functions by which policies read the settings, by name."""
    return {name: function(name, *parts) for name, parts in _FUNCTIONS.items()}


def function(name: str, returned: str, body: str) -> str:
    """Return the statement that makes one of them. It runs as whoever calls it."""
    return f"CREATE FUNCTION {name}() RETURNS {returned} LANGUAGE sql STABLE PARALLEL SAFE AS $body${body}$body$"


# Conditions, in the words in which PostgreSQL tells them back, so that a verification can compare them.
# A function stands in a SELECT of its own: it is asked once a statement, not once a row.


def _asked(name: str) -> str:
    return f"( SELECT {name}() AS {name})"


def _is(column: str, name: str) -> str:
    return f"({column} = {_asked(name)})"


def _any(*conditions: str) -> str:
    return f"({' OR '.join(conditions)})"


def _all(*conditions: str) -> str:
    return f"({' AND '.join(conditions)})"


EVERYTHING, DOOR, ANYBODY = map(_asked, ("reach_everything", "reach_door", "reach_anybody"))
STAFF, HOME = _is("clinic_id", "reach_clinic"), _is("clinic_id", "reach_home")
RESEARCHERS = _is("clinic_id", "reach_releases")
OF_NO_CLINIC = _all(f"(clinic_id = '{INSTALLATION}'::uuid)", ANYBODY)
A_PATIENT = f"({_asked('reach_patient')} IS NOT NULL)"
COLLEAGUES = f"( SELECT membership.user_id FROM membership WHERE (membership.clinic_id = {_asked('reach_clinic')}))"


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy of one table; a condition is for rows that are there, for rows that are written, or for both."""

    table: str
    name: str
    command: str
    there: str | None
    written: str | None

    @property
    def statement(self) -> str:
        """The statement that makes it."""
        there = f" USING ({self.there})" if self.there else ""
        written = f" WITH CHECK ({self.written})" if self.written else ""
        return f"CREATE POLICY {self.name} ON {_quoted(self.table)} FOR {self.command}{there}{written}"


def policies() -> list[Policy]:
    """Return the policies of every table."""
    return [policy for table in Base.metadata.sorted_tables for policy in _policies_of(table)]


def _policies_of(table: Table) -> Iterator[Policy]:
    name, (write, read) = table.name, _conditions(table)
    if name in TRAIL:
        yield Policy(name, "reach_add", "INSERT", None, write)
    else:
        yield Policy(name, "reach_write", "ALL", write, write)
    if read != write:
        yield Policy(name, "reach_read", "SELECT", read, None)


def _conditions(table: Table) -> tuple[str, str]:
    """Return the condition for writing a table's rows and the one for reading them."""
    if "clinic_id" not in table.columns:
        own = _account(table)
        return own, own
    if table.name in _SPECIAL:
        return _SPECIAL[table.name]
    if table.name.startswith("release_"):
        own = _any(STAFF, RESEARCHERS, EVERYTHING)
        return own, own
    patient = "id" if table.name == "patient" else "patient_id"
    patients = [_all(HOME, _is(patient, "reach_patient"))] if patient in table.columns else []
    return (_any(STAFF, *patients, EVERYTHING),) * 2


_BY_STAFF = _any(STAFF, EVERYTHING)
_AT_THE_DOOR = _any(STAFF, _all(HOME, DOOR), EVERYTHING)
_BY_ANYBODY_HERE = _any(HOME, OF_NO_CLINIC, EVERYTHING)
_PATIENTS_OWN = _all(HOME, _is("patient_id", "reach_patient"))
_A_CARERS_CONSENT = _all(DOOR, "((purpose)::text = 'carer_access'::text)")
_OWN_PLACE = _all(HOME, _is("id", "reach_member"))
_STAFFS_PLACES = _all(HOME, "(patient_id IS NULL)", A_PATIENT)
_OWN_DOING = _any(STAFF, _all(RESEARCHERS, _is("membership_id", "reach_member")), EVERYTHING)
_OWN_WRITING = _all(_any(HOME, OF_NO_CLINIC), "((actor)::text = " + _asked("reach_actor") + ")")

_SPECIAL: dict[str, tuple[str, str]] = {
    "clinic": (_BY_STAFF, _any(HOME, DOOR, EVERYTHING)),
    # The front door asks whether a carer's consent lives before it lets the carer in.
    "consent": (
        _any(STAFF, _PATIENTS_OWN, EVERYTHING),
        _any(STAFF, _PATIENTS_OWN, _A_CARERS_CONSENT, EVERYTHING),
    ),
    "protocol": (_BY_STAFF, _any(STAFF, _all(HOME, A_PATIENT), EVERYTHING)),
    "membership": (_AT_THE_DOOR, _any(STAFF, _OWN_PLACE, _STAFFS_PLACES, DOOR, EVERYTHING)),
    "invitation": (_AT_THE_DOOR, _any(STAFF, DOOR, EVERYTHING)),
    "draft": (_any(STAFF, _all(HOME, _is("membership_id", "reach_member")), EVERYTHING),) * 2,
    "idempotency_key": (_any(HOME, EVERYTHING),) * 2,
    "release": (_BY_STAFF, _any(STAFF, RESEARCHERS, EVERYTHING)),
    "release_approval": (_BY_STAFF,) * 2,
    "release_script": (_OWN_DOING,) * 2,
    "release_secret": (_BY_STAFF,) * 2,
    "release_taking": (_OWN_DOING,) * 2,
    "audit_entry": (_BY_ANYBODY_HERE, _any(STAFF, _OWN_WRITING, EVERYTHING)),
    "audit_seal": (_BY_ANYBODY_HERE, _BY_STAFF),
    "chain_head": (_BY_ANYBODY_HERE,) * 2,
    "anchor_mark": (EVERYTHING, _BY_STAFF),
}


def _account(table: Table) -> str:
    """The rows of an account: for its owner, for staff where it has a place, and for the front door."""
    if table.name == "user_account":
        looked_up = "((email)::text = " + _asked("reach_address") + ")"
        return _any(_is("id", "reach_user"), f"(id IN {COLLEAGUES})", looked_up, DOOR, EVERYTHING)
    if "user_id" in table.columns:
        return _any(_is("user_id", "reach_user"), f"(user_id IN {COLLEAGUES})", DOOR, EVERYTHING)
    return ANYBODY


def statements() -> list[str]:
    """Return the statements that build the wall, in a database that has the tables and no wall yet."""
    guarded = [
        f"ALTER TABLE {_quoted(table.name)} {action} ROW LEVEL SECURITY"
        for table in Base.metadata.sorted_tables
        for action in ("ENABLE", "FORCE")
    ]
    return [*functions().values(), *guarded, *(policy.statement for policy in policies())]


def install(connection: Connection) -> None:
    """Build the wall; SQLite has none."""
    if connection.dialect.name == "postgresql":
        for statement in statements():
            connection.exec_driver_sql(statement)


# The role by which the program works


def rights(table: str) -> frozenset[str]:
    """Return what the program's role may do with a table."""
    added = frozenset({"SELECT", "INSERT"})
    if table in TRAIL:
        return added
    return added | {"UPDATE"} | ({"DELETE"} if table in DELETED else frozenset())


def grant(connection: Connection, role: str) -> None:
    """Give the program's role its rights, and no more; the connection is the owner's."""
    schema = connection.scalar(text("SELECT current_schema()")) or "public"
    name, place = _quoted(role, always=True), _quoted(schema, always=True)
    connection.exec_driver_sql(f"REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM {name}")
    connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA {place} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {place} TO {name}")
    for table in Base.metadata.sorted_tables:
        given = ", ".join(sorted(rights(table.name)))
        connection.exec_driver_sql(f"GRANT {given} ON {_quoted(table.name)} TO {name}")
    if connection.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL")):
        connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {name}")


def _quoted(name: str, *, always: bool = False) -> str:
    """Write a name as SQL does; a word that means nothing else needs no marks."""
    plain = name.isascii() and name.replace("_", "a").isalnum() and name.islower() and not always
    return name if plain else '"' + name.replace('"', '""') + '"'
