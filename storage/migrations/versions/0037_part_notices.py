"""Customers are reminded of the parts of their plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "part_notices",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("plan_id", ROW_ID, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_part_notices_notice_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"], name="fk_part_notices_plan_id"),
        sa.PrimaryKeyConstraint("notice_id", name="pk_part_notices"),
    )
    op.create_index("ix_part_notices_plan_id", "part_notices", ["plan_id"])
