# ruff: noqa: S608 - the statements are made of names that are written here
"""Customers are told what became of a debt that the bot had spoken of.

A customer may have a reminder and a receipt that wait at the same time. What was told before this step is as it is now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("notices", sa.Column("kind", sa.Text(), server_default="reminder", nullable=False))
    op.drop_index("uq_notices_open", "notices")
    waits = sa.text("state IN ('planned', 'claimed')")
    op.create_index(
        "uq_notices_open", "notices", ["customer_id", "kind"], unique=True, sqlite_where=waits, postgresql_where=waits
    )
    op.create_table(
        "told_debts",
        sa.Column("instalment_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        *_state(),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_told_debts_customer_id"),
        sa.ForeignKeyConstraint(["instalment_id"], ["instalments.instalment_id"], name="fk_told_debts_instalment_id"),
        sa.PrimaryKeyConstraint("instalment_id", name="pk_told_debts"),
    )
    op.create_index("ix_told_debts_customer_id", "told_debts", ["customer_id"])
    op.create_table(
        "receipt_items",
        sa.Column("notice_id", ROW_ID, nullable=False),
        sa.Column("instalment_id", sa.Text(), nullable=False),
        *_state(),
        sa.ForeignKeyConstraint(
            ["instalment_id"], ["instalments.instalment_id"], name="fk_receipt_items_instalment_id"
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.notice_id"], name="fk_receipt_items_notice_id"),
        sa.PrimaryKeyConstraint("notice_id", "instalment_id", name="pk_receipt_items"),
    )
    op.execute(
        "INSERT INTO told_debts (instalment_id, customer_id, due_date, amount_due, paid, waived)"
        " SELECT instalments.instalment_id, accounts.customer_id, instalments.due_date, instalments.amount_due,"
        " instalments.paid, 0 FROM instalments JOIN accounts ON accounts.account_id = instalments.account_id"
        " WHERE instalments.outstanding > 0 AND EXISTS (SELECT 1 FROM notice_items JOIN notices"
        " ON notices.notice_id = notice_items.notice_id WHERE notice_items.instalment_id = instalments.instalment_id"
        " AND notices.customer_id = accounts.customer_id AND notices.state = 'accepted')"
    )
    for statement in _trigger(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _state() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("waived", sa.BigInteger(), nullable=False),
    )


CHANGED = (
    "(OLD.state {differs} NEW.state OR OLD.reason {differs} NEW.reason)"
    " AND (NEW.state = 'not_sent' OR (NEW.kind = 'receipt' AND OLD.state = 'claimed'))"
)


def _trigger(dialect: str) -> tuple[str, ...]:
    """What changed while a receipt was on its way is looked at when that has ended."""
    if dialect == "sqlite":
        return (
            "DROP TRIGGER note_notices_update",
            "CREATE TRIGGER note_notices_update AFTER UPDATE OF state, reason ON notices"
            f" WHEN {CHANGED.format(differs='IS NOT')} BEGIN INSERT INTO changed_customers (customer_id)"
            " SELECT whose.id FROM (SELECT NEW.customer_id AS id UNION SELECT OLD.customer_id AS id) AS whose"
            " WHERE whose.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM changed_customers"
            " WHERE changed_customers.customer_id = whose.id); END",
        )
    return (
        "DROP TRIGGER note_notices_update ON notices",
        "CREATE TRIGGER note_notices_update AFTER UPDATE OF state, reason ON notices FOR EACH ROW"
        " WHEN (current_setting('duebot.planning', true) IS DISTINCT FROM 'on'"
        f" AND ({CHANGED.format(differs='IS DISTINCT FROM')})) EXECUTE FUNCTION note_notices_update()",
    )
