"""Customers' calendars: what calendar programs know of their dates, and the addresses under which they ask."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calendar_entries",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_calendar_entries_customer_id"),
        sa.PrimaryKeyConstraint("customer_id", "entry", name="pk_calendar_entries"),
    )
    op.create_table(
        "calendar_addresses",
        sa.Column("address_id", ROW_ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("link_id", ROW_ID, nullable=False),
        sa.Column("with_sums", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["link_id"], ["links.link_id"], name="fk_calendar_addresses_link_id"),
        sa.PrimaryKeyConstraint("address_id", name="pk_calendar_addresses"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_addresses_token_hash"),
    )
    op.create_index("ix_calendar_addresses_link_id", "calendar_addresses", ["link_id"])
