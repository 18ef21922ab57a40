"""`/history`: what was sent and answered, a page at a time, and as a signed file."""

from __future__ import annotations

from bot.channels.telegram import Priority, send_document
from bot.views.outlook import history as views
from bot.views.outlook.history_file import FILE_NAME
from bot.work.outlook.contact_history import contact_history, signed_history
from handlers.customer.speakers import CustomerTalk, for_customers, reply
from handlers.registry import customer_command, customer_press


@customer_command("history")
@for_customers
async def show(talk: CustomerTalk) -> None:
    await _page(talk, 1)


@customer_press(r"history:(?P<page>[0-9]{1,6})")
@for_customers
async def turn(talk: CustomerTalk) -> None:
    assert talk.context.match is not None
    await _page(talk, int(talk.context.match["page"]))


@customer_press("history:file")
@for_customers
async def file(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    content = await signed_history(parts.db, parts.settings, talk.customer_id, parts.clock.now())
    if content is not None:
        message = views.beside_file(talk.t, parts.settings.brand)
        user_id = talk.speaker.user_id
        await send_document(talk.context.bot, user_id, content, FILE_NAME, message, priority=Priority.INTERACTIVE)


async def _page(talk: CustomerTalk, number: int) -> None:
    found = await contact_history(talk.context.parts.db, talk.customer_id)
    assert found is not None, "who has a link is known"
    zone = found.facts.customer.zone
    await reply(talk, views.history(talk.t, found.records, zone, found.kept_from, number))
