"""Old evidence is removed, and it is known from which day on there is any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "prunings",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("walked_to", sa.BigInteger()),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("kept_from", sa.Date()),
        sa.PrimaryKeyConstraint("subject", name="pk_prunings"),
    )
    op.create_index("ix_link_payloads_expires_at", "link_payloads", ["expires_at"])
