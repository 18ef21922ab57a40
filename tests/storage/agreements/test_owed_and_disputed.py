"""What is owed, came in and is disputed of an instalment is the same for one and in sets, whatever the wallet said."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.rules.agreements.disputes import disputes_of, is_disputed
from bot.rules.facts.customer_facts import Instalment
from bot.rules.facts.money import Money
from bot.rules.reminders.due_today import may_be_told
from storage.agreements import holds
from storage.facts.customer_facts import facts_of_all
from storage.reminders.addresses import addresses_of
from storage.runtime.engine import Database
from storage.schema import accounts, instalments
from tests.random_worlds import CHANNELS, World, a_world, read, write
from tests.work.lives import ANNA, owes
from tests.work.lives import customer as knows


async def filled(db: Database, seed: int, now: datetime) -> World:
    world = a_world(seed, now)
    for hold in world.rows["holds"]:  # a dispute of all that somebody owes is none that can be made
        hold["kind"] = "hold" if hold["kind"] == "dispute" and hold["instalment_id"] is None else hold["kind"]
    await write(db, world)
    return await read(db, now)


@pytest.mark.parametrize("seed", [0, 2])
async def test_sets_have_what_the_rules_have(db: Database, clock: ManualClock, seed: int) -> None:
    world = await filled(db, seed, clock.now())
    whose = {account["account_id"]: account for account in world.rows["accounts"]}
    columns = (instalments.c.outstanding, holds.paid().label("came_in"), holds.is_disputed().label("disputed"))
    async with db.read() as conn:
        rows = (await conn.execute(select(instalments, accounts.c.customer_id, *columns).join(accounts))).all()
        in_force = {c["customer_id"]: await holds.in_force(conn, c["customer_id"]) for c in world.rows["customers"]}
        facts = await facts_of_all(conn, list(in_force))
        addresses = await addresses_of(conn, list(in_force))
    seen = set()
    for row in rows:
        currency = whose[row.account_id]["currency"]
        of = Instalment(
            row.instalment_id,
            row.account_id,
            "",
            row.due_date,
            Money(row.amount_due, currency),
            Money(row.paid, currency),
            row.status,
        )
        disputes = disputes_of(in_force[row.customer_id])
        expected = (of.outstanding.amount, of.came_in.amount, is_disputed(of, disputes))
        assert (row.outstanding, row.came_in, bool(row.disputed)) == expected
        seen.add((bool(of.outstanding.amount), is_disputed(of, disputes), of.came_in == of.paid))
    assert len(seen) >= 6
    for customer in world.rows["customers"]:
        customer_id = customer["customer_id"]
        known = {i.instalment_id: i for i in facts[customer_id].unsettled}
        debts = {debt["instalment_id"]: debt for debt in world.debts(customer)}
        assert {i: one.outstanding.amount for i, one in known.items()} == {i: d["left"] for i, d in debts.items()}
        assert {i: may_be_told(one) for i, one in known.items()} == {i: not d["held"] for i, d in debts.items()}
        reached = {channel for channel in CHANNELS if addresses[customer_id].of(channel)}
        assert reached == world.reached_by(customer)


async def test_what_a_former_customer_disputed_is_nobody_elses_word(db: Database, clock: ManualClock) -> None:
    """The instalment came to another account since, and with it to another customer, who said nothing."""
    now = clock.now()
    await knows(db, now)
    await knows(db, now, "C2", phone=None)
    await owes(db, now, now.date())
    async with db.write() as conn:
        await holds.set_hold(conn, holds.Hold("C2", "dispute", now.date(), "I1"), now)
        disputed = select(holds.is_disputed()).select_from(instalments.join(accounts))
        assert not (await conn.execute(disputed)).scalar_one()
        await holds.set_hold(conn, holds.Hold(ANNA, "dispute", now.date(), "I1"), now)
        assert (await conn.execute(disputed)).scalar_one()
