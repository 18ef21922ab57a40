"""Events from the wallet: written down as they come, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import wallet_events

MOST_CALLED = 500  # applied together


@dataclass(frozen=True, slots=True)
class Received:
    """An event that is to be written down."""

    event_id: str
    type: str
    customer_id: str | None
    body: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is to be applied."""

    number: int
    body: str
    received_at: datetime


async def write_down(conn: AsyncConnection, events: Sequence[Received]) -> list[bool]:
    """Whether each was new."""
    new = []
    for event in events:
        row = {
            "event_id": event.event_id,
            "type": event.type,
            "customer_id": event.customer_id,
            "body": event.body,
            "received_at": event.received_at,
            "try_at": event.received_at,
            "state": "waiting",
        }
        made = await conn.execute(insert(conn, wallet_events).values(**row).on_conflict_do_nothing())
        new.append(made.rowcount > 0)
    return new


async def waiting(conn: AsyncConnection, now: datetime) -> list[Waiting]:
    """Events that are to be applied now, in the order in which they came."""
    query = (
        select(wallet_events.c.event_number, wallet_events.c.body, wallet_events.c.received_at)
        .where(wallet_events.c.state == "waiting", wallet_events.c.try_at <= now)
        .order_by(wallet_events.c.event_number)
        .limit(MOST_CALLED)
    )
    return [Waiting(row.event_number, row.body or "", row.received_at) for row in (await conn.execute(query)).all()]


async def applied(conn: AsyncConnection, numbers: Sequence[int], now: datetime) -> None:
    """They are done, and what they said is no longer kept here."""
    done = update(wallet_events).where(wallet_events.c.event_number.in_(list(numbers)))
    await conn.execute(done.values(state="applied", body=None, try_at=None, reason=None, ended_at=now))


async def put_off(conn: AsyncConnection, number: int, reason: str, try_at: datetime | None, now: datetime) -> None:
    """It could not be applied, and is tried again at `try_at`, or never."""
    values = {"reason": reason, "try_at": try_at}
    if try_at is None:
        values |= {"state": "refused", "ended_at": now, "body": None}
    # Not one whose person was erased meanwhile: the reason may quote what was said of them.
    waits = (wallet_events.c.event_number == number, wallet_events.c.state == "waiting")
    await conn.execute(update(wallet_events).where(*waits).values(**values))


async def are_refused(conn: AsyncConnection, since: datetime) -> tuple[int, str | None]:
    """How many events since then were given up or cannot be applied so far, and the last reason."""
    late = (wallet_events.c.received_at >= since, wallet_events.c.reason.is_not(None))
    count = (await conn.execute(select(func.count()).select_from(wallet_events).where(*late))).scalar_one()
    last = select(wallet_events.c.reason).where(*late).order_by(wallet_events.c.event_number.desc()).limit(1)
    return count, (await conn.execute(last)).scalar()


async def erase(conn: AsyncConnection, customer_id: str) -> None:
    """Deletes what events say of a person. The events stay known, so that none is taken twice."""
    theirs = update(wallet_events).where(wallet_events.c.customer_id == customer_id)
    await conn.execute(theirs.values(body=None, reason=None, customer_id=None, state="applied", try_at=None))


async def drop_before(conn: AsyncConnection, before: datetime) -> None:
    """Deletes events that ended, and came before then."""
    ended = (wallet_events.c.received_at < before, wallet_events.c.state != "waiting")
    await conn.execute(delete(wallet_events).where(*ended))
