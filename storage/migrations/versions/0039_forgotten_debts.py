"""Forgotten customers who still owe something overdue are found, until the wallet has taken them over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

FORGOTTEN = sa.text("forgotten_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("customers", sa.Column("taken_over_through", sa.Date()))
    op.create_index(
        "ix_customers_forgotten_at",
        "customers",
        ["forgotten_at"],
        sqlite_where=FORGOTTEN,
        postgresql_where=FORGOTTEN,
    )
