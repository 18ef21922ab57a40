"""Lists of the console that agents keep under names of their own: a tab with filters, and never what was searched for,
because that may be a customer's name or number."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import put
from storage.schema import saved_views


async def of_agent(conn: AsyncConnection, agent_id: int) -> list[tuple[str, str]]:
    """Each view's name and filters, by name."""
    query = select(saved_views.c.name, saved_views.c.filters).where(saved_views.c.agent_id == agent_id)
    return [(row.name, row.filters) for row in (await conn.execute(query.order_by(saved_views.c.name))).all()]


async def keep(conn: AsyncConnection, agent_id: int, name: str, filters: str, most: int) -> bool:
    """Keeps a view, in place of one of the same name; False if the agent has so many others already."""
    others = select(func.count()).where(saved_views.c.agent_id == agent_id, saved_views.c.name != name)
    if (await conn.execute(others)).scalar_one() >= most:
        return False
    await put(conn, saved_views, ["agent_id", "name"], {"agent_id": agent_id, "name": name, "filters": filters})
    return True


async def drop(conn: AsyncConnection, agent_id: int, name: str) -> None:
    await conn.execute(delete(saved_views).where(saved_views.c.agent_id == agent_id, saved_views.c.name == name))


async def drop_all_of(conn: AsyncConnection, agent_id: int) -> None:
    await conn.execute(delete(saved_views).where(saved_views.c.agent_id == agent_id))
