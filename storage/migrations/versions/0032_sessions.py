"""A process that was killed is known by its connection, which has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("workers", sa.Column("session", sa.BigInteger()))
