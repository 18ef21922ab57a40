"""Agents can sign in to the console with a passkey."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("passkey_id", ROW_ID, nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("passkey_id", name="pk_passkeys"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_passkeys_agent_id"),
        sa.UniqueConstraint("credential_id", name="uq_passkeys_credential_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_passkeys_agent_id", "passkeys", ["agent_id"])
    op.create_table(
        "passkey_challenges",
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("session_id", ROW_ID),
        sa.Column("asked_from", sa.Text(), nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("challenge", name="pk_passkey_challenges"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["console_sessions.session_id"], name="fk_passkey_challenges_session_id"
        ),
    )
    op.create_index("ix_passkey_challenges_ends_at", "passkey_challenges", ["ends_at"])
    op.create_table(
        "passkey_events",
        sa.Column("event_id", ROW_ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("to_tell", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_passkey_events"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_passkey_events_agent_id"),
        sa.ForeignKeyConstraint(["by_id"], ["agents.telegram_id"], name="fk_passkey_events_by_id"),
    )
    op.add_column("console_sessions", sa.Column("passkey", sa.Text()))
    op.add_column("console_sessions", sa.Column("passkey_id", ROW_ID))
