"""Who says that they paid rests until the wallet speaks of their debts again, and planning knows that at once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.rules.agreements.holds import SAID_PAID
from bot.work.facts.import_lines import LEAST_LINES
from bot.work.facts.import_run import import_paths
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import guard, plan, plan_due
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.runtime.engine import Database
from storage.schema import changed_customers
from storage.schema import holds as held
from tests.work.lives import POLICY, customer, linked, rows

TODAY = date(2026, 3, 2)
HEADER = "instalment_id,account_id,due_date,amount_due"


def debts(folder: Path, many: int, due: date = TODAY - timedelta(days=1)) -> Path:
    lines = [f"I{n},A-{'C1' if n == 1 else 'C2'},{due},1200.00" for n in range(1, many + 1)]
    path = folder / "instalments.csv"
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize("many", [2, LEAST_LINES + 1], ids=["read again", "as a block that has not changed"])
async def test_the_wallet_repeats_its_facts_and_planning_ends_the_rest(
    db: Database, clock: ManualClock, tmp_path: Path, many: int
) -> None:
    for name, user_id in (("C1", 111), ("C2", 222)):
        await customer(db, clock.now(), name)
        await linked(db, clock.now(), user_id, name)
    path, book = debts(tmp_path, many), PolicyBook(POLICY)
    assert (await import_paths(db, [path], clock.now())).ok
    async with db.write() as conn:
        await holds.set_hold(conn, Hold("C1", SAID_PAID, TODAY + timedelta(days=1)), clock.now())
    await plan(db, book, clock.now())
    assert not await rows(db, changed_customers)

    clock.move(timedelta(hours=1))
    assert (await import_paths(db, [path], clock.now())).counts["instalments"].same == many
    assert [row.customer_id for row in await rows(db, changed_customers)] == ["C1"]  # and nobody else
    assert not (await guard(db, book, clock.now())).overlooked
    assert (await plan_due(db, book, clock.now())).holds_ended == 1
    assert [row.ended_why for row in await rows(db, held)] == ["heard"]
    assert not (await guard(db, book, clock.now())).overlooked
