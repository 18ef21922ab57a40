"""Everything that systems outside are told of does happen in conversations, and is told in order and signed."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import SecretStr

from bot.app import App
from bot.channels.rate_limiter import RateLimiter
from bot.policies import load_policy
from bot.rules.operations.outgoing_events import KINDS
from bot.sandbox import LocalTelegram, Person
from bot.work.agreements.disputes import key_of
from bot.work.operations.hooks import add_hook
from tests.conversations.agreements.a_case import case_of
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World
from tests.conversations.customers.test_surveys import started
from tests.rules.operations.test_event_signatures import PLAIN
from tests.work.operations.receiver import Received, receiving


async def restarted(world: World) -> None:
    """The program ends, and another begins that may send events to this machine."""
    await world.app.stop()
    limiter = RateLimiter(per_second=1000, per_chat_s=0.001, per_group_minute=100_000)
    settings = world.app.settings.model_copy(update={"hook_hosts": "127.0.0.1", "events_secret": SecretStr(PLAIN)})
    world.app = App(settings, load_policy("humane"), world.clock, limiter=limiter)
    await world.app.start()


async def live(world: World, telegram: LocalTelegram, anna: Person, ming: Person, mei: Person) -> None:
    """Eight customers' days."""
    cleo, dan, eva, finn, gina, hugo = (telegram.person(1100 + n, f"P{n}", "en") for n in range(6))
    # Anna promises and pays; Ming promises and does not.
    await owing(world, anna, -1)
    await owing(world, ming, -1, customer="C2")
    for person in (anna, ming):
        person.say("/promise")
        await person.hears("Which day")
        person.press("Thu, 5 Mar (in 3 days)")
        await person.hears("You’ll pay")
    await world.pays("P1", "I-C1-0", "1200.00")
    # Cleo agrees to a plan and Mei ends it; Dan disputes and takes it back.
    thread = await case_of(world, cleo, customer="C3")
    mei.say_in(world.group, "/plan 3 2026-03-31", topic=thread)
    await cleo.hears("proposes")
    cleo.press("Yes, I agree")
    await cleo.hears("Your plan is set")
    mei.say_in(world.group, "/plan cancel", topic=thread)
    await world.group.hears("Taken back", topic=thread)
    mei.say_in(world.group, "/done other", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await owing(world, dan, 1, customer="C4")
    dan.press_data(f"dispute:{key_of('I-C4-0')}")
    await dan.hears("A person will look into")
    dan.press_data(f"dispute:{key_of('I-C4-0')}:back")
    await dan.hears("counts as right again")
    # Eva wants no reminders; Finn needs help; Gina’s account is gone; Hugo answers a survey.
    await owing(world, eva, 5, customer="C5")
    eva.say("/stop")
    await eva.hears("any more reminders")
    await owing(world, finn, 5, customer="C6")
    finn.say("i want to die")
    await finn.hears("so sorry")
    await owing(world, gina, 0, customer="C7")
    gone = "Forbidden: user is deactivated"
    telegram.faults.next("sendMessage", status=403, description=gone, chat_id=gina.user_id)
    await owing(world, hugo, 20, customer="C8")
    await started(world)
    await world.pass_time(minutes=2)
    await hugo.hears("Were the messages clear?")
    for question in ("What would help most?", "What else?", "that was all"):
        hugo.press("Skip")
        await hugo.hears(question)
    await world.pass_time(days=8)
    mei.say_in(world.group, "/next")
    await world.app.catch_up()


@pytest.mark.slow(seconds=10)
async def test_every_event_happens_and_is_told(
    world: World, telegram: LocalTelegram, anna: Person, ming: Person, mei: Person
) -> None:
    async with receiving() as receiver:
        await restarted(world)
        await add_hook(world.db, world.app.settings, receiver.url, "*", world.clock.now())
        await live(world, telegram, anna, ming, mei)
        for _ in range(100):
            if {event.kind for event in receiver.got} == KINDS.keys():
                break
            await asyncio.sleep(0.1)
    told = receiver.got
    assert {event.kind for event in told} == KINDS.keys()
    for event in told:
        assert event.json["data"].keys() == {"customer_id", *KINDS[event.kind].example}, event.json
    assert len({*receiver.ids}) == len(told)
    by_customer: dict[str, list[Received]] = {}
    for event in told:
        by_customer.setdefault(event.customer_id, []).append(event)
    for theirs in by_customer.values():
        numbers = [int(event.event_id.rpartition("_")[2]) for event in theirs]
        assert numbers == sorted(numbers)
    kinds = {who: [event.kind for event in theirs] for who, theirs in by_customer.items()}
    assert kinds["C1"][:3] == ["customer.linked", "promise.made", "promise.kept"]
