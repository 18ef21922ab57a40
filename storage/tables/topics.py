"""What is passed on between a customer's chat and a case's topic."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

relays = Table(
    "relays",
    metadata,
    Column("relay_id", RowId, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("direction", Text, nullable=False),  # in: customer to topic, out: agent to customer
    Column("kind", Text, nullable=False),  # text, copy, edit_text, edit_caption, edit_media
    Column("source_chat", BigInteger, nullable=False),
    Column("source_message", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False, server_default="0"),  # an edit's time; 0 is the message itself
    Column("reply_to", BigInteger),  # the message it replies to, on the source's side
    Column("content", Text),  # JSON of what is to be sent; emptied once it was
    Column("at", Instant, nullable=False),
    Column("state", State, nullable=False),  # waiting, attempted, accepted, refused
    Column("claimed_by", Text),
    Column("claimed_at", Instant),
    Column("reason", Text),
    Column("target_chat", BigInteger),
    Column("target_message", BigInteger),
    Column("album", Text),  # Telegram's media_group_id: what belongs together and is sent as one
    Column(
        "doubts", Integer, nullable=False, server_default="0"
    ),  # attempts of which nobody knows whether they arrived
    UniqueConstraint("source_chat", "source_message", "revision"),
    Index(None, "case_id", "relay_id"),
    Index(None, "target_chat", "target_message"),
    Index(
        "ix_relays_undone",
        "case_id",
        sqlite_where=text("state IN ('waiting', 'attempted')"),
        postgresql_where=text("state IN ('waiting', 'attempted')"),
    ),
)
