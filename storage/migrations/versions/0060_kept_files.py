"""Files that agents send from the console are kept until Telegram has them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "kept_files",
        sa.Column("kept_file_id", ROW_ID, nullable=False),
        sa.Column("case_id", ROW_ID, nullable=False),
        sa.Column("agent_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("said_as", sa.BigInteger()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name="fk_kept_files_case_id"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_kept_files_agent_id"),
        sa.PrimaryKeyConstraint("kept_file_id", name="pk_kept_files"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_kept_files_case_id", "kept_files", ["case_id"])
    op.create_table(
        "file_pieces",
        sa.Column("kept_file_id", ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("piece", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["kept_file_id"], ["kept_files.kept_file_id"], name="fk_file_pieces_kept_file_id"),
        sa.PrimaryKeyConstraint("kept_file_id", "number", name="pk_file_pieces"),
    )
