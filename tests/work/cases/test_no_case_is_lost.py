"""Whatever is done and however time passes: every open case has a place, an owner or a turn, and a date."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select

from bot.work.acting import Refusal
from bot.work.cases import assignment, casework
from storage.cases import agents
from storage.cases import cases as stored
from storage.schema import cases
from tests.work.cases.kept_cases import BOB, DESK, MEI, OFFICE, SUE, Cases


@pytest.mark.postgresql_one_in(2)
@pytest.mark.parametrize("seed", range(4))
async def test_no_open_case_is_ever_without_owner_place_and_date(desk: Cases, seed: int) -> None:
    chance = random.Random(seed)
    desk.desk = OFFICE if seed % 2 else DESK
    numbers: list[int] = []
    for _ in range(120):
        await _something(desk, chance, numbers)
        await _nothing_is_lost(desk)


async def _something(desk: Cases, chance: random.Random, numbers: list[int]) -> None:
    """One thing that may happen at a desk."""
    which = chance.choice(("open", "time", "time", "next", "say", "write", "release", "transfer", "snooze", "away"))
    agent_id = chance.choice((MEI, BOB, SUE))
    if which == "open" or not numbers:
        numbers.append(await desk.opened())
        return
    if which == "time":
        await desk.pass_time(minutes=chance.choice((1, 20, 45, 90, 600, 2000)))
        return
    if chance.random() < 0.05:
        async with desk.db.write() as conn:
            known = await agents.agent(conn, agent_id)
            assert known is not None
        await casework.remove_agent(desk.db, agent_id, desk.now)
        await _nothing_is_lost(desk)
        async with desk.db.write() as conn:
            await agents.add_agent(conn, known, desk.now)
    agent, number = await desk.agent(agent_id), chance.choice(numbers)
    async with desk.db.read() as conn:
        case = await stored.case(conn, number)
    assert case is not None
    match which:
        case "next" if agent.away_since is None:
            await casework.claim_next(desk.db, agent, desk.now)
        case "next":
            with pytest.raises(Refusal):  # who is away takes no cases
                await casework.claim_next(desk.db, agent, desk.now)
        case "say" if case.owner_id is not None:
            await desk.answered(number)
        case "write":
            await desk.customer_writes(number)
        case "release":
            await casework.release(desk.db, case, agent, desk.now)
        case "transfer":
            await assignment.transfer(desk.db, case, agent, chance.choice(("Mei", "Bob", "Sue")), desk.now)
        case "snooze":
            await casework.snooze(desk.db, case, agent, [f"{chance.randrange(5)}d"], desk.now)
        case "away" if agent.away_since is None:
            await assignment.go_away(desk.db, agent, desk.now)
        case "away":
            await assignment.come_back(desk.db, agent, desk.now)
        case _ if chance.random() < 0.1:
            async with desk.db.write() as conn:
                await stored.close(conn, number, "other", agent_id, desk.now)


async def _nothing_is_lost(desk: Cases) -> None:
    async with desk.db.read() as conn:
        for row in await conn.execute(select(cases).where(cases.c.state != "closed")):
            assert (row.owner_id is None) == (row.state == "waiting"), row
            assert row.due_at is not None or row.snoozed_until is not None, row
