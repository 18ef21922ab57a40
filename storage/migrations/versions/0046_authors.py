"""What agents write to customers is kept with who wrote it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    for table in ("relays", "contacts"):
        op.add_column(table, sa.Column("agent_id", sa.BigInteger()))
