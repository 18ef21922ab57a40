"""Small things the program remembers of itself: its own name at Telegram, and when each part last worked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert, put
from storage.runtime.prepared import prepared
from storage.schema import marks


async def write_mark(conn: AsyncConnection, name: str, value: str, now: datetime) -> None:
    await put(conn, marks, ["name"], {"name": name, "value": value, "at": now})


async def keep_first(conn: AsyncConnection, name: str, value: str, now: datetime) -> str:
    """Writes the mark where there is none of this name, and gives what it says: whoever was first stays right."""
    known = await read_mark(conn, name)
    if known is None:
        first = insert(conn, marks).values(name=name, value=value, at=now)
        await conn.execute(first.on_conflict_do_nothing(index_elements=["name"]))
        known = await read_mark(conn, name)
    assert known is not None, "it was just written"
    return known[0]


async def read_mark(conn: AsyncConnection, name: str) -> tuple[str, datetime] | None:
    """What was last written under `name`, and when."""
    row = (await conn.execute(_reading(), {"its_name": name})).first()
    return (row.value, row.at) if row else None


@prepared
def _reading() -> Any:
    return select(marks.c.value, marks.c.at).where(marks.c.name == bindparam("its_name", type_=Text()))


async def marks_under(conn: AsyncConnection, prefix: str) -> dict[str, str]:
    """What was last written under each name that begins so, by the rest of the name."""
    query = select(marks.c.name, marks.c.value).where(marks.c.name.startswith(prefix, autoescape=True))
    return {row.name.removeprefix(prefix): row.value for row in (await conn.execute(query)).all()}


async def drop_marks_before(conn: AsyncConnection, prefix: str, before: datetime) -> None:
    """Drops the marks whose names begin so and that were written before then."""
    await conn.execute(delete(marks).where(marks.c.name.startswith(prefix, autoescape=True), marks.c.at < before))


async def planning_stamp(conn: AsyncConnection) -> str:
    """Changes whenever there may be something new to plan: facts came in, somebody was linked, a channel died."""
    query = select(marks.c.value, marks.c.at).where(marks.c.name.in_(("facts", "people"))).order_by(marks.c.name)
    return "; ".join(f"{row.value} {row.at.isoformat()}" for row in (await conn.execute(query)).all())
