"""Whether a database keeps what it has committed, even if the power fails right after."""

from __future__ import annotations

from sqlalchemy import text

from storage.runtime.engine import Database

ASKED = ("fsync", "full_page_writes", "synchronous_commit")


async def unsafe_settings(db: Database) -> list[str]:
    """PostgreSQL's settings, on duebot's own connections, with which committed data may be lost; empty for SQLite,
    whose settings `storage.runtime.engine` makes for each connection."""
    if db.is_sqlite:
        return []
    async with db.read() as conn:
        values: dict[str, str] = {name: (await conn.execute(text(f"SHOW {name}"))).scalar_one() for name in ASKED}
    return [f"{name} = {value}" for name, value in values.items() if value == "off"]
