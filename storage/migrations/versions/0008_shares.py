"""The inbox is served in turns, each person has a share of it, and what was being handled is known after a kill."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("updates", sa.Column("begun_at", INSTANT))
    op.add_column("updates", sa.Column("share", sa.Text(), server_default="known", nullable=False))
    waits = sa.text("state = 'waiting'")
    op.create_index("ix_updates_turn", "updates", ["lane", "update_id"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_updates_lane_received_at", "updates", ["lane", "received_at"])
    op.create_table(
        "floods",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.Column("told_at", INSTANT),
        sa.PrimaryKeyConstraint("lane", name="pk_floods"),
    )
