"""Snoozes: a case rests until its time is over, the customer writes, or an agent or an agreement ends that.

Whenever `due_kind` is emptied here, `bot.work.cases.desk_upkeep` computes the deadline again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, Update, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.case_reasons import CaseReason
from bot.rules.cases.agent_notices import ToldInPrivate
from bot.rules.cases.case import Due
from bot.rules.cases.case_events import AwayOver, Snoozed, SnoozeOff, Woken
from bot.rules.cases.urgency import NOT_RANKED
from storage.cases.agent_notices import AgentNotice, keep
from storage.cases.assignment import is_there, release
from storage.cases.cases import OPEN, RESTS, add_event
from storage.cases.resting import RESTS_NO_MORE, resting
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, cases

_CASE = bindparam("given_case_id", type_=BigInteger())


async def customer_waits(conn: AsyncConnection, case_id: int, now: datetime) -> None:
    """Stores that the customer wrote something that needs an answer: from now on they wait, unless they waited already.
    This ends a snooze: the owner is told or, if the owner is away, the case goes back to the queue."""
    of_case = {"given_case_id": case_id}
    row = (await conn.execute(_open_one(), of_case)).first()
    if row is None:
        return
    if row.snoozed_until is not None:
        await wake(conn, case_id, row.owner_id, Woken(), now)
    await conn.execute(_waits(), {**of_case, NOW.key: now})


@prepared
def _open_one() -> Select[Any]:
    return select(cases).where(cases.c.case_id == _CASE, OPEN).with_for_update()


@prepared
def _waits() -> Update:
    waits = {"waits_since": func.coalesce(cases.c.waits_since, NOW), "due_kind": None, "urgency_at": None}
    return update(cases).where(cases.c.case_id == _CASE).values(**waits)


async def put_first(conn: AsyncConnection, case_id: int, reason: CaseReason) -> None:
    """Gives an open case a reason that comes before all others: it rests no more, its place and deadline are computed
    again, and no payment closes it. Its owner stays the same."""
    raised = update(cases).where(cases.c.case_id == case_id, OPEN)
    await conn.execute(
        raised.values(reason=reason, due_since=None, urgency=NOT_RANKED, urgency_at=None, **RESTS_NO_MORE)
    )


async def snooze(conn: AsyncConnection, case_id: int, until: datetime, by: int, now: datetime) -> bool:
    """Snoozes a case until `until`; False if it is closed."""
    values = {"given_case_id": case_id, "given_until": until, NOW.key: now}
    if not (await conn.execute(_snoozing(), values)).rowcount:
        return False
    await add_event(conn, case_id, Snoozed(until), now, actor_id=by)
    return True


@prepared
def _snoozing() -> Update:
    this = cases.c.case_id == bindparam("given_case_id", type_=BigInteger())
    rests = resting(bindparam("given_until", type_=Instant()))
    return update(cases).where(this, OPEN).values(worked_at=NOW, **rests)


async def snooze_off(conn: AsyncConnection, case_id: int, by: int, now: datetime) -> bool:
    """Ends a snooze early, because an agent asked for it. The owner stays the same, and the deadline is computed again.
    False if the case is not snoozed."""
    awake = update(cases).where(cases.c.case_id == case_id, OPEN, RESTS)
    if not (await conn.execute(awake.values(worked_at=now, urgency_at=None, **RESTS_NO_MORE))).rowcount:
        return False
    await add_event(conn, case_id, SnoozeOff(), now, actor_id=by)
    return True


async def wake(
    conn: AsyncConnection,
    case_id: int,
    owner_id: int | None,
    why: ToldInPrivate,
    now: datetime,
    due: Due | None = None,
    *,
    to_tell: bool = False,
) -> None:
    """Ends a snooze: its time is over (`SnoozeOver`), the customer wrote (`Woken`), or an agreement ended (then the
    topic is told). `due` is what is due next; without it the deadline is computed again. If the owner is there, the
    lease begins again; if not, the case goes back to the queue."""
    values = dict(RESTS_NO_MORE)
    if due is not None:
        values |= {"due_at": due.at, "due_kind": due.kind}
    if owner_id is not None:
        values["claimed_at"] = now
    await conn.execute(update(cases).where(cases.c.case_id == case_id).values(**values))
    await add_event(conn, case_id, why, now, to_tell=to_tell)
    if owner_id is None:
        return
    if await is_there(conn, owner_id):
        await keep(conn, AgentNotice(owner_id, case_id, type(why), now, in_topic=to_tell))
    else:
        await release(conn, case_id, owner_id, now, why=AwayOver())
