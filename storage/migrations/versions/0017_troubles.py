"""A trouble that supervisors were told of is known by its kind and subject, in columns of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

INSTANT = sa.DateTime(timezone=True)
ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    columns = (sa.column("trouble", sa.Text), sa.column("since", INSTANT), sa.column("told_at", INSTANT))
    before = op.get_bind().execute(sa.select(sa.table("troubles", *columns))).all()
    kept = [_row(row.trouble, row.since, row.told_at) for row in before]
    op.drop_table("troubles")
    after = op.create_table(
        "troubles",
        sa.Column("trouble_id", ROW_ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("since", INSTANT),
        sa.Column("told_at", INSTANT),
        sa.PrimaryKeyConstraint("trouble_id", name="pk_troubles"),
    )
    if kept:
        op.bulk_insert(after, kept)


def _row(trouble: str, since: Any, told_at: Any) -> dict[str, Any]:
    """The text was kind|subject|reason|size|day; only a subject may hold such a bar itself."""
    before, reason, size, day = trouble.rsplit("|", 3)
    kind, _, subject = before.partition("|")
    return {
        "kind": kind,
        "subject": subject,
        "reason": reason,
        "size": int(size or 0),
        "day": date.fromisoformat(day) if day else None,
        "since": since,
        "told_at": told_at,
    }
