"""Agents may be limited to products and segments, and to so many cases at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"


def upgrade() -> None:
    op.add_column("agents", sa.Column("products", sa.Text(), server_default="", nullable=False))
    op.add_column("agents", sa.Column("segments", sa.Text(), server_default="", nullable=False))
    op.add_column("agents", sa.Column("most_cases", sa.Integer()))
