"""The talk of a case: what was said to and by its customer, what is on its way, and the case's history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case import Case
from bot.rules.cases.case_thread import Line, Side
from bot.rules.cases.event_codec import decode
from storage.runtime.prepared import prepared
from storage.schema import agents, case_events, contacts, relays

ON_ITS_WAY = ("waiting", "attempted")


async def said(conn: AsyncConnection, customer_id: str, limit: int) -> list[Line]:
    """The newest messages to the customer and signs of life from them, newest first."""
    found: list[Line] = []
    for row in (await conn.execute(_said(limit), {"given_customer_id": customer_id})).all():
        side: Side = "customer" if row.direction == "in" else "agent" if row.kind == "agent" else "bot"
        what = (row.kind, row.channel, row.state, row.reason or "", row.body, row.name or "")
        found.append(Line(row.at, side, *what, reference=row.reference or ""))
    return found


@prepared
def _said(limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(contacts, agents.c.name)
        .outerjoin(agents, agents.c.telegram_id == contacts.c.agent_id)
        .where(contacts.c.customer_id == bindparam("given_customer_id", type_=contacts.c.customer_id.type))
        .order_by(contacts.c.at.desc(), contacts.c.contact_id.desc())
        .limit(limit)
    )


async def on_their_way(conn: AsyncConnection, case_id: int) -> list[Line]:
    """What agents wrote and Telegram has not taken yet, oldest first; `body` is as it was kept for passing on."""
    rows = (await conn.execute(_on_their_way(), {"given_case_id": case_id})).all()
    return [
        Line(row.at, "agent", row.kind, "telegram", "waiting", body=row.content, name=row.name or "") for row in rows
    ]


@prepared
def _on_their_way() -> Select[*tuple[Any, ...]]:
    of_case = relays.c.case_id == bindparam("given_case_id", type_=relays.c.case_id.type)
    return (
        select(relays.c.at, relays.c.kind, relays.c.content, agents.c.name)
        .outerjoin(agents, agents.c.telegram_id == relays.c.agent_id)
        .where(of_case, relays.c.direction == "out", relays.c.state.in_(ON_ITS_WAY))
        .order_by(relays.c.relay_id)
    )


async def happened(conn: AsyncConnection, case: Case, limit: int) -> list[Line]:
    """The newest events of the case's history, newest first."""
    rows = (await conn.execute(_happened(limit), {"given_case_id": case.case_id})).all()
    return [Line(row.at, "event", row.kind, name=row.name or "", event=decode(row.kind, row.body)) for row in rows]


@prepared
def _happened(limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(case_events.c.at, case_events.c.kind, case_events.c.body, agents.c.name)
        .outerjoin(agents, agents.c.telegram_id == case_events.c.actor_id)
        .where(case_events.c.case_id == bindparam("given_case_id", type_=case_events.c.case_id.type))
        .order_by(case_events.c.event_id.desc())
        .limit(limit)
    )
