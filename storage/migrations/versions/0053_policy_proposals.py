"""Supervisors propose a policy in the console, and another of them decides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "policy_proposals",
        sa.Column("proposal_id", ROW_ID, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("operators", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("waits", sa.Boolean()),
        sa.ForeignKeyConstraint(["proposed_by"], ["agents.telegram_id"], name="fk_policy_proposals_proposed_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["agents.telegram_id"], name="fk_policy_proposals_decided_by"),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_policy_proposals"),
        sa.UniqueConstraint("waits", name="uq_policy_proposals_waits"),
    )
