"""Customers are told how their promise ended, and by whom it was seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

TOLD = sa.text("told_in IS NOT NULL")


def upgrade() -> None:
    op.add_column("holds", sa.Column("told_in", sa.BigInteger()))
    op.add_column("holds", sa.Column("seen_by", sa.BigInteger()))
    op.create_index("ix_holds_told_in", "holds", ["told_in", "customer_id"], sqlite_where=TOLD, postgresql_where=TOLD)
