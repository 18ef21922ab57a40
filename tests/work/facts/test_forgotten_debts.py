"""Who was forgotten and still owes something overdue is told to supervisors, until it is paid or the wallet says that
it sees to them itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import ManualClock
from bot.rules.operations.troubles import Trouble
from bot.settings import Settings
from bot.work.facts.forgetting import forget
from bot.work.operations.monitoring import look
from bot.work.outlook.customer_timeline import story
from bot.work.policy.policies import PolicyBook
from storage.facts import forgotten_debts
from storage.facts.forgotten_debts import StillOwing
from storage.runtime.engine import Database
from storage.schema import instalments
from tests.work.lives import ANNA, POLICY, customer, owes

DAY = timedelta(days=1)


async def owing(db: Database, now: datetime) -> list[StillOwing]:
    async with db.read() as conn:
        return await forgotten_debts.still_owing(conn, now.date())


async def told(db: Database, now: datetime) -> list[Trouble]:
    found = await look(db, PolicyBook(POLICY), Settings(_env_file=None), ("telegram",), now)
    return [trouble for trouble in found if trouble.kind == "forgotten_overdue"]


async def take_over(db: Database, customer_id: str, now: datetime) -> bool:
    async with db.write() as conn:
        return await forgotten_debts.take_over(conn, customer_id, "Mei", now)


async def test_supervisors_are_told_until_it_is_paid_or_taken_over(db: Database, clock: ManualClock) -> None:
    today, late = clock.now().date(), clock.now().date() - 2 * DAY
    for customer_id in (ANNA, "C2", "C3"):
        await customer(db, clock.now(), customer_id)
    for instalment_id, due, customer_id in (
        ("I1", late, ANNA),
        ("I2", late - DAY, ANNA),
        ("I3", today, "C2"),  # not overdue before tomorrow
        ("I4", late, "C3"),  # not forgotten
    ):
        await owes(db, clock.now(), due, instalment_id, customer_id)
    await owes(db, clock.now(), late, "I5", "C2", status="paid")
    assert await told(db, clock.now()) == []
    forgotten_at = clock.now()
    await forget(db, ANNA, forgotten_at, overwrite=False)
    clock.move(timedelta(minutes=1))
    await forget(db, "C2", clock.now(), overwrite=False)
    assert await owing(db, clock.now()) == [StillOwing(ANNA, forgotten_at, late - DAY)]
    assert await told(db, clock.now()) == [Trouble("forgotten_overdue", ANNA, count=1)]
    clock.move(DAY)
    assert await told(db, clock.now()) == [Trouble("forgotten_overdue", "C2", count=2)]  # the last one is named
    async with db.write() as conn:
        await conn.execute(update(instalments).where(instalments.c.instalment_id == "I3").values(paid=120000))
    assert await told(db, clock.now()) == [Trouble("forgotten_overdue", ANNA, count=1)]
    assert not await take_over(db, "C3", clock.now())
    assert await take_over(db, ANNA, clock.now())
    assert await told(db, clock.now()) == []
    await owes(db, clock.now(), clock.now().date(), "I6")
    assert await told(db, clock.now()) == []
    clock.move(DAY)  # what becomes overdue later is told again
    assert await owing(db, clock.now()) == [StillOwing(ANNA, forgotten_at, clock.now().date() - DAY)]


async def test_the_wallet_lists_them_and_takes_them_over(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)  # a command goes by the machine's clock
    await customer(sqlite_db, now)
    await owes(sqlite_db, now, now.date() - 9 * DAY)
    await forget(sqlite_db, ANNA, now, overwrite=False)
    monkeypatch.setenv("DUEBOT_DATABASE_URL", str(sqlite_db.url).replace("+aiosqlite", ""))

    async def run(*args: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["forgotten", *args])
        return done.exit_code, done.output

    since = (now.date() - 9 * DAY).isoformat()
    assert await run() == (0, f"C1\toverdue since {since}\n")
    code, said = await run("--taken-over", "C9")
    assert (code, "no forgotten customer has the id 'C9'" in said) == (1, True)
    code, said = await run("--taken-over", ANNA, "--by", " ")
    assert (code, "expected the name of who says so" in said) == (2, True)
    assert await run("--taken-over", ANNA, "--by", "Mei Lin") == (
        0,
        "C1: the wallet itself sees to what is overdue now, noted by Mei Lin\n",
    )
    told = await story(sqlite_db, POLICY, ANNA, now)
    assert told is not None and [e.words for e in told.entries if e.kind == "taken_over"] == [
        f"the wallet itself sees to what was due by {(now.date() - DAY).isoformat()}, noted by Mei Lin"
    ]
    assert (await run("--json"))[1].strip() == '{"forgotten": []}'
