"""A local Telegram over HTTP, and a bot that uses it with the real client library."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, Person, serve


@pytest.fixture
def telegram(clock: ManualClock) -> LocalTelegram:
    return LocalTelegram(clock=clock)


@pytest.fixture
async def url(telegram: LocalTelegram) -> AsyncIterator[str]:
    async with serve(telegram) as base:
        yield base


@pytest.fixture
async def bot(telegram: LocalTelegram, url: str) -> AsyncIterator[Bot]:
    """The real client library, over HTTP."""
    plain = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
    client = Bot(
        telegram.token,
        base_url=f"{url}/bot",
        base_file_url=f"{url}/file/bot",
        request=plain[0],
        get_updates_request=plain[1],
    )
    async with client:
        yield client


@pytest.fixture
def anna(telegram: LocalTelegram) -> Person:
    """A customer who has started the bot."""
    person = telegram.person(user_id=1001, first_name="Anna", language_code="en", phone="+886912345678")
    person.say("/start")
    return person
