"""`/calendar`: due dates, promises and parts of a plan as a calendar file, or under an address to subscribe to."""

from __future__ import annotations

from bot.channels.telegram import Priority, send_document
from bot.rules.customers.intents import Intent
from bot.views.customers import calendar as views
from bot.views.customers.button_owners import OWNER, marked
from bot.work.outlook import calendars
from handlers.customer.speakers import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_command, customer_intent, customer_press


async def _send(talk: CustomerTalk, with_sums: bool) -> None:
    # Here, because the library takes 3 MB of memory, and few ask for a calendar.
    from bot.views.customers.calendar_file import FILE_NAME, calendar_file

    parts, user_id = talk.context.parts, talk.speaker.user_id
    now = parts.clock.now()
    found = await calendars.calendar_of(parts.db, talk.customer_id, with_sums, now)
    if not found.present:
        await reply(talk, views.no_dates(talk.t))
        return
    file = calendar_file(talk.t, parts.settings.brand, found.present, found.entries, found.uids, with_sums, now)
    has_address = await calendars.has_address(parts.db, user_id)
    can_subscribe = bool(parts.settings.public_url)
    words = views.beside_file(talk.t, len(found.present), with_sums, can_subscribe, has_address)
    message = marked(words, talk.customer_id)
    await send_document(talk.context.bot, user_id, file, FILE_NAME, message, priority=Priority.INTERACTIVE)


async def _plain(talk: CustomerTalk) -> None:
    await _send(talk, with_sums=False)


@customer_intent(Intent.CALENDAR)
@customer_command("calendar")
@for_customers
async def show(talk: CustomerTalk) -> None:
    await _plain(talk)


@customer_press("calendar:sums" + OWNER)
@for_its_owner(_plain)
async def sums(talk: CustomerTalk) -> None:
    await _send(talk, with_sums=True)


@customer_press("calendar:subscribe(?P<sums>:sums)?" + OWNER)
@for_its_owner(_plain)
async def subscribe(talk: CustomerTalk) -> None:
    """An address; without a public address of the program there is none, whatever an old button says."""
    parts = talk.context.parts
    with_sums = bool(talk.context.match and talk.context.match["sums"])
    if not parts.settings.public_url:
        await _send(talk, with_sums)
        return
    now, asked_in = parts.clock.now(), talk.update.update_id
    token = await calendars.make_address(parts.db, talk.speaker.user_id, with_sums, now, asked_in)
    if token is not None:
        address = f"{parts.settings.public_url}{calendars.PATH}/{token}.ics"
        await reply(talk, views.subscribed(talk.t, address, with_sums))


@customer_press("calendar:end" + OWNER)
@for_its_owner(_plain)
async def end(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    existed = await calendars.end_address(parts.db, talk.speaker.user_id, parts.clock.now())
    await reply(talk, views.ended(talk.t, existed))
