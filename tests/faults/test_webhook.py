"""Updates that Telegram brings to the webhook: they arrive, from Telegram only, and each is answered once."""

from __future__ import annotations

import socket

import aiohttp
import pytest

from tests.faults.world import World

PUBLIC = "https://bot.example.org"
SECRET = "q7RkB0_x2Vn-9TfLw4Zs8HdYc1"


@pytest.fixture
def address(world: World) -> str:
    """Sets the webhook up; gives where the program listens on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    world.telegram.routes[PUBLIC] = f"http://{listen}"
    world.program.env |= {"DUEBOT_LISTEN": listen, "DUEBOT_PUBLIC_URL": PUBLIC, "DUEBOT_WEBHOOK_SECRET": SECRET}
    return f"http://{listen}/telegram/webhook"


@pytest.mark.slow
async def test_only_telegram_is_listened_to_and_only_once(world: World, address: str) -> None:
    [anna] = await world.customers(1)
    await world.program.start()
    command = {"text": "/due", "entities": [{"type": "bot_command", "offset": 0, "length": 4}]}
    message = {"message_id": 1, "date": 1, "chat": anna.shown(), "from": anna.user, **command}
    statuses = []
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, {"X-Telegram-Bot-Api-Secret-Token": "ö"}):
            async with session.post(address, json={"update_id": 1, "message": message}, headers=headers) as response:
                statuses.append(response.status)
                assert SECRET not in await response.text()
    assert statuses == [403, 403, 403]
    anna.say("/balance")
    await anna.hears("500.00", timeout=60)
    world.telegram.repeat(world.telegram.updates.last_update_id)
    await world.settled()
    assert len(anna.inbox) == 1
    assert SECRET not in "".join(world.program.output)


@pytest.mark.slow
async def test_what_came_while_it_was_down_or_dying_is_answered_once(world: World, address: str) -> None:
    people = await world.customers(4)
    await world.program.start()
    world.telegram.faults.next("sendMessage", drop="before", times=10)
    trap = world.telegram.when("sendMessage", world.program.kill, moment="arrived")
    for person in people[:2]:
        person.say("/due")
    await trap.has_sprung()
    await world.program.killed()
    world.telegram.faults.clear()
    world.telegram.faults.next("setWebhook", retry_after=1)
    world.telegram.faults.next("setWebhook", drop="before")
    for person in people[2:]:
        person.say("/due")
    await world.program.start()
    await world.settled()
    assert set(world.sent_to(people).values()) == {1}
