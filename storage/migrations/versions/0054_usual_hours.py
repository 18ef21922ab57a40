"""The hour at which a customer usually reads is foreseen, with their consent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("customers", sa.Column("foreseen_hour", sa.Integer()))
    op.add_column("consents", sa.Column("looked_at", sa.DateTime(timezone=True)))
