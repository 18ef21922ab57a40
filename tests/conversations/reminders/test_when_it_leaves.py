"""Between planning and sending the facts change: what is no longer true is not sent, and the reason is stored.

Anna lives in New York, where a notice for her day is planned at midnight and sent at nine. Each test decides what
happens in between; the reason and the policy version are stored with the notice that was not sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from bot.work.facts.forgetting import forget
from storage.agreements.holds import Hold, set_hold
from storage.customers.customer_rows import set_stopped
from storage.schema import notice_items, notices
from tests.conversations.channels import WideWorld

NEW_YORK = "America/New_York"
DUE = "2026-03-02"

Happens = Callable[[WideWorld], Awaitable[object]]


async def planned_for_nine(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, zone=NEW_YORK)
    await wide.falls_due("C1", "I1", DUE)
    await wide.until("2026-03-02T01:00", NEW_YORK)
    assert await wide.fates() == ["planned"]


async def hold(wide: WideWorld, kind: str) -> None:
    async with wide.db.write() as conn:
        await set_hold(conn, Hold("C1", kind, date(2026, 3, 20), "I1"), wide.clock.now())


async def stopped(wide: WideWorld) -> None:
    async with wide.db.write() as conn:
        await set_stopped(conn, "C1", wide.clock.now())


THINGS: dict[str, tuple[Happens, str]] = {
    "paid": (lambda w: w.pays("P1", "I1", "1200.00"), "paid"),
    "waived": (lambda w: w.falls_due("C1", "I1", DUE, status="waived"), "waived"),
    "paid by its word": (lambda w: w.falls_due("C1", "I1", DUE, status="paid"), "paid"),
    "nothing due": (lambda w: w.falls_due("C1", "I1", DUE, amount="0.00"), "corrected"),
    "too little left": (lambda w: w.pays("P1", "I1", "1180.00"), "below_minimum"),
    "disputed": (lambda w: w.falls_due("C1", "I1", DUE, status="disputed"), "disputed"),
    "promised": (lambda w: hold(w, "promise"), "on_hold"),
    "in a plan": (lambda w: hold(w, "plan"), "on_hold"),
    "on hold": (lambda w: hold(w, "hold"), "on_hold"),
    "moved": (lambda w: w.falls_due("C1", "I1", "2026-03-20"), "due_date_moved"),
    "stopped": (stopped, "stopped"),
    "forgotten": (lambda w: forget(w.db, "C1", w.clock.now()), "forgotten"),
}


@pytest.mark.parametrize("what", THINGS)
async def test_what_no_longer_holds_is_not_sent_and_says_why(wide: WideWorld, anna: Person, what: str) -> None:
    await planned_for_nine(wide, anna)
    happens, reason = THINGS[what]
    await happens(wide)
    with wide.told(anna, 0):
        await wide.until("2026-03-02T21:30", NEW_YORK)
    assert await wide.fates() == [reason]
    assert await wide.tries() == []
    async with wide.db.read() as conn:
        versions = (await conn.execute(select(notices.c.policy_version))).scalars().all()
        versions += (await conn.execute(select(notice_items.c.policy_version))).scalars().all()
    assert versions == [wide.app.parts.policies.current.version] * 2


async def test_part_paid_names_the_rest(wide: WideWorld, anna: Person) -> None:
    await planned_for_nine(wide, anna)
    await wide.pays("P1", "I1", "200.00")
    with wide.told(anna, 1):
        await wide.until("2026-03-02T09:00", NEW_YORK)
    assert "1,000.00" in anna.inbox[-1].text


async def test_over_the_cap_waits_for_tomorrow(wide: WideWorld, anna: Person) -> None:
    await planned_for_nine(wide, anna)
    with wide.told(anna, 1):
        await wide.until("2026-03-02T09:00", NEW_YORK)
        await wide.falls_due("C1", "I2", DUE, "77.00")
        await wide.until("2026-03-02T21:30", NEW_YORK)
    assert await wide.fates() == ["accepted", "planned"]
    with wide.told(anna, 1):
        await wide.until("2026-03-03T12:00", NEW_YORK)
    assert "77.00" in anna.inbox[-1].text and "1,200.00" in anna.inbox[-1].text


async def test_past_its_hours_it_is_not_sent(wide: WideWorld, anna: Person) -> None:
    await planned_for_nine(wide, anna)
    wide.outage(hours=20)  # until 21:00
    with wide.told(anna, 0):
        await wide.catch_up()
    assert await wide.fates() == ["hours_ended"]
    with wide.told(anna, 1):
        await wide.until("2026-03-03T09:00", NEW_YORK)
    assert "yesterday" in anna.inbox[-1].text or "1 day ago" in anna.inbox[-1].text


async def test_nothing_leaves_so_late_that_it_may_arrive_after_the_hours(wide: WideWorld, anna: Person) -> None:
    await planned_for_nine(wide, anna)
    wide.outage(hours=18, minutes=59, seconds=50)  # until 19:59:50
    with wide.told(anna, 0):
        await wide.catch_up()
        await wide.until("2026-03-02T20:00", NEW_YORK)
    assert await wide.tries() == []
    assert await wide.fates() == ["hours_ended"]
    with wide.told(anna, 1):
        await wide.until("2026-03-03T09:00", NEW_YORK)


async def test_who_moved_east_is_not_written_to_in_the_last_seconds_there(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, zone="America/Los_Angeles")
    await wide.falls_due("C1", "I1", DUE)
    await wide.until("2026-03-02T01:00", "America/Los_Angeles")
    await wide.knows("C1", time_zone="America/New_York")
    wide.outage(hours=15, minutes=59, seconds=50)  # until 19:59:50 where Anna is now
    with wide.told(anna, 0):
        await wide.catch_up()
    assert await wide.tries() == []


async def test_who_moved_west_is_not_woken(wide: WideWorld, anna: Person) -> None:
    await planned_for_nine(wide, anna)
    await wide.knows("C1", time_zone="America/Los_Angeles")
    with wide.told(anna, 0):
        await wide.until("2026-03-02T09:30", NEW_YORK)  # 06:30 where Anna is now
    with wide.told(anna, 1):
        await wide.until("2026-03-02T09:00", "America/Los_Angeles")


async def test_who_moved_to_yesterday_is_told_when_it_is_true_there(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna, zone="Pacific/Kiritimati")
    await wide.falls_due("C1", "I1", "2026-03-05")
    await wide.until("2026-03-05T01:00", "Pacific/Kiritimati")  # before-3 was told; 'due today' waits for nine
    await wide.knows("C1", time_zone="Pacific/Honolulu")  # a day behind
    with wide.told(anna, 0):
        await wide.until("2026-03-04T23:00", "Pacific/Honolulu")
    assert "no_longer_true" in await wide.fates()
    with wide.told(anna, 1):
        await wide.until("2026-03-05T09:00", "Pacific/Honolulu")
    assert "today" in anna.inbox[-1].text


async def test_what_is_taken_back_on_the_same_day_is_told_after_all(wide: WideWorld, anna: Person) -> None:
    await planned_for_nine(wide, anna)
    await wide.pays("P1", "I1", "1200.00")
    await wide.until("2026-03-02T09:00", NEW_YORK)
    assert await wide.fates() == ["paid"]
    await wide.pays("P2", "I1", "-1200.00")
    with wide.told(anna, 1):
        await wide.until("2026-03-02T10:00", NEW_YORK)
    assert await wide.steps_told() == ["due"]


async def test_an_import_that_moves_the_day_to_and_fro_changes_nothing(wide: WideWorld, anna: Person) -> None:
    await planned_for_nine(wide, anna)
    await wide.falls_due("C1", "I1", "2026-03-09")
    await wide.until("2026-03-02T09:00", NEW_YORK)
    assert await wide.fates() == ["due_date_moved"]
    await wide.falls_due("C1", "I1", DUE)
    with wide.told(anna, 1):
        await wide.until("2026-03-02T10:00", NEW_YORK)
    for day in ("2026-03-09", DUE):
        await wide.falls_due("C1", "I1", day)
        with wide.told(anna, 0):
            await wide.catch_up()
