"""Calls that a customer's chat confirms while they last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "announced_calls",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.BigInteger()),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_announced_calls_customer_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_announced_calls_case_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_announced_calls"),
    )
    op.create_index("ix_announced_calls_until", "announced_calls", ["until"])
