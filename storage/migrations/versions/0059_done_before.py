"""An update that is handled again finds what it did; agents are told of changes of many of their cases, and of a call
that broke a rule, also after a kill."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"


def upgrade() -> None:
    op.add_column("updates", sa.Column("done", sa.Text()))
    op.add_column("agent_notices", sa.Column("detail", sa.Text()))
