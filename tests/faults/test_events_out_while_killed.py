"""Events to other systems while the program is killed: none is lost, and none comes again but those under way."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import pytest
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.settings import Settings
from bot.work.operations.hook_sending import AT_ONCE
from bot.work.operations.hooks import add_hook
from storage.customers import customer_rows
from storage.schema import notices, outgoing_events
from tests.faults.program import until
from tests.faults.world import World
from tests.rules.operations.test_event_signatures import PLAIN
from tests.work.operations.receiver import Received, receiving

REMINDED, STOPPING, TIMES, LIVES = 24, 6, 4, 3


@pytest.mark.slow(seconds=10)
async def test_each_event_is_told_and_in_order(any_world: World) -> None:
    """Those that the program writes, as it reminds people, and those of a process that writes beside it."""
    world, chance = any_world, random.Random(5)
    await world.customers(REMINDED, due_in_days=1)
    ids = [f"C{person.user_id}" for person in await world.customers(STOPPING)]
    world.program.env |= {"DUEBOT_EVENTS_SECRET": PLAIN, "DUEBOT_HOOK_HOSTS": "127.0.0.1"}

    async def slowly(_its: Received) -> web.StreamResponse:
        await asyncio.sleep(0.05 * chance.random())
        return web.Response()

    async with receiving() as receiver:
        receiver.answers = slowly
        settings = Settings(_env_file=None, hook_hosts="127.0.0.1", events_secret=SecretStr(PLAIN))
        await add_hook(world.db, settings, receiver.url, "notice.accepted,customer.stopped", datetime.now(UTC))
        for life in range(LIVES):
            await world.program.start()
            for customer_id in ids * (TIMES if life == 0 else 0):
                async with world.db.write() as conn:
                    await customer_rows.set_stopped(conn, customer_id, None)
                    await customer_rows.set_stopped(conn, customer_id, datetime.now(UTC))
            if life < LIVES - 1:
                await receiver.has((life + 1) * 10)
                await asyncio.sleep(0.1 * chance.random())  # in the middle of it, wherever that is
                await world.program.killed()
                await world.a_minute_passes()
        await until(lambda: all_told(world), "every event to be delivered")
    async with world.db.read() as conn:
        accepted = select(func.count()).where(notices.c.state == "accepted")
        reminders = (await conn.execute(accepted)).scalar_one()
        written = (await conn.execute(select(func.count()).select_from(outgoing_events))).scalar_one()
    assert reminders == REMINDED and written == REMINDED + STOPPING * TIMES
    assert len({*receiver.ids}) == written
    assert len(receiver.ids) <= written + (LIVES - 1) * AT_ONCE
    for customer_id in ids:
        firsts = dict.fromkeys(event.event_id for event in receiver.got if event.customer_id == customer_id)
        numbers = [int(event_id.rpartition("_")[2]) for event_id in firsts]
        assert numbers == sorted(numbers)
    await world.program.stop()


async def all_told(world: World) -> bool:
    if len(await world.accepted()) != REMINDED:  # the events of these are written with them
        return False
    async with world.db.read() as conn:
        waits = select(func.count()).where(outgoing_events.c.state != "delivered")
        return not (await conn.execute(waits)).scalar_one()
