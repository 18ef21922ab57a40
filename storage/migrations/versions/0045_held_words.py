"""Agents' words are kept that wait for their time, or for their author's answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS = sa.text("state IN ('later', 'unsent')")


def upgrade() -> None:
    op.create_table(
        "held_words",
        sa.Column("held_id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("content", sa.Text()),
        sa.Column("source_chat", sa.BigInteger(), nullable=False),
        sa.Column("source_message", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reply_to", sa.BigInteger()),
        sa.Column("album", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True)),
        sa.Column("found", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_held_words_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_held_words_agent_id"),
        sa.PrimaryKeyConstraint("held_id", name="pk_held_words"),
        sa.UniqueConstraint(
            "source_chat", "source_message", "revision", name="uq_held_words_source_chat_source_message_revision"
        ),
    )
    op.create_index("ix_held_words_case_id", "held_words", ["case_id"])
    op.create_index("ix_held_words_later", "held_words", ["send_at"], sqlite_where=WAITS, postgresql_where=WAITS)
