"""The talk of a case: what was said to and by its customer, what is on its way, and the case's history."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Case
from bot.rules.cases.case_thread import Line, Side
from bot.rules.cases.event_codec import decode
from storage.schema import agents, case_events, contacts, relays

ON_ITS_WAY = ("waiting", "attempted")


async def said(conn: AsyncConnection, customer_id: str, limit: int) -> list[Line]:
    """The newest messages to the customer and signs of life from them, newest first."""
    query = (
        select(contacts, agents.c.name)
        .outerjoin(agents, agents.c.telegram_id == contacts.c.agent_id)
        .where(contacts.c.customer_id == customer_id)
        .order_by(contacts.c.at.desc(), contacts.c.contact_id.desc())
        .limit(limit)
    )
    found: list[Line] = []
    for row in (await conn.execute(query)).all():
        side: Side = "customer" if row.direction == "in" else "agent" if row.kind == "agent" else "bot"
        what = (row.kind, row.channel, row.state, row.reason or "", row.body, row.name or "")
        found.append(Line(row.at, side, *what, reference=row.reference or ""))
    return found


async def on_their_way(conn: AsyncConnection, case_id: int) -> list[Line]:
    """What agents wrote and Telegram has not taken yet, oldest first; `body` is as it was kept for passing on."""
    query = (
        select(relays.c.at, relays.c.kind, relays.c.content, agents.c.name)
        .outerjoin(agents, agents.c.telegram_id == relays.c.agent_id)
        .where(relays.c.case_id == case_id, relays.c.direction == "out", relays.c.state.in_(ON_ITS_WAY))
        .order_by(relays.c.relay_id)
    )
    rows = (await conn.execute(query)).all()
    return [
        Line(row.at, "agent", row.kind, "telegram", "waiting", body=row.content, name=row.name or "") for row in rows
    ]


async def happened(conn: AsyncConnection, case: Case, limit: int) -> list[Line]:
    """The newest events of the case's history, newest first."""
    query = (
        select(case_events.c.at, case_events.c.kind, case_events.c.body, agents.c.name)
        .outerjoin(agents, agents.c.telegram_id == case_events.c.actor_id)
        .where(case_events.c.case_id == case.case_id)
        .order_by(case_events.c.event_id.desc())
        .limit(limit)
    )
    rows = (await conn.execute(query)).all()
    return [Line(row.at, "event", row.kind, name=row.name or "", event=decode(row.kind, row.body)) for row in rows]
