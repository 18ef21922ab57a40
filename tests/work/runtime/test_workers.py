"""Several processes on one PostgreSQL: one leads, each person is served by one of them, and one chat is written to by
one at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from bot.channels.rate_limiter import RateLimiter
from bot.clock import ManualClock
from bot.rules.runtime import workers as rules
from bot.work.runtime import workers as ours
from bot.work.runtime.inbox_turns import Inbox
from bot.work.runtime.intake import polled, write_down
from bot.work.runtime.workers import Workers
from storage.operations.metrics import counts
from storage.runtime import workers as rows
from storage.runtime.engine import Database
from storage.runtime.inbox_shares import Next
from tests.work.runtime.test_inbox import words

LEASE_S = 3600.0
LONGEST_S, PER_CHAT_S = 1800.0, 600.0  # instead of 3 and 1
DEAD = LEASE_S + 60
Joining = Callable[[str, str], Awaitable[Workers]]


@pytest.fixture
async def joining(postgresql_db: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Joining]:
    """Lets a process of a name and role join; its beats are those that the test makes. However slow the machine is, it
    is dead only where the test lets time pass."""
    for module in (rules, ours):
        monkeypatch.setattr(module, "LEASE_S", LEASE_S)
    async with AsyncExitStack() as ends:

        async def join(name: str, role: str) -> Workers:
            one = Workers(postgresql_db, name, role, RateLimiter())
            one.chat_turns._longest_s, one.chat_turns._per_chat_s = LONGEST_S, PER_CHAT_S
            await one.join()
            await stopped(one)
            ends.callback(one._forget)
            ends.callback(one._end_session)
            return one

        yield join


async def stopped(one: Workers) -> None:
    """It beats no more by itself."""
    assert one._beating is not None
    one._beating.cancel()
    await asyncio.gather(one._beating, return_exceptions=True)


async def time_passes(db: Database, seconds: float, *workers: Workers) -> None:
    """For what the database knows, and for what these know of it."""
    names = ("joined_s", "beat_s", "alive_until_s", "counts_until_s", "ready_at_s")
    async with db.write() as conn:
        await conn.execute(text("UPDATE workers SET " + ", ".join(f"{name} = {name} - {seconds}" for name in names)))
        await conn.execute(text(f"UPDATE chat_turns SET until_s = until_s - {seconds}"))
    for one in workers:
        async with db.read() as conn:
            _, known = await rows.everybody(conn)
        one._me = next(row for row in known if row.worker == one._me.worker)


async def beats(*workers: Workers) -> None:
    for one in workers:
        await one._beat()


@asynccontextmanager
async def two_bots(db: Database, joining: Joining) -> AsyncIterator[tuple[Workers, Workers]]:
    one, two = await joining("one", "bot"), await joining("two", "bot")
    await beats(one, two)
    await time_passes(db, 3.5, one, two)
    await beats(one, two)
    yield one, two


async def taken(db: Database, each: Workers, *lanes: str, busy: str = "") -> list[str]:
    async with db.write() as conn:
        mine = await each.lanes.take(conn, busy, [Next("known", lane, 1, begun=False) for lane in lanes])
    return [one.lane for one in mine]


async def test_one_leads_until_it_dies_and_then_another(postgresql_db: Database, joining: Joining) -> None:
    one, two, sender = await joining("one", "bot"), await joining("two", "bot"), await joining("three", "sender")
    await beats(one, two, sender)
    assert [each.leads("bot") for each in (one, two, sender)] == [True, False, False]
    assert [each.leads("sender") for each in (one, two, sender)] == [False, False, True]
    await time_passes(postgresql_db, DEAD)
    await beats(two)
    assert two.leads("bot")
    await beats(one)  # it was only slow
    assert not one.leads("bot")


async def test_the_metrics_say_how_many_are_alive(
    postgresql_db: Database, clock: ManualClock, joining: Joining
) -> None:
    one, _, three = await joining("one", "bot"), await joining("two", "bot"), await joining("three", "sender")
    await three.leave()
    await beats(one)
    async with postgresql_db.read() as conn:
        found = [figure for figure in await counts(conn, clock.now()) if figure.name == "duebot_workers"]
    assert [(figure.labels["role"], figure.value) for figure in found] == [("bot", 2)]


async def test_what_a_leader_does_ends_when_another_leads(postgresql_db: Database, joining: Joining) -> None:
    one, begun, over = await joining("one", "bot"), asyncio.Event(), asyncio.Event()

    async def poll() -> None:
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            over.set()

    polling = asyncio.create_task(one.while_leading("bot", poll))
    await asyncio.wait_for(begun.wait(), 5)
    one._forget()
    await asyncio.wait_for(over.wait(), 5)
    assert not polling.done()
    begun.clear()
    await beats(one)
    await asyncio.wait_for(begun.wait(), 5)
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)


async def test_who_leaves_is_followed_at_once(postgresql_db: Database, joining: Joining) -> None:
    one, two = await joining("one", "all"), await joining("two", "all")
    await one.leave()
    await beats(two)
    assert two.leads("bot")
    assert two.leads("sender")


async def test_a_process_alone_has_the_whole_rate_and_writes_down_no_claims(
    postgresql_db: Database, joining: Joining
) -> None:
    one = await joining("one", "all")
    assert (one._slots.all, one.bulk_slots, one.lanes.shared, one.chat_turns.shared) == (30, 25, False, False)


async def test_a_process_that_joins_says_nothing_until_all_share_with_it(
    postgresql_db: Database, joining: Joining
) -> None:
    one, two = await joining("one", "sender"), await joining("two", "sender")
    await beats(two)
    assert (one.bulk_slots, two.bulk_slots, two.lanes.ready) == (25, 0, False)
    await beats(one, two)
    await time_passes(postgresql_db, 3.5, one, two)
    await beats(two, one, two)
    assert one.bulk_slots + two.bulk_slots == 25
    assert one.bulk_slots
    assert two.bulk_slots


async def test_a_person_is_served_by_one_process_at_a_time_and_in_order(
    postgresql_db: Database, clock: ManualClock, joining: Joining
) -> None:
    handled: list[tuple[str, int]] = []
    at_once: set[int] = set()

    def inbox(each: Workers) -> Inbox:
        async def handle(body: str) -> None:
            update: dict[str, Any] = json.loads(body)
            user = update["message"]["from"]["id"]
            assert user not in at_once, "two handle one person's updates"
            at_once.add(user)
            await asyncio.sleep(0)
            async with postgresql_db.read() as conn:
                await rows.everybody(conn)
            at_once.discard(user)
            handled.append((each._me.worker, update["update_id"]))

        async def nobody(_body: str) -> None:
            return None

        return Inbox(postgresql_db, clock, handle, nobody, claims=each.lanes)

    async with two_bots(postgresql_db, joining) as (one, two):
        people = range(5001, 5021)
        given = [polled(words(number, user)) for number, user in enumerate([*people] * 6, start=1)]
        await write_down(postgresql_db, given[:60], clock)
        here, there = inbox(one), inbox(two)
        await asyncio.gather(here.serve(), there.serve(), write_down(postgresql_db, given[60:], clock))
        await asyncio.gather(here.settle(), there.settle())
    assert sorted(number for _, number in handled) == [*range(1, 121)]
    for user in people:
        mine = [number for _, number in handled if given[number - 1].sender == user]
        assert mine == sorted(mine)


async def test_what_a_process_held_that_died_another_serves(
    postgresql_db: Database, clock: ManualClock, joining: Joining
) -> None:
    async with two_bots(postgresql_db, joining) as (one, two):
        assert await taken(postgresql_db, one, "1", "2", "4") == ["1", "2", "4"]
        assert await taken(postgresql_db, one, "5", busy="12") == ["5"]
        assert await taken(postgresql_db, two, "1", "3", "4") == ["3", "4"]  # the fourth was given back
        await time_passes(postgresql_db, DEAD)
        await beats(two)
        assert await taken(postgresql_db, two, "1", "2") == ["1", "2"]


async def test_a_process_that_comes_back_holds_nothing_of_before(postgresql_db: Database, joining: Joining) -> None:
    async with two_bots(postgresql_db, joining) as (one, _):
        await taken(postgresql_db, one, "1")
        one._forget()
        assert not one.lanes.holds("1")
        assert not one.lanes.ready


async def test_a_chat_is_written_to_by_one_process_at_a_time(postgresql_db: Database, joining: Joining) -> None:
    async with two_bots(postgresql_db, joining) as (one, two):
        assert await asyncio.gather(*(one.chat_turns.take(chat) for chat in ("1", "2", "3"))) == [0.0, 0.0, 0.0]
        first, second = await asyncio.gather(two.chat_turns.take("1"), two.chat_turns.take("4"))
        assert PER_CHAT_S < first <= LONGEST_S
        assert second == 0.0
        assert await one.chat_turns.take("1") == 0.0
        one.chat_turns.end("1")
        one.chat_turns.end("2")
        await one.chat_turns.close()
        assert PER_CHAT_S < await two.chat_turns.take("1") <= LONGEST_S  # another message of the first is under way
        assert 0 < await two.chat_turns.take("2") <= PER_CHAT_S
        await time_passes(postgresql_db, PER_CHAT_S)
        assert await two.chat_turns.take("2") == 0.0


async def test_a_flood_wait_is_everybodys(postgresql_db: Database, joining: Joining) -> None:
    async with two_bots(postgresql_db, joining) as (one, two):
        one._pacer.pause(60)
        await beats(one, two)
        assert 50 < two._pacer.paused_for_s <= 60


async def test_what_is_over_is_tidied_away(postgresql_db: Database, joining: Joining) -> None:
    async with two_bots(postgresql_db, joining) as (one, two):
        await one.chat_turns.take("1")
        await taken(postgresql_db, one, "1")
        await time_passes(postgresql_db, 2 * DEAD)
        two._tidied_at_s = 0.0
        await beats(two)
        async with postgresql_db.read() as conn:
            counts = [(await conn.execute(text(f"SELECT count(*) FROM {name}"))).scalar_one() for name in TABLES]
        assert counts == [1, 0, 0]


TABLES = ("workers", "lane_claims", "chat_turns")


async def test_a_process_that_was_killed_is_known_by_its_connection(postgresql_db: Database, joining: Joining) -> None:
    killed = await joining("one", "all")
    assert killed.leads("bot")
    killed._end_session()  # as the system closes it
    await time_passes(postgresql_db, rules.GONE_AFTER_S)
    restarted = await joining("two", "all")
    assert (restarted.leads("bot"), restarted.leads("sender"), restarted.lanes.ready) == (True, True, True)
    await time_passes(postgresql_db, rules.GONE_COUNTS_S, restarted)
    await beats(restarted)
    assert restarted.bulk_slots > 0


async def test_a_process_whose_connection_alone_broke_opens_another(postgresql_db: Database, joining: Joining) -> None:
    one, two = await joining("one", "bot"), await joining("two", "bot")
    one._end_session()
    await beats(one)
    await time_passes(postgresql_db, rules.GONE_AFTER_S)
    await beats(two, one)
    assert (one.leads("bot"), two.leads("bot")) == (True, False)


async def test_who_was_taken_for_dead_leads_no_more(postgresql_db: Database, joining: Joining) -> None:
    one = await joining("one", "bot")
    one._end_session()
    await time_passes(postgresql_db, rules.GONE_AFTER_S)
    two = await joining("two", "bot")
    await beats(one)
    assert (one.leads("bot"), two.leads("bot")) == (False, True)
