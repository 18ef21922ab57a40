"""Another program with the same token changes how Telegram gives updates: it is a trouble, and updates come again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic import SecretStr
from telegram import Bot

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.operations.troubles import Trouble
from bot.sandbox import LocalTelegram, serve
from bot.settings import load_settings
from bot.sides.webhook import keep_webhook
from bot.work.operations.monitoring import look
from storage.runtime.engine import Database
from storage.runtime.program_state import rival
from tests.conversations.conftest import TOKEN
from tests.faults.program import until

PUBLIC = "https://bot.example.org"
SECRET = SecretStr("q7RkB0_x2Vn-9TfLw4Zs8HdYc1")


@asynccontextmanager
async def running(
    telegram: LocalTelegram, clock: ManualClock, db: Database, **webhook: object
) -> AsyncIterator[tuple[App, Bot]]:
    """The bot's side, and another program with the same token."""
    async with serve(telegram) as url, Bot(TOKEN, base_url=f"{url}/bot") as other:
        address = SecretStr(str(db.url).replace("+aiosqlite", ""))
        settings = load_settings(token=SecretStr(TOKEN), telegram_api=url, database_url=address, **webhook)
        app = App(settings, load_policy("humane"), clock, "bot", limiter=RateLimiter(per_second=1000, per_chat_s=0.001))
        await app.start()
        try:
            yield app, other
        finally:
            await app.stop()


async def rivals(app: App) -> list[Trouble]:
    parts = app.parts
    found = await look(parts.db, parts.policies, parts.settings, ("telegram",), parts.clock.now())
    return [trouble for trouble in found if trouble.kind == "rival"]


async def test_a_webhook_that_a_rival_took_away_is_set_again(
    telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database
) -> None:
    async with running(telegram, clock, sqlite_db, public_url=PUBLIC, webhook_secret=SECRET) as (app, other):
        assert app.bot_side is not None
        since = clock.now()
        for change in (other.delete_webhook, lambda: other.set_webhook("https://other.example")):
            assert await rivals(app) == []
            await change()
            await keep_webhook(app.bot_side._bot, app.parts)
            assert (await other.get_webhook_info()).url == f"{PUBLIC}/telegram/webhook"
            clock.move(timedelta(minutes=1))
        await keep_webhook(app.bot_side._bot, app.parts)
        assert await rivals(app) == [Trouble("rival", at=since)]


async def test_a_webhook_that_a_rival_set_does_not_end_polling(
    telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database
) -> None:
    async with running(telegram, clock, sqlite_db) as (app, other):

        async def noticed() -> bool:
            async with sqlite_db.read() as conn:
                return await rival(conn) is not None and not (await other.get_webhook_info()).url

        await other.set_webhook("https://other.example")
        await until(noticed, "the rival is written down, and its webhook removed")
        anna = telegram.person(1001, "Anna", "en")
        anna.say("/start")
        await anna.hears("")
