"""“Other ways” below a reminder: what else can be done opens in the same message, and closes again."""

from __future__ import annotations

from telegram import InlineKeyboardButton, Message

from bot.channels.rate_limiter import Priority
from bot.channels.telegram import edit_buttons
from bot.message import Button
from bot.views.menu import Rows
from bot.views.reminders.reminder import all_ways, main_buttons, other_ways
from handlers.customer.balance import due
from handlers.customer.speakers import CustomerTalk, for_customers
from handlers.registry import customer_press


@customer_press(r"ways:(?P<to>open|back)")
@for_customers
async def show(talk: CustomerTalk) -> None:
    """The main button stays as it is, with the address that it opens; only what is below it changes."""
    query, match = talk.update.callback_query, talk.context.match
    if query is None or match is None:
        return
    if not isinstance(query.message, Message):  # too old for Telegram to show it to the bot
        await due(talk.update, talk.context)
        return
    main = _main_row(query.message) or main_buttons(talk.t)[:1]
    rows = (*main, *(all_ways(talk.t) if match["to"] == "open" else ((other_ways(talk.t),),)))
    message_id = query.message.message_id
    await edit_buttons(talk.context.bot, talk.speaker.user_id, message_id, rows, priority=Priority.INTERACTIVE)


@customer_press("ways:card")
@for_customers
async def card(talk: CustomerTalk) -> None:
    """Today's card: what is due when, in place of what was there."""
    await due(talk.update, talk.context)


def _main_row(message: Message) -> Rows:
    """The first row below a message, as our own buttons."""
    if message.reply_markup is None or not message.reply_markup.inline_keyboard:
        return ()
    row = tuple(filter(None, map(_own, message.reply_markup.inline_keyboard[0])))
    return (row,) if row else ()


def _own(button: InlineKeyboardButton) -> Button | None:
    if button.url:
        return Button(button.text, url=button.url)
    return Button(button.text, str(button.callback_data)) if isinstance(button.callback_data, str) else None
