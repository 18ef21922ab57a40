"""Calendars: what customers' calendar programs know of their dates, and the addresses under which they ask for it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text

from storage.tables.base import Instant, RowId, metadata

calendar_entries = Table(
    "calendar_entries",
    metadata,
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
    Column("entry", Text, primary_key=True),  # due:INSTALMENT, promise:HOLD, part:PLAN:NUMBER
    Column("day", Date, nullable=False),
    Column("sequence", Integer, nullable=False, server_default="0"),  # how often it changed
    Column("ended_at", Instant),
)

calendar_addresses = Table(
    "calendar_addresses",
    metadata,
    Column("address_id", RowId, primary_key=True),
    Column("token_hash", Text, nullable=False, unique=True),  # SHA-256 in hex; the address itself is not stored
    Column("link_id", ForeignKey("links.link_id"), nullable=False),  # it ends with the link of its Telegram account
    Column("with_sums", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "link_id"),
)

history_keys = Table(
    "history_keys",
    metadata,
    # The keys with which histories are signed, by number; the key itself is derived, and not stored.
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),  # since when what it signed is not trusted any more
)
