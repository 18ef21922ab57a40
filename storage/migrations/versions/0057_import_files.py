"""Imports of files are on record, with the rows that were refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_files",
        sa.Column("import_file_id", ROW_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("agent_id", sa.BigInteger()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.telegram_id"], name="fk_import_files_agent_id"),
        sa.PrimaryKeyConstraint("import_file_id", name="pk_import_files"),
    )
    op.create_table(
        "refused_rows",
        sa.Column("refused_row_id", ROW_ID, nullable=False),
        sa.Column("import_file_id", ROW_ID, nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_file_id"], ["import_files.import_file_id"], name="fk_refused_rows_import_file_id"
        ),
        sa.PrimaryKeyConstraint("refused_row_id", name="pk_refused_rows"),
    )
    op.create_index("ix_refused_rows_import_file_id", "refused_rows", ["import_file_id"])
    op.create_index("ix_refused_rows_customer_id", "refused_rows", ["customer_id"])
