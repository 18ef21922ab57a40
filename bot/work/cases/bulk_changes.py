"""Bulk changes: a supervisor moves many cases, or lets them rest. The bot first shows how many; a button does it.

The order stays in the database until the button is pressed, so that it is done once, by the supervisor who gave it, and
soon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.cases.agent_notices import CasesTaken
from bot.rules.cases.bulk_changes import Bulk, Filters, NotBulk, read_bulk, read_reassignment
from bot.rules.cases.case_events import Transferred
from bot.rules.policy.sending_hours import beginning, local_day
from storage.cases import agent_notices, agents, bulk_changes
from storage.cases.agent_notices import AgentNotice
from storage.cases.agents import Agent
from storage.cases.bulk_changes import Meant
from storage.runtime import update_idempotency
from storage.runtime.engine import Connection, Database

VALID_FOR = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)  # the result, for a second press
CHANGED = "cases changed"  # what an update does once: how many, or "declined"

Missed = Literal["over", "declined", "done_before"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The order, how many cases it is about now, and the name of the agent who would get them."""

    bulk: Bulk
    count: int
    to_name: str


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and to how many cases."""

    bulk: Bulk
    count: int
    to_name: str


@dataclass(frozen=True, slots=True)
class _Order:
    """What a supervisor wants done, and when they asked for it: cases of later are not meant. `as_they_are`: the rests
    and deadlines of the cases stay."""

    bulk: Bulk
    supervisor: Agent
    asked_at: datetime
    as_they_are: bool = False


async def ask(db: Database, agent: Agent, text: str, key: int, zone: str, now: datetime) -> Asked | NotBulk:
    """Reads the order and keeps it under `key`; nothing is done yet. `zone` is the desk's."""
    async with db.write() as conn:
        names = await _names(conn)
        read = read_bulk(text, names)
        if isinstance(read, NotBulk):
            return read
        if away := await _is_away(conn, read):
            return away
        found = min(read.most, await bulk_changes.count(conn, read.filters, local_day(zone, now)))
        await bulk_changes.drop_asked_before(conn, now - KEPT_FOR)
        if found:
            await bulk_changes.keep_asked(conn, key, read, agent.telegram_id, now)
    return Asked(read, found, _name(names, read.to))


async def press(
    db: Database, user_id: int, key: int, agreed: bool, zone: str, now: datetime
) -> tuple[Agent, Done | Missed | NotBulk] | None:
    """Carries out the order or drops it; `NotBulk` if the agent who should get the cases has gone away meanwhile. None,
    without any answer, if somebody else gave the order, or its author is no longer a supervisor. The same update does
    it once, and gets the same answer."""
    async with db.write() as conn:
        asked, who = await bulk_changes.asked(conn, key), await agents.agent(conn, user_id)
        if asked is None or who is None or not who.is_supervisor or asked.asked_by != user_id:
            return None
        names = await _names(conn)
        if (before := await update_idempotency.result_of(conn, CHANGED)) is not None:
            if before == "declined":
                return who, "declined"
            return who, Done(asked.bulk, int(before), _name(names, asked.bulk.to))
        if asked.state == "done":
            return who, "done_before"
        is_gone = asked.bulk.to is not None and asked.bulk.to not in names.values()
        if asked.state != "asked" or now - asked.asked_at > VALID_FOR or is_gone:
            return who, "over"
        if not agreed:
            await bulk_changes.set_state(conn, key, "declined")
            await update_idempotency.keep(conn, CHANGED, "declined")
            return who, "declined"
        if away := await _is_away(conn, asked.bulk):
            return who, away
        done = await _do(conn, _Order(asked.bulk, who, asked.asked_at), names, zone, now)
        await bulk_changes.set_state(conn, key, "done")
    return who, done


async def reassign(db: Database, supervisor: Agent, text: str, zone: str, now: datetime) -> Done | NotBulk:
    """All open cases of an agent at once, to a colleague or (without one) to the queue: `NAME`, or `NAME COLLEAGUE`.
    Rests and deadlines stay as they are, because the customers were told of them. An update does it once."""
    async with db.write() as conn:
        names = await _names(conn)
        read = read_reassignment(text, names)
        if isinstance(read, NotBulk):
            return read
        if (before := await update_idempotency.result_of(conn, CHANGED)) is not None:
            return Done(read, int(before), _name(names, read.to))
        if away := await _is_away(conn, read):
            return away
        return await _do(conn, _Order(read, supervisor, now, as_they_are=True), names, zone, now)


async def reassign_all_of(db: Database, supervisor: Agent, agent_id: int, zone: str, now: datetime) -> Done | None:
    """The same for the agent with this id, to the queue. None, and nothing is done, if they are not away any more."""
    read = Bulk("move", Filters(owner_id=agent_id))
    async with db.write() as conn:
        if (before := await update_idempotency.result_of(conn, CHANGED)) is not None:
            return Done(read, int(before), "")
        absent = await agents.agent(conn, agent_id, keep=True)
        if absent is None or absent.away_since is None:
            return None
        order = _Order(read, supervisor, now, as_they_are=True)
        return await _do(conn, order, await _names(conn), zone, now)


async def _do(conn: Connection, order: _Order, names: dict[str, int], zone: str, now: datetime) -> Done:
    read, by = order.bulk, order.supervisor.telegram_id
    chosen = await bulk_changes.meant(conn, read.filters, read.most, order.asked_at, local_day(zone, now))
    to_name = _name(names, read.to)
    if read.do == "move":
        await bulk_changes.move(conn, chosen, read.to, to_name, by, now, as_they_are=order.as_they_are)
    else:
        zones = {case.zone for case in chosen}
        until: dict[str, date] = {z: local_day(z, now) + timedelta(days=read.days) for z in zones}
        over = {z: beginning(z, day + timedelta(days=1)) for z, day in until.items()}
        await bulk_changes.hold(conn, chosen, until, over, by, now)
    await _keep_notices(conn, read, chosen, order.supervisor, to_name, now)
    await update_idempotency.keep(conn, CHANGED, str(len(chosen)))
    return Done(read, len(chosen), to_name)


async def _keep_notices(
    conn: Connection, read: Bulk, chosen: Sequence[Meant], by: Agent, to_name: str, now: datetime
) -> None:
    """Each agent whose cases they were is told once about all of them, in private."""
    lost: dict[int, list[Meant]] = defaultdict(list)
    for case in chosen:
        if case.owner_id is not None and case.owner_id not in (by.telegram_id, read.to):
            lost[case.owner_id].append(case)
    notices = [
        AgentNotice(owner, theirs[0].case_id, Transferred, now, in_topic=True, detail=detail)
        for owner, theirs in lost.items()
        for detail in [CasesTaken(read.do, len(theirs), to_name, by.name)]
    ]
    if notices:
        await agent_notices.keep(conn, *notices)


async def _is_away(conn: Connection, read: Bulk) -> NotBulk | None:
    """An agent who is away gets no cases."""
    to = None if read.to is None else await agents.agent(conn, read.to)
    return NotBulk("away", to.name) if to is not None and to.away_since is not None else None


async def _names(conn: Connection) -> dict[str, int]:
    return {agent.name: agent.telegram_id for agent in await agents.list_agents(conn)}


def _name(names: dict[str, int], telegram_id: int | None) -> str:
    return next((name for name, number in names.items() if number == telegram_id), "")
