"""Events out: where they go, and each one on its way there. `event_triggers` writes them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

hooks = Table(
    "hooks",
    metadata,
    Column("hook_id", RowId, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("events", Text, nullable=False),  # the kinds that it gets, comma-separated; * for all
    Column("token", Text, nullable=False),  # the ids of its events begin with it
    Column("secret", Text),  # whsec_…; NULL: DUEBOT_EVENTS_SECRET signs
    Column("older_secret", Text),  # signs too, until then
    Column("older_until", Instant),
    Column("made_at", Instant, nullable=False),
    Column("delivered_at", Instant),  # the last one, to the minute
    Column("ended_at", Instant),  # the receiver answered that it is gone
    sqlite_autoincrement=True,  # what is left of one that was removed is never another's
)

outgoing_events = Table(
    "outgoing_events",
    metadata,
    # An event for one hook. It is written in the transaction that changes what it tells of.
    Column("event_number", RowId, primary_key=True),
    Column("hook_id", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("at", Instant, nullable=False),  # when it happened
    Column("body", Text, nullable=False),  # what it says besides, as JSON, sums in minor units
    Column("state", State, nullable=False),  # waiting, delivered, parked
    Column("waits_since", Instant, nullable=False),  # the days in which it is tried count from then
    Column("next_at", Instant, nullable=False),  # the next try; while it is under way, the end of that lease
    Column("tries", Integer, nullable=False),
    Column("reason", Text),  # why the last try failed
    Column("ended_at", Instant),
    Index(None, "customer_id", "hook_id"),
    Index(
        "ix_outgoing_events_due",
        "hook_id",
        "next_at",
        "event_number",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "ix_outgoing_events_ended",
        "state",
        "ended_at",
        sqlite_where=text("ended_at IS NOT NULL"),
        postgresql_where=text("ended_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,  # a number is given once: receivers know events by it
)
