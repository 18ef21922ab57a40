"""What Telegram was told of the bot's menus and profile is known, so it is told again only if that has changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    op.add_column("program_state", sa.Column("shown_in_telegram", sa.Text()))
