"""The doctor and Telegram: the token, the webhook, the agents' group and the bot's rights in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels.rate_limiter import RateLimiter
from bot.channels.telegram import build_bot
from bot.channels.telegram_checks import TelegramChecks
from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, serve
from bot.work.operations.findings import Finding
from bot.work.operations.health_checks import examine
from storage.runtime.engine import Database
from tests.work.lives import MEI
from tests.work.operations.health import GROUP, TOKEN, settings


@pytest.fixture
def telegram(clock: ManualClock) -> LocalTelegram:
    local = LocalTelegram(clock=clock, token=TOKEN, bot_username="wallet_bot")
    local.forum(GROUP, "Agents", members=[local.person(MEI, "Mei")])
    return local


@pytest.fixture
async def api(telegram: LocalTelegram) -> AsyncIterator[str]:
    async with serve(telegram) as url:
        yield url


async def asked(db: Database, clock: ManualClock, api: str, token: str = TOKEN, **more: Any) -> list[Finding]:
    """What is found at Telegram."""
    checks = TelegramChecks(build_bot(token, api, RateLimiter()))
    try:
        found = await examine(settings(**more), db, checks, clock)
    finally:
        await checks.close()
    assert TOKEN.partition(":")[2] not in repr(found)
    return [f for f in found if f.what in ("telegram", "webhook", "agents' group")]


async def test_telegram_is_well(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    assert await asked(sqlite_db, clock, api) == [
        Finding("telegram", True, "the token is that of @wallet_bot"),
        Finding("webhook", True, "updates come by long polling"),
        Finding("agents' group", True, "'Agents' has topics, and the bot may manage them"),
    ]


async def test_a_wrong_token_is_said_once(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    assert await asked(sqlite_db, clock, api, "123456:AAwrong-but-well-formed") == [
        Finding("telegram", False, "Telegram refuses the token", "set DUEBOT_TOKEN to the one that @BotFather shows")
    ]


async def test_a_telegram_out_of_reach_is_said(sqlite_db: Database, clock: ManualClock) -> None:
    (finding,) = await asked(sqlite_db, clock, "http://127.0.0.1:1")
    assert (finding.what, finding.ok) == ("telegram", False)
    assert "network" in finding.words


async def test_no_group_is_asked_about_where_none_is_set(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    assert [f.what for f in await asked(sqlite_db, clock, api, agent_chat=None)] == ["telegram", "webhook"]


PUBLIC = {"public_url": "https://due.example.org", "webhook_secret": SecretStr("q7RkB0_x2Vn-9TfLw4Zs8HdYc1")}


async def test_a_webhook_that_is_not_set_yet_is_a_warning(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    finding = (await asked(sqlite_db, clock, api, **PUBLIC))[1]
    assert (finding.ok, finding.words) == (None, "updates do not come to https://due.example.org/telegram/webhook yet")


async def set_webhook(api: str, url: str) -> None:
    async with build_bot(TOKEN, api, RateLimiter()) as bot:
        await bot.set_webhook(url)


async def test_the_webhook_of_the_settings_is_well(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    await set_webhook(api, "https://due.example.org/telegram/webhook")
    assert (await asked(sqlite_db, clock, api, **PUBLIC))[1].ok is True


async def test_a_webhook_elsewhere_is_wrong_and_its_path_is_not_said(
    sqlite_db: Database, clock: ManualClock, api: str
) -> None:
    await set_webhook(api, "https://other.example.net/hook/another-secret")
    finding = (await asked(sqlite_db, clock, api, **PUBLIC))[1]
    assert (finding.ok, finding.words) == (False, "updates go elsewhere, to https://other.example.net")


async def test_a_webhook_while_polling_is_meant_is_a_warning(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    await set_webhook(api, "https://other.example.net/hook/another-secret")
    finding = (await asked(sqlite_db, clock, api))[1]
    assert finding.ok is None
    assert "long polling" in finding.words


async def group_finding(db: Database, clock: ManualClock, api: str, **more: Any) -> Finding:
    return (await asked(db, clock, api, **more))[2]


async def test_a_group_that_nobody_knows_is_wrong(sqlite_db: Database, clock: ManualClock, api: str) -> None:
    finding = await group_finding(sqlite_db, clock, api, agent_chat=-100777)
    assert finding.ok is False
    assert "add the bot to the group" in finding.mend


async def test_a_group_without_the_bot_is_wrong(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].remove_bot()
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.words.startswith("the bot is not in the group")) == (False, True)


async def test_a_group_that_moved_is_a_warning_with_its_new_id(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    new = telegram.groups[GROUP].migrate()
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.mend) == (None, f"set DUEBOT_AGENT_CHAT to {new}")


async def test_a_bot_that_is_no_administrator_is_wrong(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].demote_bot()
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.words) == (
        False,
        "the bot is not an administrator of 'Agents', so it hears nothing there",
    )


async def test_a_bot_that_may_not_manage_topics_is_wrong(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].set_bot_rights(can_manage_topics=False)
    finding = await group_finding(sqlite_db, clock, api)
    assert (finding.ok, finding.mend) == (False, "give it the right 'Manage topics'")


async def test_a_bot_that_may_not_pin_is_told_of_and_all_right(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.groups[GROUP].set_bot_rights(can_pin_messages=False)
    finding = (await asked(sqlite_db, clock, api))[3]
    assert (finding.ok, finding.mend) == (None, "give it the right 'Pin messages', if they should be")


async def test_a_group_without_topics_is_a_warning(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.group(-1005, "Friends", bot_admin=True)
    finding = await group_finding(sqlite_db, clock, api, agent_chat=-1005)
    assert (finding.ok, finding.words.startswith("'Friends' has no topics")) == (None, True)


async def test_each_of_several_groups_is_looked_at(
    sqlite_db: Database, clock: ManualClock, telegram: LocalTelegram, api: str
) -> None:
    telegram.group(-1005, "Friends", bot_admin=True)
    found = await asked(sqlite_db, clock, api, agent_chat=f"{GROUP},-1005")
    assert [finding.ok for finding in found[2:]] == [True, None]
