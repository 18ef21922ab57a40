"""What handling an update has done already, kept with the update in the transaction that did it: an update that is
handled again after a kill does nothing twice, and says what it would have said.

It is gone once the update was handled.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import BigInteger, Select, Text, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.prepared import prepared
from storage.schema import updates

UPDATE = bindparam("given_update_id", type_=BigInteger())

ACTED = "acted"
_handled: ContextVar[int | None] = ContextVar("handled", default=None)


@contextmanager
def handling(update_id: int) -> Iterator[None]:
    """What is done within comes of this update; not what is done together with others' (`write_together`)."""
    token = _handled.set(update_id)
    try:
        yield
    finally:
        _handled.reset(token)


async def result_of(conn: AsyncConnection, what: str) -> str | None:
    """What came of it when the update that is being handled did `what` before; None if it has not, or none is."""
    return (await _done(conn, _handled.get())).get(what)


async def keep(conn: AsyncConnection, what: str, result: str = "") -> None:
    """Keeps that the update that is being handled has done `what`, and what came of it; nothing where none is."""
    update_id = _handled.get()
    if update_id is None:
        return
    done = json.dumps(await _done(conn, update_id) | {what: result})
    await conn.execute(_keeping(), {UPDATE.key: update_id, "given_done": done})


async def has_acted(conn: AsyncConnection) -> bool:
    """Whether the update that is being handled has had an agent do something already."""
    return await result_of(conn, ACTED) is not None


async def keep_act(conn: AsyncConnection) -> None:
    """Keeps that an agent did something by the update that is being handled; nothing where none is."""
    await keep(conn, ACTED)


async def _done(conn: AsyncConnection, update_id: int | None) -> dict[str, str]:
    kept = None if update_id is None else (await conn.execute(_kept(), {UPDATE.key: update_id})).scalar()
    return {} if kept is None else dict(json.loads(kept))


@prepared
def _kept() -> Select[*tuple[Any, ...]]:
    return select(updates.c.done).where(updates.c.update_id == UPDATE)


@prepared
def _keeping() -> Update:
    return update(updates).where(updates.c.update_id == UPDATE).values(done=bindparam("given_done", type_=Text()))
