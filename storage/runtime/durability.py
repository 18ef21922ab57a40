"""Whether a database keeps what it has said is written, when the power fails the next moment."""

from __future__ import annotations

from sqlalchemy import text

from storage.runtime.engine import Database

ASKED = ("fsync", "full_page_writes", "synchronous_commit")


async def unsafe_settings(db: Database) -> list[str]:
    """The settings of PostgreSQL, as they are for duebot's own connections, that let it forget. SQLite's are made by
    `storage.runtime.engine` for each connection."""
    if db.is_sqlite:
        return []
    async with db.read() as conn:
        values: dict[str, str] = {name: (await conn.execute(text(f"SHOW {name}"))).scalar_one() for name in ASKED}
    return [f"{name} = {value}" for name, value in values.items() if value == "off"]
