"""Rows that belong together have one number. For a released database it is computed once, from the stored times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alembic import command
from sqlalchemy import Connection, select

from bot.clock import ManualClock
from storage.customers import telegram_links
from storage.runtime import migration_steps
from storage.runtime.engine import Database
from storage.runtime.migrate import upgrade
from storage.schema import cases, links, relays
from storage.topics import relays as words
from storage.topics.relays import NewMessage
from tests.work.lives import ANNA, add, linked
from tests.work.lives import customer as knows

AT = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)


def _run_to_0011(connection: Connection) -> None:
    config = migration_steps._config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0011")


async def of_before(empty: str) -> Database:
    db = Database(empty)
    db.make()
    async with db.write() as conn:
        await conn.run_sync(_run_to_0011)
    await knows(db, AT)
    await knows(db, AT, "C2", phone="+886912345679")
    return db


async def test_links_that_a_newer_one_ended_are_found_after_the_migration(empty: str) -> None:
    db = await of_before(empty)
    ended = {"way": "payload", "linked_at": AT, "ended_at": LATER}
    await add(db, links, customer_id=ANNA, user_id=1, **ended)  # her own
    await add(db, links, customer_id="C2", user_id=2, **ended)  # of the account that is hers now
    await add(db, links, customer_id=ANNA, user_id=2, way="payload", linked_at=LATER, ended_at=LATER)
    await add(db, links, customer_id="C2", user_id=3, way="payload", linked_at=LATER)
    await upgrade(db)
    async with db.read() as conn:
        assert [
            (row.link_id, row.ended_by) for row in (await conn.execute(select(links).order_by(links.c.link_id))).all()
        ] == [
            (1, 3),
            (2, 3),
            (3, None),  # it ended by itself at the very instant that it began
            (4, None),
        ]
        newer = await telegram_links.link_by_id(conn, 3)
        assert newer is not None
        assert [link.link_id for link in await telegram_links.ended_by(conn, newer)] == [1, 2]
    await db.close()


async def test_words_that_were_sent_together_are_found_after_the_migration(empty: str) -> None:
    db = await of_before(empty)
    await add(db, cases, case_id=1, customer_id=ANNA, reason="asked", state="waiting", opened_at=AT)
    row: dict[str, Any] = {"case_id": 1, "direction": "in", "kind": "text", "source_chat": 1, "content": "{}", "at": AT}
    for message, claimed_at, doubts in ((1, AT, 1), (2, AT, 1), (3, LATER, 1), (4, None, 0)):
        more = {"source_message": message, "claimed_at": claimed_at, "doubts": doubts, "state": "waiting"}
        await add(db, relays, **row, **more)
    await upgrade(db)
    async with db.read() as conn:
        assert list((await conn.execute(select(relays.c.sent_with).order_by(relays.c.relay_id))).scalars()) == [
            *(1, 1),
            3,
            None,
        ]
        head = await words.next_relay(conn, 1, "in")
    await db.close()
    assert head is not None
    assert [relay_id for relay_id, _ in head.texts] == [1, 2]


async def test_a_link_of_the_same_instant_is_not_taken_for_one_that_was_ended(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await knows(db, now)
    await linked(db, now, 1)
    async with db.write() as conn:
        await telegram_links.end_link(conn, ANNA, now)
    await linked(db, now, 2)
    await linked(db, now, 3)
    async with db.read() as conn:
        last = await telegram_links.live_link(conn, ANNA)
        assert last is not None
        assert [link.user_id for link in await telegram_links.ended_by(conn, last)] == [2]


async def test_words_of_the_same_instant_that_went_apart_stay_apart(db: Database, clock: ManualClock) -> None:
    """Each was sent for itself, nobody knows whether it arrived: put together they would be a third message."""
    now = clock.now()
    await knows(db, now)
    case_id = int(await add(db, cases, customer_id=ANNA, reason="asked", state="waiting", opened_at=now))
    async with db.write() as conn:
        for number in range(2):
            await words.add(conn, case_id, "in", NewMessage("text", '{"text": "hi"}', (1, number)), now)
        for relay_id in (1, 2):
            head = words.Head(relay_id, case_id, "in", 1, None, parts=1, followed=False, texts=[])
            assert len(await words.claim_next(conn, head, "A", now, now)) == 1
        await words.put_back(conn, [1, 2], now, [1, 2])
        head_then = await words.next_relay(conn, case_id, "in")
    assert head_then is not None
    assert [relay_id for relay_id, _ in head_then.texts] == [1]
