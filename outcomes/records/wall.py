"""Whether the second wall stands: what PostgreSQL has is compared with what `outcomes.records.tenancy` would build.

A wall is also passed where its owner may walk around it, through a view or a function that runs as its owner, or by
a role with more rights than the program needs; each of these is named.
"""

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, text

from outcomes.records import tenancy
from outcomes.records.base import Base
from outcomes.records.faults import Fault, FaultKind

__all__ = ["lacks_rights", "missing_wall", "wall_faults", "wrong_rights"]

HERE = "relnamespace = current_schema()::regnamespace"
RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}

_TABLES = text(
    f"SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity AND relforcerowsecurity AND {HERE}"
)
_POLICIES = text(
    "SELECT relname, polname, polcmd, polpermissive, polroles = '{0}' AS for_all,"
    " pg_get_expr(polqual, polrelid) AS there, pg_get_expr(polwithcheck, polrelid) AS written"
    f" FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid WHERE {HERE}"
)
_FUNCTIONS = text(
    "SELECT proname, prorettype::regtype::text, prosrc, prosecdef, proconfig, provolatile, lanname"
    " FROM pg_proc JOIN pg_language ON pg_language.oid = prolang"
    " WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'reach\\_%'"
)
_PASSAGES = text(
    f"SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND {HERE}"
    " UNION ALL SELECT proname || '()' FROM pg_proc WHERE prosecdef AND pronamespace = current_schema()::regnamespace"
)
_GIVEN = text(
    "SELECT relname, given FROM pg_class CROSS JOIN unnest(CAST(:rights AS text[])) AS given"
    f" WHERE relkind IN ('r', 'p') AND {HERE} AND has_table_privilege(current_user, pg_class.oid, given)"
)
_ROLE = text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
_OWNED = text(
    f"SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND {HERE} AND pg_has_role(relowner, 'MEMBER')"
)


def wall_faults(connection: Connection) -> Iterator[Fault]:
    """Name each table or function whose part of the wall is not as it must be; SQLite has no wall."""
    if connection.dialect.name != "postgresql":
        return
    for name in sorted({*_open_tables(connection), *_changed_policies(connection), *_changed_functions(connection)}):
        yield Fault(FaultKind.WALL_CHANGED, table=name)
    for (name,) in connection.execute(_PASSAGES):
        yield Fault(FaultKind.WALL_PASSED, table=name)
    if missing_wall(connection) is None:
        for name in wrong_rights(connection):
            yield Fault(FaultKind.RIGHTS_CHANGED, table=name)


def wrong_rights(connection: Connection) -> list[str]:
    """Return the tables with which the role that is connected may do more, or less, than the program needs."""
    given: dict[str, set[str]] = defaultdict(set)
    for table, right in connection.execute(_GIVEN, {"rights": list(RIGHTS)}):
        given[table].add(right)
    needed = {table.name: tenancy.rights(table.name) for table in Base.metadata.sorted_tables}
    needed |= {"alembic_version": frozenset({"SELECT"})} if "alembic_version" in given else {}
    return sorted(name for name in needed.keys() | given.keys() if given[name] != needed.get(name, frozenset()))


def lacks_rights(engine: Engine) -> bool:
    """Tell whether the role that connects has other rights than the program needs."""
    with engine.connect() as connection:
        return bool(wrong_rights(connection))


def missing_wall(connection: Connection) -> str | None:
    """Say why the role that is connected could pass the wall: superuser, bypassrls or owner; None if it cannot."""
    if connection.dialect.name != "postgresql":
        return None
    superuser, bypasses = connection.execute(_ROLE).one()
    if superuser or bypasses:
        return "superuser" if superuser else "bypassrls"
    return "owner" if connection.scalar(_OWNED) else None


def _open_tables(connection: Connection) -> set[str]:
    return {table.name for table in Base.metadata.sorted_tables} - set(connection.scalars(_TABLES))


def _changed_policies(connection: Connection) -> set[str]:
    needed = {
        (each.table, each.name): (each.command, True, True, each.there, each.written) for each in tenancy.policies()
    }
    there = {
        (row.relname, row.polname): (
            COMMANDS[row.polcmd],
            row.polpermissive,
            row.for_all,
            _on_one_line(row.there),
            _on_one_line(row.written),
        )
        for row in connection.execute(_POLICIES)
    }
    return {key[0] for key in needed.keys() | there.keys() if needed.get(key) != there.get(key)}


def _changed_functions(connection: Connection) -> set[str]:
    there = {
        name: "" if as_owner or settings or (volatile, language) != ("s", "sql") else tenancy.function(name, kind, body)
        for name, kind, body, as_owner, settings, volatile, language in connection.execute(_FUNCTIONS)
    }
    needed = tenancy.functions()
    return {f"{name}()" for name in needed.keys() | there.keys() if needed.get(name) != there.get(name)}


def _on_one_line(condition: str | None) -> str | None:
    return None if condition is None else " ".join(condition.split())
