"""Files on their way from the console: none loses its contents."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from bot.rules.cases.talk_files import SentFile
from storage.cases.agents import Agent, add_agent
from storage.runtime.engine import Database
from storage.schema import cases
from storage.topics import kept_files
from tests.web.api_server import NOW
from tests.work.lives import ANNA, MEI, add, customer


async def test_an_old_file_that_leaves_just_now_is_not_dropped_in_part(postgresql_db: Database) -> None:
    """On SQLite nobody writes meanwhile."""
    db = postgresql_db
    await customer(db, NOW)
    async with db.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", (), "agent"), NOW)
    case_id = await add(db, cases, customer_id=ANNA, reason="asked", state="waiting", opened_at=NOW)
    file = SentFile("document", "", "terms.pdf", "application/pdf", 5)
    async with db.write() as conn:
        number = await kept_files.keep(conn, case_id, MEI, (file, "digest"), [b"the", b"se"], NOW, 5)
    later = NOW + timedelta(days=2)
    async with db.write() as sending:
        assert await kept_files.say(sending, number, 7)
        async with db.write() as dropping:
            await dropping.execute(text("SET LOCAL lock_timeout = '5s'"))
            await kept_files.drop_before(dropping, later)  # waits for nothing
    async with db.write() as conn:
        assert await kept_files.content(conn, number) == b"these"
        await kept_files.drop_before(conn, later)
        assert await kept_files.content(conn, number) == b""
