"""The program itself: its inbox, what did not fit into it, and what its parts note down."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from storage.tables.base import Instant, metadata

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lane", Text, nullable=False),  # updates of one lane are handled one after the other
    Column("body", Text, nullable=False),  # emptied once handled
    Column("received_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # waiting, done, failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("ended_at", Instant),
    Column("begun_at", Instant),  # since when it is being handled: nobody is left who does, if its process was killed
    Column("share", Text, nullable=False, server_default="known"),  # known, group, stranger: whose turn it is
    Index(None, "state", "update_id"),
    Index(
        "ix_updates_turn",
        "lane",
        "update_id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(None, "lane", "received_at"),
)

floods = Table(
    "floods",
    metadata,
    Column("lane", Text, primary_key=True),  # whose updates came faster than they could be answered
    Column("dropped", BigInteger, nullable=False),  # so many were not kept
    Column("since", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("told_at", Instant),  # when the person was told of it, once
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),  # bot_username, wallet, alarm, and when each part last worked
    Column("value", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
)
