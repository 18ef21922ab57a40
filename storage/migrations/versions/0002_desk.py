"""The agents' desk: urgency, deadlines, leases, plans, ratings, albums."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _cases()
    _agents_and_relays()
    _plans()
    _ratings()


def _cases() -> None:
    for column in (
        sa.Column("urgency", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("urgency_at", INSTANT),
        sa.Column("worked_at", INSTANT),
        sa.Column("waits_since", INSTANT),
        sa.Column("due_at", INSTANT),
        sa.Column("due_kind", sa.Text()),
        sa.Column("due_told", sa.Text(), server_default="", nullable=False),
        sa.Column("snoozed_until", INSTANT),
        sa.Column("call_at", INSTANT),
        sa.Column("for_agent", sa.BigInteger()),
    ):
        op.add_column("cases", column)
    waits, is_open = sa.text("state = 'waiting'"), sa.text("state <> 'closed'")
    op.create_index("ix_cases_urgency", "cases", ["urgency", "case_id"], sqlite_where=waits, postgresql_where=waits)
    kept = sa.text("for_agent IS NOT NULL")
    op.create_index("ix_cases_for_agent", "cases", ["for_agent"], sqlite_where=kept, postgresql_where=kept)
    op.create_index("ix_cases_due", "cases", ["due_at"], sqlite_where=is_open, postgresql_where=is_open)
    op.execute("UPDATE cases SET card_stale = true WHERE state <> 'closed' AND card_id IS NOT NULL")  # it says more now
    # Who holds a case now took it before there were leases: theirs begins when they claimed it.
    op.execute("UPDATE cases SET worked_at = claimed_at WHERE state = 'claimed'")


def _agents_and_relays() -> None:
    op.add_column("agents", sa.Column("away_since", INSTANT))
    op.add_column("relays", sa.Column("album", sa.Text()))
    op.add_column("relays", sa.Column("doubts", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_relays_target_chat_target_message", "relays", ["target_chat", "target_message"])


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("plan_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("case_id", ROW_ID),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger()),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_plans_customer_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_plans_case_id"),
        sa.PrimaryKeyConstraint("plan_id", name="pk_plans"),
    )
    op.create_index("ix_plans_customer_id", "plans", ["customer_id"])
    op.create_table(
        "plan_parts",
        sa.Column("plan_id", ROW_ID, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.plan_id"], name="fk_plan_parts_plan_id"),
        sa.PrimaryKeyConstraint("plan_id", "part", name="pk_plan_parts"),
    )
    op.add_column("holds", sa.Column("case_id", sa.BigInteger()))
    op.add_column("holds", sa.Column("plan_id", sa.BigInteger()))
    op.add_column("holds", sa.Column("paid_before", sa.BigInteger()))


def _ratings() -> None:
    op.create_table(
        "ratings",
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger()),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("score", sa.Integer()),
        sa.Column("words", sa.Text()),
        sa.Column("rated_at", INSTANT),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_ratings_case_id"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_ratings_customer_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_ratings"),
    )
    op.create_index("ix_ratings_customer_id_asked_at", "ratings", ["customer_id", "asked_at"])
