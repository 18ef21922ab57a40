# ruff: noqa: S608 - the statement is made of names that are written here
"""Customers choose their time zone, the hour and channels of reminders, how many they get, and a pause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
NEEDS = "0021"  # the trigger notes more than before, and nothing that an older program uses is taken away

WATCHED = ("zone", "segment", "email", "phone", "forgotten_at", "stopped_at", "how_often", "paused_until")


def upgrade() -> None:
    op.add_column("customers", sa.Column("chosen_zone", sa.Text()))
    op.add_column("customers", sa.Column("remind_hour", sa.Integer()))
    op.add_column("customers", sa.Column("channel_order", sa.Text()))
    op.add_column("customers", sa.Column("how_often", sa.Text()))
    op.add_column("customers", sa.Column("paused_until", sa.Date()))
    for statement in _trigger(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _trigger(dialect: str) -> tuple[str, ...]:
    """How many they want and a pause matter to planning, too."""
    columns = ", ".join(WATCHED)
    if dialect == "sqlite":
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WATCHED)
        return (
            "DROP TRIGGER note_customers_update",
            f"CREATE TRIGGER note_customers_update AFTER UPDATE OF {columns} ON customers"
            f" WHEN {changed} BEGIN INSERT INTO changed_customers (customer_id)"
            " SELECT whose.id FROM (SELECT NEW.customer_id AS id UNION SELECT OLD.customer_id AS id) AS whose"
            " WHERE whose.id IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM changed_customers WHERE changed_customers.customer_id = whose.id); END",
        )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in WATCHED)
    return (
        "DROP TRIGGER note_customers_update ON customers",
        f"CREATE TRIGGER note_customers_update AFTER UPDATE OF {columns} ON customers FOR EACH ROW"
        f" WHEN (current_setting('duebot.planning', true) IS DISTINCT FROM 'on' AND ({changed}))"
        " EXECUTE FUNCTION note_customers_update()",
    )
