"""Files that customers and agents send are known, so that the console can fetch them from Telegram."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "talk_files",
        sa.Column("talk_file_id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("source_chat", sa.BigInteger(), nullable=False),
        sa.Column("source_message", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_talk_files_case_id"),
        sa.PrimaryKeyConstraint("talk_file_id", name="pk_talk_files"),
        sa.UniqueConstraint("source_chat", "source_message", name="uq_talk_files_source_chat_source_message"),
    )
    op.create_index("ix_talk_files_case_id", "talk_files", ["case_id"])
