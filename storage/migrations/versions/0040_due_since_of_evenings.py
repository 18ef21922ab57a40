"""Each evening also tells since when a customer had been overdue, for roll rates and cure rates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.add_column("day_states", sa.Column("due_since", sa.Date()))
