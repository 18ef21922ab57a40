"""The doctor and the running program: what has stopped, what is stuck, who is silent and who is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from storage.cases.agents import Agent, add_agent
from storage.operations import alerts
from storage.operations.alerts import AlertState
from storage.runtime.engine import Database
from storage.schema import cases, notices, updates
from storage.topics import relays
from storage.topics.relays import NewMessage
from tests.work.lives import ANNA, MEI, add, notice, owes
from tests.work.operations.health import make_rounds, one, wrong

pytestmark = pytest.mark.postgresql_one_in(3)


async def test_a_planner_that_stopped_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    clock.move(timedelta(minutes=5))
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("planner", None)
    assert "last planned 5 minutes ago" in finding.words


async def test_a_sender_that_stopped_while_others_run_is_wrong(healthy: Database, clock: ManualClock) -> None:
    clock.move(timedelta(minutes=6))
    await make_rounds(healthy, clock, "planner", "guard", "attending", "watch")
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("watch", False)
    assert finding.words == "Sending reminders: last done 2 Mar 2026, 4:00 am UTC."
    assert finding.mend == "See that duebot run is running, and what its log says."


async def test_a_silent_customer_is_wrong(healthy: Database, clock: ManualClock) -> None:
    await owes(healthy, clock.now(), clock.now().date() - timedelta(days=9), "I2")
    finding = await one(healthy, clock)
    assert (finding.what, finding.ok) == ("watch", False)
    assert "duebot audit" in finding.mend


async def test_nobody_to_be_told_of_troubles_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    async with healthy.write() as conn:
        await add_agent(conn, Agent(MEI, "Mei", ("en",), "agent"), clock.now())
    finding = await one(healthy, clock)
    assert (finding.ok, finding.words) == (None, "there is no supervisor to tell about troubles")


async def test_an_alarm_that_nobody_heard_is_wrong_and_says_why(healthy: Database, clock: ManualClock) -> None:
    async with healthy.write() as conn:
        await alerts.write(conn, AlertState(unheard="blocked"), clock.now())
    finding = await one(healthy, clock)
    assert (finding.ok, finding.words) == (False, "No supervisor could be told: has blocked the bot.")


async def stuck(db: Database, clock: ManualClock) -> None:
    """A reminder in a sender's hands, an update, a case without topic and a relay, all since an hour ago."""
    long_ago = clock.now() - timedelta(hours=1)
    await notice(db, long_ago, "claimed", claimed_by="w", claimed_at=long_ago)
    update = {"lane": "1", "body": "{}", "received_at": long_ago}
    await add(db, updates, update_id=1, state="waiting", **update)
    await add(db, updates, update_id=2, state="failed", **update)
    case = {"reason": "asked", "opened_at": long_ago, "state": "waiting"}
    case_id = await add(db, cases, customer_id=ANNA, **case)
    async with db.write() as conn:
        await relays.add(conn, case_id, "in", NewMessage("text", "{}", (111, 1)), long_ago)


async def test_what_is_stuck_while_the_program_runs_is_wrong(healthy: Database, clock: ManualClock) -> None:
    await stuck(healthy, clock)
    found = {f.words: f.ok for f in await wrong(healthy, clock)}
    over = "for more than 10 minutes"
    assert found == {
        f"reminders claimed by a sender {over}: 1": False,
        f"messages from Telegram that wait {over}: 1": False,
        f"messages between agents and customers under way {over}: 1": False,
        f"open cases without a topic in the agents' group {over}: 1": False,
        "messages from Telegram that could not be handled and were put aside: 1": None,
    }


async def test_what_waits_while_the_program_does_not_run_is_a_warning(healthy: Database, clock: ManualClock) -> None:
    await stuck(healthy, clock)
    clock.move(timedelta(minutes=5))
    assert {f.ok for f in await wrong(healthy, clock)} == {None}


async def test_a_reminder_that_nobody_sends_is_stuck(healthy: Database, clock: ManualClock) -> None:
    await notice(healthy, clock.now() - timedelta(minutes=11))
    finding = await one(healthy, clock)
    assert finding.words == "reminders that are due and that nobody has sent for more than 10 minutes: 1"


async def test_a_case_without_topic_is_as_it_should_be_without_a_group(healthy: Database, clock: ManualClock) -> None:
    case = {"reason": "asked", "opened_at": clock.now() - timedelta(hours=1), "state": "waiting"}
    await add(healthy, cases, customer_id=ANNA, **case)
    finding = await one(healthy, clock, agent_chat=None)
    assert finding.what == "settings"


async def test_a_reminder_in_time_is_nothing_to_speak_of(healthy: Database, clock: ManualClock) -> None:
    await notice(healthy, clock.now() + timedelta(hours=1))
    await add(healthy, notices, **planned_elsewhere(clock))
    assert await wrong(healthy, clock) == []


def planned_elsewhere(clock: ManualClock) -> dict[str, Any]:
    at = clock.now() - timedelta(hours=2)
    ended = {"state": "accepted", "ended_at": at, "channel": "telegram"}
    stamps = {"send_after": at, "expires_at": at, "planned_at": at}
    return {"customer_id": ANNA, "local_day": at.date(), "policy": "p", "policy_version": "v", **ended, **stamps}
