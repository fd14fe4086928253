"""Trust, patients and releases."""

import sqlalchemy as sa
from alembic import op

from migrations.triggers import drop_triggers, make_triggers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_triggers(op.get_bind())
    op.create_table(
        "account_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_account_link_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_link_token_hash")),
        info={"audited": False},
    )
    with op.batch_alter_table("account_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("random", sa.LargeBinary(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_challenge_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        info={"audited": False},
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_challenge_made_at"), ["made_at"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_user_id"), ["user_id"], unique=False)

    op.create_table(
        "used_code",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_used_code_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_used_code")),
        info={"audited": False},
    )
    with op.batch_alter_table("adverse_event", schema=None) as batch_op:
        batch_op.alter_column("term", existing_type=sa.VARCHAR(length=200), type_=sa.Text(), existing_nullable=False)
        batch_op.alter_column("action", existing_type=sa.VARCHAR(length=500), type_=sa.Text(), existing_nullable=True)
        batch_op.alter_column("organism", existing_type=sa.VARCHAR(length=120), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=sa.VARCHAR(length=500), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("case_definition", schema=None) as batch_op:
        batch_op.alter_column("assessor", existing_type=sa.VARCHAR(length=200), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.alter_column(
            "indication", existing_type=sa.VARCHAR(length=200), type_=sa.Text(), existing_nullable=False
        )
        batch_op.alter_column("note", existing_type=sa.VARCHAR(length=1000), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("exposure", schema=None) as batch_op:
        batch_op.alter_column("text", existing_type=sa.VARCHAR(length=300), type_=sa.Text(), existing_nullable=False)

    with op.batch_alter_table("infusion", schema=None) as batch_op:
        batch_op.alter_column(
            "lavage_agent", existing_type=sa.VARCHAR(length=120), type_=sa.Text(), existing_nullable=True
        )
        batch_op.alter_column(
            "antibiotic", existing_type=sa.VARCHAR(length=120), type_=sa.Text(), existing_nullable=True
        )
        batch_op.alter_column("note", existing_type=sa.VARCHAR(length=1000), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("carer", sa.Boolean(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("one_factor_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("one_factor_by", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("one_factor_basis", sa.String(length=200), nullable=True))

    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.alter_column(
            "medication", existing_type=sa.VARCHAR(length=2000), type_=sa.Text(), existing_nullable=True
        )
        batch_op.alter_column("diet", existing_type=sa.VARCHAR(length=500), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("patient_ending", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=sa.VARCHAR(length=500), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("half", sa.Boolean(), server_default=sa.text("0"), nullable=False))

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_factor_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.VARCHAR(length=1000), type_=sa.Text(), existing_nullable=True)

    make_triggers(op.get_bind(), revision)


def downgrade() -> None:
    drop_triggers(op.get_bind())
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.Text(), type_=sa.VARCHAR(length=1000), existing_nullable=True)

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_column("second_factor_since")

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_column("half")

    with op.batch_alter_table("patient_ending", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=sa.Text(), type_=sa.VARCHAR(length=500), existing_nullable=True)

    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.alter_column("diet", existing_type=sa.Text(), type_=sa.VARCHAR(length=500), existing_nullable=True)
        batch_op.alter_column(
            "medication", existing_type=sa.Text(), type_=sa.VARCHAR(length=2000), existing_nullable=True
        )

    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_column("one_factor_basis")
        batch_op.drop_column("one_factor_by")
        batch_op.drop_column("one_factor_since")
        batch_op.drop_column("carer")

    with op.batch_alter_table("infusion", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.Text(), type_=sa.VARCHAR(length=1000), existing_nullable=True)
        batch_op.alter_column(
            "antibiotic", existing_type=sa.Text(), type_=sa.VARCHAR(length=120), existing_nullable=True
        )
        batch_op.alter_column(
            "lavage_agent", existing_type=sa.Text(), type_=sa.VARCHAR(length=120), existing_nullable=True
        )

    with op.batch_alter_table("exposure", schema=None) as batch_op:
        batch_op.alter_column("text", existing_type=sa.Text(), type_=sa.VARCHAR(length=300), existing_nullable=False)

    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.Text(), type_=sa.VARCHAR(length=1000), existing_nullable=True)
        batch_op.alter_column(
            "indication", existing_type=sa.Text(), type_=sa.VARCHAR(length=200), existing_nullable=False
        )

    with op.batch_alter_table("case_definition", schema=None) as batch_op:
        batch_op.alter_column("assessor", existing_type=sa.Text(), type_=sa.VARCHAR(length=200), existing_nullable=True)

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=sa.Text(), type_=sa.VARCHAR(length=500), existing_nullable=True)

    with op.batch_alter_table("adverse_event", schema=None) as batch_op:
        batch_op.alter_column("organism", existing_type=sa.Text(), type_=sa.VARCHAR(length=120), existing_nullable=True)
        batch_op.alter_column("action", existing_type=sa.Text(), type_=sa.VARCHAR(length=500), existing_nullable=True)
        batch_op.alter_column("term", existing_type=sa.Text(), type_=sa.VARCHAR(length=200), existing_nullable=False)

    op.drop_table("used_code")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_user_id"))

    op.drop_table("recovery_code")
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_challenge_made_at"))

    op.drop_table("challenge")
    with op.batch_alter_table("account_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_link_user_id"))

    op.drop_table("account_link")
    make_triggers(op.get_bind(), down_revision)
