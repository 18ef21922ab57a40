"""A round with nothing to do asks the database a few questions, on few trips, and writes down that it was made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.settings import load_settings
from bot.work.agreements.agreement_outcomes import handle_due_agreements
from bot.work.cases.deadlines import Duty
from bot.work.cases.desk_upkeep import run_upkeep
from bot.work.operations.monitoring import look
from bot.work.policy.policies import PoliciesInForce, PolicyBook
from storage.cases import upkeep_due
from storage.operations import rounds_due
from storage.runtime.engine import Database

POLICY = load_policy("humane")
Do = Callable[[Database, ManualClock], Awaitable[object]]


async def upkeep(db: Database, clock: ManualClock) -> None:
    await run_upkeep(Duty(db, POLICY.desk, None, None), clock.now())  # type: ignore[arg-type]  # nobody is told anything


async def agreements(db: Database, clock: ManualClock) -> None:
    assert await handle_due_agreements(db, POLICY.desk, clock.now()) == 0


async def policies(db: Database, clock: ManualClock) -> None:
    await PoliciesInForce(POLICY, clock.now()).reopen(db, clock.now())


async def watch(db: Database, clock: ManualClock) -> None:
    await look(db, PolicyBook(POLICY), load_settings(token="1:T"), ("telegram",), clock.now())


@pytest.mark.parametrize(("do", "most"), [(upkeep, 2), (agreements, 1), (policies, 2), (watch, 5)])
async def test_an_idle_round_takes_few_transactions(
    db: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, do: Do, most: int
) -> None:
    begun = 0
    await do(db, clock)  # the first one has to write down what is new

    for name in ("read", "write"):
        original = getattr(db, name)

        def counted(original: Callable[[], object] = original) -> object:
            nonlocal begun
            begun += 1
            return original()

        monkeypatch.setattr(db, name, counted)
    await do(db, clock)
    assert 0 < begun <= most


async def test_of_an_empty_database_there_is_nothing_to_be_done(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    async with db.read() as conn:
        assert await upkeep_due.there_may_be(conn, upkeep_due.Until(now, now, now, now), now) == frozenset()
        assert await rounds_due.beside_upkeep(conn, now) == frozenset()
        assert await rounds_due.after_talks(conn, now) == frozenset()
        assert await rounds_due.to_erase(conn) == frozenset()
