"""Under an expired pack no reminder is planned; customers who need a person still get a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.policy.policy import Policy
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import Planned, plan
from storage.runtime.engine import Database
from storage.schema import cases, notices
from tests.work.lives import customer, linked, owes, rows

pytestmark = pytest.mark.postgresql_one_in(3)

HUMANE = load_policy("humane")
SILENCED = replace(HUMANE, silenced_by=("cn",))


@pytest.fixture
async def wallet(db: Database, clock: ManualClock) -> Database:
    """Somebody in the segment `trusted` and somebody in none, each a day overdue; and one who needs a person."""
    today = clock.now().date()
    for number, (name, days, more) in enumerate((("trusted", 1, {"segment": "trusted"}), ("C1", 1, {}), ("C9", 5, {}))):
        await customer(db, clock.now(), name, **more)
        await owes(db, clock.now(), today - timedelta(days=days), f"I-{name}", name)
        await linked(db, clock.now(), 500 + number, name)
    return db


async def planned(db: Database, clock: ManualClock, policy: Policy) -> Planned:
    return await plan(db, PolicyBook(policy), clock.now())


async def test_no_reminder_is_planned_and_the_person_is_called(wallet: Database, clock: ManualClock) -> None:
    done = await planned(wallet, clock, SILENCED)
    assert (done.notices, done.cases_opened) == (0, 1)
    assert await rows(wallet, notices) == []
    assert [(row.customer_id, row.reason) for row in await rows(wallet, cases)] == [("C9", "overdue")]


async def test_as_soon_as_it_is_trusted_again_they_are(wallet: Database, clock: ManualClock) -> None:
    await planned(wallet, clock, SILENCED)
    assert (await planned(wallet, clock, HUMANE)).notices == 2


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (replace(HUMANE, segments={"trusted": SILENCED}), ["C1"]),
        (replace(SILENCED, segments={"trusted": HUMANE}), ["trusted"]),
    ],
    ids=["in the segment", "everywhere else"],
)
async def test_it_silences_those_whom_it_is_about(
    wallet: Database, clock: ManualClock, policy: Policy, told: list[str]
) -> None:
    await planned(wallet, clock, policy)
    assert [row.customer_id for row in await rows(wallet, notices)] == told
