"""A dispute is answered by a day that the customer was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

RUNS = sa.text("alarm_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("holds", sa.Column("answer_by", sa.Date()))
    op.add_column("holds", sa.Column("alarm_at", sa.DateTime(timezone=True)))
    op.create_index("ix_holds_alarm_at", "holds", ["alarm_at"], sqlite_where=RUNS, postgresql_where=RUNS)
