"""Files in the talk of a case: which there are, and how to fetch them. The files themselves stay in Telegram."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.talk_files import SentFile, TalkFile
from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import agents, cases, relays, talk_files


async def keep(conn: AsyncConnection, case_id: int, source: tuple[int, int], file: SentFile) -> None:
    """Keeps how to fetch the file of this message; of an edited message, the file that it has now."""
    row = {
        "case_id": case_id,
        "source_chat": source[0],
        "source_message": source[1],
        "kind": file.kind,
        "file": file.file_id,
        "name": file.name,
        "media_type": file.media_type,
        "bytes": file.size,
        "caption": file.caption,
    }
    await put(conn, talk_files, ["source_chat", "source_message"], row)


async def arrived(conn: AsyncConnection, source: tuple[int, int], file: SentFile) -> None:
    """Notes how Telegram took a file that was sent from here, and how to fetch it there."""
    same = (talk_files.c.source_chat == source[0], talk_files.c.source_message == source[1])
    await conn.execute(update(talk_files).where(*same).values(kind=file.kind, file=file.file_id))


async def of_source(conn: AsyncConnection, source: tuple[int, int]) -> SentFile | None:
    """The file of this message."""
    same = (talk_files.c.source_chat == source[0], talk_files.c.source_message == source[1])
    row = (await conn.execute(select(talk_files).where(*same))).first()
    return _sent(row) if row is not None else None


async def of_customer(conn: AsyncConnection, customer_id: str, limit: int) -> list[TalkFile]:
    """The newest files that went between the customer and agents, newest first."""
    rows = (await conn.execute(_of_customer(limit), {"given_customer_id": customer_id})).all()
    return [_file(row) for row in rows]


@prepared
def _of_customer(limit: int) -> Select[*tuple[Any, ...]]:
    theirs = cases.c.customer_id == bindparam("given_customer_id", type_=cases.c.customer_id.type)
    return _passed_on().where(theirs).order_by(talk_files.c.talk_file_id.desc()).limit(limit)


async def of_number(conn: AsyncConnection, customer_id: str, talk_file_id: int) -> TalkFile | None:
    """One of the customer's."""
    query = _passed_on().where(cases.c.customer_id == customer_id, talk_files.c.talk_file_id == talk_file_id)
    row = (await conn.execute(query)).first()
    return _file(row) if row is not None else None


def _passed_on() -> Select[*tuple[Any, ...]]:
    """Without what stayed in the topic, such as a note's picture."""
    same = and_(
        relays.c.source_chat == talk_files.c.source_chat,
        relays.c.source_message == talk_files.c.source_message,
        relays.c.revision == 0,
    )
    return (
        select(talk_files, relays.c.direction, relays.c.at, relays.c.state, relays.c.target_message, agents.c.name)
        .join(relays, same)
        .join(cases, cases.c.case_id == talk_files.c.case_id)
        .outerjoin(agents, agents.c.telegram_id == relays.c.agent_id)
        .where(relays.c.reason.is_distinct_from("note"))
    )


def _file(row: Row[Any]) -> TalkFile:
    reference = str(row.target_message) if row.target_message is not None else ""
    return TalkFile(row.talk_file_id, row.direction, row.at, row.state, reference, row.name_1 or "", _sent(row))


def _sent(row: Row[Any]) -> SentFile:
    return SentFile(row.kind, row.file, row.name, row.media_type, row.bytes, row.caption)
