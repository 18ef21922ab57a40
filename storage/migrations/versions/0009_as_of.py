"""When the wallet said a payment, and what is paid of an instalment, where its files tell that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("instalments", sa.Column("amount_paid_as_of", INSTANT))
    op.add_column(
        "instalments", sa.Column("amount_paid_is_first", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("payments", sa.Column("as_of", INSTANT))
