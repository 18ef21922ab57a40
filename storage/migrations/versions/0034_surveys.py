"""Surveys: what is asked, who is invited, and what they answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return (
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name=f"fk_{table}_customer_id"),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.survey_id"], name=f"fk_{table}_survey_id"),
    )


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", name="pk_surveys"),
        sa.UniqueConstraint("name", name="uq_surveys_name"),
    )
    op.create_table(
        "survey_invitations",
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("notice_id", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("at_question", sa.Integer(), server_default="0", nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True)),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        *_of("survey_invitations"),
        sa.PrimaryKeyConstraint("survey_id", "customer_id", name="pk_survey_invitations"),
    )
    for name in ("customer_id", "notice_id"):
        op.create_index(f"ix_survey_invitations_{name}", "survey_invitations", [name])
    op.create_table(
        "survey_answers",
        sa.Column("survey_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("words", sa.Text()),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        *_of("survey_answers"),
        sa.PrimaryKeyConstraint("survey_id", "customer_id", "question", name="pk_survey_answers"),
    )
    op.create_index("ix_survey_answers_customer_id", "survey_answers", ["customer_id"])
