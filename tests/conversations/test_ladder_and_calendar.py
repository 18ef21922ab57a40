"""The ladder over the calendar's odd days, and over a policy that changes while somebody is on it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import ladders
from tests.conversations.channels import WideWorld, policy_with


async def test_a_ladder_that_was_begun_is_finished_as_it_was_promised(
    wide: WideWorld, anna: Person, ming: Person
) -> None:
    """Who was told of a debt under one version of the policy goes on under it; who comes new begins the new one."""
    await wide.linked(anna)
    await wide.linked(ming, "C2", language="en", name="Ming")
    await wide.owes("C1", "I1", days=0)
    await wide.catch_up()
    old = wide.app.parts.policies.current.version
    await wide.restart(policy_with("day = 5", "day = 9"))
    new = wide.app.parts.policies.current.version
    await wide.owes("C2", "I2", days=0)
    await wide.pass_time(days=5)
    assert await wide.case_reasons("C1") == ["overdue"]
    assert await wide.case_reasons("C2") == []
    async with wide.db.read() as conn:
        begun = (await conn.execute(select(ladders.c.instalment_id, ladders.c.policy_version))).all()
    assert dict((row[0], row[1]) for row in begun) == {"I1": old, "I2": new}
    ming.say("yes?")  # a sign of life: nothing but the ladder calls a person
    await wide.pass_time(days=4)
    assert await wide.case_reasons("C2") == ["overdue"]


DAYS = {
    "leap year": ("Asia/Taipei", "2028-02-25T19:30", "2028-02-29", ("02-26", "02-29", "03-01", "03-04"), "03-05"),
    "no leap year": ("Asia/Taipei", "2027-02-24T19:30", "2027-02-28", ("02-25", "02-28", "03-01", "03-04"), "03-05"),
    "month's end": ("Asia/Taipei", "2026-04-27T19:30", "2026-05-01", ("04-28", "05-01", "05-02", "05-05"), "05-06"),
    "year's end": ("Asia/Taipei", "2026-12-27T19:30", "2026-12-31", ("12-28", "12-31", "01-01", "01-04"), "01-05"),
    "clocks go forward": (
        *("Europe/Berlin", "2026-03-25T19:30", "2026-03-29"),
        *(("03-26", "03-29", "03-30", "04-02"), "04-03"),
    ),
    "clocks go back": (
        *("America/New_York", "2026-10-28T19:30", "2026-11-01"),
        *(("10-29", "11-01", "11-02", "11-05"), "11-06"),
    ),
}


@pytest.mark.parametrize("what", DAYS)
async def test_each_step_comes_at_nine_of_its_own_day(wide: WideWorld, anna: Person, what: str) -> None:
    zone, begins, due, told_on, person_on = DAYS[what]
    wide.begin_on(begins, zone)
    await wide.linked(anna, zone=zone)
    await wide.falls_due("C1", "I1", due)
    await wide.catch_up()
    for day in told_on:
        year = due[:4] if day[:2] != "01" else str(int(due[:4]) + 1)
        with wide.told(anna, 0):
            await wide.until(f"{year}-{day}T08:59", zone)
        with wide.told(anna, 1):
            await wide.until(f"{year}-{day}T09:00", zone)
    year = due[:4] if person_on[:2] != "01" else str(int(due[:4]) + 1)
    assert await wide.case_reasons() == []
    await wide.until(f"{year}-{person_on}T00:00", zone)
    assert await wide.case_reasons() == ["overdue"]
    assert await wide.fates() == ["accepted"] * 4


async def test_a_due_date_that_moves_forward_begins_a_ladder_of_its_own(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-2)
    with wide.told(anna, 1):
        await wide.catch_up()
    await wide.owes("C1", "I1", days=10)
    with wide.told(anna, 0):
        await wide.pass_time(days=6)
    assert await wide.state_of() == "-"
    with wide.told(anna, 2):
        await wide.pass_time(days=4)
    assert await wide.steps_told() == ["after-1", "before-3", "due"]


async def test_a_due_date_that_moves_into_the_past_is_told_as_overdue(wide: WideWorld, anna: Person) -> None:
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=10)
    await wide.pass_time(days=1)
    await wide.owes("C1", "I1", days=-2)
    with wide.told(anna, 1):
        await wide.catch_up()
    assert "2 days ago" in anna.inbox[-1].text
    await wide.pass_time(days=3)
    assert await wide.case_reasons() == ["overdue"]
