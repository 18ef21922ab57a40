"""What of monitoring is visible over HTTP: `/readyz` names troubles, `/metrics` counts them and costs little."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from bot.clock import ManualClock
from bot.rules.guarantee import walks
from bot.web.server import build
from bot.work.guarantee.guard_walk import walk
from bot.work.policy.policies import PoliciesInForce
from bot.work.runtime.parts import Parts
from storage.operations import metrics
from storage.runtime.engine import Database
from tests.work.lives import owes
from tests.work.operations.monitored import HUMANE, SETTINGS, pass_with_rounds

pytestmark = pytest.mark.postgresql_one_in(3)


def http(db: Database, clock: ManualClock) -> httpx.AsyncClient:
    parts = Parts(SETTINGS, clock, db, PoliciesInForce(HUMANE, clock.now()))
    return httpx.AsyncClient(transport=httpx.ASGITransport(build(parts, asyncio.Event())), base_url="http://duebot")


async def test_readyz_is_ready_and_without_troubles(well: Database, clock: ManualClock) -> None:
    async with http(well, clock) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "faults": [], "troubles": []})


async def test_readyz_names_a_trouble_and_stays_ready(well: Database, clock: ManualClock) -> None:
    await pass_with_rounds(well, clock, hours=37)
    async with http(well, clock) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    (found,) = [t for t in answer.json()["troubles"] if t["kind"] == "facts_old"]
    assert found["words"].startswith("The wallet’s figures are of 2 Mar 2026, 4:00 am UTC, too old")
    assert found["mend"] == "Import newer files with duebot import, and see that it’s done often."


async def test_readyz_is_not_ready_where_nothing_is_planned(well: Database, clock: ManualClock) -> None:
    clock.move(timedelta(minutes=6))
    async with http(well, clock) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert "nothing was planned since" in answer.json()["faults"][0]


async def test_metrics_tell_troubles_guarantee_and_rounds(well: Database, clock: ManualClock) -> None:
    await owes(well, clock.now(), clock.now().date() - timedelta(days=9), "I2")
    clock.move(timedelta(seconds=42))
    async with http(well, clock) as client:
        told = (await client.get("/metrics")).text
    for line in (
        'duebot_trouble{kind="silent"} 1.0',
        'duebot_trouble{kind="backlog"} 0.0',
        'duebot_guarantee{state="silent"} 1.0',
        'duebot_guarantee{state="reached"} 0.0',
        'duebot_tick_age_seconds{part="sender"} 42.0',
        'duebot_tick_age_seconds{part="guard"} 42.0',
        'duebot_tick_age_seconds{part="attending"} 42.0',
    ):
        assert line in told.splitlines(), line


async def test_the_guarantee_is_counted_once_a_minute_at_most(well: Database, clock: ManualClock) -> None:
    async with http(well, clock) as client:
        await client.get("/metrics")
        await owes(well, clock.now(), clock.now().date() - timedelta(days=9), "I2")
        clock.move(timedelta(seconds=59))
        assert 'duebot_guarantee{state="silent"} 0.0' in (await client.get("/metrics")).text
        clock.move(timedelta(seconds=1))
        assert 'duebot_guarantee{state="silent"} 1.0' in (await client.get("/metrics")).text


async def test_where_much_is_kept_a_scrape_costs_what_little_is_counted_each_time(
    well: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guarantee is told as the guard counted it, and rows that are kept are counted every ten minutes."""
    await owes(well, clock.now(), clock.now().date() - timedelta(days=9), "I2")
    await walk(well, HUMANE, ("telegram",), clock.now())
    monkeypatch.setattr(walks, "AT_ONCE", 0)
    monkeypatch.setattr(metrics, "FEW", 0)
    async with http(well, clock) as client:
        with statements(well) as first:
            told = (await client.get("/metrics")).text
        assert 'duebot_guarantee{state="in_queue"} 1.0' in told
        assert "duebot_customers 1.0" in told
        clock.move(timedelta(minutes=2))
        with statements(well) as later:
            assert "duebot_counted_age_seconds 120.0" in (await client.get("/metrics")).text
        clock.move(timedelta(minutes=9))
        assert "duebot_counted_age_seconds 0.0" in (await client.get("/metrics")).text
    by_state = [statement for statement in first if "GROUP BY notices.state" in statement]
    assert len(by_state) == 1
    assert not [statement for statement in later if "GROUP BY notices.state" in statement or "overdue" in statement]
    assert not [statement for statement in first if "overdue" in statement]


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)
