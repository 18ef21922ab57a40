"""Three senders and two bots on one PostgreSQL, killed in turn under load, before a Telegram that counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from bot.sandbox.faults import Limits
from storage.schema import notices, updates, workers
from tests.faults.program import Program, until
from tests.faults.world import World

RATE = 12
DUE, ASKING = 150, 20
TAKEN_OVER_WITHIN_S = 30.0  # some five seconds, on a machine where nobody waits for a processor


class Counting(Limits):
    """Telegram's limits, and how often one was passed."""

    passed = 0

    def check(self, chat_id: int, messages: int = 1) -> None:
        try:
            super().check(chat_id, messages)
        except Exception:
            self.passed += 1
            raise


class Machines:
    """The processes of one bot, each with its role."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.killed: list[Program] = []
        env = {**world.program.env, "DUEBOT_SEND_RATE": str(RATE)}
        self.running = [(role, Program(world.folder, env)) for role in ("bot", "sender", "sender", "bot", "sender")]
        self.may_come_twice: Counter[int] = Counter()

    async def start(self) -> None:
        await asyncio.gather(*(program.start("run", "--role", role) for role, program in self.running))

    async def leading(self, role: str) -> Program:
        leads = workers.c.leads_bot if role == "bot" else workers.c.leads_sender
        found: list[Program] = []

        async def one_leads() -> bool:
            async with self.world.db.read() as conn:
                rows = await conn.execute(select(workers.c.worker).where(leads).order_by(workers.c.beat_s.desc()))
                names = [name.split(":")[-2] for name in rows.scalars()]
            found[:] = [program for name in names[:1] for _, program in self.running if str(program.pid) == name]
            return bool(found)

        await until(one_leads, f"a leading {role} that is alive", TAKEN_OVER_WITHIN_S)
        return found[0]

    async def kill(self, program: Program) -> None:
        pid = program.pid
        await program.killed()
        self.running = [(role, each) for role, each in self.running if each is not program]
        self.may_come_twice.update(await self._in_flight())
        async with self.world.db.write() as conn:  # its claims are as good as old
            lost = notices.c.claimed_by.like(f"%:{pid}:%")
            await conn.execute(update(notices).where(lost).values(claimed_at=datetime.now(UTC) - timedelta(minutes=1)))

    async def _in_flight(self) -> set[int]:
        """Who may have been sent something that is not written down."""
        sent = {call.chat_id for call in self.world.telegram.arrived if call.method == "sendMessage"}
        async with self.world.db.read() as conn:
            begun = (await conn.execute(select(updates.c.lane).where(updates.c.begun_at.is_not(None)))).scalars()
            lanes = {int(lane) for lane in begun if lane.isdecimal()}
        due = {person.user_id for person in self.world.people[:DUE]}
        return (sent & due) - await self.world.accepted() | lanes

    async def end(self) -> None:
        for _, program in self.running:
            code, _ = await program.stop()
            assert code == 0, program.told


async def ask(world: World, chance: Random, asked: Counter[int]) -> None:
    """People ask all the while, some of them just as their reminder comes."""
    while True:
        person = chance.choice(world.people)
        person.say("/balance")
        asked[person.user_id] += 1
        await asyncio.sleep(0.3)


@pytest.mark.slow(seconds=60)
async def test_processes_that_are_killed_in_turn_lose_nothing_and_keep_the_limits(postgresql_world: World) -> None:
    world, chance, asked = postgresql_world, Random(11), Counter[int]()
    limits = world.telegram.limits = Counting(overall_s=RATE)
    await world.customers(DUE, due_in_days=0)
    await world.customers(ASKING)
    machines = Machines(world)
    await machines.start()
    asking = asyncio.create_task(ask(world, chance, asked))
    try:
        for role in ("sender", "bot", "sender"):
            accepted = len(await world.accepted())

            async def some_more() -> bool:
                return len(await world.accepted()) >= min(DUE, accepted + 15)  # noqa: B023

            await until(some_more, "more reminders")
            await machines.kill(await machines.leading(role))
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    async def all_reminded() -> bool:
        return len(await world.accepted()) == DUE

    await until(all_reminded, "a reminder to everybody")
    await world.settled()
    await machines.end()
    sent = world.sent_to(world.people)
    for number, person in enumerate(world.people):
        due = asked[person.user_id] + (number < DUE)
        most = due + machines.may_come_twice[person.user_id]
        assert due <= sent[person.user_id] <= most, (person.user_id, due, sent[person.user_id], most)
    assert limits.passed == 0
