"""When agents went away and came back, and who set what they may take, is on record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "agent_changes",
        sa.Column("change_id", ROW_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("body", sa.Text()),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_agent_changes_agent_id"),
        sa.ForeignKeyConstraint(["by_id"], ["agents.telegram_id"], name="fk_agent_changes_by_id"),
        sa.PrimaryKeyConstraint("change_id", name="pk_agent_changes"),
    )
    op.create_index("ix_agent_changes_agent_id", "agent_changes", ["agent_id"])
