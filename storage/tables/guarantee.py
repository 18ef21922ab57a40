"""The guarantee, evening by evening, and how far the guard has come on its way through all customers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, PrimaryKeyConstraint, Table, Text

from storage.tables.base import Instant, RowId, metadata

day_states = Table(
    "day_states",
    metadata,
    Column("day", Date, nullable=False),  # the customer's day; the state is that of its evening
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("state", Text, nullable=False),  # in_grace, reached, in_queue, on_hold, silent
    Column("cause", Text),  # of silence
    Column("due_since", Date),  # the earliest due date of what was overdue; NULL: written before this column was there
    PrimaryKeyConstraint("day", "customer_id"),
)

unwritten_evenings = Table(
    "unwritten_evenings",
    metadata,
    Column("day", Date, primary_key=True),  # whose evening nobody wrote down
    Column("cause", Text, nullable=False),  # in English, as evidence
    Column("noted_at", Instant, nullable=False),
    Column("not_run_since", Instant),  # these are the fields of `bot.rules.guarantee.unwritten_evenings.NotRun`
    Column("ran_again_at", Instant),
    Column("why_not_later", Text),
)

guard_walks = Table(
    "guard_walks",
    metadata,
    Column("zone", Text, primary_key=True),  # as customers have it
    Column("began_at", Instant, nullable=False),  # the walk at hand
    Column("walked_to", Text),  # all customers up to this one were looked at in it; NULL: it is done
    Column("customers", BigInteger, nullable=False),  # how many there were when it began
    Column("walked", BigInteger, nullable=False),  # of them so far
    Column("settled_at", Instant, nullable=False),  # evenings that began before it need nothing more
)

guard_counts = Table(
    "guard_counts",
    metadata,
    Column("zone", Text, nullable=False),
    Column("state", Text, nullable=False),  # in_grace, reached, in_queue, on_hold, silent
    Column("so_far", BigInteger, nullable=False),  # overdue customers in this state, as the walk at hand found them
    Column("whole", BigInteger),  # the same of the last walk that was done; NULL: none was yet
    PrimaryKeyConstraint("zone", "state"),
)

overlooked = Table(
    "overlooked",
    metadata,
    Column("overlooked_id", RowId, primary_key=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", Text, nullable=False),  # silent, planning: what planning should have seen to
    Index(None, "at"),
)
