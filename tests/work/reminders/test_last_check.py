"""What the last check before sending asks of the present, and in which words a reminder goes then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from bot.clock import ManualClock
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import SendingHours
from bot.settings import Settings
from bot.work.policy.policies import PolicyBook
from bot.work.reminders.notice_checks import Sender
from bot.work.reminders.sending import send_due
from storage.facts import imports
from storage.reminders import notices as stored
from storage.runtime.engine import Database
from storage.schema import notice_items, notices
from tests.work.lives import POLICY, add, customer, linked, notice, owes, rows
from tests.work.reminders.test_hints import Phone

pytestmark = pytest.mark.postgresql_one_in(4)

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)


async def yesterday_was_due(db: Database, now: datetime, **customer_: object) -> None:
    """A reminder about what was due yesterday waits, and may be sent."""
    await customer(db, now, **customer_)
    await linked(db, now)
    await owes(db, now, now.date() - DAY)
    await notice(db, now, expected_channel="telegram")


async def send(db: Database, now: datetime, policy: Policy = POLICY) -> Phone:
    phone = Phone()
    await send_due(Sender(db, PolicyBook(policy), Settings(_env_file=None), {"telegram": phone}, "w"), now, 100)  # type: ignore[call-arg]
    return phone


async def ends(db: Database) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in await rows(db, notices)]


@pytest.mark.parametrize(("days_ago", "end"), [(6, ("planned", "week_cap")), (7, ("accepted", None))])
async def test_a_reminder_counts_for_seven_days(
    db: Database, clock: ManualClock, days_ago: int, end: tuple[str, str | None]
) -> None:
    now = clock.now()
    await yesterday_was_due(db, now)
    await notice(db, now - days_ago * DAY, "accepted", "before-3")
    await send(db, now, replace(POLICY, max_per_week=1))
    assert end in await ends(db)


WORDS = {"en": "hasn’t reached us", "zh-Hans": "还", "zh-Hant": "還"}


@pytest.mark.parametrize("language", WORDS)
async def test_it_goes_in_the_customers_language(db: Database, clock: ManualClock, language: str) -> None:
    await yesterday_was_due(db, clock.now(), language=language)
    (message,) = (await send(db, clock.now())).heard
    assert [spoken for spoken, word in WORDS.items() if word in message.plain()] == [language]


@pytest.mark.parametrize(("ago", "has_amounts"), [(timedelta(hours=36), True), (timedelta(hours=36) + MOMENT, False)])
async def test_it_names_amounts_as_long_as_the_facts_are_new(
    db: Database, clock: ManualClock, ago: timedelta, has_amounts: bool
) -> None:
    await yesterday_was_due(db, clock.now())
    async with db.write() as conn:
        await imports.wallet_spoke(conn, clock.now() - ago)
    (message,) = (await send(db, clock.now(), replace(POLICY, facts_max_age=timedelta(hours=36)))).heard
    assert ("1,200" in message.plain()) == has_amounts


async def test_who_is_vulnerable_gets_no_hint(db: Database, clock: ManualClock) -> None:
    await yesterday_was_due(db, clock.now(), vulnerable=True)
    (message,) = (await send(db, clock.now())).heard
    assert not message.hint


@pytest.mark.parametrize("hour", [18, 25])
async def test_what_is_due_today_is_not_overdue_by_the_customers_day(
    db: Database, clock: ManualClock, hour: int
) -> None:
    """10:00 and 17:00 in Los Angeles, where it is the day before for the machine's clock then."""
    now = datetime.combine(date(2026, 3, 2), time(0), clock.now().tzinfo) + timedelta(hours=hour)
    await customer(db, now, time_zone="America/Los_Angeles", zone="America/Los_Angeles")
    await linked(db, now)
    await owes(db, now, date(2026, 3, 2))
    await notice(db, now, step_id="due", due=date(2026, 3, 2), expected_channel="telegram")
    (message,) = (await send(db, now)).heard
    assert message.hint == "credit"


@pytest.mark.parametrize(("segment", "end"), [("late", ("planned", "outside_hours")), (None, ("accepted", None))])
async def test_the_hours_are_those_of_the_customers_segment(
    db: Database, clock: ManualClock, segment: str | None, end: tuple[str, str | None]
) -> None:
    await yesterday_was_due(db, clock.now(), segment=segment)
    late = replace(POLICY, sending_hours=SendingHours(time(13), time(20)))
    await send(db, clock.now(), replace(POLICY, segments={"late": late}))
    assert await ends(db) == [end]


async def test_what_was_paid_meanwhile_is_left_out_and_does_not_count_as_told(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await yesterday_was_due(db, now)
    await owes(db, now, now.date() - DAY, "I2", amount_due=0)
    (waiting,) = await rows(db, notices)
    item = {"instalment_id": "I2", "step_id": "after-1", "due_date": now.date() - DAY, "policy_version": POLICY.version}
    await add(db, notice_items, notice_id=waiting.notice_id, **item)
    assert len((await send(db, now)).heard) == 1
    (told, left_out) = await rows(db, notices)
    assert (told.state, left_out.state, left_out.local_day) == ("accepted", "not_sent", told.local_day)
    items = {row.instalment_id: row.notice_id for row in await rows(db, notice_items)}
    assert items == {"I1": told.notice_id, "I2": left_out.notice_id}


async def test_a_message_is_out_of_time_at_the_end_of_its_hours(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await yesterday_was_due(db, now)
    (waiting,) = await rows(db, notices)
    async with db.write() as conn:
        assert await stored.expire(conn, waiting.expires_at - MOMENT) == 0
        assert await stored.expire(conn, waiting.expires_at) == 1
    assert await ends(db) == [("not_sent", "hours_ended")]


async def test_receipts_are_claimed_first_and_then_what_is_out_of_time_soonest(
    db: Database, clock: ManualClock
) -> None:
    now, numbers = clock.now(), {}
    kinds = {"C1": ("reminder", 3), "C2": ("reminder", 2), "C3": ("receipt", 4), "C4": ("part", 1)}
    for name, (kind, hours) in kinds.items():
        await customer(db, now, name)
        if name == "C1":
            await owes(db, now, now.date() - DAY)
        one = {"customer_id": name, "kind": kind, "expires_at": now + timedelta(hours=hours)}
        numbers[await notice(db, now, **one, expected_channel="telegram")] = name
    claimed = []
    async with db.write() as conn:
        for _ in range(4):
            claimed += await stored.claim(conn, "w", now, 1, arrives_by=now, channel="telegram")
    assert [numbers[one.notice_id] for one in claimed] == ["C3", "C4", "C2", "C1"]


async def test_what_another_sender_has_claimed_is_theirs(db: Database, clock: ManualClock) -> None:
    now = clock.now()
    await yesterday_was_due(db, now)
    async with db.write() as conn:
        (one,) = await stored.claim(conn, "another", now, 9, arrives_by=now, channel="telegram")
        number = one.notice_id
        await stored.give_back(conn, "w", [number])
        await stored.end_unsent(conn, number, "w", "paid", now)
        await stored.put_back(conn, number, "w", "network", now)
        await stored.wait_for_channels(conn, "w", {number: "telegram"})
        assert await stored.claimed_by(conn, "another", [number]) == {number}
        assert await stored.claimed_by(conn, "w", [number]) == set()
        await stored.wait_for_channels(conn, "another", {number: "telegram"})
    (waiting,) = await rows(db, notices)
    assert (waiting.state, waiting.claimed_by, waiting.attempts) == ("planned", None, 0), "that was no attempt"
