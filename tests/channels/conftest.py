"""Fixtures for all channels: a reminder as a customer gets it."""

from __future__ import annotations

import warnings

import pytest
from apprise.manager_plugins import NotificationManager

from bot.channels import Envelope
from bot.message import Button, Message


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
