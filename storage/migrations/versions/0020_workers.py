"""Several processes know of each other, and share the bot's rate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("joined_s", sa.Double(), nullable=False),
        sa.Column("beat_s", sa.Double(), nullable=False),
        sa.Column("alive_until_s", sa.Double(), nullable=False),
        sa.Column("counts_until_s", sa.Double(), nullable=False),
        sa.Column("leads_bot", sa.Boolean(), nullable=False),
        sa.Column("leads_sender", sa.Boolean(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("wants_urgent", sa.Integer(), nullable=False),
        sa.Column("wants_bulk", sa.Integer(), nullable=False),
        sa.Column("paused_until_s", sa.Double(), nullable=False),
        sa.Column("ready_at_s", sa.Double()),
        sa.PrimaryKeyConstraint("worker", name="pk_workers"),
    )
    op.create_table(
        "lane_claims",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lane", name="pk_lane_claims"),
    )
    op.create_table(
        "chat_turns",
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("until_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("chat", name="pk_chat_turns"),
    )
