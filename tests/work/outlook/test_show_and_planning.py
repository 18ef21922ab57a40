"""What `show` says comes today is what planning plans today: where the policy changed in the middle of a ladder, where
somebody changed their mind, and for a whole world at random."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.clock import ManualClock
from bot.rules.policy.policy import Policy, policy_to_json, read_policy
from bot.work.outlook.customer_timeline import story
from bot.work.outlook.next_steps import Next
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import plan
from storage.runtime.engine import Database
from storage.schema import cases, holds, ladders, notice_items, notices, plan_parts, plans, policy_versions
from tests.random_worlds import CHANNELS, EARLIER, POLICY, a_world, read, write
from tests.work.lives import ANNA, add, customer, linked, notice, owes

pytestmark = pytest.mark.postgresql_one_in(2)

NEW = read_policy(
    """
name = "new"
grace_days = 3

[[step]]
id = "later-2"
day = 2
message = "overdue"

[[step]]
id = "after-9"
day = 9
escalate = "overdue"
""",
    "new.toml",
)


async def keep(db: Database, policy: Policy, clock: ManualClock) -> None:
    row = {"version": policy.version, "name": policy.name, "source": policy_to_json(policy)}
    await add(db, policy_versions, **row, first_used_at=clock.now())


async def next_reminder(db: Database, policy: Policy, clock: ManualClock) -> Next | None:
    told = await story(db, policy, ANNA, clock.now())
    assert told is not None
    return next((n for n in told.next if n.what == "reminder"), None)


async def planned(db: Database) -> list[tuple[str, date, str]]:
    async with db.read() as conn:
        query = select(notice_items.c.step_id, notices.c.local_day, notice_items.c.policy_version)
        query = query.join(notices, notices.c.notice_id == notice_items.c.notice_id)
        rows = (await conn.execute(query.where(notices.c.state == "planned"))).all()
    return [(row.step_id, row.local_day, row.policy_version) for row in rows]


async def test_who_is_in_the_middle_of_a_ladder_finishes_it_in_both(db: Database, clock: ManualClock) -> None:
    due = clock.now().date()
    await customer(db, clock.now())
    await linked(db, clock.now())
    await owes(db, clock.now(), due)
    await keep(db, EARLIER, clock)
    await add(db, ladders, instalment_id="I1", due_date=due, policy_version=EARLIER.version, begun_at=clock.now())
    foretold = await next_reminder(db, NEW, clock)
    assert foretold is not None
    assert (foretold.step_id, foretold.day) == ("after-1", due + timedelta(days=1))
    clock.move(timedelta(days=1))
    await plan(db, PolicyBook(NEW, (EARLIER,)), clock.now())
    assert await planned(db) == [("after-1", due + timedelta(days=1), EARLIER.version)]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_what_waits_under_an_earlier_policy_is_shown_as_it_will_be_sent(db: Database, clock: ManualClock) -> None:
    due = clock.now().date() - timedelta(days=1)
    await customer(db, clock.now())
    await linked(db, clock.now())
    await owes(db, clock.now(), due)
    await keep(db, EARLIER, clock)
    await plan(db, PolicyBook(EARLIER), clock.now())
    ((step_id, day, _),) = await planned(db)
    foretold = await next_reminder(db, NEW, clock)
    assert foretold is not None
    assert (foretold.step_id, foretold.day, foretold.reason) == (step_id, day, "due_now")


@pytest.mark.parametrize("reason", ["stopped", "blocked", "on_hold", "paid"])
async def test_what_is_mended_the_same_day_comes_today_in_both(db: Database, clock: ManualClock, reason: str) -> None:
    today = clock.now().date()
    await customer(db, clock.now())
    await linked(db, clock.now())
    await owes(db, clock.now(), today - timedelta(days=2))
    at = clock.now() - timedelta(hours=1)
    await notice(db, at, "not_sent", "later-2", today - timedelta(days=2), reason=reason, policy_version=NEW.version)
    foretold = await next_reminder(db, NEW, clock)
    assert foretold is not None
    assert (foretold.step_id, foretold.day) == ("later-2", today)
    await plan(db, PolicyBook(NEW), clock.now())
    assert await planned(db) == [("later-2", today, NEW.version)]


@pytest.mark.parametrize("reason", ["day_cap", "hours_ended", "in_doubt"])
async def test_what_is_not_mended_waits_for_tomorrow_in_both(db: Database, clock: ManualClock, reason: str) -> None:
    today = clock.now().date()
    await customer(db, clock.now())
    await linked(db, clock.now())
    await owes(db, clock.now(), today - timedelta(days=2))
    at = clock.now() - timedelta(hours=1)
    await notice(db, at, "not_sent", "later-2", today - timedelta(days=2), reason=reason, policy_version=NEW.version)
    foretold = await next_reminder(db, NEW, clock)
    assert foretold is not None
    assert (foretold.step_id, foretold.day) == ("later-2", today + timedelta(days=1))
    await plan(db, PolicyBook(NEW), clock.now())
    assert await planned(db) == []
    clock.move(timedelta(days=1))
    await plan(db, PolicyBook(NEW), clock.now())
    assert await planned(db) == [("later-2", today + timedelta(days=1), NEW.version)]


@pytest.mark.parametrize("paid", [0, 40_000, 45_000])
async def test_a_plan_calls_a_person_after_its_first_part_that_is_not_covered(
    db: Database, clock: ManualClock, paid: int
) -> None:
    today = clock.now().date()
    days = [today + timedelta(days=ahead) for ahead in (3, 6, 9)]
    await customer(db, clock.now())
    await linked(db, clock.now())
    await owes(db, clock.now(), today, paid=paid)
    plan_id = await add(db, plans, customer_id=ANNA, currency="TWD", state="agreed", proposed_at=clock.now())
    async with db.write() as conn:
        for part, day in enumerate(days, 1):
            await conn.execute(plan_parts.insert().values(plan_id=plan_id, part=part, due_date=day, amount=40_000))
    about = {"customer_id": ANNA, "instalment_id": "I1", "kind": "plan", "plan_id": plan_id, "currency": "TWD"}
    await add(db, holds, **about, set_at=clock.now(), until=days[-1], amount=120_000, paid_before=0)
    told = await story(db, NEW, ANNA, clock.now())
    assert told is not None
    called = next(n for n in told.next if n.what == "person")
    expected = days[1 if paid else 0] + timedelta(days=NEW.desk.promise_days + 1)
    assert (called.day, called.reason) == (expected, "broken_promise")
    for day, opened in ((expected - timedelta(days=1), []), (expected, ["broken_promise"])):
        clock.move(timedelta(days=(day - clock.now().date()).days))
        await plan(db, PolicyBook(NEW), clock.now())
        async with db.read() as conn:
            assert list((await conn.execute(select(cases.c.reason))).scalars()) == opened


NOT_PLANNINGS = ("below_minimum", "week_cap", "day_cap")  # what only the last check before sending looks at


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_everybody_is_planned_what_is_shown(sqlite_db: Database, clock: ManualClock, seed: int) -> None:
    db = sqlite_db
    await write(db, a_world(seed, clock.now(), 80))
    await keep(db, EARLIER, clock)
    before = await read(db, clock.now())
    shown, other = set(), set()
    on_their_way = {n["customer_id"] for n in before.of("notices", state="claimed")}
    for row in before.rows["customers"]:
        told = await story(db, POLICY, row["customer_id"], clock.now(), channels=CHANNELS)
        assert told is not None
        alive = {way.channel for way in told.channels if way.state == "alive"}
        assert alive == before.reached_by(row) or row["forgotten_at"] is not None  # of whom show names no address
        for n in told.next:
            if n.instalment_id and n.step_id and n.notice_id is None and row["customer_id"] not in on_their_way:
                today = n.what == "reminder" and n.day == before.today(row)
                (other if n.reason in NOT_PLANNINGS else shown if today else set()).add((n.instalment_id, n.step_id))
    await plan(db, PolicyBook(POLICY, (EARLIER,)), clock.now(), channels=CHANNELS)
    after = await read(db, clock.now())
    waiting = {n["notice_id"] for n in after.of("notices", state="planned")}
    old = {(i["notice_id"], i["instalment_id"], i["step_id"]) for i in before.rows["notice_items"]}
    new = {
        (i["instalment_id"], i["step_id"])
        for i in after.rows["notice_items"]
        if i["notice_id"] in waiting and (i["notice_id"], i["instalment_id"], i["step_id"]) not in old
    }
    assert shown
    assert (shown - new, new - shown - other) == (set(), set())
