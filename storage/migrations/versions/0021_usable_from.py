"""The database says which programs may use it: older ones may, while steps have only added to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("program_state", sa.Column("usable_from", sa.Text()))
