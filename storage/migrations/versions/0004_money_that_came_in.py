"""Promises and plans are kept by the money that came in, not by what is no longer owed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# So much of what counted as settled until now is no money: what was given up counted, what was paid too much did not.
_OF_PROMISE = """
UPDATE holds SET paid_before = paid_before + COALESCE((
    SELECT SUM(CASE WHEN i.status = 'paid' AND i.paid < i.amount_due THEN i.amount_due ELSE i.paid END
               - (i.amount_due - i.outstanding))
      FROM instalments i JOIN accounts a ON a.account_id = i.account_id
     WHERE a.customer_id = holds.customer_id AND a.currency = holds.currency), 0)
 WHERE ended_at IS NULL AND kind = 'promise' AND paid_before IS NOT NULL
"""
_OF_PLAN = """
UPDATE holds SET paid_before = paid_before + COALESCE((
    SELECT SUM(CASE WHEN i.status = 'paid' AND i.paid < i.amount_due THEN i.amount_due ELSE i.paid END
               - (i.amount_due - i.outstanding))
      FROM holds h JOIN instalments i ON i.instalment_id = h.instalment_id
     WHERE h.plan_id = holds.plan_id AND h.ended_at IS NULL), 0)
 WHERE ended_at IS NULL AND kind = 'plan' AND plan_id IS NOT NULL AND paid_before IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "hold_sums",
        sa.Column("hold_id", ROW_ID, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_before", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hold_id", "currency", name="pk_hold_sums"),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.hold_id"], name="fk_hold_sums_hold_id"),
    )
    op.execute(_OF_PROMISE)
    op.execute(_OF_PLAN)
