"""Why an evening was not written down is kept as values, beside the sentence."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
NEEDS = "0021"  # only the new columns are filled

AT = r"(\d{4}-\d\d-\d\d \d\d:\d\d) UTC"
SENTENCE = re.compile(rf"the program did not run from {AT} to {AT}, and (.+)")
WHY = {"facts have changed since": "facts_changed", "the policy is another one since": "policy_changed"}
INSTANT = sa.DateTime(timezone=True)

evenings = sa.table(
    "unwritten_evenings",
    sa.column("day", sa.Date),
    sa.column("cause", sa.Text),
    sa.column("not_run_since", INSTANT),
    sa.column("ran_again_at", INSTANT),
    sa.column("why_not_later", sa.Text),
)


def upgrade() -> None:
    for name, type_ in (("not_run_since", INSTANT), ("ran_again_at", INSTANT), ("why_not_later", sa.Text())):
        op.add_column("unwritten_evenings", sa.Column(name, type_))
    connection = op.get_bind()
    for row in connection.execute(sa.select(evenings.c.day, evenings.c.cause)).all():
        if found := SENTENCE.fullmatch(row.cause):
            since, until = (datetime.fromisoformat(f"{at}+00:00") for at in found.groups()[:2])
            values = {
                "not_run_since": since,
                "ran_again_at": until,
                "why_not_later": WHY.get(found[3], "too_long_ago"),
            }
            of_day = sa.update(evenings).where(evenings.c.day == row.day)
            connection.execute(of_day.values(**values))
