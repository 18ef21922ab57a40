"""The people behind Telegram accounts, how their links to customers were proved, and how these changed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

chats = Table(
    "chats",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),  # the id of a private chat is its person's id
    Column("client_language", Text),  # the language of their Telegram
    Column("chosen_language", Text),  # their own choice with /language
    Column("last_words", Text),  # what they wrote while no case was open; it is on the card if a case opens
    Column("last_words_at", Instant),
)

links = Table(
    "links",
    metadata,
    Column("link_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("way", Text, nullable=False),  # payload, contact, agreed, agreed_by_number
    Column("linked_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", BigInteger),  # the link that took its place
    Index(
        "uq_links_customer",
        "customer_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index(
        "uq_links_user",
        "user_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index(
        "ix_links_ended_by",
        "ended_by",
        sqlite_where=text("ended_by IS NOT NULL"),
        postgresql_where=text("ended_by IS NOT NULL"),
    ),
)

link_payloads = Table(
    "link_payloads",
    metadata,
    Column("payload_hash", Text, primary_key=True),  # SHA-256 in hex; the payload itself is not stored
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("used_by", BigInteger),
    Index(None, "expires_at"),  # old ones are removed
)

link_failures = Table(
    "link_failures",
    metadata,
    Column("failure_id", RowId, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "user_id", "at"),
)

link_requests = Table(
    "link_requests",
    metadata,
    Column("request_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("user_id", BigInteger, nullable=False),  # who asks
    Column("asked_user_id", BigInteger, nullable=False),  # the account that is asked for consent
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("agreed", Boolean),
    # consent: the account that is linked to the customer is asked; switch: the asking account is linked to another
    # customer (`from_customer_id`) and is asked whether that link ends
    Column("kind", Text, nullable=False, server_default="consent"),
    Column("proof", Text, nullable=False, server_default="payload"),  # of who asks: payload, contact
    Column("from_customer_id", Text),
    Column("asked_in", BigInteger),  # the updates with the question and the answer: an update may be handled twice
    Column("decided_in", BigInteger),
    Index(None, "customer_id"),
    Index(None, "from_customer_id"),
)

link_changes = Table(
    "link_changes",
    metadata,
    Column("change_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),  # one of the kinds in storage.customers.link_changes
    Column("link_id", BigInteger),  # the link that began, or the one that ended if none began
    Column("account", BigInteger, nullable=False),  # the account whose link ended or began
    Column("other_account", BigInteger),
    Column("other_customer_id", Text),
    Column("account_told", State, nullable=False, server_default=""),  # waiting, accepted, or why not; empty: nobody
    Column("elsewhere", State, nullable=False, server_default=""),  # waiting, the channel that told it, none, failed
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("tried_at", Instant),
    Index(None, "customer_id"),
    Index(
        "ix_link_changes_untold",
        "change_id",
        sqlite_where=text("account_told = 'waiting' OR elsewhere = 'waiting'"),
        postgresql_where=text("account_told = 'waiting' OR elsewhere = 'waiting'"),
    ),
)

consents = Table(
    "consents",
    metadata,
    # What a customer agreed to that nobody may assume, and until when.
    Column("consent_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("about", Text, nullable=False),  # hour; earlier releases: prediction
    Column("given_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("looked_at", Instant),  # when what was agreed to was last foreseen
    Index(
        "uq_consents_given",
        "customer_id",
        "about",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
