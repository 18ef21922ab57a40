"""What monitoring reports as a trouble, and what it does not; and what of it is visible over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.guarantee import walks
from bot.rules.operations.retention import keeping
from bot.rules.operations.troubles import Load, Trouble, left_over
from bot.rules.policy.policy import Policy
from bot.settings import Settings
from bot.web.server import build
from bot.work.guarantee.guard_walk import walk
from bot.work.operations.monitoring import look, note_rival
from bot.work.operations.pruning import prune
from bot.work.policy.policies import PoliciesInForce, PolicyBook
from bot.work.runtime.parts import Parts
from storage.facts import imports
from storage.guarantee.walks import note_overlooked
from storage.operations import alerts, metrics
from storage.operations.alerts import AlertState
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat
from storage.schema import contacts, notices, updates
from storage.topics import agent_groups
from tests.work.facts.wallets import take, write_wallet
from tests.work.lives import ANNA, add, customer, owes

pytestmark = pytest.mark.postgresql_one_in(3)

PARTS = ("planner", "sender", "guard", "attending", "watch")
SETTINGS = Settings(_env_file=None, agent_chat=-100777, send_rate=20)
HUMANE = load_policy("humane")


async def tick(db: Database, clock: ManualClock, *parts: str) -> None:
    async with db.write() as conn:
        for part in parts:
            await beat(conn, part, clock.now())


@pytest.fixture
async def well(db: Database, clock: ManualClock) -> Database:
    """A database of a program that runs, with a customer who owes something today."""
    await customer(db, clock.now())
    await owes(db, clock.now(), clock.now().date())
    await tick(db, clock, *PARTS)
    async with db.write() as conn:
        await imports.wallet_spoke(conn, clock.now())
    return db


async def troubles(db: Database, clock: ManualClock, policy: Policy = HUMANE, **settings: Any) -> list[Trouble]:
    own = SETTINGS.model_copy(update=settings)
    return await look(db, PolicyBook(policy), own, ("telegram",), clock.now())


async def test_all_is_well(well: Database, clock: ManualClock) -> None:
    assert await troubles(well, clock) == []


# --- Rounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_that_stopped_is_a_trouble(well: Database, clock: ManualClock, part: str) -> None:
    stopped_at = clock.now()
    clock.move(timedelta(minutes=6))
    await tick(well, clock, *(other for other in PARTS if other != part))
    assert await troubles(well, clock) == [Trouble("no_round", part, at=stopped_at)]


async def test_a_part_that_never_began_is_a_trouble(db: Database, clock: ManualClock) -> None:
    await tick(db, clock, "planner", "guard", "attending", "watch")
    assert await troubles(db, clock) == [Trouble("no_round", "sender")]


async def test_old_records_that_nobody_removes_are_a_trouble(well: Database, clock: ManualClock) -> None:
    days_ago = clock.now() - timedelta(days=800)
    await add(
        well, contacts, customer_id=ANNA, at=days_ago, channel="telegram", direction="in", kind="word", state="answered"
    )
    assert await troubles(well, clock) == [Trouble("prune_late")]
    await prune(well, keeping(HUMANE, SETTINGS.keep_days), clock.now())
    assert await troubles(well, clock) == []


# --- A rival ---------------------------------------------------------------------------------------------------------


async def rival_polls(db: Database, clock: ManualClock) -> None:
    async with db.write() as conn:
        await note_rival(conn, clock.now())


async def test_a_rival_that_stays_is_a_trouble_until_it_has_been_away_for_minutes(
    well: Database, clock: ManualClock
) -> None:
    since = clock.now()
    for seconds in (0, 15, 30):
        clock.move(timedelta(seconds=seconds))
        await rival_polls(well, clock)
        assert await troubles(well, clock) == []
    await pass_with_rounds(well, clock, seconds=30)
    await rival_polls(well, clock)
    assert await troubles(well, clock) == [Trouble("rival", at=since)]
    await pass_with_rounds(well, clock, minutes=5)
    assert await troubles(well, clock) == [Trouble("rival", at=since)]
    await pass_with_rounds(well, clock, seconds=1)
    assert await troubles(well, clock) == []


async def test_one_program_that_takes_over_from_another_is_no_rival(well: Database, clock: ManualClock) -> None:
    for _ in range(5):
        await rival_polls(well, clock)
        await pass_with_rounds(well, clock, minutes=6)
        assert await troubles(well, clock) == []


async def test_a_rival_that_comes_again_later_has_begun_later(well: Database, clock: ManualClock) -> None:
    await rival_polls(well, clock)
    await pass_with_rounds(well, clock, hours=1)
    since = clock.now()
    await rival_polls(well, clock)
    await pass_with_rounds(well, clock, minutes=1)
    await rival_polls(well, clock)
    assert await troubles(well, clock) == [Trouble("rival", at=since)]


# --- Facts -----------------------------------------------------------------------------------------------------------


async def pass_with_rounds(db: Database, clock: ManualClock, **by: float) -> None:
    clock.move(timedelta(**by))
    await tick(db, clock, *PARTS)


async def test_a_wallet_that_was_silent_too_long_is_a_trouble(well: Database, clock: ManualClock) -> None:
    spoke_at = clock.now()
    await pass_with_rounds(well, clock, hours=36)
    assert await troubles(well, clock) == []
    await pass_with_rounds(well, clock, minutes=1)
    assert Trouble("facts_old", at=spoke_at) in await troubles(well, clock)


async def test_a_policy_without_an_age_lets_facts_grow_old(well: Database, clock: ManualClock) -> None:
    await pass_with_rounds(well, clock, hours=40)
    kinds = {t.kind for t in await troubles(well, clock, replace(HUMANE, facts_max_age=None))}
    assert "facts_old" not in kinds


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_the_strictest_segment_says_how_old_facts_may_be(well: Database, clock: ManualClock) -> None:
    strict = replace(HUMANE, facts_max_age=timedelta(hours=2))
    await pass_with_rounds(well, clock, hours=3)
    assert [t.kind for t in await troubles(well, clock, replace(HUMANE, segments={"trusted": strict}))] == ["facts_old"]


async def test_a_file_with_one_good_row_is_the_wallets_word(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    payments = "payment_id,instalment_id,paid_on,amount\nP1,I1,2026-03-01,1.00\nP2,nowhere,2026-03-01,1.00\n"
    await take(db, clock.now(), write_wallet(tmp_path / "first"))
    clock.move(timedelta(hours=30))
    changed = tmp_path / "changes"
    changed.mkdir()
    (changed / "payments.csv").write_text(payments)
    await take(db, clock.now(), changed)
    async with db.read() as conn:
        assert await imports.wallet_spoke_at(conn) == clock.now()


async def test_a_file_without_a_good_row_is_no_word(db: Database, clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "payments.csv").write_text("payment_id,instalment_id,paid_on,amount\nP2,nowhere,2026-03-01,1.00\n")
    await take(db, clock.now(), tmp_path / "payments.csv")
    async with db.read() as conn:
        assert await imports.wallet_spoke_at(conn) is None


# --- Packs -----------------------------------------------------------------------------------------------------------

WITH_PACK = """
packs = ["cn"]

[[step]]
id = "due"
day = 0
message = "due_today"

[[step]]
id = "after-5"
day = 5
escalate = "overdue"
"""


async def test_a_pack_is_a_trouble_a_month_before_it_expires_and_after(
    db: Database, clock: ManualClock, tmp_path: Path
) -> None:
    (tmp_path / "ours.toml").write_text(WITH_PACK)
    policy = load_policy(str(tmp_path / "ours.toml"))
    expires = date(2027, 11, 30)
    for day, found in (
        (date(2027, 10, 30), []),
        (date(2027, 11, 1), [Trouble("pack_expires", "cn", day=expires)]),
        (expires, [Trouble("pack_expires", "cn", day=expires)]),
        (date(2027, 12, 1), [Trouble("pack_expired", "cn", day=expires)]),
    ):
        clock.set(clock.now().replace(year=day.year, month=day.month, day=day.day))
        await tick(db, clock, *PARTS)
        assert await troubles(db, clock, policy) == found, day


# --- The agents' group -----------------------------------------------------------------------------------------------


async def test_a_group_that_refuses_the_bot_is_a_trouble(well: Database, clock: ManualClock) -> None:
    async with well.write() as conn:
        await agent_groups.note_trouble(conn, "refusal", "no_rights", clock.now())
    assert await troubles(well, clock) == [Trouble("group_unusable", reason="no_rights", at=clock.now())]
    assert await troubles(well, clock, agent_chat=None) == []


async def test_a_group_that_was_mended_is_none(well: Database, clock: ManualClock) -> None:
    async with well.write() as conn:
        await agent_groups.note_trouble(conn, "refusal", "", clock.now())
    assert await troubles(well, clock) == []


# --- Channels --------------------------------------------------------------------------------------------------------


async def attempts(
    db: Database, clock: ManualClock, channel: str, count: int, state: str = "accepted", reason: str | None = None
) -> None:
    for _ in range(count):
        row = {"customer_id": ANNA, "at": clock.now(), "channel": channel, "direction": "out", "kind": "reminder"}
        await add(db, contacts, **row, state=state, reason=reason)


async def test_a_channel_that_refuses_many_is_a_trouble(well: Database, clock: ManualClock) -> None:
    await attempts(well, clock, "telegram", 30)
    await attempts(well, clock, "email", 15)
    await attempts(well, clock, "email", 4, "refused", "unauthorized")
    await attempts(well, clock, "email", 1, "refused", "network")
    assert await troubles(well, clock) == [Trouble("channel_refuses", "email", "unauthorized", 5, 20)]


async def test_people_who_blocked_the_bot_are_no_trouble_of_the_channel(well: Database, clock: ManualClock) -> None:
    await attempts(well, clock, "telegram", 30, "refused", "blocked")
    assert await troubles(well, clock) == []


async def test_a_few_refusals_among_many_are_no_trouble(well: Database, clock: ManualClock) -> None:
    await attempts(well, clock, "email", 30)
    await attempts(well, clock, "email", 7, "refused", "network")
    assert await troubles(well, clock) == []


async def test_a_channel_that_takes_ten_in_a_row_is_well_again(well: Database, clock: ManualClock) -> None:
    await attempts(well, clock, "email", 20, "refused", "network")
    await attempts(well, clock, "email", 9)
    assert len(await troubles(well, clock)) == 1
    await attempts(well, clock, "email", 1)
    assert await troubles(well, clock) == []


async def test_only_the_last_hundred_count(well: Database, clock: ManualClock) -> None:
    await attempts(well, clock, "email", 40, "refused", "network")
    await attempts(well, clock, "email", 79)
    await attempts(well, clock, "email", 2, "refused", "network")
    assert await troubles(well, clock) == [Trouble("channel_refuses", "email", "network", 21, 100)]


# --- Counts ----------------------------------------------------------------------------------------------------------


async def planned(db: Database, clock: ManualClock, count: int, *, opens_in_s: float, closes_in_s: float) -> None:
    for number in range(count):
        customer_id = f"P{number}"
        await customer(db, clock.now(), customer_id)
        await add(
            db,
            notices,
            customer_id=customer_id,
            local_day=clock.now().date(),
            state="planned",
            send_after=clock.now() + timedelta(seconds=opens_in_s),
            expires_at=clock.now() + timedelta(seconds=closes_in_s),
            policy="humane",
            policy_version="1",
            planned_at=clock.now(),
        )


async def test_a_backlog_that_cannot_make_its_hours_is_a_trouble(well: Database, clock: ManualClock) -> None:
    await planned(well, clock, 40, opens_in_s=-60, closes_in_s=1)
    # 85 % of 20 a second are for reminders.
    assert await troubles(well, clock) == [Trouble("backlog", count=23)]


async def test_a_backlog_that_waits_for_its_hours_has_only_those(well: Database, clock: ManualClock) -> None:
    await planned(well, clock, 40, opens_in_s=100, closes_in_s=101)
    assert await troubles(well, clock) == [Trouble("backlog", count=23)]


async def test_a_backlog_that_makes_its_hours_is_none(well: Database, clock: ManualClock) -> None:
    await planned(well, clock, 40, opens_in_s=-60, closes_in_s=3)
    assert await troubles(well, clock) == []


def loads(now: Any, *spans: Sequence[int]) -> list[Load]:
    second = timedelta(seconds=1)
    return [Load(now + opens * second, now + closes * second, messages) for opens, closes, messages in spans]


@pytest.mark.parametrize(
    ("spans", "left"),
    [
        ([(0, 10, 10)], 0),
        ([(0, 10, 11)], 1),
        ([(0, 10, 10), (0, 20, 10)], 0),  # what closes first goes first, the other has the time after
        ([(0, 10, 10), (0, 10, 5)], 5),
        ([(0, 30, 25), (10, 20, 10)], 5),  # the one in the middle takes its turn
        ([(-20, -10, 7)], 0),  # its hours are over: that is told elsewhere
        ([(5, 10, 4), (6, 9, 2)], 1),
    ],
)
def test_what_is_left_over_at_one_a_second(clock: ManualClock, spans: list[Sequence[int]], left: int) -> None:
    assert left_over(loads(clock.now(), *spans), 1.0, clock.now()) == left


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_what_nobody_could_handle_is_a_trouble_for_a_day(well: Database, clock: ManualClock) -> None:
    stamps = {"received_at": clock.now(), "ended_at": clock.now()}
    await add(well, updates, update_id=1, lane="1", body="", state="failed", **stamps)
    assert await troubles(well, clock) == [Trouble("updates_failed", count=1)]
    await pass_with_rounds(well, clock, hours=25)
    assert await troubles(well, clock) == []


async def refused_notice(db: Database, clock: ManualClock, reason: str) -> None:
    stamps = dict.fromkeys(("send_after", "expires_at", "planned_at", "ended_at"), clock.now())
    row = {"customer_id": ANNA, "local_day": clock.now().date(), "policy": "humane", "policy_version": "1"}
    await add(db, notices, **row, **stamps, state="not_sent", reason=reason)


async def test_a_reminder_that_nobody_takes_is_a_trouble(well: Database, clock: ManualClock) -> None:
    await refused_notice(well, clock, "bad_request")
    await refused_notice(well, clock, "rejected")
    await refused_notice(well, clock, "paid")
    assert await troubles(well, clock) == [Trouble("notices_refused", count=2)]


async def test_a_silent_customer_is_a_trouble(well: Database, clock: ManualClock) -> None:
    await owes(well, clock.now(), clock.now().date() - timedelta(days=9), "I2")
    assert await troubles(well, clock) == [Trouble("silent", count=1)]


async def test_a_customer_whom_planning_overlooked_is_a_trouble(well: Database, clock: ManualClock) -> None:
    async with well.write() as conn:
        await note_overlooked(conn, {ANNA: "planning"}, clock.now())
    assert await troubles(well, clock) == [Trouble("overlooked", ANNA, count=1)]


async def test_that_nobody_heard_an_alarm_is_a_trouble(well: Database, clock: ManualClock) -> None:
    async with well.write() as conn:
        await alerts.write(conn, AlertState(unheard="blocked"), clock.now())
    assert await troubles(well, clock) == [Trouble("alarm_unheard", reason="blocked", at=clock.now())]


# --- Over HTTP -------------------------------------------------------------------------------------------------------


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
