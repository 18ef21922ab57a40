"""An update that is handled again finds what it did; who took over a forgotten debt is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    for table in ("plan_answers", "survey_invitations"):
        op.add_column(table, sa.Column("said_in", sa.BigInteger()))
    for column in ("last_choice", "taken_over_by"):
        op.add_column("customers", sa.Column(column, sa.Text()))
    op.add_column("customers", sa.Column("taken_over_at", sa.DateTime(timezone=True)))
