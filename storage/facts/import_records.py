"""The record of file imports: which files, how many rows, and for a month those that were refused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.runtime.engine import insert
from storage.schema import agents, import_files, refused_rows


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One file of an import. `by` is the name of who imported it in the console, empty for `duebot import`; `header`
    has the file's own names of its columns."""

    number: int
    at: datetime
    ended_at: datetime | None
    by: str
    name: str
    kind: str
    header: tuple[str, ...]
    rows: int
    refused: int
    error: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was refused, whole or in part, with its cells as they were given."""

    number: int
    line: int
    reason: str
    cells: tuple[str, ...]
    customer_id: str = ""


async def begin(
    conn: AsyncConnection, name: str, kind: str, header: Sequence[str], agent_id: int | None, now: datetime
) -> int:
    row = {"at": now, "agent_id": agent_id, "name": name, "kind": kind, "header": _json(header)}
    number: int = (
        await conn.execute(insert(conn, import_files).values(**row).returning(import_files.c.import_file_id))
    ).scalar_one()
    return number


async def refuse(conn: AsyncConnection, number: int, rows: Iterable[RefusedRow]) -> None:
    """Keeps refused rows."""
    values = [
        {
            "import_file_id": number,
            "customer_id": row.customer_id or None,
            "line": row.line,
            "reason": row.reason,
            "cells": _json(row.cells),
        }
        for row in rows
    ]
    if values:
        await conn.execute(insert(conn, refused_rows), values)


async def end(conn: AsyncConnection, number: int, rows: int, refused: int, error: str, now: datetime) -> None:
    ending = update(import_files).where(import_files.c.import_file_id == number)
    await conn.execute(ending.values(rows=rows, refused=refused, error=error or None, ended_at=now))


async def latest(conn: AsyncConnection, most: int) -> list[ImportedFile]:
    """The newest first."""
    query = _files().order_by(import_files.c.import_file_id.desc()).limit(most)
    return [_file(row) for row in (await conn.execute(query)).all()]


async def one(conn: AsyncConnection, number: int) -> ImportedFile | None:
    row = (await conn.execute(_files().where(import_files.c.import_file_id == number))).first()
    return _file(row) if row is not None else None


async def refused_of(conn: AsyncConnection, number: int, after: int, most: int) -> list[RefusedRow]:
    """Refused rows of a file in its order, after the one with this number."""
    query = select(refused_rows).where(refused_rows.c.import_file_id == number, refused_rows.c.refused_row_id > after)
    rows = (await conn.execute(query.order_by(refused_rows.c.refused_row_id).limit(most))).all()
    return [
        RefusedRow(row.refused_row_id, row.line, row.reason, tuple(json.loads(row.cells)), row.customer_id or "")
        for row in rows
    ]


async def drop_before(conn: AsyncConnection, rows_before: datetime, files_before: datetime) -> None:
    """Drops refused rows of files imported before the first instant, and the record of files before the second,
    which is earlier."""
    old = select(import_files.c.import_file_id).where(import_files.c.at < rows_before)
    await conn.execute(delete(refused_rows).where(refused_rows.c.import_file_id.in_(old)))
    await conn.execute(delete(import_files).where(import_files.c.at < files_before))


async def erase(conn: AsyncConnection, customer_id: str) -> None:
    """Deletes the refused rows that name this customer."""
    await conn.execute(delete(refused_rows).where(refused_rows.c.customer_id == customer_id))


def _files() -> Select[*tuple[Any, ...]]:
    return select(import_files, agents.c.name.label("by_name")).outerjoin(
        agents, agents.c.telegram_id == import_files.c.agent_id
    )


def _file(row: Row[Any]) -> ImportedFile:
    header = tuple(json.loads(row.header))
    of = (row.name, row.kind, header, row.rows, row.refused, row.error or "")
    return ImportedFile(row.import_file_id, row.at, row.ended_at, row.by_name or "", *of)


def _json(cells: Sequence[str]) -> str:
    """Cells that were not UTF-8 come with what is in the place of their bytes."""
    return json.dumps([cell.encode(errors="backslashreplace").decode() for cell in cells], ensure_ascii=False)
