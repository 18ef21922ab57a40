"""Agents and supervisors can work in a browser."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "console_links",
        sa.Column("agent_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("agent_id", name="pk_console_links"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_console_links_agent_id"),
        sa.UniqueConstraint("digest", name="uq_console_links_digest"),
    )
    op.create_table(
        "console_sessions",
        sa.Column("session_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("ended_why", sa.Text()),
        sa.PrimaryKeyConstraint("session_id", name="pk_console_sessions"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_console_sessions_agent_id"),
        sa.UniqueConstraint("digest", name="uq_console_sessions_digest"),
    )
    op.create_index("ix_console_sessions_agent_id", "console_sessions", ["agent_id"])
    op.create_index("ix_console_sessions_ends_at", "console_sessions", ["ends_at"])
    op.create_table(
        "console_visits",
        sa.Column("session_id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("session_id", "case_id", name="pk_console_visits"),
        sa.ForeignKeyConstraint(["session_id"], ["console_sessions.session_id"], name="fk_console_visits_session_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_console_visits_case_id"),
    )
    op.create_index("ix_console_visits_case_id", "console_visits", ["case_id"])
