"""Agents act on cases from outside their topics, as by the HTTP API: the same rules, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.rules.agreements.agreed_terms import NotAgreed, PlanWish
from bot.rules.cases.case import Case
from bot.rules.cases.snoozes import NoDay
from bot.rules.cases.who_may import MayNot
from bot.work.acting_outside import CaseAction, NotDone
from bot.work.agreements import agreements_outside
from bot.work.cases import casework, casework_outside
from bot.work.cases.urgency import rank_new
from bot.work.topics import messages_outside
from storage.cases import agents, assignment
from storage.cases.agents import Agent
from storage.cases.cases import events_to_tell
from storage.schema import cases, relays
from storage.topics import message_places
from tests.work.cases.kept_cases import BOB, DESK, MEI, SUE, Cases
from tests.work.lives import linked, owes

pytestmark = pytest.mark.postgresql_one_in(2)

CASES = 30


async def test_thirty_agents_at_once_get_a_case_each(desk: Cases) -> None:
    """Half of them by the group's command, half from outside; each claim twice."""
    for _ in range(CASES):
        await desk.opened()
    people = [Agent(2000 + n, f"Agent {n}", (), "agent") for n in range(CASES)]
    async with desk.db.write() as conn:
        for each in people:
            await agents.add_agent(conn, each, desk.now)

    async def claims(n: int, agent: Agent) -> object:
        if n % 2:
            return await casework.claim_next(desk.db, agent, desk.now, n, DESK)
        return await casework_outside.claim_next(desk.db, agent, DESK, desk.now)

    claimed = await asyncio.gather(*(claims(n, agent) for n, agent in enumerate(people)))
    assert all(isinstance(case, Case) for case in claimed)
    async with desk.db.read() as conn:
        rows = (await conn.execute(select(cases.c.case_id, cases.c.owner_id, cases.c.state))).all()
    assert Counter(row.owner_id for row in rows) == Counter(agent.telegram_id for agent in people)
    assert {row.state for row in rows} == {"claimed"}
    assert await casework_outside.claim_next(desk.db, people[0], DESK, desk.now) is None


async def test_one_case_goes_to_one_of_many_who_want_it(desk: Cases) -> None:
    number = await desk.opened()
    mei, bob, sue = [await desk.agent(one) for one in (MEI, BOB, SUE)]
    case = await casework.claim_next(desk.db, mei, desk.now)
    assert case is not None
    assert await casework.release(desk.db, case, mei, desk.now)
    got = await asyncio.gather(
        casework_outside.claim(CaseAction(desk.db, mei, number, desk.now)),
        casework_outside.claim(CaseAction(desk.db, sue, number, desk.now)),
        casework.claim(desk.db, case, bob, desk.now),
    )
    owner = await desk.owner(number)
    for agent, result in zip((mei, sue, bob), got, strict=True):
        if isinstance(result, Case):
            assert result.owner_id == owner
        else:
            assert isinstance(result, MayNot)
            assert (agent.telegram_id != owner, result.reason) == (True, "not_yours")


async def test_what_is_refused_changes_nothing(desk: Cases) -> None:
    number, now = await desk.claimed(), desk.now
    mei, bob, sue = [await desk.agent(one) for one in (MEI, BOB, SUE)]
    nobody = Agent(77, "Gone", (), "supervisor")
    async with desk.db.write() as conn:
        await agents.set_away(conn, BOB, now)
    waiting = await desk.opened()
    await rank_new(desk.db, DESK.weights, now)
    before = [str(await desk.row(one)) for one in (number, waiting)]
    db, far = desk.db, now + timedelta(days=99)
    for done, expected in (
        (messages_outside.say(CaseAction(db, bob, number, now), "hello"), MayNot("not_yours", "Mei")),
        (messages_outside.say(CaseAction(db, bob, waiting, now), "hello"), MayNot("away")),
        (messages_outside.say(CaseAction(db, mei, number, now), "hello"), NotDone("not_reachable")),
        (messages_outside.say(CaseAction(db, mei, number, now), " \n"), NotDone("no_text")),
        (messages_outside.say(CaseAction(db, mei, number, now), "x\0"), NotDone("not_text")),
        (messages_outside.note(CaseAction(db, mei, number, now), "\ud800"), NotDone("not_text")),
        (messages_outside.note(CaseAction(db, mei, number, now), "😀" * 2049), NotDone("long_text")),
        (messages_outside.note(CaseAction(db, mei, 2**63 - 1, now), "x"), NotDone("no_case")),
        (messages_outside.note(CaseAction(db, nobody, number, now), "x"), NotDone("no_agent")),
        (casework_outside.claim(CaseAction(db, mei, 10**9, now)), NotDone("no_case")),
        (casework_outside.claim(CaseAction(db, sue, number, now)), MayNot("not_yours", "Mei")),
        (casework_outside.claim_next(db, bob, DESK, now), MayNot("away")),
        (casework_outside.claim_next(db, nobody, DESK, now), NotDone("no_agent")),
        (casework_outside.release(CaseAction(db, bob, number, now)), MayNot("not_yours", "Mei")),
        (casework_outside.release(CaseAction(db, sue, waiting, now)), NotDone("nobody_has_it")),
        (casework_outside.transfer(CaseAction(db, bob, number, now), SUE), MayNot("not_yours", "Mei")),
        (casework_outside.transfer(CaseAction(db, mei, waiting, now), SUE), MayNot("not_yours", "")),
        (casework_outside.transfer(CaseAction(db, mei, number, now), 77), NotDone("no_colleague")),
        (casework_outside.transfer(CaseAction(db, mei, number, now), BOB), NotDone("colleague_away", "Bob")),
        (casework_outside.assign(db, number, MEI, now), NotDone("theirs_already", "Mei")),
        (casework_outside.snooze(CaseAction(db, mei, number, now), now), NoDay("past")),
        (casework_outside.snooze(CaseAction(db, mei, waiting, now), far), NoDay("far")),
        (casework_outside.close(CaseAction(db, bob, number, now), "paid"), MayNot("not_yours", "Mei")),
        (
            agreements_outside.promise(CaseAction(db, mei, number, now), DESK, "5", None, now.date()),
            NotAgreed("nothing_owed"),
        ),
        (agreements_outside.hold(CaseAction(db, mei, waiting, now), 61, None), NotAgreed("days")),
        (agreements_outside.plan(CaseAction(db, mei, number, now), PlanWish(3)), NotAgreed("not_reachable")),
        (agreements_outside.end_plan(CaseAction(db, mei, number, now)), NotAgreed("nothing_to_cancel")),
        (agreements_outside.end_promise(CaseAction(db, mei, number, now)), NotAgreed("nothing_to_cancel")),
        (agreements_outside.end_hold(CaseAction(db, mei, waiting, now)), NotAgreed("nothing_to_cancel")),
    ):
        assert await done == expected
    assert [str(await desk.row(one)) for one in (number, waiting)] == before
    async with db.read() as conn:
        assert (await conn.execute(select(relays))).all() == []


async def test_a_closed_case_is_left_alone(desk: Cases) -> None:
    number, mei = await desk.claimed(), await desk.agent(MEI)
    assert not isinstance(await casework_outside.close(CaseAction(desk.db, mei, number, desk.now), "other"), MayNot)
    before = await desk.history(number)
    for done in (
        messages_outside.say(CaseAction(desk.db, mei, number, desk.now), "hello"),
        messages_outside.note(CaseAction(desk.db, mei, number, desk.now), "hello"),
        casework_outside.claim(CaseAction(desk.db, mei, number, desk.now)),
        casework_outside.assign(desk.db, number, BOB, desk.now),
        casework_outside.close(CaseAction(desk.db, mei, number, desk.now), "paid"),
        agreements_outside.hold(CaseAction(desk.db, mei, number, desk.now), 3, None),
    ):
        assert await done == MayNot("closed")
    assert await desk.history(number) == before


async def test_a_case_changes_hands_and_the_topic_is_told(desk: Cases) -> None:
    number, mei, sue = await desk.claimed(), await desk.agent(MEI), await desk.agent(SUE)
    given = await casework_outside.transfer(CaseAction(desk.db, mei, number, desk.now), BOB)
    assert isinstance(given, Case)
    assert given.owner_id == BOB
    back = await casework_outside.release(CaseAction(desk.db, sue, number, desk.now))
    assert isinstance(back, Case)
    assert (back.state, back.owner_id) == ("waiting", None)
    assigned = await casework_outside.assign(desk.db, number, MEI, desk.now)
    assert isinstance(assigned, Case)
    assert assigned.owner_id == MEI
    until = desk.now + timedelta(days=2)
    assert await casework_outside.snooze(CaseAction(desk.db, mei, number, desk.now), until) == until
    assert await casework_outside.end_snooze(CaseAction(desk.db, mei, number, desk.now)) is True
    assert await casework_outside.end_snooze(CaseAction(desk.db, mei, number, desk.now)) is False
    async with desk.db.read() as conn:
        told = [(each.event.kind, each.who) for each in await events_to_tell(conn, number)]
    assert told == [
        ("transferred", "Mei"),
        ("released", "Sue"),
        ("transferred", ""),
        ("snoozed", "Mei"),
        ("snooze_off", "Mei"),
    ]
    assert await desk.words_kept() == [f"tell.{one}.{number}.transferred" for one in (MEI, BOB)]


async def test_what_the_customer_is_to_read_is_kept_in_order(desk: Cases) -> None:
    number, mei, now = await desk.claimed(), await desk.agent(MEI), desk.now
    await owes(desk.db, now, now.date() - timedelta(days=3), customer_id="C1")
    await linked(desk.db, now, customer_id="C1")
    for done in (
        messages_outside.say(CaseAction(desk.db, mei, number, now), "Hello"),
        agreements_outside.promise(
            CaseAction(desk.db, mei, number, now), DESK, None, None, now.date() + timedelta(days=3)
        ),
        agreements_outside.hold(CaseAction(desk.db, mei, number, now), 3, "ill"),
        agreements_outside.end_hold(CaseAction(desk.db, mei, number, now)),
        agreements_outside.end_promise(CaseAction(desk.db, mei, number, now)),
        agreements_outside.plan(CaseAction(desk.db, mei, number, now), PlanWish(2)),
        messages_outside.say(CaseAction(desk.db, mei, number, now), "Does it suit you?"),
    ):
        assert not isinstance(await done, (MayNot, NotAgreed, NotDone))
    async with desk.db.read() as conn:
        kept = (await conn.execute(select(relays).order_by(relays.c.relay_id))).all()
        told = [each.event.kind for each in await events_to_tell(conn, number)]
    assert [row.kind for row in kept] == ["text", "message", "message", "message", "text"]
    assert {row.direction for row in kept} == {"out"}
    assert told == [
        *("said", "promise_agreed", "hold_set", "hold_withdrawn", "promise_withdrawn", "plan_proposed", "said"),
    ]


async def test_what_the_bot_says_of_an_agents_doing_begins_no_talk(desk: Cases) -> None:
    """So the bot goes on answering the customer's "pay", until the agent has written themselves."""
    number, mei, now = await desk.claimed(), await desk.agent(MEI), desk.now
    await linked(desk.db, now, customer_id="C1")
    for do, talks in (
        (agreements_outside.hold(CaseAction(desk.db, mei, number, now), 3, None), False),
        (messages_outside.say(CaseAction(desk.db, mei, number, now), "Hello"), True),
    ):
        await do
        async with desk.db.read() as conn:
            assert await message_places.agent_wrote_since(conn, number, now) is talks


@pytest.mark.parametrize("by", [MEI, SUE])
async def test_a_note_of_any_agent_is_shown_in_the_topic(desk: Cases, by: int) -> None:
    number, agent = await desk.claimed(), await desk.agent(by)
    worked_at = (await desk.row(number)).worked_at
    await desk.pass_time(minutes=5)
    assert isinstance(await messages_outside.note(CaseAction(desk.db, agent, number, desk.now), "sounds worried"), Case)
    assert ((await desk.row(number)).worked_at != worked_at) == (by == MEI)
    async with desk.db.read() as conn:
        (told,) = await events_to_tell(conn, number)
    assert (told.event.kind, told.who) == ("note", agent.name)


async def test_who_is_removed_has_no_case_whatever_they_did_meanwhile(desk: Cases) -> None:
    for _ in range(6):
        await desk.opened()
    mei = await desk.agent(MEI)
    await asyncio.gather(
        *(casework_outside.claim_next(desk.db, mei, DESK, desk.now) for _ in range(6)),
        casework.remove_agent(desk.db, MEI, desk.now),
    )
    async with desk.db.read() as conn:
        assert await assignment.held_by(conn, MEI) == 0
