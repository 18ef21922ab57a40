"""What has changed at the desk lately, for pages that show it: the newest rows of cases' histories, of messages, and of
evidence, and whose cases they are about.

Rows are committed in another order than they are numbered in, so the last `LOOK_BACK` numbers are always read again,
and the caller drops what it has seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.cases import OPEN
from storage.schema import case_events, cases, contacts, relays

LOOK_BACK = 200


@dataclass(frozen=True, slots=True)
class Marks:
    """The highest numbers so far."""

    event: int = 0
    relay: int = 0
    contact: int = 0


Change = tuple[str, int, int]
"""What kind of row, its number, and the case that it is about."""


async def marks(conn: AsyncConnection) -> Marks:
    highest = [
        select(func.coalesce(func.max(column), 0)).scalar_subquery()
        for column in (case_events.c.event_id, relays.c.relay_id, contacts.c.contact_id)
    ]
    row = (await conn.execute(select(*highest))).one()
    return Marks(int(row[0]), int(row[1]), int(row[2]))


async def changes_since(conn: AsyncConnection, since: Marks) -> set[Change]:
    """The changes after `since`, and again the last `LOOK_BACK` before it. A row of evidence names no case: it is about
    the customer's open one."""
    events = select(literal("event"), case_events.c.event_id, case_events.c.case_id)
    sent = select(literal("relay"), relays.c.relay_id, relays.c.case_id)
    of_open = (cases.c.customer_id == contacts.c.customer_id) & OPEN
    seen = select(literal("contact"), contacts.c.contact_id, cases.c.case_id).select_from(contacts)
    seen = seen.join(cases, of_open)
    found = union_all(
        events.where(case_events.c.event_id > since.event - LOOK_BACK),
        sent.where(relays.c.relay_id > since.relay - LOOK_BACK),
        seen.where(contacts.c.contact_id > since.contact - LOOK_BACK),
    )
    return {(str(row[0]), int(row[1]), int(row[2])) for row in (await conn.execute(found)).all()}
