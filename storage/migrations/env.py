"""Where Alembic gets its connection from; it runs this file, nothing imports it.

`storage.runtime.migrate` hands its own open connection over. Called from Alembic's command line (to write a new
step), the database is the one that `DUEBOT_DATABASE_URL` names. Which steps there are is in `versions/`.
"""

from __future__ import annotations

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from storage.runtime.engine import Database
from storage.schema import metadata


def run_on(connection: Connection) -> None:
    """Runs the steps that were asked for, inside the transaction that `connection` has open."""
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_on_own_connection() -> None:
    db = Database(os.environ.get("DUEBOT_DATABASE_URL", "sqlite:///duebot.db"))
    try:
        async with db.write() as conn:
            await conn.run_sync(run_on)
    finally:
        await db.close()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run_on(given)
else:
    asyncio.run(run_on_own_connection())
