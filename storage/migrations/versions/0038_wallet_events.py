"""Events from the wallet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "wallet_events",
        sa.Column("event_number", ROW_ID, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("body", sa.Text()),
        sa.Column("try_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("event_number", name="pk_wallet_events"),
        sa.UniqueConstraint("event_id", name="uq_wallet_events_event_id"),
    )
    op.create_index("ix_wallet_events_received_at", "wallet_events", ["received_at"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_wallet_events_waiting", "wallet_events", ["try_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    whose = sa.text("customer_id IS NOT NULL")
    op.create_index(
        "ix_wallet_events_customer", "wallet_events", ["customer_id"], sqlite_where=whose, postgresql_where=whose
    )
