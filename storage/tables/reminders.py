"""Planned reminders, sent messages, and the evidence of both."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

_WAITING = text("state = 'planned'")

notices = Table(
    "notices",
    metadata,
    Column("notice_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("local_day", Date, nullable=False),  # the customer's day for which it was planned
    Column("state", State, nullable=False),  # planned, claimed, accepted, not_sent
    Column("send_after", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("policy", Text, nullable=False),
    Column("policy_version", Text, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("claimed_by", Text),
    Column("claimed_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("channel", Text),  # the channel that is tried now, or that accepted it
    Column("channel_since", Instant),  # when this channel was first tried; its deadline counts from then
    Column("given_up", Text, nullable=False, server_default=""),  # channels that cannot deliver it, comma-separated
    Column("reason", Text),  # why it waits, or why it was not sent
    Column("reference", Text),  # the channel's own id of the message
    Column("ended_at", Instant),
    Column(
        "batch", BigInteger
    ),  # the number of the batch that was planned together; at most one notice for each customer in it
    Column("kind", Text, nullable=False, server_default="reminder"),  # reminder, receipt, part
    Column("expected_channel", Text, nullable=False, server_default=""),  # whose turn it waits for; '': not known
    Column("hint", Text),  # the lesson whose hint it ended with
    Index(
        "uq_notices_open",
        "customer_id",
        "kind",
        unique=True,
        sqlite_where=text("state IN ('planned', 'claimed')"),
        postgresql_where=text("state IN ('planned', 'claimed')"),
    ),
    Index(None, "state", "send_after"),
    Index("ix_notices_waiting", "expected_channel", "send_after", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("ix_notices_ending", "expires_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index(None, "customer_id", "ended_at"),
)

notice_items = Table(
    "notice_items",
    metadata,
    Column("notice_id", ForeignKey("notices.notice_id"), nullable=False),
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False),
    Column("step_id", Text, nullable=False),
    Column("due_date", Date, nullable=False),  # as planned: after a change of the due date, the steps begin again
    Column("policy_version", Text, nullable=False),  # of the ladder to which the step belongs
    PrimaryKeyConstraint("notice_id", "instalment_id", "step_id"),
    Index(None, "instalment_id", "step_id", "due_date"),
)

told_debts = Table(
    "told_debts",
    metadata,
    # What the bot has spoken of, as it was when the customer was last told.
    Column("instalment_id", ForeignKey("instalments.instalment_id"), primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("due_date", Date, nullable=False),
    Column("amount_due", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),  # money that came in
    Column("waived", BigInteger, nullable=False),
)

receipt_items = Table(
    "receipt_items",
    metadata,
    # What a receipt is about: each debt as it was when the customer was last told. What it is now is told.
    Column("notice_id", ForeignKey("notices.notice_id"), nullable=False),
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False),
    Column("due_date", Date, nullable=False),
    Column("amount_due", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("waived", BigInteger, nullable=False),
    PrimaryKeyConstraint("notice_id", "instalment_id"),
)

part_notices = Table(
    "part_notices",
    metadata,
    # What a notice of a plan's part is about: the step is the day of the plan's ladder, counted from the part's day.
    Column("notice_id", ForeignKey("notices.notice_id"), primary_key=True, autoincrement=False),
    Column("plan_id", ForeignKey("plans.plan_id"), nullable=False, index=True),
    Column("part", Integer, nullable=False),
    Column("step", Integer, nullable=False),
)

contacts = Table(
    "contacts",
    metadata,
    Column("contact_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),  # out, in
    Column(
        "kind", Text, nullable=False
    ),  # reminder, receipt, agent; word, press, command, media, forwarded, blocked, unblocked, linked
    Column("state", Text, nullable=False),  # out: attempted, accepted, refused; in: answered
    Column("reason", Text),
    Column("notice_id", ForeignKey("notices.notice_id")),
    Column("case_id", ForeignKey("cases.case_id")),
    Column("reference", Text),
    Column("body", Text),  # the text; deleted when the customer is forgotten
    Column("agent_id", BigInteger),  # of a message by the desk: the agent who wrote it, or whose doing it tells
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
    Column("policy_version", Text, nullable=False),  # all later steps of the debt use this version
    Column("begun_at", Instant, nullable=False),
    PrimaryKeyConstraint("instalment_id", "due_date"),
    Index(None, "policy_version"),
)
