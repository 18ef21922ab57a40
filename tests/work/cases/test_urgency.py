"""The queue's order: the urgency that the databases compute for all cases equals what the rules compute for each."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.rules.cases.urgency import points_at, rank, urgency
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Weights
from bot.rules.policy.sending_hours import local_day
from bot.work.cases.urgency import rank_cases, rank_new
from storage.cases import cases as stored
from storage.cases import queue
from storage.cases import urgency as cases_urgency
from storage.facts.customer_facts import facts_of_all
from storage.facts.imports import wallet_spoke
from storage.operations import desk_statistics
from storage.runtime.engine import Database
from storage.schema import accounts, case_events, cases, customers, holds, instalments

pytestmark = pytest.mark.postgresql_one_in(2)

NOW = datetime(2026, 3, 2, 4, 0, 7, 250000, tzinfo=UTC)
ZONES = ("Asia/Taipei", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Taipei|Asia/Tokyo", "UTC")
WEIGHTS = Weights(full_amount={"TWD": Money(2_000_000, "TWD"), "USD": Money(70_000, "USD"), "JPY": Money(0, "JPY")})


def somebody(chance: random.Random, number: int) -> dict[str, list[dict[str, object]]]:
    """A customer with accounts, debts, broken promises and an open case, all at random."""
    who = f"C{number}"
    opened = NOW - timedelta(seconds=chance.randrange(0, 40 * 86400), microseconds=chance.randrange(10**6))

    def at_times(share: float) -> datetime | None:
        return opened + (NOW - opened) * chance.random() if chance.random() < share else None

    rows: dict[str, list[dict[str, object]]] = {"accounts": [], "instalments": [], "holds": [], "events": []}
    for nth in range(chance.randrange(3)):
        currency = chance.choice(("TWD", "USD", "KWD", "JPY"))
        account = {"account_id": f"A{number}-{nth}", "customer_id": who, "currency": currency, "balance": 0}
        rows["accounts"].append({**account, "facts_at": NOW})
        for part in range(chance.randrange(4)):
            due = NOW.date() + timedelta(days=chance.choice((-400, -61, -60, -30, -2, -1, 0, 1, 9)))
            amount = chance.choice((1, 999, 69_999, 1_000_000, 5_000_000, 10**15))
            rows["instalments"].append(
                {
                    "instalment_id": f"I{number}-{nth}-{part}",
                    "account_id": account["account_id"],
                    "due_date": due,
                    "amount_due": amount,
                    "paid": chance.choice((0, 0, amount // 2, amount)),
                    "status": chance.choice(("open", "open", "disputed", "waived")),
                    "facts_at": NOW,
                    "amount_paid_at": NOW,
                }
            )
    for _ in range(chance.choice((0, 0, 1, 2, 5))):
        ended_why = chance.choice(("broken", "kept"))
        hold = {"customer_id": who, "kind": "promise", "set_at": opened, "until": opened.date()}
        rows["holds"].append({**hold, "ended_at": NOW, "ended_why": ended_why})
    rows["customers"] = [
        {
            "customer_id": who,
            "zone": chance.choice(ZONES),
            "facts_at": NOW,
            "vulnerable": chance.random() < 0.3,
        }
    ]
    rows["cases"] = [
        {
            "case_id": number,
            "customer_id": who,
            "reason": chance.choice(("asked", "overdue", "dispute", "distress")),
            "opened_at": opened,
            "state": "waiting",
            "worked_at": at_times(0.4),
            "waits_since": at_times(0.4),
        }
    ]
    if chance.random() < 0.2:
        rows["events"].append({"case_id": number, "at": NOW, "kind": "asked"})
    return rows


async def fill(db: Database, seed: int, count: int = 60) -> None:
    chance = random.Random(seed)
    everybody = [somebody(chance, number) for number in range(1, count + 1)]
    tables = {
        "customers": customers,
        "accounts": accounts,
        "instalments": instalments,
        "holds": holds,
        "cases": cases,
        "events": case_events,
    }
    async with db.write() as conn:
        for name, table in tables.items():
            for row in (row for rows in everybody for row in rows[name]):
                await conn.execute(table.insert().values(**row))


async def ranks(db: Database) -> dict[int, int]:
    async with db.read() as conn:
        return {row.case_id: row.urgency for row in await conn.execute(select(cases.c.case_id, cases.c.urgency))}


@pytest.mark.parametrize("seed", range(3))
async def test_both_databases_rank_as_the_rules_do(db: Database, seed: int) -> None:
    await fill(db, seed)
    await rank_cases(db, WEIGHTS, NOW)
    async with db.read() as conn:
        waiting = await queue.queue(conn, 100)
        facts = await facts_of_all(conn, [case.customer_id for case in waiting])
        days = {customer_id: local_day(one.customer.zone, NOW) for customer_id, one in facts.items()}
        weighed = await cases_urgency.weighed(conn, waiting, facts, days)
    known = await ranks(db)
    assert known == {number: rank(WEIGHTS, one) for number, one in weighed.items()}
    for number, one in weighed.items():
        assert points_at(WEIGHTS, known[number], NOW) == urgency(WEIGHTS, one, NOW)
    assert [case.case_id for case in waiting] == sorted(known, key=lambda number: (known[number], number))


async def test_the_statistics_count_and_name_what_the_queue_does(db: Database) -> None:
    await fill(db, 2)
    await rank_cases(db, WEIGHTS, NOW)
    async with db.read() as conn:
        waits = await queue.queue(conn, 100)
        counted, counts = await desk_statistics.waiting(conn, NOW), await queue.counts(conn)
    assert (counted.waiting, counted.claimed, counted.snoozed) == (len(waits), counts.claimed, counts.snoozed)
    assert counted.oldest_since == min(case.waiting_since for case in waits)


async def test_the_order_stays_while_time_passes(db: Database) -> None:
    await fill(db, 9, 20)
    await rank_cases(db, WEIGHTS, NOW)
    known = await ranks(db)
    later = NOW + timedelta(hours=5)
    then = sorted(known, key=lambda number: -points_at(WEIGHTS, known[number], later))
    points = [points_at(WEIGHTS, known[number], NOW) for number in then]
    assert points == sorted(points, reverse=True)


async def test_a_new_case_is_ranked_before_anybody_is_given_one(db: Database) -> None:
    await fill(db, 4, 10)
    await rank_new(db, WEIGHTS, NOW)
    assert all((await ranks(db)).values())


async def test_what_was_ranked_is_left_alone_until_something_changes(db: Database) -> None:
    await fill(db, 5, 10)
    await rank_cases(db, WEIGHTS, NOW)
    before = await ranks(db)
    async with db.write() as conn:
        await conn.execute(update(customers).values(vulnerable=True))
    await rank_cases(db, WEIGHTS, NOW + timedelta(minutes=1))
    assert await ranks(db) == before
    async with db.write() as conn:
        await stored.mark_card_stale(conn, ["C1"])
    await rank_cases(db, WEIGHTS, NOW + timedelta(minutes=2))
    after = await ranks(db)
    assert {number for number in after if after[number] != before[number]} <= {1}


async def test_the_wallets_word_changes_the_order(db: Database) -> None:
    await fill(db, 6, 10)
    await rank_cases(db, WEIGHTS, NOW)
    before = await ranks(db)
    async with db.write() as conn:
        await conn.execute(update(customers).values(vulnerable=True))
        await wallet_spoke(conn, NOW + timedelta(minutes=1))
    await rank_cases(db, WEIGHTS, NOW + timedelta(minutes=2))
    assert await ranks(db) != before


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_new_day_changes_the_order(db: Database) -> None:
    await fill(db, 7, 120)
    midnight = datetime(2026, 3, 2, 16, tzinfo=UTC)  # in Taipei
    await rank_cases(db, WEIGHTS, midnight - timedelta(minutes=1))
    before = await ranks(db)
    await rank_cases(db, WEIGHTS, midnight + timedelta(minutes=1))
    after = await ranks(db)
    changed = {number for number in after if after[number] != before[number]}
    async with db.read() as conn:
        rows = await conn.execute(select(cases.c.case_id, customers.c.zone).join(customers))
        zone_of = {row.case_id: row.zone for row in rows}
    assert changed
    assert {zone_of[number] for number in changed} <= {"Asia/Taipei", "Asia/Taipei|Asia/Tokyo"}


async def test_many_are_ranked_a_set_at_a_time(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(db, 8, 25)
    await rank_cases(db, WEIGHTS, NOW)
    whole = await ranks(db)
    async with db.write() as conn:
        await conn.execute(update(cases).values(urgency=0, urgency_at=None))
    monkeypatch.setattr(cases_urgency, "AT_ONCE", 4)
    cases_urgency._ranking.cache_clear()
    await rank_cases(db, WEIGHTS, NOW)
    cases_urgency._ranking.cache_clear()
    assert await ranks(db) == whole
