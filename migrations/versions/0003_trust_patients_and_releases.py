"""Trust, patients and releases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.policies import drop_policies, make_policies
from migrations.triggers import drop_triggers, make_triggers

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    drop_policies(op.get_bind())
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
    op.create_table(
        "own_activity",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_own_activity_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_own_activity")),
    )
    with op.batch_alter_table("own_activity", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_own_activity_clinic_id_patient_id"), ["clinic_id", "patient_id"], unique=False
        )

    op.create_table(
        "release_secret",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("master_key_id", sa.String(length=40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "release_id"],
            ["release.clinic_id", "release.id"],
            name=op.f("fk_release_secret_clinic_id_release_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_release_secret")),
    )
    with op.batch_alter_table("release_secret", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_release_secret_clinic_id_release_id"), ["clinic_id", "release_id"], unique=False
        )

    op.create_table(
        "diary_day",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("scale", sa.String(length=80), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_diary_day_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_diary_day_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_diary_day")),
        sa.UniqueConstraint(
            "clinic_id", "patient_id", "scale", "on_date", name=op.f("uq_diary_day_clinic_id_patient_id_scale_on_date")
        ),
    )
    op.create_table(
        "release_approval",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_release_approval_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "release_id"],
            ["release.clinic_id", "release.id"],
            name=op.f("fk_release_approval_clinic_id_release_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_release_approval")),
    )
    with op.batch_alter_table("release_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_release_approval_clinic_id_release_id"), ["clinic_id", "release_id"], unique=False
        )

    op.create_table(
        "release_script",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("told", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("output", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_release_script_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "release_id"],
            ["release.clinic_id", "release.id"],
            name=op.f("fk_release_script_clinic_id_release_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_release_script")),
    )
    with op.batch_alter_table("release_script", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_release_script_clinic_id_release_id"), ["clinic_id", "release_id"], unique=False
        )

    op.create_table(
        "release_taking",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_release_taking_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "release_id"],
            ["release.clinic_id", "release.id"],
            name=op.f("fk_release_taking_clinic_id_release_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_release_taking")),
    )
    with op.batch_alter_table("release_taking", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_release_taking_clinic_id_release_id"), ["clinic_id", "release_id"], unique=False
        )

    op.create_table(
        "reminder",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("point", sa.String(length=60), nullable=False),
        sa.Column("course", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_reminder_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_reminder_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "clinic_id",
            "membership_id",
            "point",
            "course",
            "kind",
            name=op.f("uq_reminder_clinic_id_membership_id_point_course_kind"),
        ),
        info={"audited": False},
    )
    op.create_table(
        "activity_score",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "activity_id"],
            ["own_activity.clinic_id", "own_activity.id"],
            name=op.f("fk_activity_score_clinic_id_activity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_activity_score_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "visit_id"],
            ["visit.clinic_id", "visit.id"],
            name=op.f("fk_activity_score_clinic_id_visit_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_activity_score")),
        sa.UniqueConstraint(
            "clinic_id", "visit_id", "activity_id", name=op.f("uq_activity_score_clinic_id_visit_id_activity_id")
        ),
    )
    with op.batch_alter_table("activity_score", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_activity_score_clinic_id_patient_id"), ["clinic_id", "patient_id"], unique=False
        )

    op.create_table(
        "self_report",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("short", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_self_report_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_self_report_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "reviewed_by"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_self_report_clinic_id_reviewed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "visit_id"], ["visit.clinic_id", "visit.id"], name=op.f("fk_self_report_clinic_id_visit_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_self_report")),
    )
    with op.batch_alter_table("self_report", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_self_report_clinic_id_patient_id_sent_at"),
            ["clinic_id", "patient_id", "sent_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_self_report_clinic_id_reviewed_at"), ["clinic_id", "reviewed_at"], unique=False
        )

    op.create_table(
        "signature",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("printed_name", sa.String(length=200), nullable=False),
        sa.Column("meaning", sa.String(length=40), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_signature_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_signature_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "visit_id"], ["visit.clinic_id", "visit.id"], name=op.f("fk_signature_clinic_id_visit_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_signature")),
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signature_clinic_id_patient_id"), ["clinic_id", "patient_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_signature_clinic_id_visit_id"), ["clinic_id", "visit_id"], unique=False)

    op.create_table(
        "signature_void",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("signature_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("printed_name", sa.String(length=200), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("more", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_signature_void_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_signature_void_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "signature_id"],
            ["signature.clinic_id", "signature.id"],
            name=op.f("fk_signature_void_clinic_id_signature_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_signature_void")),
        sa.UniqueConstraint("clinic_id", "signature_id", name=op.f("uq_signature_void_clinic_id_signature_id")),
    )
    with op.batch_alter_table("signature_void", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signature_void_clinic_id_patient_id"), ["clinic_id", "patient_id"], unique=False
        )

    with op.batch_alter_table("adverse_event", schema=None) as batch_op:
        batch_op.alter_column("term", existing_type=sa.VARCHAR(length=200), type_=sa.Text(), existing_nullable=False)
        batch_op.alter_column("action", existing_type=sa.VARCHAR(length=500), type_=sa.Text(), existing_nullable=True)
        batch_op.alter_column("organism", existing_type=sa.VARCHAR(length=120), type_=sa.Text(), existing_nullable=True)

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("given_on", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

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
        batch_op.add_column(sa.Column("how_bad", sa.Integer(), nullable=True))
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
        batch_op.add_column(sa.Column("carer", sa.Boolean(), server_default=sa.false(), nullable=False))
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

    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(length=1000), nullable=True))
        batch_op.add_column(sa.Column("prepared_by", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
        batch_op.add_column(sa.Column("file_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("file_bytes", sa.Integer(), nullable=True))

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("half", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_factor_since", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.VARCHAR(length=1000), type_=sa.Text(), existing_nullable=True)

    make_triggers(op.get_bind(), revision)
    make_policies(op.get_bind(), revision)


def downgrade() -> None:
    drop_policies(op.get_bind())
    drop_triggers(op.get_bind())
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.Text(), type_=sa.VARCHAR(length=1000), existing_nullable=True)

    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.drop_column("second_factor_since")

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_column("half")

    with op.batch_alter_table("release", schema=None) as batch_op:
        batch_op.drop_column("file_bytes")
        batch_op.drop_column("file_sha256")
        batch_op.drop_column("counts")
        batch_op.drop_column("prepared_by")
        batch_op.drop_column("purpose")

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
        batch_op.drop_column("how_bad")

    with op.batch_alter_table("course", schema=None) as batch_op:
        batch_op.alter_column("note", existing_type=sa.Text(), type_=sa.VARCHAR(length=1000), existing_nullable=True)
        batch_op.alter_column(
            "indication", existing_type=sa.Text(), type_=sa.VARCHAR(length=200), existing_nullable=False
        )

    with op.batch_alter_table("case_definition", schema=None) as batch_op:
        batch_op.alter_column("assessor", existing_type=sa.Text(), type_=sa.VARCHAR(length=200), existing_nullable=True)

    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.alter_column("reason", existing_type=sa.Text(), type_=sa.VARCHAR(length=500), existing_nullable=True)

    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_column("given_on")

    with op.batch_alter_table("adverse_event", schema=None) as batch_op:
        batch_op.alter_column("organism", existing_type=sa.Text(), type_=sa.VARCHAR(length=120), existing_nullable=True)
        batch_op.alter_column("action", existing_type=sa.Text(), type_=sa.VARCHAR(length=500), existing_nullable=True)
        batch_op.alter_column("term", existing_type=sa.Text(), type_=sa.VARCHAR(length=200), existing_nullable=False)

    with op.batch_alter_table("signature_void", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_void_clinic_id_patient_id"))

    op.drop_table("signature_void")
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_clinic_id_visit_id"))
        batch_op.drop_index(batch_op.f("ix_signature_clinic_id_patient_id"))

    op.drop_table("signature")
    with op.batch_alter_table("self_report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_self_report_clinic_id_reviewed_at"))
        batch_op.drop_index(batch_op.f("ix_self_report_clinic_id_patient_id_sent_at"))

    op.drop_table("self_report")
    with op.batch_alter_table("activity_score", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_score_clinic_id_patient_id"))

    op.drop_table("activity_score")
    op.drop_table("reminder")
    with op.batch_alter_table("release_taking", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_taking_clinic_id_release_id"))

    op.drop_table("release_taking")
    with op.batch_alter_table("release_script", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_script_clinic_id_release_id"))

    op.drop_table("release_script")
    with op.batch_alter_table("release_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_approval_clinic_id_release_id"))

    op.drop_table("release_approval")
    op.drop_table("diary_day")
    with op.batch_alter_table("release_secret", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_secret_clinic_id_release_id"))

    op.drop_table("release_secret")
    with op.batch_alter_table("own_activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_own_activity_clinic_id_patient_id"))

    op.drop_table("own_activity")
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
    make_policies(op.get_bind(), down_revision)
