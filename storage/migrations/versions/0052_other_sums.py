"""Instalments know when the wallet last said another sum of what is paid: so the order in which its words come does not
matter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.add_column("instalments", sa.Column("other_paid_as_of", sa.DateTime(timezone=True)))
