"""Five hundred cases at once, four agents, and a group of twenty calls a minute: no customer's word waits longer than
ten seconds, and no agent longer than three for the answer to /next, in the group or in their own chat. Each agent is in
a conversation; together they take a case every 24 seconds, and once all four take one in the same moment, and the
customer of one of these writes at once.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from bot.clock import ManualClock
from bot.sandbox import Limits, LocalTelegram, Person
from storage.runtime.engine import Database
from storage.schema import cases, customers
from tests.conversations.conftest import World
from tests.conversations.stepped_time import SteppedTime, let_it_work, pass_seconds, stepped_world

CASES = 500
AGENTS = 4
SECONDS = 144
BETWEEN_S = 24  # an agent takes a case, and each of the four customers writes once
ALL_AT = 48  # all agents take a case in this second
NEW = "W4"  # whose case is the third of these


@pytest.fixture
async def busy(
    telegram: LocalTelegram, clock: ManualClock, sqlite_db: Database, tmp_path: Path
) -> AsyncIterator[tuple[World, SteppedTime, list[Person]]]:
    agents = [telegram.person(3100 + n, f"Agent {n}", "en") for n in range(AGENTS)]
    async with stepped_world(telegram, clock, sqlite_db, tmp_path, agents) as (world, time):
        yield world, time, agents


@pytest.mark.slow(seconds=3)
async def test_no_customers_word_waits_longer_than_ten_seconds(
    busy: tuple[World, SteppedTime, list[Person]], telegram: LocalTelegram
) -> None:
    world, time, agents = busy
    talkers = [telegram.person(2100 + n, f"Customer {n}", "en") for n in range(AGENTS)]
    for n, person in enumerate(talkers):  # each agent talks with somebody already
        await world.customer(f"T{n}")
        await world.link(f"T{n}", person)
        person.say("/agent")
        await pass_seconds(world, time, 3)  # what was said in this chat before has its second, too
        agents[n].say("/start")
        await pass_seconds(world, time, 3)
        agents[n].say_in(world.group, "/next")
        await pass_seconds(world, time, 3)
    async with world.db.read() as conn:
        assert await conn.scalar(select(func.count()).where(cases.c.owner_id.is_not(None))) == AGENTS
    await pass_seconds(world, time, 120)
    now = world.clock.now()
    person = {"name": "Anna", "language": "en", "zone": "Asia/Taipei", "facts_at": now}
    case = {"reason": "overdue", "state": "waiting", "opened_at": now, "due_at": now}
    async with world.db.write() as conn:
        await conn.execute(insert(customers), [{"customer_id": f"W{n}", **person} for n in range(CASES)])
        await conn.execute(insert(cases), [{"customer_id": f"W{n}", **case} for n in range(CASES)])
    stranger = telegram.person(2200, "Customer of a new case", "en")
    await world.link(NEW, stranger)
    telegram.limits = Limits(timer=time.now)
    said: dict[str, float] = {}
    came: dict[str, float] = {}
    asked: list[float] = []
    answered: dict[str, float] = {}
    for second in range(SECONDS):
        turn, moment = divmod(second, BETWEEN_S)
        if moment == 0:  # one of the agents takes one more case
            for agent in agents if second == ALL_AT else [agents[turn % AGENTS]]:
                agent.say_in(world.group, "/next")
                asked += [time.now()] * (second > 0)  # at first they are not in their order yet, and nobody waits
        if second == ALL_AT + 1:
            stranger.say(f"word of the new one at {second}")
            said[f"word of the new one at {second}"] = time.now()
        if moment % (BETWEEN_S // AGENTS) == 3:  # one customer writes
            n = moment // (BETWEEN_S // AGENTS) % AGENTS
            talkers[n].say(f"word {n} at {second}")
            said[f"word {n} at {second}"] = time.now()
        await let_it_work(world)
        for message in (m for m in world.group.messages if m.from_bot):
            for line in message.text.splitlines():
                if line in said:
                    came.setdefault(line, time.now())
        for message in (*world.group.messages, *(m for agent in agents for m in agent.inbox)):
            if message.from_bot and (taken := re.match(r"Case #(\d+) is yours", message.text)):
                answered.setdefault(taken[1], time.now())
        await pass_seconds(world, time, 1)
    waited = {word: came.get(word, time.now()) - at for word, at in said.items()}
    assert max(waited.values()) <= 10
    assert len(answered) == AGENTS + 1 + len(asked)
    assert all(at - when <= 3 for at, when in zip(sorted(answered.values())[AGENTS + 1 :], asked, strict=True))
    new = next(m for m in world.group.messages if m.from_bot and f"word of the new one at {ALL_AT + 1}" in m.text)
    card = next(m for m in world.group.messages if m.from_bot and f"customer {NEW}" in m.text)
    assert new.message_id < card.message_id, "its card can wait"
    assert len(world.group.topics) > AGENTS, "the agents have worked meanwhile"
    assert not [r for r in telegram.requests if r.response.get("error_code") == 429]
