"""A key of the HTTP API may be an agent's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("agent_id", sa.BigInteger()))
