"""The audit triggers: the only writers of `audit_entry`, made from the metadata for both databases.

Each insert, update or delete of an audited row, by whatever statement, writes one entry with the whole
row before and after as JSON. Comparison is null-safe, keys of rows never change, secrets stand in the
trail by their hash, persons by a keyed one, bytes in hexadecimal. The entry's actor may not be null, so
a write by nobody fails.

Accounts belong to no clinic: their entries carry the nil UUID.

Beside them stand the locks: while a visit bears a signature that was not voided, no statement of whatever kind inserts,
changes or deletes the visit, an assessment of it or a score of one. Signatures and their voiding are insert-only.
"""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import JSON, Column, Connection, Float, LargeBinary, Numeric, Table, Uuid

from outcomes.records.base import Base
from outcomes.records.personal import keyed_on_postgresql

INSTALLATION = UUID(int=0)
TRAIL = ("audit_entry", "audit_seal", "chain_head")
SIGNATURES = ("signature", "signature_void")
COLUMNS = "clinic_id, id, at, actor, reason, table_name, row_id, operation, old, new"


def audited_tables() -> list[Table]:
    """Return the tables whose changes are written to the trail, parents before children."""
    return [table for table in Base.metadata.sorted_tables if table.info.get("audited", True)]


def key_columns(table: Table) -> list[str]:
    """Return the columns that tell rows of one clinic apart, UUIDs first."""
    keys = [column for column in table.primary_key.columns if column.name != "clinic_id"]
    keys = keys or list(table.primary_key.columns)
    return [column.name for column in sorted(keys, key=lambda column: not isinstance(column.type, Uuid))]


def secret_columns(table: Table) -> list[str]:
    """Return the columns that stand in the trail by their hash."""
    return [column.name for column in table.columns if column.info.get("secret")]


def personal_columns(table: Table) -> list[str]:
    """Return the columns that stand in the trail by a keyed hash."""
    return [column.name for column in table.columns if column.info.get("personal")]


def row_json(table: Table, dialect: str, row: str) -> str:
    """Return the SQL expression for a row as the trail writes it; `row` is an alias, NEW or OLD."""
    return _row_on_sqlite(table, row) if dialect == "sqlite" else _row_on_postgresql(table, row)


def row_key(table: Table, dialect: str, row: str) -> str:
    """Return the SQL expression for the key of a row as the trail writes it."""
    if dialect == "sqlite":
        return " || '/' || ".join(f"{row}.{name}" for name in key_columns(table))
    return " || '/' || ".join(_key_part_on_postgresql(table.columns[name], row) for name in key_columns(table))


def clinic_of(table: Table, row: str) -> str:
    """Return the SQL expression for the clinic in whose chain a row's changes stand."""
    return f"{row}.clinic_id" if "clinic_id" in table.columns else f"'{INSTALLATION.hex}'"


def statements(dialect: str) -> list[str]:
    """Return the statements that make all triggers, in the very text by which they are verified."""
    return list(_on_sqlite() if dialect == "sqlite" else _on_postgresql())


def install(connection: Connection) -> None:
    """Make all triggers in a database that has the tables and no triggers yet."""
    for statement in statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


# By table, the visit that a row of it belongs to; {row} is OLD or NEW.
LOCKED = {
    "visit": "{row}.id",
    "assessment": "{row}.visit_id",
    "score": (
        "(SELECT visit_id FROM assessment WHERE assessment.clinic_id = {row}.clinic_id"
        " AND assessment.id = {row}.assessment_id)"
    ),
}
LOCKED_WORDS = "this visit is signed"


def is_locked(table: str, row: str) -> str:
    """Return the SQL condition that a row, OLD or NEW, belongs to a signed visit that was not unlocked."""
    return (
        f"EXISTS (SELECT 1 FROM signature WHERE signature.clinic_id = {row}.clinic_id"
        f" AND signature.visit_id = {LOCKED[table].format(row=row)} AND NOT EXISTS (SELECT 1 FROM signature_void"
        " WHERE signature_void.clinic_id = signature.clinic_id AND signature_void.signature_id = signature.id))"
    )


# SQLite


def _row_on_sqlite(table: Table, row: str) -> str:
    fields = ", ".join(f"'{column.name}', {_value_on_sqlite(column, row)}" for column in table.columns)
    return f"json_object({fields})"


def _value_on_sqlite(column: Column[object], row: str) -> str:
    value = f"{row}.{column.name}"
    if column.info.get("secret"):
        return f"app_hash({value})"
    if column.info.get("personal"):
        return f"app_keyed({value})"
    if isinstance(column.type, LargeBinary):
        return f"CASE WHEN {value} IS NOT NULL THEN lower(hex({value})) END"
    if isinstance(column.type, JSON):
        return f"CASE WHEN json_valid({value}) THEN json({value}) ELSE {value} END"  # what is broken is told as it is
    if isinstance(column.type, Float | Numeric):
        return f"CASE WHEN {value} IS NOT NULL THEN json(app_number({value})) END"
    return value


def _on_sqlite() -> Iterator[str]:
    for table in audited_tables():
        yield from _table_on_sqlite(table)
    yield (
        "CREATE TRIGGER guard_audit_entry_insert BEFORE INSERT ON audit_entry WHEN NOT app_issued(NEW.id)"
        " BEGIN SELECT RAISE(ABORT, 'audit_entry is written by triggers alone'); END"
    )
    for name in TRAIL:
        yield _refusal_on_sqlite(name, "DELETE")
    yield _refusal_on_sqlite("audit_entry", "UPDATE")
    yield _refusal_on_sqlite("audit_seal", "UPDATE")
    yield (
        "CREATE TRIGGER guard_chain_head_update BEFORE UPDATE ON chain_head WHEN NEW.position <= OLD.position"
        " BEGIN SELECT RAISE(ABORT, 'chain_head only grows'); END"
    )
    for name in SIGNATURES:
        yield _refusal_on_sqlite(name, "UPDATE")
        yield _refusal_on_sqlite(name, "DELETE")
    for name in LOCKED:
        yield from _locks_on_sqlite(name)


def _locks_on_sqlite(table: str) -> Iterator[str]:
    for operation, rows in {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}.items():
        yield (
            f"CREATE TRIGGER lock_{table}_{operation.lower()} BEFORE {operation} ON {table}"
            f" WHEN {' OR '.join(is_locked(table, row) for row in rows)}"
            f" BEGIN SELECT RAISE(ABORT, '{LOCKED_WORDS}'); END"
        )


def _table_on_sqlite(table: Table) -> Iterator[str]:
    name = table.name
    changed = " OR ".join(f"OLD.{column.name} IS NOT NEW.{column.name}" for column in table.columns)
    moved = " OR ".join(f"OLD.{column.name} IS NOT NEW.{column.name}" for column in table.primary_key.columns)
    new, old = (_row_on_sqlite(table, row) for row in ("NEW", "OLD"))
    keys = ", ".join(column.name for column in table.primary_key.columns)
    yield (
        f"CREATE TRIGGER guard_{name}_keys BEFORE UPDATE OF {keys} ON {name} WHEN {moved}"
        f" BEGIN SELECT RAISE(ABORT, 'keys of {name} never change'); END"
    )
    inserted = _entry_on_sqlite(table, "NEW", "insert", "NULL", new)
    updated = _entry_on_sqlite(table, "NEW", "update", old, new)
    deleted = _entry_on_sqlite(table, "OLD", "delete", old, "NULL")
    yield f"CREATE TRIGGER audit_{name}_insert AFTER INSERT ON {name} {inserted}"
    yield f"CREATE TRIGGER audit_{name}_update AFTER UPDATE ON {name} WHEN {changed} {updated}"
    yield f"CREATE TRIGGER audit_{name}_delete AFTER DELETE ON {name} {deleted}"


def _entry_on_sqlite(table: Table, row: str, operation: str, old: str, new: str) -> str:
    clinic = clinic_of(table, row)
    return (
        f"BEGIN INSERT INTO audit_entry ({COLUMNS}) VALUES ({clinic}, app_entry({clinic}),"
        f" strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), app_actor(), app_reason(), '{table.name}',"
        f" {row_key(table, 'sqlite', row)}, '{operation}', {old}, {new}); END"
    )


def _refusal_on_sqlite(table: str, operation: str) -> str:
    return (
        f"CREATE TRIGGER guard_{table}_{operation.lower()} BEFORE {operation} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


# PostgreSQL: one function for all rows; its arguments are the key columns, the secret ones and the personal ones.

SETTINGS = {"TimeZone": "UTC", "bytea_output": "hex"}

AUDIT_ROW = """
DECLARE
    old_row jsonb;
    new_row jsonb;
    clinic uuid;
    key text := '';
    name text;
    batch text := current_setting('app.batch', true);
    entry integer;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        old_row := to_jsonb(OLD);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        new_row := to_jsonb(NEW);
    END IF;
    clinic := coalesce(coalesce(new_row, old_row) ->> 'clinic_id', '00000000000000000000000000000000');
    IF TG_OP = 'UPDATE' AND old_row ->> 'clinic_id' IS DISTINCT FROM new_row ->> 'clinic_id' THEN
        RAISE restrict_violation USING MESSAGE = 'keys of ' || TG_ARGV[0] || ' never change';
    END IF;
    FOREACH name IN ARRAY string_to_array(TG_ARGV[1] || ',' || TG_ARGV[2], ',') LOOP
        CONTINUE WHEN name = '';
        IF TG_OP = 'UPDATE' AND old_row ->> name IS DISTINCT FROM new_row ->> name THEN
            RAISE restrict_violation USING MESSAGE = 'keys of ' || TG_ARGV[0] || ' never change';
        END IF;
        key := key || '/' || CASE WHEN name = ANY (string_to_array(TG_ARGV[2], ','))
            THEN coalesce(new_row, old_row) ->> name ELSE replace(coalesce(new_row, old_row) ->> name, '-', '') END;
    END LOOP;
    FOREACH name IN ARRAY string_to_array(TG_ARGV[3], ',') LOOP
        IF old_row ->> name IS NOT NULL THEN
            old_row := jsonb_set(old_row, ARRAY[name],
                to_jsonb(encode(sha256(convert_to(old_row ->> name, 'UTF8')), 'hex')));
        END IF;
        IF new_row ->> name IS NOT NULL THEN
            new_row := jsonb_set(new_row, ARRAY[name],
                to_jsonb(encode(sha256(convert_to(new_row ->> name, 'UTF8')), 'hex')));
        END IF;
    END LOOP;
    FOREACH name IN ARRAY string_to_array(TG_ARGV[4], ',') LOOP
        IF old_row ->> name IS NOT NULL THEN
            old_row := jsonb_set(old_row, ARRAY[name], to_jsonb({old_keyed}));
        END IF;
        IF new_row ->> name IS NOT NULL THEN
            new_row := jsonb_set(new_row, ARRAY[name], to_jsonb({new_keyed}));
        END IF;
    END LOOP;
    IF coalesce(batch, '') = '' THEN
        batch := left(replace(gen_random_uuid()::text, '-', ''), 24);
        PERFORM set_config('app.batch', batch, true), set_config('app.entries', '0', true),
            set_config('app.clinics', '', true);
    END IF;
    entry := current_setting('app.entries')::integer + 1;
    PERFORM set_config('app.entries', entry::text, true);
    IF position(clinic::text IN current_setting('app.clinics')) = 0 THEN
        PERFORM set_config('app.clinics', current_setting('app.clinics') || clinic || ' ', true);
    END IF;
    INSERT INTO audit_entry (clinic_id, id, at, actor, reason, table_name, row_id, operation, old, new)
    VALUES (clinic, (batch || lpad(to_hex(entry), 8, '0'))::uuid,
        to_char(clock_timestamp(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
        nullif(current_setting('app.actor', true), ''), nullif(current_setting('app.reason', true), ''),
        TG_ARGV[0], substr(key, 2), lower(TG_OP), old_row::text, new_row::text);
    RETURN NULL;
END
""".replace("{old_keyed}", keyed_on_postgresql("old_row ->> name")).replace(
    "{new_keyed}", keyed_on_postgresql("new_row ->> name")
)

REFUSE = """
BEGIN
    RAISE restrict_violation USING MESSAGE = TG_ARGV[0];
END
"""


# A row's visit is held while it is written, so that nobody signs the visit before that is done.
LOCK_ROW = """
BEGIN
    IF TG_OP <> 'DELETE' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = NEW.clinic_id AND visit.id = {new_visit} FOR KEY SHARE;
        IF {new_locked} THEN
            RAISE restrict_violation USING MESSAGE = '{words}';
        END IF;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        PERFORM 1 FROM visit WHERE visit.clinic_id = OLD.clinic_id AND visit.id = {old_visit} FOR KEY SHARE;
        IF {old_locked} THEN
            RAISE restrict_violation USING MESSAGE = '{words}';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
"""


def _row_on_postgresql(table: Table, row: str) -> str:
    hidden = [
        f"'{name}', encode(sha256(convert_to(to_jsonb({row}) ->> '{name}', 'UTF8')), 'hex')"
        for name in secret_columns(table)
    ]
    hidden += [f"'{name}', {keyed_on_postgresql(f'{row}.{name}')}" for name in personal_columns(table)]
    shown = f"to_jsonb({row})"
    return f"({shown} || jsonb_build_object({', '.join(hidden)}))::text" if hidden else f"{shown}::text"


def _key_part_on_postgresql(column: Column[object], row: str) -> str:
    value = f"{row}.{column.name}"
    return f"replace({value}::text, '-', '')" if isinstance(column.type, Uuid) else value


def _on_postgresql() -> Iterator[str]:
    yield function("audit_row", AUDIT_ROW, "".join(f" SET {name}='{value}'" for name, value in SETTINGS.items()))
    yield function("audit_refuse", REFUSE, "")
    for table in audited_tables():
        yield _audit_on_postgresql(table)
        yield _refusal_on_postgresql(
            table.name, "truncate", "TRUNCATE", "STATEMENT", f"{table.name} is never truncated"
        )
    yield _refusal_on_postgresql(
        "audit_entry",
        "insert",
        "INSERT",
        "ROW WHEN (pg_trigger_depth() = 0)",
        "audit_entry is written by triggers alone",
    )
    for name in TRAIL:
        yield _refusal_on_postgresql(name, "truncate", "TRUNCATE", "STATEMENT", f"{name} is append-only")
        yield _refusal_on_postgresql(name, "delete", "DELETE", "ROW", f"{name} is append-only")
    for name in SIGNATURES:
        yield _refusal_on_postgresql(name, "delete", "DELETE", "ROW", f"{name} is append-only")
    for name in ("audit_entry", "audit_seal", *SIGNATURES):
        yield _refusal_on_postgresql(name, "update", "UPDATE", "ROW", f"{name} is append-only")
    for name in LOCKED:
        yield function(f"audit_lock_{name}", _lock_body(name), "")
        yield (
            f"CREATE TRIGGER lock_{name} BEFORE INSERT OR DELETE OR UPDATE ON {name} FOR EACH ROW"
            f" EXECUTE FUNCTION audit_lock_{name}()"
        )
    yield _refusal_on_postgresql(
        "chain_head", "update", "UPDATE", 'ROW WHEN (new."position" <= old."position")', "chain_head only grows"
    )


def _lock_body(table: str) -> str:
    old, new = ((LOCKED[table].format(row=row), is_locked(table, row)) for row in ("OLD", "NEW"))
    words = {"new_visit": new[0], "new_locked": new[1], "old_visit": old[0], "old_locked": old[1]}
    return LOCK_ROW.format(words=LOCKED_WORDS, **words)


def function(name: str, body: str, settings: str) -> str:
    """Return the statement that makes a trigger function."""
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql{settings} AS $body${body}$body$"


def _audit_on_postgresql(table: Table) -> str:
    keys = key_columns(table)
    uuids = [name for name in keys if isinstance(table.columns[name].type, Uuid)]
    texts = [name for name in keys if name not in uuids]
    hidden = (",".join(secret_columns(table)), ",".join(personal_columns(table)))
    arguments = (table.name, ",".join(uuids), ",".join(texts), *hidden)
    return (
        f"CREATE TRIGGER audit_{table.name} AFTER INSERT OR DELETE OR UPDATE ON {table.name} FOR EACH ROW"
        f" EXECUTE FUNCTION audit_row({', '.join(repr(argument) for argument in arguments)})"
    )


def _refusal_on_postgresql(table: str, suffix: str, operation: str, each: str, words: str) -> str:
    return (
        f"CREATE TRIGGER guard_{table}_{suffix} BEFORE {operation} ON {table} FOR EACH {each}"
        f" EXECUTE FUNCTION audit_refuse('{words}')"
    )
