"""Private messages to agents that are still to be sent. A message is kept until the agent got it, or the topic told it
instead."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.agent_notices import DETAILS, TOLD_IN_PRIVATE, Detail, ToldInPrivate
from storage.runtime.engine import insert
from storage.runtime.prepared import prepared
from storage.schema import agent_notices

_EVENTS = {event.kind: event for event in TOLD_IN_PRIVATE}


@dataclass(frozen=True, slots=True)
class AgentNotice:
    """One message to an agent: the event of the case that it is about, when that was, and what is said more (`detail`).
    `in_topic`: the topic is told of it in any case, or need not be."""

    agent_id: int
    case_id: int
    about: type[ToldInPrivate]
    at: datetime
    in_topic: bool = False
    detail: Detail | None = None


async def keep(conn: AsyncConnection, *notices: AgentNotice) -> None:
    """Stores messages that are to be sent."""
    rows = [_row(notice) for notice in notices]
    await conn.execute(insert(conn, agent_notices), rows)


def _row(notice: AgentNotice) -> dict[str, Any]:
    whom = {"agent_id": notice.agent_id, "case_id": notice.case_id}
    detail = None if notice.detail is None else json.dumps(asdict(notice.detail))
    return {**whom, "kind": notice.about.kind, "at": notice.at, "in_topic": notice.in_topic, "detail": detail}


def _notice(row: Row[*tuple[Any, ...]]) -> AgentNotice:
    about = _EVENTS[row.kind]
    detail = None if row.detail is None else DETAILS[about](**json.loads(row.detail))
    return AgentNotice(row.agent_id, row.case_id, about, row.at, row.in_topic, detail)


async def untold(conn: AsyncConnection) -> list[tuple[int, AgentNotice]]:
    """All messages that are still to be sent, with their numbers, oldest first. If the same happened to a case several
    times, only the last time is told."""
    last = {(row.agent_id, row.case_id, row.kind, row.detail): row for row in (await conn.execute(_untold())).all()}
    return [(row.notice_id, _notice(row)) for row in sorted(last.values(), key=lambda row: (row.at, row.notice_id))]


@prepared
def _untold() -> Select[*tuple[Any, ...]]:
    return select(agent_notices).where(agent_notices.c.kind.in_(_EVENTS)).order_by(agent_notices.c.notice_id)


async def told(conn: AsyncConnection, number: int, notice: AgentNotice) -> bool:
    """Stores that a message was sent; earlier ones of the same kind are removed, too. False if that is stored
    already."""
    same = (agent_notices.c.agent_id == notice.agent_id, agent_notices.c.case_id == notice.case_id)
    until_this = (agent_notices.c.kind == notice.about.kind, agent_notices.c.notice_id <= number)
    return (await conn.execute(delete(agent_notices).where(*same, *until_this))).rowcount > 0
