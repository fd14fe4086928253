"""Draw up the next revision: `python -m migrations.draft a few words`. Read it and correct it by hand.

It holds what differs between the migrations so far and the metadata, and the triggers and policies where theirs do.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import JSON, False_, True_

from migrations.policies import policy_file
from migrations.triggers import NEXT, VERSIONS, trigger_file
from outcomes.records import audit, tenancy
from outcomes.records.base import Base, Code, Instant, JsonText
from outcomes.records.migrating import upgrade
from outcomes.records.session import open_engine

DIALECTS = ("sqlite", "postgresql")
PAGE = '''"""{words}."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.policies import drop_policies, make_policies
from migrations.triggers import drop_triggers, make_triggers

revision = "{revision}"
down_revision = {before!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{up}


def downgrade() -> None:
{down}
'''


def draft(words: str) -> Path:
    """Write the next revision, and its files of triggers and policies if those differ; return the revision's path."""
    made = sorted(path.name[:4] for path in VERSIONS.glob("[0-9]*.py"))
    before = made[-1] if made else None
    revision = f"{int(before or 0) + 1:04}"
    steps = differences()
    up, down = (rendered(side, in_batches=bool(before)) for side in (steps.upgrade_ops, steps.downgrade_ops) if side)
    if before and triggers_changed():
        up = f"    drop_triggers(op.get_bind())\n{up}\n    make_triggers(op.get_bind(), revision)"
        down = f"    drop_triggers(op.get_bind())\n{down}\n    make_triggers(op.get_bind(), down_revision)"
        for dialect in DIALECTS:
            trigger_file(revision, dialect).write_text(trigger_text(dialect), "utf-8")
    if before and policies_changed():
        up = f"    drop_policies(op.get_bind())\n{up}\n    make_policies(op.get_bind(), revision)"
        down = f"    drop_policies(op.get_bind())\n{down}\n    make_policies(op.get_bind(), down_revision)"
        policy_file(revision).write_text(policy_text(), "utf-8")
    path = VERSIONS / f"{revision}_{'_'.join(words.lower().split())}.py"
    path.write_text(PAGE.format(words=words.capitalize(), revision=revision, before=before, up=up, down=down), "utf-8")
    return path


def differences() -> ops.MigrationScript:
    """Compare a database made by the migrations so far with the metadata."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/draft.db", bytes(32))
        if any(VERSIONS.glob("[0-9]*.py")):
            upgrade(engine)
        with engine.connect() as connection:
            return produce_migrations(MigrationContext.configure(connection), Base.metadata)


def rendered(steps: ops.UpgradeOps | ops.DowngradeOps, *, in_batches: bool) -> str:
    """Return operations as Python; SQLite alters a table in a batch, by copying it."""
    code = render_python_code(steps, render_as_batch=in_batches, render_item=plain_type)
    return "\n".join(line for line in code.splitlines() if not line.lstrip().startswith("# ###"))


def plain_type(kind: str, item: Any, _context: AutogenContext) -> str | bool:  # noqa: ANN401 - whatever is rendered
    """Write our column types as the plain types they are stored as, and yes and no as each database says them."""
    plain = {Instant: "sa.DateTime(timezone=True)", Code: "sa.String(length=40)", JsonText: "sa.Text()"}
    if kind == "type" and type(item) in plain:
        return plain[type(item)]
    if kind == "server_default" and isinstance(getattr(item, "arg", None), True_ | False_):
        return f"sa.{'true' if isinstance(item.arg, True_) else 'false'}()"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def triggers_changed() -> bool:
    """Tell whether the triggers differ from those of the last revision that made any."""
    files = sorted(VERSIONS.glob("*_triggers.sqlite.sql"))
    if not files:
        return True
    last = files[-1].name[:4]
    return any(trigger_file(last, dialect).read_text("utf-8") != trigger_text(dialect) for dialect in DIALECTS)


def trigger_text(dialect: str) -> str:
    """Return all triggers of a database as one file."""
    return NEXT.join(audit.statements(dialect))


def policies_changed() -> bool:
    """Tell whether the policies differ from those of the last revision that made any."""
    files = sorted(VERSIONS.glob("*_policies.postgresql.sql"))
    return not files or files[-1].read_text("utf-8") != policy_text()


def policy_text() -> str:
    """Return the whole wall of row-level security as one file."""
    return NEXT.join(tenancy.statements())


if __name__ == "__main__":
    print(draft(" ".join(sys.argv[1:])))  # noqa: T201 - a command prints
