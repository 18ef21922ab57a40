"""Auditors may read the console, and are no agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    op.add_column("agents", sa.Column("audits", sa.Boolean(), nullable=False, server_default=sa.false()))
