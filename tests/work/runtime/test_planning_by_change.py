"""A round looks at those who are due and at nobody else; whom planning overlooks, the guard finds within the hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.clock import ManualClock
from bot.rules.policy.policy import Policy
from bot.work.policy.policies import PolicyBook, open_book
from bot.work.runtime import planning_round, slices
from bot.work.runtime.planning_round import Planned, guard, plan, plan_due
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.facts import looks
from storage.runtime.engine import Database
from storage.schema import (
    accounts,
    customers,
    instalments,
    links,
    notices,
)
from tests.work.lives import ANNA, POLICY, customer, linked, owes, rows

TODAY = date(2026, 3, 2)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


async def many(db: Database, now: datetime, due: date, last: int, first: int = 1) -> None:
    """Customers in Taipei who each owe 1,200.00 TWD, due on that day."""
    ids = [f"C{n:05}" for n in range(first, last + 1)]
    fresh = {"facts_at": now}
    async with db.write() as conn:
        await conn.execute(insert(customers), [{"customer_id": i, "zone": "Asia/Taipei", **fresh} for i in ids])
        theirs = [{"account_id": f"A{i}", "customer_id": i, "currency": "TWD", "balance": 0, **fresh} for i in ids]
        await conn.execute(insert(accounts), theirs)
        debt = {"due_date": due, "amount_due": 120_000, "amount_paid_at": now, **fresh}
        await conn.execute(
            insert(instalments), [{"instalment_id": f"I{i}", "account_id": f"A{i}", **debt} for i in ids]
        )
        began = {"way": "payload", "linked_at": now}
        await conn.execute(insert(links), [{"customer_id": i, "user_id": int(i[1:]), **began} for i in ids])


def in_slices_of(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by itself; `test_slices_side_by_side` and `test_slices_in_a_row` are about several at once."""
    for name in ("SLICE", "LARGE_SLICE"):
        monkeypatch.setattr(slices, name, size)
    for name in ("SIDES", "IN_A_ROW"):
        monkeypatch.setattr(slices, name, 1)


class Looked:
    """Whom planning looks at, slice by slice."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slices: list[list[str]] = []
        take = looks.take

        async def noted(conn: Any, customer_ids: Sequence[str]) -> Any:
            self.slices.append(list(customer_ids))
            return await take(conn, customer_ids)

        monkeypatch.setattr(looks, "take", noted)

    @property
    def customers(self) -> list[str]:
        return sorted(each for ids in self.slices for each in ids)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Looked:
    return Looked(monkeypatch)


async def round_at(db: Database, now: datetime, policy: Policy = POLICY, **more: Any) -> Planned:
    return await plan_due(db, await open_book(db, policy, now), now, **more)


# --- Who is looked at ------------------------------------------------------------------------------------------------


async def test_a_round_without_news_looks_at_nobody(db: Database, clock: ManualClock, looked: Looked) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), TODAY)
    await linked(db, clock.now())
    assert (await round_at(db, clock.now())).notices == 1
    looked.slices.clear()
    assert not await round_at(db, clock.now() + MINUTE)
    assert looked.slices == []


async def test_of_whom_something_changed_is_looked_at_alone(db: Database, clock: ManualClock, looked: Looked) -> None:
    for name in ("C1", "C2"):
        await customer(db, clock.now(), name)
        await owes(db, clock.now(), TODAY, f"I-{name}", name)
    await round_at(db, clock.now())
    looked.slices.clear()
    await linked(db, clock.now(), customer_id="C2")
    assert (await round_at(db, clock.now() + MINUTE)).notices == 1
    assert looked.slices == [["C2"]]


async def test_as_a_day_begins_those_are_looked_at_for_whom_it_matters(
    db: Database, clock: ManualClock, looked: Looked
) -> None:
    due = {"soon": 2, "in-ten": 10, "late": -30}
    for name, days in due.items():
        await customer(db, clock.now(), name)
        await owes(db, clock.now(), TODAY + timedelta(days=days), f"I-{name}", name)
    await customer(db, clock.now(), "owes-nothing")
    midnight = clock.now() + 12 * HOUR
    await round_at(db, clock.now())
    seen = {}
    for days in range(9):
        looked.slices.clear()
        await round_at(db, midnight + timedelta(days=days))
        seen[days] = looked.customers
    assert seen[0] == ["late", "soon"]
    assert seen[5] == ["late", "soon"]  # the ladder begins three days before
    assert seen[6] == ["in-ten", "late", "soon"]
    assert all("owes-nothing" not in ids for ids in seen.values())


async def test_a_large_wallet_is_looked_at_in_slices_each_a_transaction(
    db: Database, clock: ManualClock, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_slices_of(100, monkeypatch)
    await many(db, clock.now(), TODAY, last=250)
    assert (await round_at(db, clock.now())).notices == 250
    assert [len(ids) for ids in looked.slices] == [100, 100, 50]


async def test_news_come_before_a_day_that_begins_for_many(
    db: Database, clock: ManualClock, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_slices_of(50, monkeypatch)
    await many(db, clock.now(), TODAY - timedelta(days=1), last=120)
    await round_at(db, clock.now())
    looked.slices.clear()
    await customer(db, clock.now(), "new")
    await round_at(db, clock.now() + 12 * HOUR)
    assert "new" in looked.slices[0]
    assert len(looked.customers) == 121


async def test_a_round_that_was_killed_is_finished_by_the_next(
    db: Database, clock: ManualClock, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_slices_of(100, monkeypatch)
    await many(db, clock.now(), TODAY, last=250)
    look_again, count = looks.look_again, 0

    async def killed(*given: Any) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise ZeroDivisionError
        await look_again(*given)

    monkeypatch.setattr(looks, "look_again", killed)
    with pytest.raises(ZeroDivisionError):
        await round_at(db, clock.now())
    assert len(await rows(db, notices)) == 100
    assert (await round_at(db, clock.now())).notices == 150
    assert len({row.customer_id for row in await rows(db, notices)}) == 250


async def test_a_round_that_began_before_midnight_loses_nothing_that_was_written_after_it(
    db: Database, clock: ManualClock
) -> None:
    before = clock.now() + 12 * HOUR - timedelta(seconds=1)
    after, book = before + timedelta(seconds=2), PolicyBook(POLICY)
    await customer(db, before)
    await owes(db, before, TODAY + timedelta(days=1))
    await linked(db, before)
    await plan(db, book, before)
    async with db.write() as conn:  # by the day after it is over already
        await holds.set_hold(conn, Hold(ANNA, "hold", TODAY, "I1"), after)
    assert not (await plan_due(db, book, before)).holds_ended  # it takes the note, and its day is the one before
    assert not (await guard(db, book, after)).overlooked
    done = await plan_due(db, book, after)
    assert (done.holds_ended, done.notices) == (1, 1)


# --- When the terms change -------------------------------------------------------------------------------------------


async def test_another_policy_has_everybody_looked_at_once(
    db: Database, clock: ManualClock, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_slices_of(100, monkeypatch)
    await many(db, clock.now(), TODAY + timedelta(days=9), last=250)
    await round_at(db, clock.now())
    looked.slices.clear()
    sooner = replace(POLICY, version="other", steps=(replace(POLICY.steps[0], day=-9), *POLICY.steps[1:]))
    assert (await round_at(db, clock.now() + MINUTE, sooner)).notices == 250
    assert [len(ids) for ids in looked.slices] == [100, 100, 50]
    looked.slices.clear()
    assert not await round_at(db, clock.now() + 2 * MINUTE, sooner)
    assert looked.slices == []


async def test_another_channel_has_everybody_looked_at(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), TODAY)
    steps = tuple(replace(step, channels=("telegram", "email")) for step in POLICY.steps)
    policy = replace(POLICY, version="mail", steps=steps)
    assert (await round_at(db, clock.now(), policy)).unreachable == 1
    assert (await round_at(db, clock.now(), policy, channels=("telegram", "email"))).notices == 1


async def test_a_sweep_that_was_killed_goes_on_where_it_was(
    db: Database, clock: ManualClock, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_slices_of(100, monkeypatch)
    await many(db, clock.now(), TODAY + timedelta(days=30), last=250)
    await round_at(db, clock.now())
    at = planning_round._Look.at
    looked.slices.clear()

    async def killed(self: Any, conn: Any, ids: Sequence[str]) -> Planned:
        if len(looked.slices) == 2:
            raise ZeroDivisionError
        return await at(self, conn, ids)

    monkeypatch.setattr(planning_round._Look, "at", killed)
    other = replace(POLICY, version="other", grace_days=5)
    with pytest.raises(ZeroDivisionError):
        await round_at(db, clock.now(), other)
    monkeypatch.setattr(planning_round._Look, "at", at)
    looked.slices.clear()
    await round_at(db, clock.now(), other)
    assert looked.customers == [f"C{n:05}" for n in range(201, 251)]


# --- The guard is the net --------------------------------------------------------------------------------------------


async def test_who_is_due_but_was_not_looked_at_yet_was_not_overlooked(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), TODAY - timedelta(days=30))
    book = await open_book(db, POLICY, clock.now())
    await round_at(db, clock.now() - MINUTE)  # planning has begun with this policy
    await owes(db, clock.now(), TODAY - timedelta(days=1), "I2")
    walked = await guard(db, book, clock.now())
    assert (walked.looked_at, walked.overlooked) == (1, {})


async def test_nobody_was_overlooked_by_a_policy_that_planning_has_not_begun_with(
    db: Database, clock: ManualClock
) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), TODAY + timedelta(days=9))
    await linked(db, clock.now())
    await plan(db, await open_book(db, POLICY, clock.now()), clock.now())
    sooner = replace(POLICY, version="other", steps=(replace(POLICY.steps[0], day=-9), *POLICY.steps[1:]))
    assert not (await guard(db, PolicyBook(sooner), clock.now())).overlooked
    assert (await round_at(db, clock.now(), sooner)).notices == 1
