"""An import knows the pieces of a file that have not changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "import_blocks",
        sa.Column("block_id", ROW_ID, nullable=False),
        sa.Column("digest", sa.LargeBinary()),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("as_of", INSTANT),
        sa.PrimaryKeyConstraint("block_id", name="pk_import_blocks"),
        sa.UniqueConstraint("digest", name="uq_import_blocks_digest"),
        sqlite_autoincrement=True,
    )
    for table in ("customers", "accounts", "instalments", "payments"):
        op.add_column(table, sa.Column("import_block_id", sa.BigInteger()))
