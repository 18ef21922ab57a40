"""The agents' groups, shared by all processes: their new ids, the groups that the bot is in, and what it may not do
there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Delete, Select, Text, bindparam, case, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import group_moves, group_troubles, known_groups

TroubleKind = Literal["rights", "refusal"]
"""rights: what the bot may not do there, as Telegram told; refusal: what a call came to."""


@dataclass(frozen=True, slots=True)
class GroupTrouble:
    """Why the agents' group cannot be used, and when that was found."""

    reason: str
    noted_at: datetime


async def moved(conn: AsyncConnection, old: int, new: int, now: datetime) -> None:
    row = {"old_chat_id": old, "new_chat_id": new, "moved_at": now}
    await put(conn, group_moves, ["old_chat_id"], row)


async def moves(conn: AsyncConnection) -> dict[int, int]:
    """The new id of each group that has got another one, by its old id."""
    return {row.old_chat_id: row.new_chat_id for row in (await conn.execute(_moves())).all()}


@prepared
def _moves() -> Select[*tuple[Any, ...]]:
    return select(group_moves.c.old_chat_id, group_moves.c.new_chat_id)


async def seen(conn: AsyncConnection, chat_id: int, title: str, now: datetime) -> None:
    """Stores that the bot is in this group."""
    await put(conn, known_groups, ["chat_id"], {"chat_id": chat_id, "title": title, "seen_at": now})


async def left(conn: AsyncConnection, chat_id: int) -> None:
    """Stores that the bot is no longer in this group."""
    await conn.execute(delete(known_groups).where(known_groups.c.chat_id == chat_id))


async def titles(conn: AsyncConnection) -> dict[int, str]:
    """The title of each group that the bot is in, by its id."""
    query = select(known_groups.c.chat_id, known_groups.c.title).order_by(known_groups.c.chat_id)
    return {row.chat_id: row.title for row in (await conn.execute(query)).all()}


async def note_trouble(conn: AsyncConnection, kind: TroubleKind, reason: str, now: datetime) -> None:
    """Stores why the group cannot be used; an empty reason means that it can."""
    if reason:
        await put(conn, group_troubles, ["kind"], {"kind": kind, "reason": reason, "noted_at": now})
    else:
        await conn.execute(_untroubled(), {"given_kind": kind})


@prepared
def _untroubled() -> Delete:
    return delete(group_troubles).where(group_troubles.c.kind == bindparam("given_kind", type_=Text()))


async def trouble(conn: AsyncConnection, *kinds: TroubleKind) -> GroupTrouble | None:
    """The trouble in the group, of these kinds; missing rights have priority over a refusal."""
    row = (await conn.execute(_trouble(kinds))).first()
    return GroupTrouble(row.reason, row.noted_at) if row else None


@prepared
def _trouble(kinds: tuple[TroubleKind, ...]) -> Select[*tuple[Any, ...]]:
    query = select(group_troubles.c.reason, group_troubles.c.noted_at).where(group_troubles.c.kind.in_(kinds))
    return query.order_by(case((group_troubles.c.kind == "rights", 0), else_=1)).limit(1)
