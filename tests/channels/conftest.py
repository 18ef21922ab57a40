"""Fixtures for all channels: a reminder as a customer gets it, and a bot whose Bot API takes every call."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from apprise.manager_plugins import NotificationManager
from telegram.ext import ExtBot

from bot.channels import Envelope
from bot.channels.rate_limiter import Priority, RateLimiter
from bot.channels.telegram import build_bot
from bot.message import Button, Message
from tests.channels.telegram_api import TOKEN, Api


@pytest.fixture(scope="session", autouse=True)
def apprise_is_loaded() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a service of Apprise's uses an old module is no concern of a test
        NotificationManager().schemas()


@pytest.fixture
def reminder() -> Message:
    return Message(
        "A short note from Wallet\n\nComing up:\n• Visa &amp; more: <b>NT$1,200.00</b>, due Tue, 24 Nov\n"
        "    <i>of it 20.00 interest</i>\n\nTurn reminders off: reply STOP",
        ((Button("Pay", url="https://wallet.example/pay?i=1&c=2"),), (Button("Balance", "balance"),)),
    )


@pytest.fixture
def notice(reminder: Message) -> Envelope:
    return Envelope(reminder, "A short note from Wallet", reference="notice-7", language="en", customer_id="C1")


@pytest.fixture
async def api() -> Api:
    return Api()


@pytest.fixture
async def bot(api: Api) -> AsyncIterator[ExtBot[Priority]]:
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.handle)
    async with TestServer(app) as server:
        limiter = RateLimiter(per_second=1000, per_chat_s=0.0001, per_group_minute=100_000)
        async with build_bot(TOKEN, str(server.make_url("/")), limiter) as bot:
            yield bot
