"""Agreements with customers: promises, plans, disputes, and other holds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from storage.runtime.partial_index_types import State
from storage.tables.base import Instant, RowId, metadata

holds = Table(
    "holds",
    metadata,
    Column("hold_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("instalment_id", ForeignKey("instalments.instalment_id")),  # NULL: everything that the customer owes
    Column("kind", State, nullable=False),  # promise, plan, dispute, hold, distress, said_paid
    Column("set_at", Instant, nullable=False),
    Column("set_by", BigInteger),  # the agent; NULL: the customer
    Column("until", Date, nullable=False),  # the last day, in the customer's time zone; every hold has one
    Column("amount", BigInteger),  # promised
    Column("currency", Text),
    Column("reason", Text),
    Column("ended_at", Instant),
    Column("ended_why", Text),  # kept, broken, not_needed, settled, heard, over, withdrawn, rejected, replaced
    Column("case_id", BigInteger),  # agreed in this case
    Column("plan_id", BigInteger),
    Column("paid_before", BigInteger),  # what the customer had paid in that currency before the promise
    Column("told_in", BigInteger),  # the receipt that tells how the promise ended; 0: one is to be planned
    Column("seen_by", BigInteger),  # the agent who told the customer that they have seen the promise
    Column("answer_by", Date),  # a dispute: the day by which the customer was told to hear, in their time zone
    Column("alarm_at", Instant),  # the same as the desk's deadline; NULL once it was answered or its agents were told
    Index(
        "ix_holds_alarm_at",
        "alarm_at",
        sqlite_where=text("alarm_at IS NOT NULL"),
        postgresql_where=text("alarm_at IS NOT NULL"),
    ),
    Index(
        "ix_holds_told_in",
        "told_in",
        "customer_id",
        sqlite_where=text("told_in IS NOT NULL"),
        postgresql_where=text("told_in IS NOT NULL"),
    ),
    Index(
        "ix_holds_standing",
        "customer_id",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    # Asked with each part of an import: those that the wallet's next facts end.
    Index(
        "ix_holds_said_paid",
        "customer_id",
        sqlite_where=text("ended_at IS NULL AND kind = 'said_paid'"),
        postgresql_where=text("ended_at IS NULL AND kind = 'said_paid'"),
    ),
)

hold_sums = Table(
    "hold_sums",
    metadata,
    Column("hold_id", ForeignKey("holds.hold_id"), nullable=False),  # a promise without an amount
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),  # what was owed at that time
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
    # proposed (by an agent), asked (by the customer), agreed, declined, refused, withdrawn, replaced, kept, broken,
    # not_needed
    Column("state", State, nullable=False),
    Column("proposed_by", BigInteger),  # the agent, also one who agreed to what the customer asked for; NULL: nobody
    Column("proposed_at", Instant, nullable=False),
    Column("decided_at", Instant),  # by the customer
    Column("ended_at", Instant),
    Column("paid_before", BigInteger),  # what had been paid on its debts by then
    Index(None, "customer_id"),
    Index(
        "ix_plans_proposed",
        "proposed_at",
        sqlite_where=text("state = 'proposed'"),
        postgresql_where=text("state = 'proposed'"),
    ),
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

plan_debts = Table(
    "plan_debts",
    metadata,
    Column("plan_id", ForeignKey("plans.plan_id"), nullable=False),
    Column("instalment_id", ForeignKey("instalments.instalment_id"), nullable=False),
    PrimaryKeyConstraint("plan_id", "instalment_id"),
)

# What a customer said they can put aside, while a plan is being made or kept; NULL: not answered yet.
plan_answers = Table(
    "plan_answers",
    metadata,
    Column("customer_id", ForeignKey("customers.customer_id"), primary_key=True),
    Column("currency", Text),
    Column("every", Text),  # week, 2 weeks, month
    Column("amount", BigInteger),  # what they can put aside each time
    Column("payday", BigInteger),  # the day of the week (0 is Monday), of two weeks, or of the month
    Column("changed_at", Instant, nullable=False),
    Column("said_in", BigInteger),  # the update with the last words: handled again after a kill, they are no new answer
)
