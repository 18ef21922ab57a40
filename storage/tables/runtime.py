"""The program itself: its inbox, what did not fit into it, when each part last worked, what it knows of itself."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text, text

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lane", Text, nullable=False),  # updates of one lane are handled one after the other
    Column("body", Text, nullable=False),  # emptied once handled
    Column("received_at", Instant, nullable=False),
    Column("state", State, nullable=False),  # waiting, done, failed
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("ended_at", Instant),
    Column("begun_at", Instant),  # since when it is being handled: nobody is left who does, if its process was killed
    Column("share", Text, nullable=False, server_default="known"),  # known, group, stranger: whose turn it is
    Column("done", Text),  # JSON: what handling it has done, for when it is handled again; emptied once handled
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

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("part", Text, primary_key=True),  # a `Part` of storage.runtime.heartbeats
    Column("at", Instant, nullable=False),  # when it last did its round
)

program_state = Table(
    "program_state",
    metadata,
    # One row, with what the program knows of itself; what a subject has to keep is in that subject's tables.
    Column("state_id", Integer, primary_key=True, autoincrement=False),
    Column("bot_username", Text),  # its own name at Telegram
    Column("secret", LargeBinary),  # 32 random bytes, from which all its keys are derived
    Column("started_at", Instant),  # from when its parts have their time for a first round
    Column("write_probed_at", Instant),  # the last write that was made only to see whether one is taken
    Column("bot_id", BigInteger),  # the bot at Telegram whose chats and updates are in this database
    Column("rival_since", Instant),  # since when Telegram has said that another program takes the bot's updates
    Column("rival_at", Instant),  # when it last said so
    Column("usable_from", Text),  # which step a program has to know at least that uses this database
    Column("shown_in_telegram", Text),  # a digest of the menus and the profile that Telegram has accepted, and the day
)

change_counters = Table(
    "change_counters",
    metadata,
    Column("subject", Text, primary_key=True),  # a `Subject` of storage.runtime.change_counters
    Column("changes", BigInteger, nullable=False),  # how many there were: another number means that something is new
    Column("changed_at", Instant, nullable=False),
)

pending_overwrites = Table(
    "pending_overwrites",
    metadata,
    Column("overwrite_id", RowId, primary_key=True),
    Column("erased_at", Instant, nullable=False),  # what was erased then is still in pages, logs and dead rows
    sqlite_autoincrement=True,  # a number is given once: what was erased meanwhile has another one
)

# The three tables of several processes on one PostgreSQL. Their instants are seconds of the database's own clock, which
# is the same for all of them.
workers = Table(
    "workers",
    metadata,
    Column("worker", Text, primary_key=True),  # a process that speaks with people; it writes here once a second
    Column("role", Text, nullable=False),  # all, bot, sender
    Column("joined_s", Double, nullable=False),
    Column("beat_s", Double, nullable=False),  # when it last wrote
    Column("alive_until_s", Double, nullable=False),  # after this, others take over what it did
    Column("counts_until_s", Double, nullable=False),  # until then what it sent may count at Telegram
    Column("leads_bot", Boolean, nullable=False),
    Column("leads_sender", Boolean, nullable=False),
    Column("slots", Integer, nullable=False),  # its part of the bot's rate
    Column("wants_urgent", Integer, nullable=False),  # what it could use of the rate
    Column("wants_bulk", Integer, nullable=False),
    Column("paused_until_s", Double, nullable=False),  # Telegram asked it to wait until then
    Column("ready_at_s", Double),  # from then it may speak; none: some do not know of it yet
    Column("session", BigInteger),  # the advisory lock of a connection that it keeps open as long as it lives
)

lane_claims = Table(
    "lane_claims",
    metadata,
    Column("lane", Text, primary_key=True),  # of `updates`: a person's are handled by one process at a time
    Column("worker", Text, nullable=False),
)

chat_turns = Table(
    "chat_turns",
    metadata,
    Column("chat", Text, primary_key=True),  # a number, or a name that begins with @
    Column("worker", Text, nullable=False),  # which process wrote to it last
    Column("until_s", Double, nullable=False),  # no other process writes to it before
)
