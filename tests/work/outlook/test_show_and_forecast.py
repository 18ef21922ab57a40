"""`show` for one customer, `forecast` for all of them, and what then happens are the same."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.policy.policy import policy_to_json
from bot.rules.policy.sending_hours import local_day
from bot.work.outlook.customer_timeline import story
from bot.work.outlook.forecast import forecast_days
from bot.work.policy.policies import PolicyBook
from storage.runtime.engine import Database
from storage.schema import cases, customers, notices
from tests.work.outlook.test_forecast import CHANNELS, POLICY, Wallet, a_random_wallet, by, live

DAYS = 20
EARLIER = load_policy("strict")


async def shown(db: Database, clock: ManualClock) -> tuple[dict[str, date], dict[str, tuple[date, str]]]:
    """The day of the next case, and day and channel of the next reminder of each customer, as `show` has them."""
    persons: dict[str, date] = {}
    reminders: dict[str, tuple[date, str]] = {}
    async with db.read() as conn:
        ids = list((await conn.execute(select(customers.c.customer_id))).scalars())
    for customer_id in ids:
        told = await story(db, POLICY, customer_id, clock.now(), channels=CHANNELS)
        assert told is not None
        if called := [n.day for n in told.next if n.what == "person" and n.day]:
            persons[customer_id] = min(called)
        if coming := [(n.day, str(n.channel)) for n in told.next if n.what == "reminder" and n.day]:
            reminders[customer_id] = min(coming)
    return persons, reminders


async def happened(db: Database) -> tuple[dict[str, date], dict[str, tuple[date, str]]]:
    """The day of the first case, and day and channel of the first reminder of each customer, on their own calendar."""
    async with db.read() as conn:
        zone = {row.customer_id: row.zone for row in (await conn.execute(select(customers))).all()}
        opened = (await conn.execute(select(cases.c.customer_id, cases.c.opened_at))).all()
        is_sent_reminder = (notices.c.state == "accepted", notices.c.kind == "reminder")
        sent = (await conn.execute(select(notices).where(*is_sent_reminder))).all()
    persons: dict[str, date] = {}
    for customer_id, at in opened:
        day = local_day(zone[customer_id], at)
        persons[customer_id] = min(day, persons.get(customer_id, day))
    reminders: dict[str, tuple[date, str]] = {}
    for notice in sorted(sent, key=lambda notice: (notice.ended_at, notice.notice_id)):
        day = local_day(zone[notice.customer_id], notice.ended_at)
        reminders.setdefault(notice.customer_id, (day, notice.channel))
    return persons, reminders


def until(days: dict[str, date], last: date) -> dict[str, date]:
    return {customer_id: day for customer_id, day in sorted(days.items()) if day <= last}


@pytest.mark.slow(seconds=20)
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_case_comes_on_the_day_that_both_say(sqlite_db: Database, clock: ManualClock, seed: int) -> None:
    db, book = sqlite_db, PolicyBook(POLICY, (EARLIER,))
    wallet = a_random_wallet(seed, clock.now(), EARLIER)
    kept = {"version": EARLIER.version, "name": EARLIER.name, "source": policy_to_json(EARLIER)}
    wallet.add("policy_versions", **kept, first_used_at=clock.now())
    await wallet.write(db)
    persons, reminders = await shown(db, clock)
    foretold = await forecast_days(db, book, CHANNELS, 30, DAYS, clock.now())
    last = foretold.days[-1].day - timedelta(days=1)  # of which zones west of here see the end too
    counted = {day: n for day, n in by(foretold, "cases").items() if day <= last}
    assert Counter(until(persons, last).values()) == counted
    await live(db, book, clock, DAYS, CHANNELS)
    opened, told = await happened(db)
    assert until(opened, last) == until(persons, last)
    lately = {customer_id: one for customer_id, one in told.items() if one[0] <= last}
    assert lately == {customer_id: one for customer_id, one in reminders.items() if one[0] <= last}


async def test_each_customer_is_shown_their_own_day_whatever_day_it_is_asked(
    sqlite_db: Database, clock: ManualClock
) -> None:
    wallet, today = Wallet(clock.now()), local_day("Asia/Taipei", clock.now())
    wallet.customer("C1")
    wallet.owes("C1", today)
    wallet.customer("C2", segment="trusted")
    wallet.owes("C2", today + timedelta(days=1))
    wallet.customer("C3")
    wallet.owes("C3", today + timedelta(days=2))
    await wallet.write(sqlite_db)
    due = {"C1": today + timedelta(days=5), "C2": today + timedelta(days=7), "C3": today + timedelta(days=7)}
    for _ in range(3):
        persons, _reminders = await shown(sqlite_db, clock)
        assert persons == due
        clock.move(timedelta(days=1))
