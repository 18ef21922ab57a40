"""Files that agents send from the console: kept here, in pieces, until Telegram has them or they are taken back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count

from sqlalchemy import ColumnElement, Select, and_, delete, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.attachments import KeptFile
from bot.rules.cases.talk_files import SentFile
from storage.schema import file_pieces, kept_files, relays
from storage.topics.relays import NOWHERE, UNDONE


async def keep(
    conn: AsyncConnection,
    case_id: int,
    agent_id: int,
    about: tuple[SentFile, str],
    pieces: Iterable[bytes],
    now: datetime,
    most: int,
) -> int:
    """Keeps a file that is not sent yet, with its digest, in place of the one that the agent had chosen in the case
    before, and of their oldest ones in other cases, beyond `most`. Returns its number."""
    file, digest = about
    theirs = (kept_files.c.agent_id == agent_id, kept_files.c.said_as.is_(None))
    older = select(kept_files.c.kept_file_id).where(*theirs).order_by(kept_files.c.kept_file_id.desc())
    too_many: list[int] = list((await conn.execute(older.offset(most - 1))).scalars())
    await _drop(conn, and_(*theirs, or_(kept_files.c.case_id == case_id, kept_files.c.kept_file_id.in_(too_many))))
    row = {"case_id": case_id, "agent_id": agent_id, "at": now, "name": file.name, "kind": file.kind}
    row |= {"media_type": file.media_type, "bytes": file.size, "digest": digest}
    number: int = (await conn.execute(insert(kept_files).values(**row))).inserted_primary_key[0]  # type: ignore[index]  # one row has one
    for place, piece in zip(count(), pieces):
        await conn.execute(insert(file_pieces).values(kept_file_id=number, number=place, piece=piece))
    return number


async def unsent(conn: AsyncConnection, case_id: int, agent_id: int) -> KeptFile | None:
    """What the agent has chosen in the case and not sent yet."""
    theirs = (kept_files.c.case_id == case_id, kept_files.c.agent_id == agent_id, kept_files.c.said_as.is_(None))
    return await _one(conn, and_(*theirs))


async def by_number(conn: AsyncConnection, kept_file_id: int) -> KeptFile | None:
    return await _one(conn, kept_files.c.kept_file_id == kept_file_id)


async def say(conn: AsyncConnection, kept_file_id: int, event_id: int) -> bool:
    """Notes that the file is on its way, with that event; False if it is already, or was taken back."""
    mine = (kept_files.c.kept_file_id == kept_file_id, kept_files.c.said_as.is_(None))
    return (await conn.execute(update(kept_files).where(*mine).values(said_as=event_id))).rowcount > 0


async def content(conn: AsyncConnection, kept_file_id: int) -> bytes:
    query = select(file_pieces.c.piece).where(file_pieces.c.kept_file_id == kept_file_id)
    return b"".join((await conn.execute(query.order_by(file_pieces.c.number))).scalars())


async def drop(conn: AsyncConnection, kept_file_id: int) -> None:
    await _drop(conn, kept_files.c.kept_file_id == kept_file_id)


async def drop_unsent(conn: AsyncConnection, case_id: int, agent_id: int) -> None:
    """Takes back what the agent has chosen in the case."""
    await _drop(
        conn, and_(kept_files.c.case_id == case_id, kept_files.c.agent_id == agent_id, kept_files.c.said_as.is_(None))
    )


async def drop_of_cases(conn: AsyncConnection, case_ids: Select[*tuple[int]]) -> None:
    await _drop(conn, kept_files.c.case_id.in_(case_ids))


async def _drop(conn: AsyncConnection, which: ColumnElement[bool]) -> None:
    numbers = select(kept_files.c.kept_file_id).where(which)
    await conn.execute(delete(file_pieces).where(file_pieces.c.kept_file_id.in_(numbers)))
    await conn.execute(delete(kept_files).where(which))


async def drop_before(conn: AsyncConnection, before: datetime) -> None:
    """What was kept before then and is not on its way; what somebody is sending or dropping just now stays."""
    on_its_way = exists().where(
        relays.c.source_chat == NOWHERE, relays.c.source_message == -kept_files.c.said_as, UNDONE
    )
    # Locked first: a file that leaves in between would otherwise lose its pieces, and arrive as nothing.
    old = select(kept_files.c.kept_file_id).where(kept_files.c.at < before).with_for_update(skip_locked=True)
    mine: list[int] = list((await conn.execute(old)).scalars())
    if mine:
        await _drop(conn, and_(kept_files.c.kept_file_id.in_(mine), ~on_its_way))


async def _one(conn: AsyncConnection, which: ColumnElement[bool]) -> KeptFile | None:
    query = select(kept_files).where(which).order_by(kept_files.c.kept_file_id.desc()).limit(1)
    row = (await conn.execute(query)).first()
    if row is None:
        return None
    return KeptFile(row.kept_file_id, SentFile(row.kind, "", row.name, row.media_type, row.bytes), row.digest)
