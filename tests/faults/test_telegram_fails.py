"""Telegram refuses, breaks the connection, or is unavailable: every message is sent, and sent only once if the result
is known. If the connection broke, it is not known whether the call was carried out, and the message may come twice."""

from __future__ import annotations

import asyncio
from itertools import count, cycle
from typing import Any

import pytest

from tests.faults.program import until
from tests.faults.world import World

METHODS = (
    *("getMe", "setMyCommands", "deleteWebhook", "getUpdates", "answerCallbackQuery"),
    *("createForumTopic", "copyMessage", "editMessageText", "closeForumTopic"),
)
WAYS: tuple[dict[str, Any], ...] = ({"status": 500}, {"drop": "before"}, {"retry_after": 1}, {"drop": "after"})


LOOKS_A_MINUTE = 3  # seldom enough that the program's own writing is not held up by it


async def by_and_by(world: World, what: str, *conditions: Any) -> None:
    """Waits for what comes after pauses of half a minute, without waiting those out."""

    looks = count()

    async def hold() -> bool:
        if next(looks) % LOOKS_A_MINUTE == 0:
            await world.a_minute_passes()
        return all([await condition() for condition in conditions])

    await until(hold, what)


@pytest.mark.slow(seconds=30)
async def test_a_whole_conversation_although_every_kind_of_call_fails(world: World) -> None:
    telegram, group = world.telegram, world.group
    world.program.module = "tests.faults.short_minutes"  # all of this is more than a group may be sent in one
    await world.agents()
    [carl] = await world.customers(1, due_in_days=0)
    [anna] = await world.customers(1)

    async def reminded() -> bool:
        return await world.accepted() == {carl.user_id}

    async def closed() -> bool:
        return {row.topic for row in await world.cases()} == {"closed"}

    for method, way in zip(METHODS, cycle(WAYS), strict=False):
        telegram.faults.next(method, **way)
    for chat_id, ways in ((carl.user_id, WAYS[:2]), (anna.user_id, WAYS[1:3]), (group.chat_id, WAYS[3:])):
        for way in ways:
            telegram.faults.next("sendMessage", chat_id=chat_id, **way)
    anna.say("/due")
    await world.program.start()
    await anna.hears("Nothing to pay", timeout=60)
    anna.press("Balance")
    await anna.hears("500.00", timeout=60)
    anna.say("/agent")
    await by_and_by(world, "a reminder, and a topic with its card", reminded, world.cases_settled, world.nothing_waits)
    [case] = await world.cases()
    telegram.faults.next("copyMessage", delay_s=1.0)
    copying = telegram.when("copyMessage", moment="arrived", number=2)
    anna.send_photo(b"a picture")
    await copying.has_sprung()  # Mei, whom Anna does not know yet, writes while the program is busy with the case
    world.mei.say_in(group, "out 1", topic=case.thread_id)
    await anna.hears("out 1", timeout=60)
    await by_and_by(world, "words both ways", world.nothing_waits, world.cases_settled)
    world.mei.say_in(group, "/done other", topic=case.thread_id)
    await by_and_by(world, "a closed topic", closed, world.nothing_waits)

    topic = group.topic(case.thread_id)
    assert telegram.faults.pending == 0, f"some call was not made to fail: {telegram.faults}"
    assert topic.closed
    assert len(group.topics) == 1
    assert len(carl.inbox) == 1
    assert len([message for message in topic.messages if message.photo]) == 1
    lines = [message.text.splitlines()[0] for message in anna.inbox]
    assert lines == [
        "Your Wallet account",  # in place of what was due
        "I’ve asked a person to join. They’ll write to you here in this chat.",
        "Mei from Wallet is writing to you here.",
        "out 1",
        "This conversation has ended. Thank you for talking with us.",
    ]


@pytest.mark.slow
async def test_telegram_is_away_at_the_start_and_again_later(world: World) -> None:
    [carl] = await world.customers(1, due_in_days=0)
    people = await world.customers(4)
    port = int(world.program.env["DUEBOT_TELEGRAM_API"].rpartition(":")[2])
    await world.unplug_telegram()
    await world.program.start(until="Telegram cannot be reached")
    await world.serve_telegram(port)
    await carl.hears("is due today", timeout=60)
    await world.unplug_telegram()
    await world.program.says("no updates from Telegram")
    for person in people:
        person.say("/due")
    await world.serve_telegram(port)
    await asyncio.gather(*(person.hears("Nothing to pay", timeout=60) for person in people))
    await world.settled()
    assert set(world.sent_to(world.people).values()) == {1}


@pytest.mark.slow
async def test_a_token_that_telegram_refuses_ends_the_program(world: World) -> None:
    world.telegram.token = "123456789:AAH-another"
    await world.program.start(until="")
    assert await world.program.ended() == 1
    assert "set DUEBOT_TOKEN to" in world.program.told
