"""A dispute in a case's history has its instalment's id, due date and product; until now a text with all three."""

from __future__ import annotations

import json
import re

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

NAMED = re.compile(r"(?:(?P<product>.*?), )?(?P<due>\d{4}-\d\d-\d\d) \((?P<instalment_id>.*)\)", re.DOTALL)

events = sa.table(
    "case_events", sa.column("event_id", sa.BigInteger), sa.column("kind", sa.Text), sa.column("body", sa.Text)
)


def upgrade() -> None:
    connection = op.get_bind()
    disputes = sa.select(events.c.event_id, events.c.body).where(
        events.c.kind.in_(("disputed", "dispute_noted")), events.c.body.is_not(None)
    )
    renamed = [
        {"its_id": row.event_id, "its_body": body} for row in connection.execute(disputes) if (body := _by_id(row.body))
    ]
    if renamed:
        by_id = sa.update(events).where(events.c.event_id == sa.bindparam("its_id"))
        connection.execute(by_id.values(body=sa.bindparam("its_body")), renamed)


def _by_id(body: str) -> str | None:
    """The fields as they are kept from now on; None where the text is none that was ever written."""
    found = NAMED.fullmatch(json.loads(body).get("instalment", ""))
    if found is None:
        return None
    named = {"instalment_id": found["instalment_id"], "due": found["due"]}
    with_product = named | ({"product": found["product"]} if found["product"] else {})
    return json.dumps(with_product, ensure_ascii=False, separators=(",", ":"))
