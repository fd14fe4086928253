"""First records."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anchor_mark",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("anchored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_anchor_mark")),
        info={"audited": False},
    )
    op.create_table(
        "audit_entry",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.String(length=250), nullable=False),
        sa.Column("operation", sa.String(length=6), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_audit_entry")),
        info={"audited": False},
    )
    op.create_index(
        op.f("ix_audit_entry_clinic_id_table_name_row_id"),
        "audit_entry",
        ["clinic_id", "table_name", "row_id"],
        unique=False,
    )
    op.create_table(
        "audit_seal",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "position", name=op.f("pk_audit_seal")),
        info={"audited": False},
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chain_head",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_chain_head")),
        info={"audited": False},
    )
    op.create_table(
        "clinic",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("emergency_contact", sa.String(length=300), nullable=True),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_hash", sa.String(length=64), nullable=False),
        sa.Column("place_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
        info={"audited": False},
    )
    op.create_index(
        op.f("ix_sign_in_attempt_account_hash_place_hash_at"),
        "sign_in_attempt",
        ["account_hash", "place_hash", "at"],
        unique=False,
    )
    op.create_index(op.f("ix_sign_in_attempt_at"), "sign_in_attempt", ["at"], unique=False)
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("uniquifier", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("theme", sa.String(length=10), nullable=True),
        sa.Column("second_factor_secret", sa.String(length=200), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
        sa.UniqueConstraint("uniquifier", name=op.f("uq_user_account_uniquifier")),
    )
    op.create_table(
        "donor",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_donor_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_donor")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_donor_clinic_id_code")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=300), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_idempotency_key_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "key", name=op.f("pk_idempotency_key")),
        info={"audited": False},
    )
    op.create_table(
        "import_mapping",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("header_hash", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_import_mapping_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint("clinic_id", "header_hash", name=op.f("uq_import_mapping_clinic_id_header_hash")),
    )
    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_passkey_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_user_id"), "passkey", ["user_id"], unique=False)
    op.create_table(
        "patient",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("birth_date_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sex", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("onset_kind", sa.String(length=40), nullable=False),
        sa.Column("onset_year", sa.Integer(), nullable=True),
        sa.Column("onset_month", sa.Integer(), nullable=True),
        sa.Column("trigger", sa.String(length=40), nullable=True),
        sa.Column("diagnosed_on", sa.Date(), nullable=True),
        sa.Column("work_status", sa.String(length=40), nullable=False),
        sa.Column("comorbidities", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("medication", sa.String(length=2000), nullable=True),
        sa.Column("diet", sa.String(length=500), nullable=True),
        sa.Column("antibiotics_last_3_months", sa.Boolean(), nullable=True),
        sa.Column("entry_basis", sa.String(length=40), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "merged_into_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_patient_clinic_id_merged_into_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_patient_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_patient")),
        sa.UniqueConstraint("clinic_id", "code", name=op.f("uq_patient_clinic_id_code")),
    )
    op.create_table(
        "protocol",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("primary_scale", sa.String(length=80), nullable=False),
        sa.Column("qualifying_scale", sa.String(length=80), nullable=True),
        sa.Column("time_points", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_protocol_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_protocol")),
        sa.UniqueConstraint("clinic_id", "number", name=op.f("uq_protocol_clinic_id_number")),
    )
    op.create_table(
        "release",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipe", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("risk", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("basis", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_release_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_release")),
    )
    op.create_table(
        "responder_definition",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rule", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_data_seen", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_responder_definition_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_responder_definition")),
        sa.UniqueConstraint("clinic_id", "name", "number", name=op.f("uq_responder_definition_clinic_id_name_number")),
    )
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_sign_in_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
        info={"audited": False},
    )
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "arm",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("comparison", sa.Boolean(), nullable=False),
        sa.Column("blinded", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("unblinded_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"], ["patient.clinic_id", "patient.id"], name=op.f("fk_arm_clinic_id_patient_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_arm")),
        sa.UniqueConstraint("clinic_id", "patient_id", name=op.f("uq_arm_clinic_id_patient_id")),
    )
    op.create_table(
        "case_definition",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("definition", sa.String(length=40), nullable=False),
        sa.Column("met", sa.Boolean(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("assessor", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_case_definition_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_case_definition")),
    )
    op.create_index(
        op.f("ix_case_definition_clinic_id_patient_id"), "case_definition", ["clinic_id", "patient_id"], unique=False
    )
    op.create_table(
        "consent",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_consent_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_clinic_id_patient_id"), "consent", ["clinic_id", "patient_id"], unique=False)
    op.create_table(
        "course",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("intent", sa.String(length=40), nullable=False),
        sa.Column("indication", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_course_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_course")),
        sa.UniqueConstraint("clinic_id", "patient_id", "number", name=op.f("uq_course_clinic_id_patient_id_number")),
    )
    op.create_table(
        "donor_screening",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("donor_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("panel", sa.String(length=300), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "donor_id"],
            ["donor.clinic_id", "donor.id"],
            name=op.f("fk_donor_screening_clinic_id_donor_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_donor_screening")),
    )
    op.create_index(
        op.f("ix_donor_screening_clinic_id_donor_id"), "donor_screening", ["clinic_id", "donor_id"], unique=False
    )
    op.create_table(
        "exposure",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("by_patient", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_exposure_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_exposure")),
    )
    op.create_index(op.f("ix_exposure_clinic_id_patient_id"), "exposure", ["clinic_id", "patient_id"], unique=False)
    op.create_table(
        "lot",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("donor_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("prepared_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("anaerobic", sa.Boolean(), nullable=True),
        sa.Column("recalled_on", sa.Date(), nullable=True),
        sa.Column("recall_reason", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "donor_id"], ["donor.clinic_id", "donor.id"], name=op.f("fk_lot_clinic_id_donor_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_lot")),
        sa.UniqueConstraint("clinic_id", "number", name=op.f("uq_lot_clinic_id_number")),
    )
    op.create_index(op.f("ix_lot_clinic_id_donor_id"), "lot", ["clinic_id", "donor_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_membership_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_membership_clinic_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_membership")),
        sa.UniqueConstraint("clinic_id", "user_id", "role", name=op.f("uq_membership_clinic_id_user_id_role")),
    )
    op.create_index(op.f("ix_membership_user_id"), "membership", ["user_id"], unique=False)
    op.create_table(
        "name_prefix",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("prefix_hash", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_name_prefix_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "prefix_hash", "patient_id", name=op.f("pk_name_prefix")),
        info={"audited": False},
    )
    op.create_index(
        op.f("ix_name_prefix_clinic_id_patient_id"), "name_prefix", ["clinic_id", "patient_id"], unique=False
    )
    op.create_table(
        "patient_ending",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_patient_ending_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_patient_ending")),
    )
    op.create_index(
        op.f("ix_patient_ending_clinic_id_patient_id"), "patient_ending", ["clinic_id", "patient_id"], unique=False
    )
    op.create_table(
        "patient_key",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("master_key_id", sa.String(length=40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_patient_key_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", name=op.f("pk_patient_key")),
    )
    op.create_table(
        "draft",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=120), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_draft_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"], ["patient.clinic_id", "patient.id"], name=op.f("fk_draft_clinic_id_patient_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "membership_id", "form", name=op.f("pk_draft")),
        info={"audited": False},
    )
    op.create_table(
        "import_run",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("counts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_import_run_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.clinic_id"], name=op.f("fk_import_run_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "infusion",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("route", sa.String(length=40), nullable=False),
        sa.Column("material", sa.String(length=40), nullable=False),
        sa.Column("donor_id", sa.Uuid(), nullable=True),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("mass_g", sa.Double(), nullable=True),
        sa.Column("volume_ml", sa.Double(), nullable=True),
        sa.Column("capsules", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=True),
        sa.Column("thawed_on", sa.Date(), nullable=True),
        sa.Column("anaerobic", sa.Boolean(), nullable=True),
        sa.Column("retention_minutes", sa.Integer(), nullable=True),
        sa.Column("lavage_agent", sa.String(length=120), nullable=True),
        sa.Column("antibiotic", sa.String(length=120), nullable=True),
        sa.Column("antibiotic_days", sa.Integer(), nullable=True),
        sa.Column("antibiotic_washout_days", sa.Integer(), nullable=True),
        sa.Column("proton_pump_inhibitor", sa.Boolean(), nullable=True),
        sa.Column("sedation", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "course_id"], ["course.clinic_id", "course.id"], name=op.f("fk_infusion_clinic_id_course_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "donor_id"], ["donor.clinic_id", "donor.id"], name=op.f("fk_infusion_clinic_id_donor_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lot_id"], ["lot.clinic_id", "lot.id"], name=op.f("fk_infusion_clinic_id_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_infusion_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_infusion")),
    )
    op.create_index(
        op.f("ix_infusion_clinic_id_course_id_on_date"), "infusion", ["clinic_id", "course_id", "on_date"], unique=False
    )
    op.create_index(op.f("ix_infusion_clinic_id_donor_id"), "infusion", ["clinic_id", "donor_id"], unique=False)
    op.create_index(op.f("ix_infusion_clinic_id_lot_id"), "infusion", ["clinic_id", "lot_id"], unique=False)
    op.create_index(
        op.f("ix_infusion_clinic_id_patient_id_on_date"),
        "infusion",
        ["clinic_id", "patient_id", "on_date"],
        unique=False,
    )
    op.create_table(
        "invitation",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_invitation_clinic_id_membership_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("clinic_id", "token_hash", name=op.f("uq_invitation_clinic_id_token_hash")),
    )
    op.create_table(
        "read_log",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "membership_id"],
            ["membership.clinic_id", "membership.id"],
            name=op.f("fk_read_log_clinic_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_read_log_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_read_log")),
        info={"audited": False},
    )
    op.create_index(
        op.f("ix_read_log_clinic_id_patient_id_membership_id_at"),
        "read_log",
        ["clinic_id", "patient_id", "membership_id", "at"],
        unique=False,
    )
    op.create_table(
        "adverse_event",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("infusion_id", sa.Uuid(), nullable=True),
        sa.Column("term", sa.String(length=200), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("seriousness", sa.String(length=40), nullable=True),
        sa.Column("relation_to_fmt", sa.String(length=40), nullable=False),
        sa.Column("relation_to_procedure", sa.String(length=40), nullable=False),
        sa.Column("expected", sa.Boolean(), nullable=True),
        sa.Column("action", sa.String(length=500), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("crash_after_exertion", sa.Boolean(), nullable=False),
        sa.Column("organism", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "infusion_id"],
            ["infusion.clinic_id", "infusion.id"],
            name=op.f("fk_adverse_event_clinic_id_infusion_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_adverse_event_clinic_id_patient_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_adverse_event")),
    )
    op.create_index(
        op.f("ix_adverse_event_clinic_id_patient_id"), "adverse_event", ["clinic_id", "patient_id"], unique=False
    )
    op.create_table(
        "visit",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("reached", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=40), nullable=True),
        sa.Column("crash", sa.Boolean(), nullable=False),
        sa.Column("too_ill", sa.Boolean(), nullable=False),
        sa.Column("qualifying", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "import_id"],
            ["import_run.clinic_id", "import_run.id"],
            name=op.f("fk_visit_clinic_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"], ["patient.clinic_id", "patient.id"], name=op.f("fk_visit_clinic_id_patient_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_clinic_id_made_at"), "visit", ["clinic_id", "made_at"], unique=False)
    op.create_index(
        op.f("ix_visit_clinic_id_patient_id_on_date"), "visit", ["clinic_id", "patient_id", "on_date"], unique=False
    )
    op.create_index(op.f("ix_visit_clinic_id_qualifying"), "visit", ["clinic_id", "qualifying"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.String(length=60), nullable=False),
        sa.Column("key_version", sa.String(length=40), nullable=False),
        sa.Column("form_version", sa.String(length=60), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("wording_version", sa.String(length=60), nullable=True),
        sa.Column("answered_by", sa.String(length=40), nullable=False),
        sa.Column("answers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("totals", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"],
            ["patient.clinic_id", "patient.id"],
            name=op.f("fk_assessment_clinic_id_patient_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "visit_id"], ["visit.clinic_id", "visit.id"], name=op.f("fk_assessment_clinic_id_visit_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_assessment")),
        sa.UniqueConstraint(
            "clinic_id", "visit_id", "instrument", name=op.f("uq_assessment_clinic_id_visit_id_instrument")
        ),
    )
    op.create_index(op.f("ix_assessment_clinic_id_patient_id"), "assessment", ["clinic_id", "patient_id"], unique=False)
    op.create_table(
        "score",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("scale", sa.String(length=80), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("standard_error", sa.Double(), nullable=True),
        sa.Column("key_version", sa.String(length=40), nullable=False),
        sa.Column("items_used", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("absence", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "assessment_id"],
            ["assessment.clinic_id", "assessment.id"],
            name=op.f("fk_score_clinic_id_assessment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "patient_id"], ["patient.clinic_id", "patient.id"], name=op.f("fk_score_clinic_id_patient_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "patient_id", "assessment_id", "scale", name=op.f("pk_score")),
    )
    op.create_index(
        op.f("ix_score_clinic_id_scale_patient_id_on_date"),
        "score",
        ["clinic_id", "scale", "patient_id", "on_date"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_score_clinic_id_scale_patient_id_on_date"), table_name="score")
    op.drop_table("score")
    op.drop_index(op.f("ix_assessment_clinic_id_patient_id"), table_name="assessment")
    op.drop_table("assessment")
    op.drop_index(op.f("ix_visit_clinic_id_qualifying"), table_name="visit")
    op.drop_index(op.f("ix_visit_clinic_id_patient_id_on_date"), table_name="visit")
    op.drop_index(op.f("ix_visit_clinic_id_made_at"), table_name="visit")
    op.drop_table("visit")
    op.drop_index(op.f("ix_adverse_event_clinic_id_patient_id"), table_name="adverse_event")
    op.drop_table("adverse_event")
    op.drop_index(op.f("ix_read_log_clinic_id_patient_id_membership_id_at"), table_name="read_log")
    op.drop_table("read_log")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_infusion_clinic_id_patient_id_on_date"), table_name="infusion")
    op.drop_index(op.f("ix_infusion_clinic_id_lot_id"), table_name="infusion")
    op.drop_index(op.f("ix_infusion_clinic_id_donor_id"), table_name="infusion")
    op.drop_index(op.f("ix_infusion_clinic_id_course_id_on_date"), table_name="infusion")
    op.drop_table("infusion")
    op.drop_table("import_run")
    op.drop_table("draft")
    op.drop_table("patient_key")
    op.drop_index(op.f("ix_patient_ending_clinic_id_patient_id"), table_name="patient_ending")
    op.drop_table("patient_ending")
    op.drop_index(op.f("ix_name_prefix_clinic_id_patient_id"), table_name="name_prefix")
    op.drop_table("name_prefix")
    op.drop_index(op.f("ix_membership_user_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_lot_clinic_id_donor_id"), table_name="lot")
    op.drop_table("lot")
    op.drop_index(op.f("ix_exposure_clinic_id_patient_id"), table_name="exposure")
    op.drop_table("exposure")
    op.drop_index(op.f("ix_donor_screening_clinic_id_donor_id"), table_name="donor_screening")
    op.drop_table("donor_screening")
    op.drop_table("course")
    op.drop_index(op.f("ix_consent_clinic_id_patient_id"), table_name="consent")
    op.drop_table("consent")
    op.drop_index(op.f("ix_case_definition_clinic_id_patient_id"), table_name="case_definition")
    op.drop_table("case_definition")
    op.drop_table("arm")
    op.drop_index(op.f("ix_sign_in_user_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_table("responder_definition")
    op.drop_table("release")
    op.drop_table("protocol")
    op.drop_table("patient")
    op.drop_index(op.f("ix_passkey_user_id"), table_name="passkey")
    op.drop_table("passkey")
    op.drop_table("import_mapping")
    op.drop_table("idempotency_key")
    op.drop_table("donor")
    op.drop_table("user_account")
    op.drop_index(op.f("ix_sign_in_attempt_at"), table_name="sign_in_attempt")
    op.drop_index(op.f("ix_sign_in_attempt_account_hash_place_hash_at"), table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_table("clinic")
    op.drop_table("chain_head")
    op.drop_table("audit_seal")
    op.drop_index(op.f("ix_audit_entry_clinic_id_table_name_row_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("anchor_mark")
