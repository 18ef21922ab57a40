"""What is passed on between a customer's chat and a case's topic, and the agents' groups."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

relays = Table(
    "relays",
    metadata,
    Column("relay_id", RowId, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("direction", Text, nullable=False),  # in: customer to topic, out: agent to customer
    Column(
        "kind", Text, nullable=False
    ),  # text, copy, forward, media, file, message, edit_text, edit_caption, edit_media
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
    Column("doubts", Integer, nullable=False, server_default="0"),  # attempts; nobody knows whether they arrived
    Column("sent_with", BigInteger),  # the first of those that went as one message, at the last attempt
    Column("agent_id", BigInteger),  # out: the agent who wrote it, or whose doing it tells
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

talk_files = Table(
    "talk_files",
    metadata,
    # Files in a case's talk: they stay in Telegram, this is how to fetch them. What is shown has a relay, too.
    Column("talk_file_id", RowId, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("source_chat", BigInteger, nullable=False),
    Column("source_message", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # photo, video, animation, audio, document, voice, video_note, sticker
    Column("file", Text, nullable=False),  # Telegram's file_id
    Column("name", Text, nullable=False),  # as its sender called it; empty: not told
    Column("media_type", Text, nullable=False),  # as its sender's program told; empty: not told
    Column("bytes", BigInteger),
    Column("caption", Text, nullable=False),  # the words below it; empty: none
    UniqueConstraint("source_chat", "source_message"),
    Index(None, "case_id"),
)

kept_files = Table(
    "kept_files",
    metadata,
    # What an agent has chosen in the console to be sent to the customer, until Telegram has it; then it is in
    # talk_files alone.
    Column("kept_file_id", RowId, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # photo, document
    Column("media_type", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256, as hex
    Column("said_as", BigInteger),  # the event with which it is on its way; none: its author has not sent it yet
    Index(None, "case_id"),
    sqlite_autoincrement=True,  # a number is given once: an older page sends what it shows, or nothing
)

file_pieces = Table(
    "file_pieces",
    metadata,
    Column("kept_file_id", ForeignKey("kept_files.kept_file_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("piece", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kept_file_id", "number"),
)

held_words = Table(
    "held_words",
    metadata,
    # What an agent wrote and is not passed on yet: it waits for its time, or for its author's answer to a question.
    Column("held_id", RowId, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False),
    Column("kind", Text, nullable=False),  # as of a relay
    Column("content", Text),  # JSON of what is to be sent; emptied once it is over
    Column("source_chat", BigInteger, nullable=False),
    Column("source_message", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("reply_to", BigInteger),
    Column("album", Text),
    Column("at", Instant, nullable=False),  # when it was written
    Column("send_at", Instant),  # when it is to leave; none: at once
    Column("found", Text, nullable=False, server_default=""),  # kinds of bot.rules.topics.message_screening, by comma
    Column("state", State, nullable=False),  # asked, later, sent, dropped, unsent, told (unsent, and its author knows)
    Column("reason", Text),  # why it did not leave
    UniqueConstraint("source_chat", "source_message", "revision"),
    Index(None, "case_id"),
    Index(
        "ix_held_words_later",
        "send_at",
        sqlite_where=text("state IN ('later', 'unsent')"),
        postgresql_where=text("state IN ('later', 'unsent')"),
    ),
)

group_moves = Table(
    "group_moves",
    metadata,
    Column("old_chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("new_chat_id", BigInteger, nullable=False),
    Column("moved_at", Instant, nullable=False),
)

known_groups = Table(
    "known_groups",
    metadata,
    # Groups that the bot is in while none is the agents', to choose one from.
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

group_troubles = Table(
    "group_troubles",
    metadata,
    Column("kind", Text, primary_key=True),  # rights: what Telegram told that is missing; refusal: what a call came to
    Column("reason", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
)

live_queues = Table(
    "live_queues",
    metadata,
    # The one message in each group's general topic that shows the queue.
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("message_id", BigInteger, nullable=False),
    Column("shows", Text, nullable=False),  # a digest of what it shows
    Column("changed_at", Instant, nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=false()),  # or the bot may not pin it
)

group_rate_places = Table(
    "group_rate_places",
    metadata,
    Column("chat", Text, nullable=False),  # a number, or a name that begins with @
    Column("place", Integer, nullable=False),  # from 0; as many as Telegram takes messages in a minute
    Column("taken_at", Instant),  # none: never yet
    PrimaryKeyConstraint("chat", "place"),
)
