"""On PostgreSQL, the trigger that tells of opened cases runs once a statement, so that rounds of planning take less
time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
NEEDS = "0021"  # the trigger tells the same as before

TRIGGER = "tell_case_opened_of_cases"
WRITING = (
    "INSERT INTO outgoing_events (hook_id, kind, customer_id, at, body, state, waits_since, next_at, tries)"
    " SELECT hooks.hook_id, 'case.opened', made.customer_id, made.opened_at,"
    " CAST(json_build_object('case_id', made.case_id, 'reason', made.reason) AS text),"
    " 'waiting', made.opened_at, made.opened_at, 0"
    " FROM hooks, made WHERE hooks.ended_at IS NULL"
    " AND (hooks.events = '*' OR ',' || hooks.events || ',' LIKE '%,case.opened,%')"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    # One after the other: the function that is there must not be asked for a table of rows that it does not get.
    op.execute(sa.text(f"DROP TRIGGER IF EXISTS {TRIGGER} ON cases"))
    op.execute(
        sa.text(
            f"CREATE OR REPLACE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {WRITING}; RETURN NULL; END $$"
        )
    )
    op.execute(
        sa.text(
            f"CREATE TRIGGER {TRIGGER} AFTER INSERT ON cases REFERENCING NEW TABLE AS made"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {TRIGGER}()"
        )
    )
