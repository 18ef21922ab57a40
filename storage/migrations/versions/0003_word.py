"""How a payment stands to the wallet's word on what is paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("payments", sa.Column("to_word", sa.Text(), nullable=False, server_default="after"))
    # What was counted in the word so far is in it for good; what was on top stays there until the next word.
    op.execute("UPDATE payments SET to_word = 'before' WHERE in_amount_paid")
    op.execute("UPDATE instalments SET paid = 0 WHERE paid < 0")
