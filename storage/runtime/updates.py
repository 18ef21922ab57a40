"""The inbox: every update from Telegram is stored before Telegram is told that it was received.

An update that comes twice is one row, so it is handled once. An update that was being handled when the program was
killed still waits when it starts again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Update, bindparam, delete, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from bot.rules.runtime.inbox_shares import Kind, Share
from storage.runtime.direct_statements import as_given, ask, given_rows, tell
from storage.runtime.engine import Upsert, insert_in
from storage.runtime.prepared import NOW, padded, prepared
from storage.schema import updates

AT_ONCE = 16  # rows of one INSERT
WAITS = updates.c.state == literal_column("'waiting'")  # a literal, so that the partial index is used
_THESE = updates.c.update_id.in_(bindparam("given_update_ids", type_=BigInteger(), expanding=True))


@dataclass(frozen=True, slots=True)
class Received:
    """One update: its JSON, and its lane; updates of a lane are handled one after the other. An update with an `error`
    is put aside at once. `sender` (0: nobody) and `kind` decide its share (`bot.rules.runtime.inbox_shares`)."""

    update_id: int
    lane: str
    body: str
    attempts: int = 0
    error: str = ""
    sender: int = 0
    kind: Kind = "other"
    share: Share = "stranger"


def lane_of_topic(chat_id: int, thread_id: int | None) -> str:
    return f"{chat_id}:topic:{thread_id}"


async def receive(conn: AsyncConnection, batch: Sequence[Received], now: datetime) -> None:
    """Stores updates; known ones are left unchanged."""
    await _store(conn, [(u, "failed" if u.error else "waiting") for u in batch], now)


async def receive_joined(conn: AsyncConnection, batch: Sequence[Received], now: datetime) -> None:
    """Stores only that these have come, because their texts are part of another update: they may come again."""
    await _store(conn, [(replace(u, body=""), "done") for u in batch], now)


async def _store(conn: AsyncConnection, batch: Sequence[tuple[Received, str]], now: datetime) -> None:
    if batch:
        await conn.execute(_receive(conn.dialect.name), [_row(u, state, now) for u, state in batch])


def _row(one: Received, state: str, now: datetime) -> dict[str, Any]:
    return {
        "update_id": one.update_id,
        "lane": one.lane,
        "body": one.body,
        "received_at": now,
        "state": state,
        "error": one.error or None,
        "ended_at": None if state == "waiting" else now,
        "share": one.share,
    }


@prepared
def _receive(dialect: str) -> Upsert:
    return insert_in(dialect, updates).on_conflict_do_nothing()


async def receive_begun(conn: AsyncConnection, batch: Sequence[Received], now: datetime) -> list[Received]:
    """Stores updates whose handling begins at once, as `receive` and `begin` would; returns those that are new."""
    if not batch:
        return []
    rows = [{**_row(u, "waiting", now), "attempts": 1, "begun_at": now} for u in batch]
    # A row that is repeated, so that few statements are needed, conflicts with itself.
    some = [padded(rows[start : start + AT_ONCE]) for start in range(0, len(rows), AT_ONCE)]
    names = tuple(rows[0])
    asked = [(_receive_begun(conn.dialect.name, names, len(these)), as_given(these)) for these in some]
    begun = {row.update_id for new in await ask(conn, *asked) for row in new}
    return [replace(u, attempts=1) for u in batch if u.update_id in begun]


@prepared
def _receive_begun(dialect: str, names: Sequence[str], rows: int) -> ReturningInsert[int]:
    given = insert_in(dialect, updates).values(given_rows(updates, names, rows))
    return given.on_conflict_do_nothing().returning(updates.c.update_id)


async def known(conn: AsyncConnection, update_ids: Collection[int]) -> set[int]:
    """Those of these updates that have come before."""
    query = select(updates.c.update_id).where(_THESE)
    return set((await conn.execute(query, {"given_update_ids": padded(update_ids)})).scalars())


async def begin(conn: AsyncConnection, update_ids: Collection[int], now: datetime) -> list[Received]:
    """Takes updates for handling and counts the attempt before it starts; those that no longer wait are left out."""
    if not update_ids:
        return []
    [rows] = await ask(conn, (_begin(), {"given_update_ids": padded(update_ids), "given_now": now}))
    return [Received(row.update_id, row.lane, row.body, row.attempts, share=row.share) for row in rows]


@prepared
def _begin() -> ReturningUpdate[Any]:
    taken = update(updates).where(_THESE, updates.c.state == "waiting")
    given = taken.values(attempts=updates.c.attempts + 1, begun_at=NOW)
    return given.returning(*(updates.c[name] for name in ("update_id", "lane", "body", "attempts", "share")))


async def discard_attempt(conn: AsyncConnection, update_id: int) -> None:
    """Takes back the count of an attempt that did not end for a reason outside the update."""
    changes = {"attempts": updates.c.attempts - 1, "begun_at": None}
    begun = (updates.c.update_id == update_id, updates.c.state == "waiting", updates.c.begun_at.is_not(None))
    await conn.execute(update(updates).where(*begun).values(**changes))


async def last_not_begun(conn: AsyncConnection, lane: str) -> Received | None:
    """The last waiting update of a lane, if its handling has not begun; the lock keeps it so until the transaction
    ends."""
    query = select(updates.c.update_id, updates.c.body, updates.c.begun_at, updates.c.attempts)
    query = query.where(WAITS, updates.c.lane == lane).order_by(updates.c.update_id.desc()).limit(1).with_for_update()
    row = (await conn.execute(query)).first()
    return Received(row.update_id, lane, row.body) if row and row.begun_at is None and not row.attempts else None


async def rewrite(conn: AsyncConnection, update_id: int, body: str) -> None:
    await conn.execute(update(updates).where(updates.c.update_id == update_id).values(body=body))


async def any_waits(conn: AsyncConnection, lane: str) -> bool:
    """Whether any update of this lane is still to be handled."""
    here = select(updates.c.update_id).where(updates.c.state == "waiting", updates.c.lane == lane).limit(1)
    return (await conn.execute(here)).first() is not None


async def mark_handled(conn: AsyncConnection, update_ids: Collection[int], now: datetime) -> None:
    """Marks updates as handled, and deletes their content."""
    if update_ids:
        await tell(conn, _handled(), [{"given_update_ids": padded(update_ids), "given_now": now}])


@prepared
def _handled() -> Update:
    return update(updates).where(_THESE).values(state="done", body="", ended_at=NOW, begun_at=None, done=None)


async def mark_failed(conn: AsyncConnection, one: Received, now: datetime, *, for_good: bool) -> None:
    """Stores that an attempt has failed with `one.error`; `one.attempts` counts them. `for_good`: none follows."""
    changes: dict[str, Any] = {"attempts": one.attempts, "error": one.error, "begun_at": None}
    if for_good:
        changes |= {"state": "failed", "body": "", "ended_at": now, "done": None}
    await conn.execute(update(updates).where(updates.c.update_id == one.update_id).values(**changes))


async def forget_before(conn: AsyncConnection, before: datetime) -> int:
    """Deletes handled updates that are so old that Telegram no longer repeats them. Returns how many."""
    old = delete(updates).where(updates.c.state != "waiting", updates.c.received_at < before)
    return (await conn.execute(old)).rowcount


async def count_waiting(conn: AsyncConnection) -> int:
    return int((await conn.execute(select(func.count()).where(updates.c.state == "waiting"))).scalar_one())
