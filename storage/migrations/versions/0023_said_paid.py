"""Holds of customers who say that they paid are found at once when the wallet speaks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

IN_FORCE = sa.text("ended_at IS NULL AND kind = 'said_paid'")


def upgrade() -> None:
    op.create_index("ix_holds_said_paid", "holds", ["customer_id"], sqlite_where=IN_FORCE, postgresql_where=IN_FORCE)
