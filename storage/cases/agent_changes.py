"""What happened to agents: they went away, came back, or may take other cases than before. The newest limits are with
the agent; here is who set them, and when."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.agent_limits import AgentChange, ChangeKind, Limits
from storage.runtime.engine import insert
from storage.schema import agent_changes


async def note(
    conn: AsyncConnection,
    agent_ids: Iterable[int],
    kind: ChangeKind,
    now: datetime,
    *,
    by_id: int | None = None,
    limits: Limits | None = None,
) -> None:
    """Notes the same change of these agents; `by_id` None: an operator did it, or it was planned."""
    body = json.dumps(asdict(limits), ensure_ascii=False) if limits is not None else None
    rows = [{"agent_id": each, "kind": kind, "at": now, "by_id": by_id, "body": body} for each in agent_ids]
    if rows:
        await conn.execute(insert(conn, agent_changes), rows)


async def presence(conn: AsyncConnection, agent_id: int, since: datetime, before: datetime) -> list[AgentChange]:
    """When the agent went away and came back within some time, in order."""
    c = agent_changes.c
    query = select(c.at, c.kind).where(c.agent_id == agent_id, c.kind != "limits", c.at >= since, c.at < before)
    return [AgentChange(row.at, row.kind) for row in (await conn.execute(query.order_by(c.change_id))).all()]


def read_body(body: str | None) -> Limits | None:
    """The limits of a change."""
    if body is None:
        return None
    known = json.loads(body)
    lists = {name: tuple(known[name]) for name in ("languages", "products", "segments")}
    return Limits(**lists, most_cases=known["most_cases"])


async def drop_before(conn: AsyncConnection, before: datetime) -> None:
    """Drops when agents went away and came back; who set limits is kept."""
    await conn.execute(delete(agent_changes).where(agent_changes.c.at < before, agent_changes.c.kind != "limits"))
