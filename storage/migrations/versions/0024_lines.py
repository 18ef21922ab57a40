"""Notices wait for their channel, so that a slow channel delays no other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

WAITING = sa.text("state = 'planned'")


def upgrade() -> None:
    op.add_column("notices", sa.Column("expected_channel", sa.Text(), server_default="", nullable=False))
    for name, columns in (
        ("ix_notices_waiting", ["expected_channel", "send_after"]),
        ("ix_notices_ending", ["expires_at"]),
    ):
        op.create_index(name, "notices", columns, sqlite_where=WAITING, postgresql_where=WAITING)
