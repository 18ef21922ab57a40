"""Customers make plans of parts by themselves: what they can put aside, and what a plan is about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "plan_answers",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("every", sa.Text()),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("payday", sa.BigInteger()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_plan_answers_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_plan_answers"),
    )
    op.create_table(
        "plan_debts",
        sa.Column("plan_id", ROW_ID, nullable=False),
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"], name="fk_plan_debts_plan_id"),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalments.instalment_id"], name="fk_plan_debts_instalment_id"),
        sa.PrimaryKeyConstraint("plan_id", "instalment_id", name="pk_plan_debts"),
    )
    op.add_column("plans", sa.Column("paid_before", sa.BigInteger()))
