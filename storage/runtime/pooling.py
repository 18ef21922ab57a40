"""Finds out whether a pooler such as PgBouncer gives each transaction another of PostgreSQL's connections.

duebot prepares its statements once for each connection and listens on one, and neither works then. In session mode a
pooler is no different from PostgreSQL itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.runtime.engine import Database
from storage.runtime.listening import connection_apart, used_alone

if TYPE_CHECKING:
    import asyncpg

TRIES = 3


class PooledByTransaction(RuntimeError):
    """The address is that of a pooler in a mode that duebot cannot use."""


async def refuse_transaction_pooling(db: Database) -> None:
    """Raises `PooledByTransaction`, and the errors of a database that cannot be reached."""
    if not db.is_sqlite and await _is_pooled_by_transaction(db):
        raise PooledByTransaction(
            "DUEBOT_DATABASE_URL leads to a pooler in transaction mode; set pool_mode = session for this database, or "
            "give PostgreSQL's own address: a process of duebot keeps some 40 connections at most"
        )


async def _is_pooled_by_transaction(db: Database) -> bool:
    one = await connection_apart(db)
    try:
        first = await _server_of(one)
        if first == one.get_server_pid():
            return False  # nothing is between
        two = await connection_apart(db)
        try:
            for _ in range(TRIES):
                # In session mode the first keeps its server as long as it is connected.
                if await _server_of(two) == first or await _server_of(one) != first:
                    return True
        finally:
            await two.close()
    finally:
        await one.close()
    return False


async def _server_of(connection: asyncpg.Connection) -> int:
    """The process of PostgreSQL that serves the connection now."""
    with used_alone():
        async with connection.transaction():
            return int(await connection.fetchval("SELECT pg_backend_pid()"))
