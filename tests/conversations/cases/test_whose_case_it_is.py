"""Who has a case and how it ends: `/next`, `/queue`, `/release`, `/done`, and payment."""

from __future__ import annotations

import asyncio

from sqlalchemy import select, text

from bot.sandbox import Group, Person
from storage.schema import cases
from tests.conversations.cases.overdue import overdue
from tests.conversations.conftest import World


async def test_next_gives_each_agent_another_case(
    world: World, anna: Person, ming: Person, mei: Person, bob: Person
) -> None:
    await overdue(world, anna, customer="C1", name="Anna Lee")
    await overdue(world, ming, customer="C2", name="Ming")
    mei.say_in(world.group, "/next")
    bob.say_in(world.group, "/next")
    await world.group.hears("yours", topic=None)
    await world.group.hears("yours", topic=None)
    async with world.db.read() as conn:
        owners = (await conn.execute(select(cases.c.owner_id).order_by(cases.c.owner_id))).scalars().all()
    assert owners == [3001, 3002]
    mei.say_in(world.group, "/next")
    await world.group.hears("Nobody is waiting", topic=None)


async def test_queue_shows_what_waits_with_who_asked_first(
    world: World, anna: Person, ming: Person, mei: Person
) -> None:
    await overdue(world, anna, customer="C1", name="Anna Lee")
    await world.customer("C2", name="Ming")
    await world.link("C2", ming)
    ming.say("/agent")
    await ming.hears("")
    mei.say_in(world.group, "/queue")
    answer = await world.group.hears("2 cases", topic=None)
    assert answer.text.index("M…") < answer.text.index("A…")


async def test_released_goes_back_to_the_queue(world: World, anna: Person, mei: Person, bob: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    bob.say_in(world.group, "/release", topic=thread)
    await world.group.hears("Mei has this case", topic=thread)
    mei.say_in(world.group, "/release", topic=thread)
    await world.group.hears("back in the queue", topic=thread)
    bob.say_in(world.group, "/next")
    await world.group.hears("Case #1 is yours", topic=None)


async def test_done_closes_the_case_and_its_topic(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "Thank you, until Friday then.", topic=thread)
    await anna.hears("until Friday")
    mei.say_in(world.group, "/done", topic=thread)
    await world.group.hears("promised", topic=thread)
    mei.say_in(world.group, "/done promised", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await anna.hears("/agent")
    await world.app.catch_up()
    assert world.group.topic(thread).closed


async def test_a_new_case_opens_after_a_closed_one(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done other", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await world.app.catch_up()
    anna.say("/agent")
    await anna.hears("")
    await world.app.catch_up()
    again = await world.topic_of()
    assert (again.thread_id, again.name[:2], again.closed) == (thread, "#2", False)


async def test_payment_in_full_closes_the_case_and_says_so(world: World, anna: Person) -> None:
    thread = await overdue(world, anna)
    await world.pays("P1", "I-C1", "1000.00")
    await world.app.catch_up()
    assert not world.group.topic(thread).closed
    await world.pays("P2", "I-C1", "200.00")
    await world.app.catch_up()
    await world.group.hears("paid", topic=thread)
    assert world.group.topic(thread).closed
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.outcome))).scalar_one() == "paid"


async def test_a_reversed_payment_brings_the_customer_back(world: World, anna: Person) -> None:
    await overdue(world, anna)
    await world.pays("P1", "I-C1", "1200.00")
    await world.app.catch_up()
    await world.pays("P2", "I-C1", "-1200.00")
    await world.app.catch_up()
    async with world.db.read() as conn:
        states = (await conn.execute(select(cases.c.state).order_by(cases.c.case_id))).scalars().all()
    assert states == ["closed", "waiting"]


async def test_two_agents_never_hold_one_case(world: World) -> None:
    from bot.work.cases import casework
    from storage.cases import agents

    async with world.db.write() as conn:
        for number in range(20):
            await conn.execute(
                text("INSERT INTO customers (customer_id, zone, facts_at) VALUES (:c, 'UTC', '2026-01-01 00:00:00')"),
                {"c": f"X{number}"},
            )
            await conn.execute(
                text(
                    "INSERT INTO cases (customer_id, reason, opened_at, state)"
                    " VALUES (:c, 'asked', '2026-01-01 00:00:00', 'waiting')"
                ),
                {"c": f"X{number}"},
            )
    async with world.db.read() as conn:
        mei, bob = await agents.list_agents(conn)
    now = world.clock.now()
    claimed = await asyncio.gather(*(casework.claim_next(world.db, a, now) for a in (mei, bob) * 15))
    numbers = [case.case_id for case in claimed if case]
    assert len(numbers) == len(set(numbers)) == 20


def in_general(group: Group) -> list[str]:
    return [m.text for m in group.general]


async def test_a_command_for_a_case_outside_a_topic_says_where_it_belongs(
    world: World, anna: Person, mei: Person
) -> None:
    await overdue(world, anna)
    mei.say_in(world.group, "/done paid")
    await world.group.hears("topic of a case", topic=None)


async def test_the_wrong_person_is_told_nothing_more(world: World, anna: Person, mei: Person) -> None:
    thread = await overdue(world, anna)
    mei.say_in(world.group, "/done wrong_person", topic=thread)
    await world.group.hears("Closed", topic=thread)
    await world.app.catch_up()
    anna.say("/balance")
    assert "500" not in (await anna.hears("link")).text
