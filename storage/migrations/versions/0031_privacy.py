"""Customers agree to a prediction and take it back; what the law requires of the forgotten is locked away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
NEEDS = "0021"  # the index that must be unique is that of a new table

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
GIVEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("consent_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_consents_customer_id"),
        sa.PrimaryKeyConstraint("consent_id", name="pk_consents"),
    )
    names = ["customer_id", "about"]
    op.create_index("uq_consents_given", "consents", names, unique=True, sqlite_where=GIVEN, postgresql_where=GIVEN)
    op.create_table(
        "locked_records",
        sa.Column("record_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("channel", "direction", "kind", "body")),
        sa.Column("kept_through", sa.Date(), nullable=False),
        sa.Column("packs", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_locked_records_customer_id"),
        sa.PrimaryKeyConstraint("record_id", name="pk_locked_records"),
    )
    for name in ("customer_id", "kept_through"):
        op.create_index(f"ix_locked_records_{name}", "locked_records", [name])
    op.create_table(
        "locked_readings",
        sa.Column("reading_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_locked_readings_customer_id"),
        sa.PrimaryKeyConstraint("reading_id", name="pk_locked_readings"),
    )
