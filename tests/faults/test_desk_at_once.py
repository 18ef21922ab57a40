"""Agents at the desk from three sides at once, and the program killed while they work: each case has one agent, and
what was answered was done, once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update

from bot.work.operations.api_keys import make_key
from bot.work.operations.console_access import way_in
from bot.work.operations.idempotent_requests import CUT_OFF_AFTER_AT_THE_DESK as CUT_OFF_AFTER
from storage.cases import cases_opening
from storage.cases.agents import Agent, add_agent
from storage.schema import api_writes, case_events, relays
from tests.faults.program import until
from tests.faults.test_running_out import listening
from tests.faults.world import World
from tests.web.console_browser import TOKEN

AGENTS = 30
WAITING, WORDS = 10, 10
KILLED_AT = (4, 12)  # answers


async def opened(world: World, number: int) -> list[int]:
    """So many customers ask for a person; the numbers of their cases."""
    people, now = await world.customers(number), datetime.now(UTC)
    async with world.db.write() as conn:
        made = [await cases_opening.open_asked(conn, f"C{one.user_id}", now.date(), now) for one in people]
    return [case_id for case_id, _ in made]


async def owners(world: World) -> dict[int, int | None]:
    return {row.case_id: row.owner_id for row in await world.cases()}


# --- Thirty agents at once -------------------------------------------------------------------------------------------


async def by_console(world: World, url: str, agent: int, numbers: list[int]) -> int | None:
    """Tries to take one case after the other, as a neighbour does; the number of the one that the agent got."""
    way = await way_in(world.db, agent, url, datetime.now(UTC))
    assert way is not None
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.post(f"{url}/console/in", data={"secret": way.url.rpartition("/")[2]}) as came:
            found = TOKEN.search(await came.text())
        assert found is not None
        for number in numbers:
            form, at = {"token": found[1], "once": f"take {number}"}, f"{url}/console/cases/{number}/take"
            async with http.post(at, data=form, allow_redirects=False) as got:
                assert got.status in (303, 409)
                if got.status == 303:
                    return number
    return None


async def by_api(world: World, url: str, agent: int) -> int:
    key = await make_key(world.db, f"key of {agent}", ("desk",), datetime.now(UTC), agent)
    headers = {"Authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers) as http, http.post(f"{url}/api/v1/desk/next") as got:
        assert got.status == 200
        return int((await got.json())["case_id"])


@pytest.mark.slow
async def test_thirty_agents_at_once_get_a_case_each_from_wherever_they_take_it(any_world: World) -> None:
    world = any_world
    url = f"http://127.0.0.1:{listening(world)}"
    agents = [world.telegram.person(3100 + n, f"Agent {n}") for n in range(AGENTS)]
    async with world.db.write() as conn:
        for person in agents:
            world.group.add(person)
            await add_agent(conn, Agent(person.user_id, person.name, ("en",), "agent"), datetime.now(UTC))
    numbers = await opened(world, AGENTS)
    await world.program.start()
    in_group, at_api, at_console = agents[::3], agents[1::3], agents[2::3]
    for person in in_group:
        person.say_in(world.group, "/next")
    got = await asyncio.gather(
        *(by_api(world, url, person.user_id) for person in at_api),
        *(by_console(world, url, each.user_id, numbers[n // 2 * 5 :] + numbers) for n, each in enumerate(at_console)),
    )

    async def all_taken() -> bool:
        return None not in (await owners(world)).values()

    await until(all_taken, "the group's agents to get theirs")
    owned = await owners(world)
    assert Counter(owned.values()) == Counter(person.user_id for person in agents)
    assert [owned[number or 0] for number in got] == [person.user_id for person in at_api + at_console]
    async with world.db.read() as conn:
        claims = await conn.execute(select(case_events.c.case_id).where(case_events.c.kind == "claimed"))
    assert sorted(claims.scalars()) == numbers


# --- Killed while agents write ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Write:
    """What an agent's program asks for, until it is answered."""

    path: str
    body: Mapping[str, Any]


async def cut_off(world: World) -> None:
    """So much later that a request without an answer counts as cut off; its caller is asked to wait so long."""
    async with world.db.write() as conn:
        for row in (await conn.execute(select(api_writes))).all():
            same = (api_writes.c.caller == row.caller, api_writes.c.idempotency_key == row.idempotency_key)
            await conn.execute(update(api_writes).where(*same).values(begun_at=row.begun_at - CUT_OFF_AFTER))


@pytest.mark.slow
async def test_what_an_agents_program_repeats_after_a_kill_was_done_once(any_world: World) -> None:
    world = any_world
    await world.agents()
    mine, *_ = numbers = await opened(world, WAITING)
    url = f"http://127.0.0.1:{listening(world)}/api/v1"
    key = await make_key(world.db, "Mei", ("desk",), datetime.now(UTC), world.mei.user_id)
    writes = {f"next-{n}": Write("/desk/next", {}) for n in range(WAITING // 2)}
    for n in range(WORDS):
        writes[f"note-{n}"] = Write(f"/cases/{mine}/note", {"text": f"note {n}"})
        writes[f"say-{n}"] = Write(f"/cases/{mine}/say", {"text": f"say {n}"})
    answers: dict[str, Any] = {}
    order, kills = random.Random(7).sample(list(writes), len(writes)), list(KILLED_AT)

    async def send(http: aiohttp.ClientSession, name: str) -> None:
        """Keeps the answer, which is the same each time; others are sent again."""
        try:
            headers = {"Idempotency-Key": name}
            async with http.post(url + writes[name].path, json=writes[name].body, headers=headers) as got:
                said = await got.json()
        except aiohttp.ClientError:
            return
        assert got.status in (200, 202), said
        assert answers.setdefault(name, said) == said
        if kills and len(answers) >= kills[0]:  # others are being done, or done and not answered
            kills.pop(0)
            world.program.kill()

    await world.program.start()
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        async with http.post(f"{url}/cases/{mine}/claim", json={}) as got:
            assert got.status == 200
        for _ in KILLED_AT:
            await asyncio.gather(*(send(http, name) for name in order if name not in answers))
            await world.program.killed()
            await cut_off(world)
            await world.program.start()
        for _ in range(2):  # each is answered now, and once more the same
            await asyncio.gather(*(send(http, name) for name in order))
    assert kills == []
    assert answers.keys() == writes.keys()
    taken = {answers[name]["case_id"] for name in writes if name.startswith("next")}
    assert {number for number, owner in (await owners(world)).items() if owner} == {mine, *taken}
    assert (len(taken), taken < set(numbers)) == (WAITING // 2, True)
    async with world.db.read() as conn:
        kinds = Counter((await conn.execute(select(case_events.c.kind))).scalars())
        out = (await conn.execute(select(relays.c.relay_id).where(relays.c.direction == "out"))).all()
    assert (kinds["claimed"], kinds["note"], kinds["said"], len(out)) == (1 + len(taken), WORDS, WORDS, WORDS)
