"""Agents have shifts, and days on which they are not there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("agents", sa.Column("shifts", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "agent_absences",
        sa.Column("absence_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_agent_absences_agent_id"),
        sa.PrimaryKeyConstraint("absence_id", name="pk_agent_absences"),
    )
    op.create_index("ix_agent_absences_agent_id", "agent_absences", ["agent_id"])
