"""The guarantee, evening by evening."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, PrimaryKeyConstraint, Table, Text

from storage.tables.base import Instant, metadata

day_states = Table(
    "day_states",
    metadata,
    Column("day", Date, nullable=False),  # the customer's day; the state is that of its evening
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("state", Text, nullable=False),  # in_grace, reached, in_queue, on_hold, silent
    Column("cause", Text),  # of silence
    PrimaryKeyConstraint("day", "customer_id"),
)

unwritten_evenings = Table(
    "unwritten_evenings",
    metadata,
    Column("day", Date, primary_key=True),  # whose evening nobody wrote down
    Column("cause", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
)
