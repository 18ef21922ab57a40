"""The inbox by sender: how many updates wait in a lane, which accounts are known, and what exceeded a lane's share."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    Text,
    bindparam,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.runtime.inbox_shares import Share
from storage.runtime.direct_statements import ask
from storage.runtime.engine import insert
from storage.runtime.prepared import NOW, padded, prepared
from storage.runtime.updates import WAITS
from storage.schema import Instant, agents, cases, chats, floods, is_open, link_requests, links, updates

_THESE = bindparam("given_user_ids", type_=BigInteger(), expanding=True)
_LANES = bindparam("given_lanes", type_=Text(), expanding=True)
TO_TELL = floods.c.told_at.is_(None)


async def at_work(conn: AsyncConnection, user_ids: Collection[int]) -> set[int]:
    """Those of these accounts that are an agent's."""
    return set((await conn.execute(_working(), {"given_user_ids": padded(user_ids)})).scalars())


@prepared
def _working() -> Select[int]:
    return select(agents.c.telegram_id).where(agents.c.telegram_id.in_(_THESE), agents.c.removed_at.is_(None))


async def with_open_case(conn: AsyncConnection, user_ids: Collection[int]) -> set[int]:
    """Those of these accounts that are linked to a customer with an open case."""
    query = (
        select(links.c.user_id)
        .join(cases, cases.c.customer_id == links.c.customer_id)
        .where(links.c.user_id.in_(user_ids), links.c.ended_at.is_(None), is_open())
    )
    return set((await conn.execute(query)).scalars())


async def known_and_waiting(
    conn: AsyncConnection, user_ids: Collection[int], lanes: Collection[str]
) -> tuple[set[int], dict[str, int]]:
    """Those of these accounts that are a customer's or an agent's; and how many updates wait, by lane."""
    given = {"given_user_ids": padded(user_ids), "given_lanes": padded(lanes)}
    [rows] = await ask(conn, (_known_and_waiting(), given))
    return {row.n for row in rows if row.lane is None}, {row.lane: row.n for row in rows if row.lane is not None}


async def came_since(conn: AsyncConnection, lanes: Collection[str], since: datetime, now: datetime) -> dict[str, int]:
    """How many updates came since `since`, by lane, handled or not."""
    given = {"given_lanes": padded(lanes), "given_since": since, "given_now": now}
    return {row.lane: row.n for row in await conn.execute(_came_since(), given)}


@prepared
def _known_and_waiting() -> CompoundSelect[Any]:
    nowhere = cast(null(), Text).label("lane")
    linked = select(nowhere, links.c.user_id.label("n")).where(links.c.user_id.in_(_THESE), links.c.ended_at.is_(None))
    working = _working().with_only_columns(nowhere, agents.c.telegram_id)
    return union_all(linked, working, _counted().where(WAITS))


@prepared
def _came_since() -> Select[str, int]:
    since = bindparam("given_since", type_=Instant())
    return _counted().where(updates.c.received_at > since, updates.c.received_at <= NOW)


def _counted() -> Select[str, int]:
    query = select(updates.c.lane, func.count().label("n")).where(updates.c.lane.in_(_LANES))
    return query.group_by(updates.c.lane)


async def strangers_waiting(conn: AsyncConnection) -> int:
    return int((await conn.execute(_strangers())).scalar_one())


@prepared
def _strangers() -> Select[*tuple[Any, ...]]:
    return select(func.count()).select_from(updates).where(WAITS, updates.c.share == "stranger")


async def count_beyond(
    conn: AsyncConnection, dropped: Mapping[str, int], now: datetime, tell_again_after: timedelta
) -> None:
    """Counts updates beyond a lane's share, one row for each lane. A person who was told of it more than
    `tell_again_after` ago is told again."""
    for lane, number in sorted(dropped.items()):
        new = insert(conn, floods).values(lane=lane, dropped=number, since=now, last_at=now)
        over = floods.c.told_at <= now - tell_again_after
        changes = {
            "dropped": floods.c.dropped + new.excluded.dropped,
            "last_at": now,
            "told_at": case((over, null()), else_=floods.c.told_at),
        }
        await conn.execute(new.on_conflict_do_update(index_elements=["lane"], set_=changes))


@dataclass(frozen=True, slots=True)
class Next:
    """The oldest waiting update of a lane. `begun`: a process began to handle it and did not say how that ended;
    `more`: others wait behind it."""

    share: Share
    lane: str
    update_id: int
    begun: bool
    more: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest waiting update of each lane, oldest first; and whether anybody is to be told of a flood."""

    updates: Sequence[Next]
    floods: bool


async def in_turn(conn: AsyncConnection, most: int) -> Waiting:
    """What comes next, up to `most` lanes of each share. The JSON of updates is not read."""
    [rows] = await ask(conn, (_in_turn(), {"given_most": most}))
    firsts = [row for row in rows if row.update_id is not None]
    found = [Next(row.share, row.lane, row.update_id, bool(row.begun), row.n > 1) for row in firsts]
    return Waiting(found, floods=len(found) < len(rows))


@prepared
def _in_turn() -> CompoundSelect[Any]:
    oldest = select(func.min(updates.c.update_id).label("update_id"), func.count().label("n"))
    firsts = oldest.where(WAITS).group_by(updates.c.lane).subquery()
    place = func.row_number().over(partition_by=updates.c.share, order_by=updates.c.update_id).label("place")
    begun = case((updates.c.begun_at.is_(None), literal_column("0")), else_=literal_column("1")).label("begun")
    first = select(updates.c.share, updates.c.lane, updates.c.update_id, begun, firsts.c.n, place)
    placed = first.join(firsts, firsts.c.update_id == updates.c.update_id).subquery()
    next_ones = select(placed).where(placed.c.place <= bindparam("given_most", type_=BigInteger()))
    a_flood = select(
        literal_column("''").label("share"),
        floods.c.lane,
        cast(null(), BigInteger).label("update_id"),
        literal_column("0").label("begun"),
        literal_column("0").label("n"),
        literal_column("0").label("place"),
    )
    return union_all(next_ones, select(a_flood.where(TO_TELL).limit(1).subquery())).order_by(column("place"))


async def tell_next(conn: AsyncConnection, now: datetime) -> str | None:
    """The next lane whose person is to be told, which then counts as told; None if there is none."""
    query = select(floods.c.lane).where(TO_TELL).order_by(floods.c.since).limit(1)
    query = query.with_for_update(skip_locked=True)  # another process tells it
    lane = (await conn.execute(query)).scalar()
    if lane is not None:
        await conn.execute(update(floods).where(floods.c.lane == lane).values(told_at=now))
    return lane


async def drop_what_strangers_left(conn: AsyncConnection, before: datetime, floods_before: datetime) -> None:
    """Deletes handled updates of people without a link, counts of floods that are over, and chats that were never
    linked and in which nobody chose a language or wrote anything to keep."""
    done = (updates.c.share == "stranger", updates.c.state == "done", updates.c.received_at < before)
    await conn.execute(delete(updates).where(*done))
    await conn.execute(delete(floods).where(floods.c.last_at < floods_before))
    asked = or_(link_requests.c.user_id == chats.c.user_id, link_requests.c.asked_user_id == chats.c.user_id)
    nobody = (
        chats.c.chosen_language.is_(None),
        chats.c.last_words.is_(None),
        ~exists().where(links.c.user_id == chats.c.user_id),
        ~exists().where(asked),
    )
    await conn.execute(delete(chats).where(*nobody))
