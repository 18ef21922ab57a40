"""What monitoring reports as a trouble, and what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.policies import load_policy
from bot.rules.operations.retention import keeping
from bot.rules.operations.troubles import Load, Trouble, left_over
from bot.work.operations.monitoring import note_rival
from bot.work.operations.pruning import prune
from storage.facts import imports
from storage.guarantee.walks import note_overlooked
from storage.operations import alerts
from storage.operations.alerts import AlertState
from storage.runtime.engine import Database
from storage.schema import contacts, notices, updates
from storage.topics import agent_groups
from tests.work.facts.wallets import take, write_wallet
from tests.work.lives import ANNA, add, customer, owes
from tests.work.operations.monitored import HUMANE, PARTS, SETTINGS, pass_with_rounds, tick, troubles

pytestmark = pytest.mark.postgresql_one_in(3)


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
