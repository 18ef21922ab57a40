"""Planning in sets selects the same customers as the rule, on both databases: on a step, owing enough, not on hold,
reachable, and not told yet."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.clock import ManualClock
from bot.rules.facts.customer_facts import Instalment
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import window
from bot.rules.reminders.due_today import Told, due_today
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import plan
from storage.facts.customer_facts import facts_of_all
from storage.runtime.engine import Database
from storage.schema import customers, dead_channels, holds, instalments, links, notices
from tests.random_worlds import CHANNELS, EARLIER, POLICY, Row, World, a_world, read, segment_of, write

BOOK = PolicyBook(POLICY, (EARLIER,))
Items = Counter[tuple[str, str, str, str]]  # customer, instalment, step, version


async def by_the_rule(db: Database, world: World) -> tuple[Items, Items]:
    """What a round has to plan, and what it has to write down as out of reach."""
    to_plan, out_of_reach = Counter(), Counter()
    async with db.read() as conn:
        facts = await facts_of_all(conn, [c["customer_id"] for c in world.rows["customers"]])
    for customer in world.rows["customers"]:
        customer_id, today = customer["customer_id"], world.today(customer)
        hours = {p.version: window(_its(p, customer).sending_hours, customer["zone"], today) for p in (POLICY, EARLIER)}
        if customer["forgotten_at"] is not None or any(h is None or h.closes <= world.now for h in hours.values()):
            continue

        def policy_of(instalment: Instalment, customer: Row = customer) -> Policy | None:
            began = world.of("ladders", instalment_id=instalment.instalment_id, due_date=instalment.due_date)
            version = began[0]["policy_version"] if began else POLICY.version
            one = next((p for p in (POLICY, EARLIER) if p.version == version), None)
            return one and _its(one, customer)

        due = due_today(policy_of, facts[customer_id], _told(world, customer_id), world.reached_by(customer), today)
        on_its_way = world.of("notices", customer_id=customer_id, state="claimed")
        for found, items in ((to_plan, () if on_its_way else due.to_plan), (out_of_reach, due.out_of_reach)):
            found.update((customer_id, i.instalment_id, i.step_id, i.policy_version) for i in items)
    return to_plan, out_of_reach


def _its(policy: Policy, customer: Row) -> Policy:
    return policy.for_segment(segment_of(customer, policy))


def _told(world: World, customer_id: str) -> list[Told]:
    return [
        Told(n["notice_id"], i["instalment_id"], i["step_id"], i["due_date"], n["state"], n["reason"], n["local_day"])
        for n in world.of("notices", customer_id=customer_id)
        for i in world.of("notice_items", notice_id=n["notice_id"])
    ]


def planned(before: World, after: World) -> tuple[Items, Items]:
    """What is new: in notices that wait, and in those that say that nothing reaches."""
    found: tuple[Items, Items] = Counter(), Counter()
    old = {(i["notice_id"], i["instalment_id"], i["step_id"]) for i in before.rows["notice_items"]}
    known = {notice["notice_id"]: notice for notice in after.rows["notices"]}
    for item in after.rows["notice_items"]:
        if (item["notice_id"], item["instalment_id"], item["step_id"]) not in old:
            notice = known[item["notice_id"]]
            assert (notice["state"], notice["reason"]) in {("planned", None), ("not_sent", "no_channel")}
            key = (notice["customer_id"], item["instalment_id"], item["step_id"], item["policy_version"])
            found[notice["state"] == "not_sent"][key] += 1
    return found


async def a_round(db: Database, now: datetime) -> tuple[Items, Items]:
    """Makes a round and holds it to the rule; gives what it planned. Another one plans nothing more."""
    before = await read(db, now)
    await plan(db, BOOK, now, channels=CHANNELS)
    expected = await by_the_rule(db, before)  # now, since a round begins by ending holds
    after = await read(db, now)
    found = planned(before, after)
    assert [(more - less, less - more) for more, less in zip(found, expected, strict=True)] == [
        (Counter(), Counter())
    ] * 2
    await plan(db, BOOK, now, channels=CHANNELS)
    assert planned(after, await read(db, now)) == (Counter(), Counter())
    return expected


@pytest.mark.postgresql_one_in(3)
@pytest.mark.parametrize("seed", range(3))
async def test_a_round_plans_what_the_rule_says(db: Database, clock: ManualClock, seed: int) -> None:
    await write(db, a_world(seed, clock.now(), 200))
    to_plan, out_of_reach = await a_round(db, clock.now())
    assert to_plan and out_of_reach


@pytest.mark.parametrize("seed", range(3, 5))
async def test_what_changes_between_rounds_is_planned_in_the_next(db: Database, clock: ManualClock, seed: int) -> None:
    """Nobody is overlooked because of what was known of them before."""
    chance = random.Random(seed)
    await write(db, a_world(seed, clock.now(), 100))
    await a_round(db, clock.now())
    for _ in range(6):
        clock.move(chance.choice((timedelta(minutes=1), timedelta(minutes=1), timedelta(hours=3), timedelta(days=1))))
        await changes(db, await read(db, clock.now()), chance)
        await a_round(db, clock.now())


async def changes(db: Database, world: World, chance: random.Random) -> None:
    """Something else happens to a fifth of them."""
    async with db.write() as conn:
        for customer in world.rows["customers"]:
            if chance.random() < 0.2:
                for statement in _change(world, customer, chance):
                    await conn.execute(statement)


def _change(world: World, customer: Row, chance: random.Random) -> list[Any]:
    customer_id, now = customer["customer_id"], world.now
    hold_ids = [h["hold_id"] for h in world.of("holds", customer_id=customer_id, ended_at=None)]
    waiting = (notices.c.customer_id == customer_id, notices.c.state.in_(("planned", "claimed")))
    them = update(customers).where(customers.c.customer_id == customer_id)
    debts = [i["instalment_id"] for i in world.instalments(customer_id)]
    debt = update(instalments).where(instalments.c.instalment_id == (chance.choice(debts) if debts else ""))
    due = now.date() - timedelta(days=chance.choice((-3, 0, 1, 2)))
    reason = chance.choice(("stopped", "paid", "blocked", "week_cap", "below_minimum", "hours_ended"))
    what = {
        "stops": [them.values(stopped_at=now)],
        "resumes": [them.values(stopped_at=None)],
        "pays": [debt.values(paid=instalments.c.amount_due)],
        "takes back": [debt.values(paid=0, status="open")],
        "moves": [debt.values(due_date=due)],
        "disputes": [debt.values(status="disputed")],
        "is held": [holds.insert().values(customer_id=customer_id, kind="hold", set_at=now, until=due + 9 * DAY)],
        "is free": [update(holds).where(holds.c.hold_id.in_(hold_ids)).values(ended_at=now, ended_why="withdrawn")],
        "is lost": [update(links).where(links.c.customer_id == customer_id).values(ended_at=now)],
        "is back": [delete(dead_channels).where(dead_channels.c.customer_id == customer_id)],
        "has mail": [them.values(email="new@example.com")],
        "is told": [update(notices).where(*waiting).values(state="accepted", ended_at=now)],
        "is not told": [update(notices).where(*waiting).values(state="not_sent", reason=reason, ended_at=now)],
        "joins": [them.values(segment=chance.choice((None, "trusted")))],
    }
    return what[chance.choice(list(what))]


DAY = timedelta(days=1)
