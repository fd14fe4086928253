"""Audit triggers."""

from alembic import op

from migrations.triggers import drop_triggers, make_triggers

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_triggers(op.get_bind(), revision)


def downgrade() -> None:
    drop_triggers(op.get_bind())
