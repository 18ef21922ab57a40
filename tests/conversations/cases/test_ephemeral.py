"""What is for one agent alone is shown to them in the topic where Telegram can do that, else as before."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox import Message, Person
from tests.conversations.cases.test_contact_disclosure import events, has_case
from tests.conversations.conftest import World
from tests.conversations.topics.test_topic_header import PHONE


def for_one_alone(world: World) -> list[tuple[int, Message]]:
    """What was shown to one member of the group, with their id."""
    return [(m.raw["receiver_user"]["id"], m) for m in world.group.messages if "receiver_user" in m.raw]


async def shown_alone(world: World, count: int) -> list[tuple[int, Message]]:
    """The same, as soon as there are so many."""
    for _ in range(1000):
        if len(for_one_alone(world)) >= count:
            break
        await asyncio.sleep(0.01)
    return for_one_alone(world)


def asked_for(world: World, method: str) -> int:
    return sum(request.method == method for request in world.telegram.requests)


@pytest.mark.parametrize("version", ["10.2", "10.3"])
async def test_a_number_is_shown_to_its_agent_alone(world: World, anna: Person, mei: Person, version: str) -> None:
    world.telegram.ephemeral = version  # type: ignore[assignment]
    thread = await has_case(world, anna, mei)
    told = len(mei.inbox)
    for count in (1, 2):
        mei.say_in(world.group, "/reveal", topic=thread)
        shown = await shown_alone(world, count)
    assert [(who, message.thread_id) for who, message in shown] == [(mei.user_id, thread)] * 2
    assert all(PHONE in message.text for _, message in shown)
    assert len(mei.inbox) == told
    assert not [m for m in world.group.messages if PHONE in m.text and "receiver_user" not in m.raw]
    assert [kind for kind, *_ in await events(world, "revealed")] == ["revealed", "revealed"]
    assert asked_for(world, "deleteEphemeralMessage") == 1, "what the server knows is asked once"


async def test_what_was_not_sent_is_told_to_its_author_alone(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    world.telegram.ephemeral = "10.3"
    thread = await has_case(world, anna, mei)
    bob.say_in(world.group, "Hello Anna", topic=thread)
    bob.say_in(world.group, "/dnoe paid", topic=thread)
    bob.say_in(world.group, "/hold 3", topic=thread)
    shown = await shown_alone(world, 3)
    assert [who for who, _ in shown] == [bob.user_id] * 3
    assert ["Mei" in m.text or "/done" in m.text for _, m in shown] == [True] * 3


@pytest.mark.parametrize("why", ["an older server", "no administrator", "shown to all"])
async def test_where_telegram_cannot_do_that_the_number_comes_in_private(
    world: World, anna: Person, mei: Person, why: str
) -> None:
    thread = await has_case(world, anna, mei)
    world.telegram.ephemeral = {"no administrator": "10.3", "shown to all": "ignored"}.get(why)  # type: ignore[assignment]
    if why == "no administrator":
        world.group.bot_status = "member"
    for _ in range(2):
        mei.say_in(world.group, "/reveal", topic=thread)
        assert PHONE in (await mei.hears("Case #1")).text
    await world.app.catch_up()
    assert not [m for m in world.group.messages if PHONE in m.text], "deleted at once, and not tried again"
    assert not for_one_alone(world)
    assert sum(PHONE in m.text for m in world.telegram.sent(chat_id=world.group.chat_id)) == (why == "shown to all")
