"""Events on their way to hooks: claiming what is due, in order for each customer, and what became of it.

Of the events of one customer for one hook only the first that waits is claimed. Each of those behind it is looked at
once, and then waits until the first has ended: so a receiver that is away makes nobody look at all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.prepared import NOW, prepared
from storage.schema import hooks, outgoing_events

MOST_LOOKED_AT = 200
MOST_DROPPED = 5000  # rows that one transaction deletes
WAITS = outgoing_events.c.state == "waiting"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event that is to be sent now. `tries` counts this one."""

    event_number: int
    hook_id: int
    customer_id: str
    kind: str
    at: datetime
    body: str
    tries: int
    waits_since: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one try. `state` is delivered, parked, or waiting: again at `next_at`. `gone`: the hook ends."""

    event: Outgoing
    state: str
    now: datetime
    next_at: datetime | None = None
    reason: str | None = None
    gone: bool = False


async def with_work(conn: AsyncConnection, now: datetime) -> set[int]:
    """The hooks for which something is due."""
    return set((await conn.execute(_with_work(), {NOW.key: now})).scalars())


@prepared
def _with_work() -> Select[int]:
    e = outgoing_events.c
    of_hook = select(e.event_number).where(e.hook_id == hooks.c.hook_id, WAITS, e.next_at <= NOW)
    # Ordered, so that it is the first entry of an index, however many there are.
    first = of_hook.order_by(e.next_at).limit(1).correlate(hooks).scalar_subquery()
    return select(hooks.c.hook_id).where(first.is_not(None))


async def claim(conn: AsyncConnection, hook_id: int, most: int, now: datetime, lease_until: datetime) -> list[Outgoing]:
    """Takes events of this hook that are due; others may take them when the lease is over."""
    e = outgoing_events
    query = (
        select(e, _first_of_theirs().label("first"))
        .where(e.c.hook_id == hook_id, WAITS, e.c.next_at <= now)
        .order_by(e.c.next_at, e.c.event_number)
        .limit(MOST_LOOKED_AT)
        .with_for_update(skip_locked=True, of=e)
    )
    rows = (await conn.execute(query)).all()
    first = [row for row in rows if row.first == row.event_number][:most]
    behind = [row.event_number for row in rows if row.first != row.event_number]
    if first:
        taken = update(e).where(e.c.event_number.in_([row.event_number for row in first]))
        await conn.execute(taken.values(next_at=lease_until, tries=e.c.tries + 1))
    if behind:
        later = func.coalesce(_next_of_earlier(), e.c.next_at)
        await conn.execute(update(e).where(e.c.event_number.in_(behind)).values(next_at=later))
    return [
        Outgoing(
            row.event_number,
            row.hook_id,
            row.customer_id,
            row.kind,
            row.at,
            row.body,
            row.tries + 1,
            row.waits_since,
        )
        for row in first
    ]


def _first_of_theirs() -> ScalarSelect[Any]:
    """The first event that waits for the same hook about the same customer."""
    others = outgoing_events.alias("others")
    return select(func.min(others.c.event_number)).where(*_same(others)).scalar_subquery()


def _next_of_earlier() -> ScalarSelect[Any]:
    """When an earlier one of the same is tried again: not before that is it the turn of this one."""
    others = outgoing_events.alias("others")
    earlier = others.c.event_number < outgoing_events.c.event_number
    return select(func.max(others.c.next_at)).where(*_same(others), earlier).scalar_subquery()


def _same(others: FromClause) -> tuple[ColumnElement[bool], ...]:
    ours = outgoing_events.c
    same = (others.c.customer_id == ours.customer_id, others.c.hook_id == ours.hook_id)
    return *same, others.c.state == "waiting"


async def record(conn: AsyncConnection, results: Sequence[Result]) -> list[None]:
    """Stores what came of tries, and lets those that waited behind them begin, or wait as long."""
    e = outgoing_events
    ended = [result for result in results if result.state != "waiting"]
    for state, reason in {(result.state, result.reason) for result in ended}:
        numbers = [r.event.event_number for r in ended if (r.state, r.reason) == (state, reason)]
        ending = update(e).where(e.c.event_number.in_(numbers), WAITS)
        await conn.execute(ending.values(state=state, ended_at=ended[0].now, reason=reason))
    for result in results:
        if result.state == "waiting":
            number, same = result.event.event_number, _behind(result.event.hook_id, [result.event.customer_id])
            again = {"next_at": result.next_at, "reason": result.reason}
            await conn.execute(update(e).where(e.c.event_number == number, WAITS).values(**again))
            await conn.execute(update(e).where(*same, e.c.event_number > number).values(next_at=result.next_at))
    for hook_id in {result.event.hook_id for result in ended}:
        of_hook = [result for result in ended if result.event.hook_id == hook_id]
        if gone := next((result for result in of_hook if result.gone), None):
            await _end_hook(conn, hook_id, gone)
        else:
            await _wake(conn, hook_id, sorted({result.event.customer_id for result in of_hook}), of_hook[0].now)
    await _note_delivered(conn, ended)
    return [None] * len(results)


def _behind(hook_id: int, customer_ids: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return outgoing_events.c.customer_id.in_(customer_ids), outgoing_events.c.hook_id == hook_id, WAITS


async def _wake(conn: AsyncConnection, hook_id: int, customer_ids: Sequence[str], now: datetime) -> None:
    """It is the turn of the next event of each of these customers."""
    e = outgoing_events
    following = select(func.min(e.c.event_number)).where(*_behind(hook_id, customer_ids)).group_by(e.c.customer_id)
    if numbers := list((await conn.execute(following)).scalars()):
        wakes = update(e).where(e.c.event_number.in_(numbers), WAITS, e.c.next_at > now)
        await conn.execute(wakes.values(next_at=now))


async def _end_hook(conn: AsyncConnection, hook_id: int, result: Result) -> None:
    """No event is written for it any more, and those that wait are parked."""
    await conn.execute(update(hooks).where(hooks.c.hook_id == hook_id).values(ended_at=result.now))
    parked = update(outgoing_events).where(outgoing_events.c.hook_id == hook_id, WAITS)
    await conn.execute(parked.values(state="parked", ended_at=result.now, reason=result.reason))


async def _note_delivered(conn: AsyncConnection, results: Sequence[Result]) -> None:
    """To the minute, so that processes hardly ever wait for each other to write it."""
    for hook_id, now in {r.event.hook_id: r.now for r in results if r.state == "delivered"}.items():
        minute = now.replace(second=0, microsecond=0)
        older = or_(hooks.c.delivered_at.is_(None), hooks.c.delivered_at < minute)
        await conn.execute(update(hooks).where(hooks.c.hook_id == hook_id, older).values(delivered_at=minute))


async def give_back(conn: AsyncConnection, numbers: Sequence[int], now: datetime) -> None:
    """These were claimed and are not sent; others may do it at once."""
    e = outgoing_events
    back = update(e).where(e.c.event_number.in_(numbers), WAITS)
    await conn.execute(back.values(next_at=now, tries=e.c.tries - 1))


async def replay(conn: AsyncConnection, hook_id: int, since: datetime | None, now: datetime) -> int:
    """Lets parked events wait again as if they were new, and (`since`) those that were delivered and happened from
    then on. Returns how many."""
    e = outgoing_events
    again = e.c.state == "parked"
    if since is not None:
        again = or_(again, e.c.state == "delivered") & (e.c.at >= since)
    values = {"state": "waiting", "waits_since": now, "next_at": now, "tries": 0, "reason": None, "ended_at": None}
    return (await conn.execute(update(e).where(e.c.hook_id == hook_id, again).values(**values))).rowcount


async def erase(conn: AsyncConnection, customer_id: str) -> None:
    """Deletes all events of a customer, sent or not."""
    await conn.execute(delete(outgoing_events).where(outgoing_events.c.customer_id == customer_id))


async def drop_ended(conn: AsyncConnection, state: str, before: datetime) -> int:
    """Deletes some events in this state that ended before then; returns how many."""
    e = outgoing_events.c
    old = select(e.event_number).where(e.state == state, e.ended_at < before).limit(MOST_DROPPED)
    return (await conn.execute(delete(outgoing_events).where(e.event_number.in_(old)))).rowcount


async def drop_strays(conn: AsyncConnection) -> None:
    """Deletes events of hooks that are not there any more: a transaction may have written them as the hook ended."""
    e = outgoing_events.c
    await conn.execute(delete(outgoing_events).where(e.hook_id.not_in(select(hooks.c.hook_id))))


async def try_at_once(conn: AsyncConnection, latest: datetime, now: datetime) -> None:
    """Events whose next try is later than any can be are tried now: the clock was ahead as they were written."""
    ahead = update(outgoing_events).where(WAITS, outgoing_events.c.next_at > latest)
    await conn.execute(ahead.values(next_at=now))
