"""Supervisors are told in private that a proposed policy waits, and who proposed it what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "proposal_notices",
        sa.Column("proposal_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_lines", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["policy_proposals.proposal_id"], name="fk_proposal_notices_proposal_id"
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_proposal_notices_agent_id"),
        sa.PrimaryKeyConstraint("proposal_id", "agent_id", name="pk_proposal_notices"),
    )
