"""Call-backs: a time is chosen with a button, moved, or cancelled."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.message import Message
from bot.views.agreements import callbacks as views
from bot.views.customers.button_owners import OWNER
from bot.work.agreements import callbacks
from bot.work.agreements.callbacks import Chosen, Slots
from handlers.customer.speakers import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_press


async def _offer(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    found = await callbacks.offer(parts.db, parts.policies.current, talk.customer_id, parts.clock.now())
    await reply(talk, _said(talk, found))


@customer_press("call")
@for_customers
async def ask(talk: CustomerTalk) -> None:
    await _offer(talk)


@customer_press(r"call:(?P<at>[0-9]{8}T[0-9]{4})" + OWNER)
@for_its_owner(_offer)
async def choose(talk: CustomerTalk) -> None:
    """The button carries the time; a time that was not offered is checked like any other."""
    parts = talk.context.parts
    assert talk.context.match is not None
    at = _instant(talk.context.match["at"])
    found = await callbacks.choose(parts.db, parts.policies.current, talk.customer_id, at, parts.clock.now())
    parts.desk_has_work.set()
    await reply(talk, _said(talk, found, again=True))


@customer_press("call:no" + OWNER)
@for_its_owner(_offer)
async def cancel(talk: CustomerTalk) -> None:
    parts = talk.context.parts
    existed = await callbacks.cancel(parts.db, talk.customer_id, parts.clock.now())
    parts.desk_has_work.set()
    await reply(talk, views.cancelled(talk.t, existed))


def _said(talk: CustomerTalk, found: Slots | Chosen | str, again: bool = False) -> Message:
    t = talk.t
    if isinstance(found, Chosen):
        return views.chosen(t, found.at, found.zone, talk.context.parts.settings.brand)
    if isinstance(found, Slots):
        return views.choose_slot(t, found.offered, found.zone, found.at, again)
    return views.no_phone(t)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None  # not a valid time
