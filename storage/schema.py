"""The tables, one schema for SQLite and PostgreSQL. What each holds, never how it is asked for.

Money is whole minor units (BIGINT) of the account's currency, instants are UTC, due dates are dates in the
customer's own zone. What can be derived is a generated column or a query, not a second truth.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

from storage.runtime.partial_index_types import Left, State

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware `datetime` in UTC; a naive one is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a zone, {value.isoformat()} has none")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


# SQLite numbers rows by itself only for a column that is exactly INTEGER PRIMARY KEY.
RowId = BigInteger().with_variant(Integer, "sqlite")


# --- The wallet's facts ----------------------------------------------------------------------------------------------

customers = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text),  # BCP 47, the wallet's word
    Column("time_zone", Text),  # IANA, the wallet's word
    Column("zone", Text, nullable=False),  # what is reckoned with: the time zone, or candidates joined by '|'
    Column("phone", Text),  # E.164
    Column("email", Text),
    Column("segment", Text),
    Column("vulnerable", Boolean, nullable=False, server_default=false()),
    Column("facts_at", Instant, nullable=False),
    Column("seen_at", Instant),  # the last sign of life: pressed, wrote, sent something
    Column("stopped_at", Instant),  # /stop: no reminders since
    Column("forgotten_at", Instant),
    Index(None, "phone"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("product", Text, nullable=False, server_default=""),
    Column("currency", Text, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("credit_limit", BigInteger),
    Column("facts_at", Instant, nullable=False),
)

instalments = Table(
    "instalments",
    metadata,
    Column("instalment_id", Text, primary_key=True),
    Column("account_id", ForeignKey("accounts.account_id"), nullable=False, index=True),
    Column("due_date", Date, nullable=False),
    Column("amount_due", BigInteger, nullable=False),
    Column("amount_paid", BigInteger, nullable=False, server_default="0"),  # what the wallet's file said
    Column("paid", BigInteger, nullable=False, server_default="0"),  # that, and the payments on top of it
    Column("principal", BigInteger),
    Column("interest", BigInteger),
    Column("fees", BigInteger),
    Column("status", Text, nullable=False, server_default="open"),
    Column("facts_at", Instant, nullable=False),
    Column("amount_paid_at", Instant, nullable=False),  # when the file's word on what is paid last changed
    Column(
        "outstanding",
        Left,
        Computed(
            "CASE WHEN status IN ('paid', 'waived') OR paid >= amount_due THEN 0 ELSE amount_due - paid END",
            persisted=True,
        ),
    ),
    Index(
        "ix_instalments_unsettled",
        "due_date",
        sqlite_where=text("outstanding > 0"),
        postgresql_where=text("outstanding > 0"),
    ),
)

payments = Table(
    "payments",
    metadata,
    Column("payment_id", Text, primary_key=True),
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False, index=True),
    Column("paid_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),  # negative: a reversal
    Column("in_amount_paid", Boolean, nullable=False),  # already counted in the file's amount_paid, so not on top of it
    Column("facts_at", Instant, nullable=False),
    Column("to_word", Text, nullable=False, server_default="after"),  # bot.rules.facts.paid: before, with, after
)

# --- Who is behind a Telegram account --------------------------------------------------------------------------------

chats = Table(
    "chats",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),  # a private chat has its person's id
    Column("client_language", Text),  # what their Telegram says
    Column("chosen_language", Text),  # what they chose with /language: for good
    Column("last_words", Text),  # what they wrote that nobody was there to read; on the card if a case opens
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
)

link_payloads = Table(
    "link_payloads",
    metadata,
    Column("payload_hash", Text, primary_key=True),  # SHA-256 in hex; the payload itself is nowhere
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("used_by", BigInteger),
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
    Column("asked_user_id", BigInteger, nullable=False),  # whose consent is asked
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("agreed", Boolean),
    # consent: the account that is linked to the customer is asked; switch: the one that asks speaks for another
    # customer (`from_customer_id`) and is asked whether that ends
    Column("kind", Text, nullable=False, server_default="consent"),
    Column("proof", Text, nullable=False, server_default="payload"),  # of who asks: payload, contact
    Column("from_customer_id", Text),
    Column("asked_in", BigInteger),  # the update that asked, and the one that answered: it may be handled twice
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
    Column("kind", Text, nullable=False),  # as storage.customers.link_changes has them
    Column("link_id", BigInteger),  # the link that began, or that ended where none did
    Column("account", BigInteger, nullable=False),  # whose link ended, or began
    Column("other_account", BigInteger),
    Column("other_customer_id", Text),
    Column("account_told", Text, nullable=False, server_default=""),  # waiting, accepted, or why not; empty: not to be
    Column("elsewhere", Text, nullable=False, server_default=""),  # waiting, the channel that told it, none, failed
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

# --- What is said, and the evidence of it ----------------------------------------------------------------------------

notices = Table(
    "notices",
    metadata,
    Column("notice_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("local_day", Date, nullable=False),  # the customer's day that it was planned for
    Column("state", State, nullable=False),  # planned, claimed, accepted, not_sent
    Column("send_after", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("channel", Text),  # tried now, or that accepted it
    Column("channel_since", Instant),  # when this channel was first tried; its deadline counts from there
    Column("given_up", Text, nullable=False, server_default=""),  # channels that could not, comma-separated
    Column("reason", Text),  # why it waits, or why it was not sent
    Column("reference", Text),  # the channel's own id of the message
    Column("ended_at", Instant),
    Column("batch", BigInteger),  # planned together: one number for each set, and one notice a customer in it
    Index(
        "uq_notices_open",
        "customer_id",
        unique=True,
        sqlite_where=text("state IN ('planned', 'claimed')"),
        postgresql_where=text("state IN ('planned', 'claimed')"),
    ),
    Index(None, "state", "send_after"),
    Index(None, "customer_id", "ended_at"),
)

notice_items = Table(
    "notice_items",
    metadata,
    Column("notice_id", ForeignKey("notices.notice_id"), nullable=False),
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False),
    Column("step_id", Text, nullable=False),
    Column("due_date", Date, nullable=False),  # as planned: a moved due date starts its steps anew
    Column("policy_version", Text, nullable=False),  # that of the ladder this step belongs to
    PrimaryKeyConstraint("notice_id", "instalment_id", "step_id"),
    Index(None, "instalment_id", "step_id", "due_date"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),  # out, in
    Column("kind", Text, nullable=False),  # reminder, agent; word, press, command, media, blocked, unblocked, linked
    Column("state", Text, nullable=False),  # out: attempted, accepted, refused; in: answered
    Column("reason", Text),
    Column("notice_id", ForeignKey("notices.notice_id")),
    Column("case_id", ForeignKey("cases.case_id")),
    Column("reference", Text),
    Column("body", Text),  # what was said; gone once the customer is forgotten
    Index(None, "customer_id", "at"),
    Index(None, "notice_id"),
)

dead_channels = Table(
    "dead_channels",
    metadata,
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("customer_id", "channel"),
)

ladders = Table(
    "ladders",
    metadata,
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False),
    Column("due_date", Date, nullable=False),
    Column("policy_version", Text, nullable=False),  # who is in the middle of a ladder finishes it under this version
    Column("begun_at", Instant, nullable=False),
    PrimaryKeyConstraint("instalment_id", "due_date"),
    Index(None, "policy_version"),
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),  # the policy as it was read, to be read again
    Column("first_used_at", Instant, nullable=False),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("instalment_id", ForeignKey("instalments.instalment_id")),  # none: all that the customer owes
    Column("kind", Text, nullable=False),  # promise, plan, dispute, hold
    Column("set_at", Instant, nullable=False),
    Column("set_by", BigInteger),  # the agent; none: the customer
    Column("until", Date, nullable=False),  # its last day, in the customer's zone: no hold is without an end
    Column("amount", BigInteger),  # promised
    Column("currency", Text),
    Column("reason", Text),
    Column("ended_at", Instant),
    Column("ended_why", Text),  # kept, broken, not_needed, settled, over, withdrawn, replaced
    Column("case_id", BigInteger),  # agreed in this case
    Column("plan_id", BigInteger),
    Column("paid_before", BigInteger),  # the money that had come in in that currency when it was promised
    Index(
        "ix_holds_standing",
        "customer_id",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

hold_sums = Table(
    "hold_sums",
    metadata,
    Column("hold_id", ForeignKey("holds.hold_id"), nullable=False),  # a promise that names no sum
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),  # what was to be paid of what it is about
    Column("paid_before", BigInteger, nullable=False),  # as in holds
    PrimaryKeyConstraint("hold_id", "currency"),
)

plans = Table(
    "plans",
    metadata,
    Column("plan_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("case_id", ForeignKey("cases.case_id")),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),  # proposed, agreed, declined, withdrawn, kept, broken, not_needed
    Column("proposed_by", BigInteger),  # the agent
    Column("proposed_at", Instant, nullable=False),
    Column("decided_at", Instant),  # by the customer
    Column("ended_at", Instant),
    Index(None, "customer_id"),
)

plan_parts = Table(
    "plan_parts",
    metadata,
    Column("plan_id", ForeignKey("plans.plan_id"), nullable=False),
    Column("part", Integer, nullable=False),  # from 1
    Column("due_date", Date, nullable=False),  # the customer's day
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("plan_id", "part"),
)

day_states = Table(
    "day_states",
    metadata,
    Column("day", Date, nullable=False),  # the customer's day, as it stood in the evening
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("state", Text, nullable=False),  # in_grace, reached, in_queue, on_hold, silent
    Column("cause", Text),  # of silence
    PrimaryKeyConstraint("day", "customer_id"),
)

# --- The people who help ---------------------------------------------------------------------------------------------

agents = Table(
    "agents",
    metadata,
    Column("telegram_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("languages", Text, nullable=False, server_default=""),  # comma-separated, best first
    Column("role", Text, nullable=False, server_default="agent"),
    Column("added_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Column("away_since", Instant),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("reason", Text, nullable=False),  # a policy's word such as overdue; asked, dispute, broken_promise, …
    Column("step_id", Text),  # the policy's step that opened it
    Column("policy_version", Text),
    Column("due_since", Date),  # earliest due date it is about; without one, payment does not close the case
    Column("opened_at", Instant, nullable=False),
    Column("state", State, nullable=False),  # waiting, claimed, closed
    Column("owner_id", ForeignKey("agents.telegram_id")),
    Column("claimed_at", Instant),
    Column("closed_at", Instant),
    Column("outcome", Text),
    Column("topic", Text, nullable=False, server_default="none"),  # none, opening, open, closed, gone
    Column("topic_at", Instant),  # of the last attempt to open one
    Column("chat_id", BigInteger),
    Column("thread_id", BigInteger),
    Column("card_id", BigInteger),
    Column("card_stale", Boolean, nullable=False, server_default=false()),
    # The desk. A case's urgency now is `urgency`, and the weight of the time since `urgency_at` on top of it, which is
    # the same for all: so the order of this column is that of the queue until facts change or a day passes.
    Column("urgency", BigInteger, nullable=False, server_default="0"),
    Column("urgency_at", Instant),  # none: still to be reckoned
    Column("worked_at", Instant),  # the owner's last work on it; the lease counts from there
    Column("waits_since", Instant),  # the customer's first words that nobody has answered yet
    Column("due_at", Instant),  # what has to be done next is to be done by then
    Column("due_kind", Text),  # first_answer, next_action, call_back
    Column(
        "due_told", Text, nullable=False, server_default=""
    ),  # reminded, alarmed: who was told that it comes, or came
    Column("snoozed_until", Instant),
    Column("call_at", Instant),  # a time at which the customer asked to be called
    Column("for_agent", BigInteger),  # whose it was, while it waits for them to take it again
    Index(
        "ix_cases_urgency",
        "urgency",
        "case_id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index(
        "ix_cases_for_agent",
        "for_agent",
        sqlite_where=text("for_agent IS NOT NULL"),
        postgresql_where=text("for_agent IS NOT NULL"),
    ),
    Index("ix_cases_due", "due_at", sqlite_where=text("state <> 'closed'"), postgresql_where=text("state <> 'closed'")),
    Index(
        "uq_cases_open",
        "customer_id",
        unique=True,
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index(None, "state", "opened_at"),
    Index(None, "chat_id", "thread_id"),
    Index(None, "customer_id"),
)

case_events = Table(
    "case_events",
    metadata,
    Column("event_id", RowId, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),  # opened, again, claimed, released, note, closed, paid, undelivered …
    Column("actor_id", BigInteger),  # the agent, where one did it
    Column("body", Text),
    Column("to_tell", Boolean, nullable=False, server_default=false()),  # still to be said in the topic
    Index("ix_case_events_to_tell", "case_id", sqlite_where=text("to_tell"), postgresql_where=text("to_tell")),
    Index(
        "ix_case_events_revealed",
        "at",
        "actor_id",
        sqlite_where=text("kind = 'revealed'"),
        postgresql_where=text("kind = 'revealed'"),
    ),
)

case_items = Table(
    "case_items",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False),
    Column("step_id", Text, nullable=False),
    Column("due_date", Date, nullable=False),
    PrimaryKeyConstraint("case_id", "instalment_id", "step_id"),
    Index(None, "instalment_id", "step_id", "due_date"),
)

ratings = Table(
    "ratings",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("agent_id", BigInteger),  # who had the case when it ended
    Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False),  # waiting, asked, not_asked
    Column("message_id", BigInteger),  # the question, in the customer's chat
    Column("score", Integer),  # 1 to 5
    Column("words", Text),
    Column("rated_at", Instant),
    Index(None, "customer_id", "asked_at"),
)

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

erasures = Table(
    "erasures",
    metadata,
    Column("erasure_id", RowId, primary_key=True),
    # A topic of a forgotten customer's case, or else one message about them. Gone once Telegram has deleted it.
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", BigInteger),
    Column("message_id", BigInteger),
    Column("case_id", ForeignKey("cases.case_id")),
    Column("asked_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),  # later Telegram deletes it no more
    Column("tried_at", Instant),
    Column("reason", Text),  # why it was refused
    Index(None, "chat_id"),
)

# --- The program itself ----------------------------------------------------------------------------------------------

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
