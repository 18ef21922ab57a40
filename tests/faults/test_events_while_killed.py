"""The wallet's events while the program is killed: what was answered is applied, and nothing twice."""

from __future__ import annotations

import asyncio
import json
import random
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from storage.schema import instalments, payments, wallet_events
from tests.faults.program import until
from tests.faults.test_running_out import listening
from tests.faults.world import World
from tests.rules.operations.test_event_signatures import PLAIN, standard

DEBTS, EVENTS, LIVES = 4, 90, 3
CENTS = 100  # of each payment


def payment(number: int, instalment_id: str) -> bytes:
    now = datetime.now(UTC)
    about = {"payment_id": f"P{number}", "instalment_id": instalment_id}
    data = {**about, "paid_on": now.date().isoformat(), "amount": "1.00"}
    return json.dumps({"type": "payment.received", "timestamp": now.isoformat(), "data": data}).encode()


@pytest.mark.slow
async def test_each_event_that_was_answered_is_applied_once(any_world: World) -> None:
    world = any_world
    people = await world.customers(DEBTS, due_in_days=20)
    ids = [f"IC{person.user_id}" for person in people]
    url = f"http://127.0.0.1:{listening(world)}/api/v1/events"
    world.program.env["DUEBOT_EVENTS_SECRET"] = PLAIN
    bodies = {f"m{n}": payment(n, ids[n % DEBTS]) for n in range(EVENTS)}
    chance, left = random.Random(11), list(bodies)

    async def send(http: aiohttp.ClientSession, event_id: str) -> bool:
        """Whether it was answered; the wallet sends others again."""
        headers = standard(PLAIN, event_id, str(int(time.time())), bodies[event_id])
        try:
            async with http.post(url, data=bodies[event_id], headers=headers) as got:
                return got.status == 202
        except aiohttp.ClientError:
            return False

    async def some(http: aiohttp.ClientSession, ids_: list[str]) -> None:
        answered = await asyncio.gather(*(send(http, event_id) for event_id in ids_))
        for event_id, is_answered in zip(ids_, answered, strict=True):
            if is_answered and event_id in left:
                left.remove(event_id)

    for life in range(LIVES):
        await world.program.start()
        async with aiohttp.ClientSession() as http:
            sending = asyncio.create_task(some(http, chance.sample(left, min(len(left), EVENTS // 2))))
            if life < LIVES - 1:
                await asyncio.sleep(0.02 + 0.1 * chance.random())  # in the middle of it, wherever that is
                await world.program.killed()
                await sending
            else:
                await sending
                while left:
                    await some(http, left[:20])
                await some(http, chance.sample(list(bodies), 20))  # and some once more
    await until(lambda: all_applied(world), "every event to be applied")
    async with world.db.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(payments))).scalar_one() == EVENTS
        paid: Any = (await conn.execute(select(instalments.c.instalment_id, instalments.c.paid))).all()
    assert dict(map(tuple, paid)) == {id_: CENTS * len(range(n, EVENTS, DEBTS)) for n, id_ in enumerate(ids)}
    await world.program.stop()


async def all_applied(world: World) -> bool:
    async with world.db.read() as conn:
        counted = select(wallet_events.c.state, func.count()).group_by(wallet_events.c.state)
        return dict(map(tuple, (await conn.execute(counted)).all())) == {"applied": EVENTS}
