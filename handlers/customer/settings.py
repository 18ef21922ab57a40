"""`/settings` and `/policy`: how the customer is written to, and by which rules. Settings are one message that is
edited in place; each change has a button that takes it back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.message import Message
from bot.rules.customers.phone_zones import known_zones
from bot.rules.reminders.setting_choices import AREAS, zones_in
from bot.views.customers import settings as views
from bot.views.customers import wishes as screens
from bot.views.customers.button_owners import OWNER
from bot.views.menu import menu_buttons
from bot.views.policy.policy import policy_words
from bot.work.agreements.callbacks import can_be_called
from bot.work.agreements.promises import promised_until
from bot.work.customers.customer_activity import language_of, read_facts
from bot.work.customers.unlinking import link_of
from bot.work.reminders import wishes
from bot.work.reminders.wishes import Setup
from handlers.customer.speakers import CustomerTalk, for_customers, for_its_owner, reply
from handlers.registry import customer_command, customer_press
from locales import translator


async def _setup(talk: CustomerTalk) -> Setup:
    parts = talk.context.parts
    return await wishes.setup(parts.db, parts.policies, talk.customer_id, tuple(parts.channels), parts.clock.now())


async def _show(talk: CustomerTalk, setup: Setup | None = None, undo: str = "") -> None:
    db = talk.context.parts.db
    setup = setup or await _setup(talk)
    has_phone, _ = await can_be_called(db, talk.customer_id)
    link = await link_of(db, talk.speaker.user_id)
    shown = views.Shown(
        setup.facts.customer,
        setup.offer,
        setup.today,
        setup.own_zone,
        setup.words,
        await promised_until(db, talk.customer_id),
        has_phone,
        link.link_id if link else 0,
        undo,
    )
    t = translator(await language_of(db, talk.speaker.user_id))
    await reply(talk, views.settings(t, shown))


@customer_command("settings")
@for_customers
async def show(talk: CustomerTalk) -> None:
    await _show(talk)


@customer_press(r"set:(?P<what>hour|often|channels|pause|words|zone)" + OWNER)
@for_customers
async def ask(talk: CustomerTalk) -> None:
    """What may be chosen."""
    assert talk.context.match is not None
    await reply(talk, await _SCREENS[talk.context.match["what"]](talk))


@customer_press(r"set:zones:(?P<area>[A-Za-z]{1,20}):(?P<page>[0-9]{1,3})" + OWNER)
@for_customers
async def ask_zone(talk: CustomerTalk) -> None:
    assert talk.context.match is not None
    area, page = talk.context.match["area"], int(talk.context.match["page"])
    found = zones_in(area, known_zones())
    await reply(talk, screens.choose_zone(talk.t, area, found, page) if found else await _area(talk))


@customer_press(
    r"set:(?P<what>hour|often|channels|pause|words|zone):(?P<value>(?:-(?=$|:)|[A-Za-z0-9][A-Za-z0-9_,/+-]{0,45}))"
    + OWNER
)
@for_its_owner(_show)
async def choose(talk: CustomerTalk) -> None:
    """The button carries what is chosen; what is not offered any more is answered with what is."""
    parts = talk.context.parts
    assert talk.context.match is not None
    what, value = talk.context.match["what"], talk.context.match["value"]
    setup, now = await _setup(talk), parts.clock.now()
    chosen = await wishes.choose(parts.db, talk.speaker, talk.customer_id, setup, what, value, now)
    if chosen is None:
        await reply(talk, screens.not_offered(talk.t))
        return
    parts.desk_has_work.set()
    await _show(talk, undo=f"set:{what}:{chosen.before}" if chosen.before != chosen.now else "")


async def _hour(talk: CustomerTalk) -> Message:
    setup = await _setup(talk)
    return screens.choose_hour(talk.t, setup.offer, setup.facts.customer.wishes)


async def _often(talk: CustomerTalk) -> Message:
    setup = await _setup(talk)
    return screens.choose_often(talk.t, setup.offer, setup.facts.customer.wishes.often)


async def _channels(talk: CustomerTalk) -> Message:
    setup = await _setup(talk)
    return screens.choose_channels(talk.t, setup.facts.customer, setup.offer)


async def _pause(talk: CustomerTalk) -> Message:
    setup = await _setup(talk)
    return screens.choose_pause(talk.t, setup.offer, setup.today)


async def _words(talk: CustomerTalk) -> Message:
    return screens.choose_words(talk.t, (await _setup(talk)).words)


async def _area(talk: CustomerTalk) -> Message:
    return screens.choose_area(talk.t, AREAS, (await _setup(talk)).own_zone)


_SCREENS: dict[str, Callable[[CustomerTalk], Awaitable[Message]]] = {
    "hour": _hour,
    "often": _often,
    "channels": _channels,
    "pause": _pause,
    "words": _words,
    "zone": _area,
}


@customer_command("policy")
@for_customers
async def show_policy(talk: CustomerTalk) -> None:
    """The policy of the customer's segment, with the amounts of their currencies."""
    parts = talk.context.parts
    facts = await read_facts(parts.db, talk.customer_id)
    policy = parts.policies.current.for_segment(facts.customer.segment)
    currencies = {account.balance.currency for account in facts.accounts}
    words = policy_words(talk.t, policy, currencies or None)
    await reply(talk, replace(words, buttons=menu_buttons(talk.t)))
