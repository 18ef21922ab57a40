"""What Telegram is to delete of forgotten customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("erasure_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger()),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("tried_at", INSTANT),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("erasure_id", name="pk_erasures"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_erasures_case_id"),
    )
    op.create_index("ix_erasures_chat_id", "erasures", ["chat_id"])
    # The zone that was derived of who was forgotten before this step, and whose Telegram account updates came from.
    op.execute("UPDATE customers SET zone = 'UTC' WHERE forgotten_at IS NOT NULL")
