"""The database knows which bot it belongs to, and whether another program takes that bot's updates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("program_state", sa.Column("bot_id", sa.BigInteger()))
    op.add_column("program_state", sa.Column("rival_since", sa.DateTime(timezone=True)))
    op.add_column("program_state", sa.Column("rival_at", sa.DateTime(timezone=True)))
