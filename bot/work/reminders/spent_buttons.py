"""Takes away the buttons of reminders whose debts are settled, once the receipt was accepted. It is tried once: who
presses them all the same is told how things are."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from bot.channels.telegram import TelegramChannel
from bot.work.reminders.claims import Attempt
from bot.work.reminders.notice_checks import Sender
from storage.reminders import receipts
from storage.runtime.engine import is_unavailable

BUTTONS_FOR = timedelta(days=60)  # buttons of older reminders are left


async def drop_spent(sender: Sender, attempt: Attempt, now: datetime) -> None:
    """To be called for a message that a channel accepted; it does something for receipts in Telegram only."""
    channel = attempt.channel
    if attempt.notice.kind != "receipt" or not isinstance(channel, TelegramChannel):
        return
    try:
        async with sender.db.read() as conn:
            spent = await receipts.settled_reminders(conn, attempt.notice.customer_id, now - BUTTONS_FOR)
    except Exception as error:
        if is_unavailable(error):
            return
        raise
    await asyncio.gather(*(channel.drop_buttons(attempt.address, message_id) for message_id in spent))
