"""Agents keep lists of the console with their filters under names of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_saved_views_agent_id"),
        sa.PrimaryKeyConstraint("agent_id", "name", name="pk_saved_views"),
    )
