"""A handler that waits for ever is ended and its update put aside, unless it waits for Telegram or the database."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.rate_limiter import RateLimiter
from bot.clock import ManualClock
from bot.rules.runtime.retries import Retries
from bot.waiting import OwnTime, waiting_outside
from bot.work.runtime import inbox_turns
from bot.work.runtime.inbox_turns import Inbox
from bot.work.runtime.intake import polled, write_down
from storage.runtime.engine import Database
from storage.runtime.failures import Unusable
from storage.runtime.write_retry import persist
from storage.schema import updates


def says(number: int, text: str) -> Any:
    person = {"id": 5, "is_bot": False, "first_name": "A"}
    message = {"message_id": number, "date": 1, "chat": {"id": 5, "type": "private"}, "from": person, "text": text}
    return polled({"update_id": number, "message": message})


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_turns, "OWN_TIME_S", 0.1)
    monkeypatch.setattr(inbox_turns, "AGAIN", Retries((0.01,), most=4))


@pytest.mark.usefixtures("_short")
async def test_what_waits_for_ever_is_put_aside_and_the_next_words_are_heard(
    sqlite_db: Database, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[str] = []
    told: list[str] = []

    async def handle(body: str) -> None:
        text = json.loads(body)["message"]["text"]
        heard.append(text)
        if text == "endless":
            await asyncio.get_running_loop().create_future()

    async def sorry(body: str) -> None:
        told.append(body)

    await write_down(sqlite_db, [says(1, "endless"), says(2, "next")], clock)
    async with asyncio.timeout(20):
        await Inbox(sqlite_db, clock, handle, sorry).settle()
    assert heard == ["endless", "endless", "next"]
    assert len(told) == 1
    async with sqlite_db.read() as conn:
        rows = (await conn.execute(select(updates.c.state, updates.c.error).order_by(updates.c.update_id))).all()
    assert [tuple(row) for row in rows] == [("failed", "Endless"), ("done", None)]
    assert "at=work/runtime/test_endless.py" in capsys.readouterr().out  # where it waited


@pytest.mark.usefixtures("_short")
@pytest.mark.parametrize("what", ["telegram", "database"])
async def test_who_waits_for_telegram_or_the_database_is_let_wait(
    sqlite_db: Database, clock: ManualClock, what: str
) -> None:
    async def answers_late() -> bool:
        await asyncio.sleep(0.5)
        return True

    tries = 0

    async def locked_for_a_while() -> None:
        nonlocal tries
        tries += 1
        if tries < 4:  # 0.1, 0.3 and 1 seconds until the fourth
            raise Unusable(11, "it is locked", "somewhere")

    begun: list[str] = []

    async def handle(body: str) -> None:
        begun.append(body)
        if what == "database":
            await persist(locked_for_a_while)
        else:
            await RateLimiter().process_request(answers_late, (), {}, "sendMessage", {"chat_id": 5}, None)

    await write_down(sqlite_db, [says(1, "slow")], clock)
    await Inbox(sqlite_db, clock, handle, handle).settle()
    assert len(begun) == 1
    async with sqlite_db.read() as conn:
        assert (await conn.execute(select(updates.c.state))).scalars().all() == ["done"]


def test_what_is_waited_for_twice_at_once_is_taken_off_once() -> None:
    now = 0.0
    own = OwnTime(lambda: now)
    with own.counted():
        now = 3.0
        with waiting_outside():
            now = 10.0
            with waiting_outside():
                now = 20.0
                assert own.seconds == 3.0
            now = 30.0
        now = 31.0
    assert own.seconds == 4.0
    with waiting_outside():  # nobody's
        now = 40.0
    assert own.seconds == 13.0


async def test_nothing_of_an_update_waits_for_the_garbage_collection(sqlite_db: Database, clock: ManualClock) -> None:
    async def handle(_body: str) -> None:
        return None

    await write_down(sqlite_db, [says(1, "hello")], clock)
    gc.collect()
    gc.disable()
    try:
        others = [id(each) for each in gc.get_objects() if type(each) is OwnTime]  # an earlier test's loop has them
        await Inbox(sqlite_db, clock, handle, handle).settle()
        assert [each for each in gc.get_objects() if type(each) is OwnTime and id(each) not in others] == []
    finally:
        gc.enable()
