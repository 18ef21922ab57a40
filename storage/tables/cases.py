"""Agents, the cases they work on, and what happened in each."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    text,
)

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

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
    Column("shifts", Text, nullable=False, server_default=""),  # as bot.rules.cases.shifts reads it; empty: the desk's
    # What they may take.
    Column("products", Text, nullable=False, server_default=""),  # of accounts, comma-separated; empty: any
    Column("segments", Text, nullable=False, server_default=""),  # comma-separated; empty: any
    Column("most_cases", Integer),  # open cases at once; NULL: no limit
    # Reads the console and does nothing: for all else they are an agent who was removed, so that nothing takes them
    # for one.
    Column("audits", Boolean, nullable=False, server_default=false()),
)

agent_changes = Table(
    "agent_changes",
    metadata,
    # When agents went away and came back, and who set what they may take. What holds now is in agents.
    Column("change_id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),  # a `ChangeKind` of bot.rules.cases.agent_limits
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False, index=True),
    Column("by_id", ForeignKey("agents.telegram_id")),  # who did it; NULL: an operator, or it was planned
    Column("body", Text),  # JSON of the limits
)

agent_absences = Table(
    "agent_absences",
    metadata,
    # Holidays and other days on which an agent is not there: to come, or in force. Those that are over are removed.
    Column("absence_id", RowId, primary_key=True),
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False, index=True),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
    Column("begun", Boolean, nullable=False, server_default=false()),  # the agent is away because of it
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("reason", Text, nullable=False),  # a `CaseReason`, or a word of the policy
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
    Column("urgency_at", Instant),  # NULL: still to be computed
    Column("worked_at", Instant),  # the owner's last work on it; the lease counts from there
    Column("waits_since", Instant),  # the customer's first words that nobody has answered yet
    Column("due_at", Instant),  # what has to be done next is to be done by then
    Column("due_kind", Text),  # first_answer, next_action, call_back, dispute_answer
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
        "ix_cases_call",
        "call_at",
        sqlite_where=text("call_at IS NOT NULL"),
        postgresql_where=text("call_at IS NOT NULL"),
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


def is_open(case: FromClause = cases) -> ColumnElement[bool]:
    """A case is open until it is closed, whether it waits, is claimed or rests: as `Case.is_open` has it."""
    return case.c.state != "closed"


case_events = Table(
    "case_events",
    metadata,
    Column("event_id", RowId, primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kind", State, nullable=False),  # an event of bot.rules.cases.case_events
    Column("actor_id", BigInteger),  # the agent, where one did it
    Column("body", Text),  # its fields as a JSON object; NULL where it has none, or they were erased
    Column("to_tell", Boolean, nullable=False, server_default=false()),  # still to be said in the topic
    Index("ix_case_events_to_tell", "case_id", sqlite_where=text("to_tell"), postgresql_where=text("to_tell")),
    Index(
        "ix_case_events_coming_in",
        "event_id",
        sqlite_where=text("kind = 'coming_in'"),
        postgresql_where=text("kind = 'coming_in'"),
    ),
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

agent_notices = Table(
    "agent_notices",
    metadata,
    # What agents are to be told in private; gone once they heard it.
    Column("notice_id", RowId, primary_key=True),
    Column("agent_id", ForeignKey("agents.telegram_id"), nullable=False),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),  # of the event that they are told of
    Column("at", Instant, nullable=False),
    Column("in_topic", Boolean, nullable=False),  # the topic is told of it in any case
    Column("detail", Text),  # JSON: what the message says more; of several cases it is one notice
    sqlite_autoincrement=True,  # a number is given once: what happens again meanwhile has another one
)

update_claims = Table(
    "update_claims",
    metadata,
    # Which case an update claimed: handled again after a kill, it claims no second one.
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("claimed_at", Instant, nullable=False, index=True),
)

bulk_changes = Table(
    "bulk_changes",
    metadata,
    Column("asked_in", BigInteger, primary_key=True, autoincrement=False),  # the update that asked
    Column("asked_by", ForeignKey("agents.telegram_id"), nullable=False),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("state", Text, nullable=False),  # asked, declined, done, over
    # As `Bulk` of bot.rules.cases.bulk_changes and its `Filters` have it.
    Column("do", Text, nullable=False),  # move, hold
    Column("most", Integer, nullable=False),
    Column("to_agent", BigInteger),
    Column("days", Integer, nullable=False, server_default="0"),
    Column("owner_id", BigInteger),
    Column("waiting", Boolean, nullable=False, server_default=false()),
    Column("reason", Text),
    Column("language", Text),
    Column("overdue_days", Integer),
)

deadline_messages = Table(
    "deadline_messages",
    metadata,
    Column("kind", Text, primary_key=True),  # group: what nobody has is due soon; supervisors: what is late
    Column("sent_at", Instant, nullable=False),  # the last one: the next waits a while
)

announced_calls = Table(
    "announced_calls",
    metadata,
    # Who calls whom right now, as the customer's chat was told. A row goes when that message says that it is over.
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False),
    Column("agent_id", BigInteger, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    Column("message", BigInteger),  # the number of the message in the customer's chat
)
