"""The guard counts everybody's state on its way, so that nobody has to count all customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "guard_counts",
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("so_far", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.BigInteger()),
        sa.PrimaryKeyConstraint("zone", "state", name="pk_guard_counts"),
    )
