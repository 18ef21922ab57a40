"""On PostgreSQL, the trigger that notes whose instalments are new asks once for each account, so that imports take less
time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
NEEDS = "0021"  # the trigger notes the same as before


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        sa.text(
            "CREATE OR REPLACE FUNCTION note_instalments_insert() RETURNS trigger LANGUAGE plpgsql"
            " SET enable_seqscan = off AS $$ BEGIN INSERT INTO changed_customers (customer_id)"
            " SELECT DISTINCT (SELECT accounts.customer_id FROM accounts WHERE accounts.account_id = made.account_id)"
            " FROM (SELECT DISTINCT account_id FROM made) AS made; RETURN NULL; END $$"
        )
    )
