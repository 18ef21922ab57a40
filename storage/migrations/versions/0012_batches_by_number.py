"""Words that were sent together, and the links that a new one ended, are known by a number of theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# Until now it was that they had the same instant.
SENT_TOGETHER = """
UPDATE relays SET sent_with = (
    SELECT min(others.relay_id) FROM relays others
    WHERE others.case_id = relays.case_id AND others.direction = relays.direction
      AND others.claimed_at = relays.claimed_at AND others.state IN ('waiting', 'attempted')
) WHERE doubts > 0 AND state IN ('waiting', 'attempted')
"""
ENDED_BY_ANOTHER = """
UPDATE links SET ended_by = (
    SELECT min(newer.link_id) FROM links newer
    WHERE newer.linked_at = links.ended_at AND newer.link_id > links.link_id
      AND (newer.customer_id = links.customer_id OR (newer.user_id = links.user_id AND newer.user_id <> 0))
) WHERE ended_at IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("relays", sa.Column("sent_with", sa.BigInteger()))
    op.execute(SENT_TOGETHER)
    op.add_column("links", sa.Column("ended_by", sa.BigInteger()))
    op.create_index("ix_links_linked_at", "links", ["linked_at"])  # for this one statement
    op.execute(ENDED_BY_ANOTHER)
    op.drop_index("ix_links_linked_at", "links")
    is_ended = sa.text("ended_by IS NOT NULL")
    op.create_index("ix_links_ended_by", "links", ["ended_by"], sqlite_where=is_ended, postgresql_where=is_ended)
