"""One role alone over several days: what Telegram could not accept at the start is sent later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.channels.telegram import build_bot
from bot.clock import ManualClock
from bot.policies import load_pack, load_policy
from bot.rules.policy.packs import tighten
from bot.rules.policy.policy import Policy
from bot.sandbox import LocalTelegram, serve
from bot.settings import Role, load_settings
from bot.sides.command_menus import Face, show
from storage.runtime.engine import Database
from storage.runtime.program_state import set_shown
from tests.conversations.conftest import AGENT_CHAT, BRAND, TOKEN

TRUSTED_THROUGH = date(2027, 11, 30)  # the shipped rules of China


@asynccontextmanager
async def running(role: Role, telegram: LocalTelegram, clock: ManualClock, db: Database) -> AsyncIterator[App]:
    async with serve(telegram) as url:
        settings = load_settings(
            token=SecretStr(TOKEN),
            telegram_api=url,
            database_url=SecretStr(str(db.url).replace("+aiosqlite", "")),
            agent_chat=AGENT_CHAT,
            listen="127.0.0.1:0",
        )
        app = App(settings, chinese_policy(), clock, role, limiter=RateLimiter(per_second=1000, per_chat_s=0.001))
        await app.start()
        try:
            yield app
        finally:
            await app.stop()


def chinese_policy() -> Policy:
    return tighten(load_policy("humane"), [load_pack("cn")], None)


async def until(holds: Callable[[], bool], what: str) -> None:
    """Waits for what the program does by itself."""
    end = asyncio.get_running_loop().time() + 20
    while not holds():
        assert asyncio.get_running_loop().time() < end, f"not within 20 s: {what}"
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("role", ["bot", "web"])
async def test_a_pack_that_expires_at_midnight_is_expired_for_every_role(
    role: Role, telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.RENEW_EVERY_S", 0.02)
    clock.set(datetime.combine(TRUSTED_THROUGH, time(23), UTC))
    async with running(role, telegram, clock, sqlite_db) as app:
        assert app.parts.policies.current.silenced_by == ()
        clock.move(timedelta(hours=2))
        await until(lambda: app.parts.policies.current.silenced_by == ("cn",), "the policy of the new day")


def menu(telegram: LocalTelegram, language: str, **scope: Any) -> list[str]:
    return [command["command"] for command in telegram.profile.commands(scope, language)]


@pytest.fixture
async def first_start(telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database) -> None:
    """Of a bot that Telegram shows nothing of yet."""
    telegram.profile = LocalTelegram(clock=clock, token=TOKEN).profile
    async with sqlite_db.write() as conn:
        await set_shown(conn, "")


async def test_telegram_is_told_once_a_day_what_it_has_and_at_once_what_is_new(
    telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database
) -> None:
    def told() -> bool:
        calls, telegram.requests[:] = [*telegram.requests], []
        return any(call.method == "setMyCommands" for call in calls)

    async with serve(telegram) as url, build_bot(TOKEN, url, RateLimiter(per_second=1000, per_chat_s=0.001)) as bot:
        face = Face(bot, BRAND, [])
        await show(face, sqlite_db, clock.now())
        assert told(), "it had other groups"
        await show(face, sqlite_db, clock.now() + timedelta(hours=11))
        assert not told()
        await show(replace(face, brand="Purse"), sqlite_db, clock.now())
        assert told() and telegram.profile.text("name", "") == "Purse assistant"
        await show(replace(face, brand="Purse"), sqlite_db, clock.now() + timedelta(days=1))
        assert told(), "a day later"
        for _ in range(2):  # nobody made the group that AGENT_CHAT names
            await show(replace(face, groups=[AGENT_CHAT]), sqlite_db, clock.now())
            assert told(), "what was refused is tried again"


@pytest.mark.usefixtures("first_start")
async def test_the_command_menus_come_when_telegram_can_be_reached_again(
    telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database
) -> None:
    telegram.faults.next("setMyCommands", status=502)
    telegram.faults.next("setMyCommands", drop="before")
    async with running("bot", telegram, clock, sqlite_db):
        await until(lambda: "balance" in menu(telegram, "", type="all_private_chats"), "the customers' menu")


@pytest.mark.usefixtures("first_start")
async def test_a_group_that_the_bot_is_not_in_keeps_no_other_menu_back(
    telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database
) -> None:
    async with running("bot", telegram, clock, sqlite_db):  # nobody made the group that AGENT_CHAT names
        await until(lambda: "balance" in menu(telegram, "zh", type="all_private_chats"), "the Chinese menu")


@pytest.mark.usefixtures("first_start")
@pytest.mark.parametrize("method", ["getMyName", "getMyShortDescription"])
async def test_an_odd_answer_while_the_bot_introduces_itself_does_not_end_the_program(
    method: str, telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database
) -> None:
    odd = asyncio.Event()

    def answer(_true: dict[str, Any]) -> bytes:
        odd.set()
        return b'{"ok":true,"result":true}'

    telegram.faults.next(method, answer=answer)
    stopped = asyncio.Event()
    async with running("bot", telegram, clock, sqlite_db) as app:
        serving = asyncio.create_task(app.run_until(stopped))
        await asyncio.wait_for(odd.wait(), 20)
        await asyncio.wait({serving}, timeout=0.2)
        stopped.set()
        await serving  # raises what a loop died of
