"""Links: who is asked what, every change of a link and who was told of it; who was shown what, by agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.Text(), server_default="consent", nullable=False),
        sa.Column("proof", sa.Text(), server_default="payload", nullable=False),
        sa.Column("from_customer_id", sa.Text()),
        sa.Column("asked_in", sa.BigInteger()),
        sa.Column("decided_in", sa.BigInteger()),
    ):
        op.add_column("link_requests", column)
    op.create_index("ix_link_requests_customer_id", "link_requests", ["customer_id"])
    op.create_index("ix_link_requests_from_customer_id", "link_requests", ["from_customer_id"])
    op.create_table(
        "link_changes",
        sa.Column("change_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("link_id", sa.BigInteger()),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("other_account", sa.BigInteger()),
        sa.Column("other_customer_id", sa.Text()),
        sa.Column("account_told", sa.Text(), server_default="", nullable=False),
        sa.Column("elsewhere", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_at", INSTANT),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_link_changes_customer_id"),
        sa.PrimaryKeyConstraint("change_id", name="pk_link_changes"),
    )
    op.create_index("ix_link_changes_customer_id", "link_changes", ["customer_id"])
    untold = sa.text("account_told = 'waiting' OR elsewhere = 'waiting'")
    op.create_index(
        "ix_link_changes_untold", "link_changes", ["change_id"], sqlite_where=untold, postgresql_where=untold
    )
    revealed = sa.text("kind = 'revealed'")
    op.create_index(
        "ix_case_events_revealed", "case_events", ["at", "actor_id"], sqlite_where=revealed, postgresql_where=revealed
    )
