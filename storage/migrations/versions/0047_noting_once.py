# ruff: noqa: S608 - the statements are made of names that are written here
"""On SQLite, the triggers that note whose facts changed look first whether that is noted already, so that imports take
less time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
NEEDS = "0021"  # the triggers note the same as before

OF_ACCOUNT = "(SELECT accounts.customer_id FROM accounts WHERE accounts.account_id = NEW.account_id)"
TRIGGERS = (
    ("customers", "INSERT", "NEW.customer_id", ""),
    ("instalments", "INSERT", OF_ACCOUNT, ""),
    ("holds", "INSERT", "NEW.customer_id", ""),
    ("links", "INSERT", "NEW.customer_id", ""),
    ("dead_channels", "INSERT", "NEW.customer_id", ""),
    ("dead_channels", "DELETE", "OLD.customer_id", ""),
    ("notices", "INSERT", "NEW.customer_id", "(NEW.batch IS NULL AND NEW.state = 'not_sent') AND "),
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, when, whose, condition in TRIGGERS:
        name = f"note_{table}_{when.lower()}"
        noted = f"SELECT 1 FROM changed_customers WHERE changed_customers.customer_id = {whose}"
        op.execute(sa.text(f"DROP TRIGGER IF EXISTS {name}"))
        op.execute(
            sa.text(
                f"CREATE TRIGGER {name} AFTER {when} ON {table} WHEN {condition}NOT EXISTS ({noted})"
                f" BEGIN INSERT INTO changed_customers (customer_id) SELECT {whose} WHERE {whose} IS NOT NULL; END"
            )
        )
