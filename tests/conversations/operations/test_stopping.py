"""The program ends as soon as what is under way has ended: no loop sleeps on until it would look for work again."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from bot import app as program
from bot.app import App
from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, serve
from bot.settings import load_settings
from bot.sides import sender_side
from bot.work.operations import hook_sending
from storage.runtime.engine import Database
from tests.conversations.conftest import AGENT_CHAT, TOKEN, humane

LOOKS_IN_S = ENDS_BY_FORCE_S = 3600.0
ENDS_WITHIN_S = 30


async def test_no_loop_sleeps_on(
    monkeypatch: pytest.MonkeyPatch, telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database
) -> None:
    for module in (program, sender_side, hook_sending):
        monkeypatch.setattr(module, "LOOK_EVERY_S", LOOKS_IN_S)
    monkeypatch.setattr(program, "STOP_WITHIN_S", ENDS_BY_FORCE_S)
    telegram.forum(AGENT_CHAT, "Agents", members=[])
    async with serve(telegram) as url:
        settings = load_settings(
            token=SecretStr(TOKEN),
            telegram_api=url,
            database_url=SecretStr(str(sqlite_db.url).replace("+aiosqlite", "")),
            agent_chat=AGENT_CHAT,
            listen="127.0.0.1:0",
            events_secret=SecretStr("8c1f5f0a9e7b4d3c2a6e1b0d9f8c7a6b"),
        )
        running = App(settings, humane(), clock)
        await running.start()
        await running.catch_up()
        await asyncio.wait_for(running.stop(), ENDS_WITHIN_S)
