"""The ladder over the calendar's special days, and over a policy that changes while a customer is on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

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
    await wide.restart(policy_with("day = 5", "day = 6"))
    new = wide.app.parts.policies.current.version
    await wide.owes("C2", "I2", days=0)
    await wide.pass_time(days=5)
    assert await wide.case_reasons("C1") == ["overdue"]
    assert await wide.case_reasons("C2") == []
    async with wide.db.read() as conn:
        begun = (await conn.execute(select(ladders.c.instalment_id, ladders.c.policy_version))).all()
    assert {row[0]: row[1] for row in begun} == {"I1": old, "I2": new}
    ming.say("yes?")  # a sign of life: nothing but the ladder calls a person
    await wide.pass_time(days=1)
    assert await wide.case_reasons("C2") == ["overdue"]


@dataclass(frozen=True)
class Odd:
    """A due date, the days on which the customer is told of it, and that on which a person takes over."""

    due: str
    told_on: tuple[str, str, str, str]
    person_on: str
    zone: str = "Asia/Taipei"


DAYS = {
    "leap year": Odd("2028-02-29", ("2028-02-26", "2028-02-29", "2028-03-01", "2028-03-04"), "2028-03-05"),
    "no leap year": Odd("2027-02-28", ("2027-02-25", "2027-02-28", "2027-03-01", "2027-03-04"), "2027-03-05"),
    "month's end": Odd("2026-05-01", ("2026-04-28", "2026-05-01", "2026-05-02", "2026-05-05"), "2026-05-06"),
    "year's end": Odd("2026-12-31", ("2026-12-28", "2026-12-31", "2027-01-01", "2027-01-04"), "2027-01-05"),
    "clocks go forward": Odd(
        "2026-03-29", ("2026-03-26", "2026-03-29", "2026-03-30", "2026-04-02"), "2026-04-03", "Europe/Berlin"
    ),
    "clocks go back": Odd(
        "2026-11-01", ("2026-10-29", "2026-11-01", "2026-11-02", "2026-11-05"), "2026-11-06", "America/New_York"
    ),
}


@pytest.mark.parametrize("what", DAYS)
async def test_each_step_comes_at_nine_of_its_own_day(wide: WideWorld, anna: Person, what: str) -> None:
    days = DAYS[what]
    zone = days.zone
    wide.begin_on((date.fromisoformat(days.due) - timedelta(days=4)).isoformat(), zone)
    await wide.linked(anna, zone=zone)
    await wide.falls_due("C1", "I1", days.due)
    for day in days.told_on:
        with wide.told(anna, 0):
            await wide.jump_to(f"{day}T08:59", zone)
        with wide.told(anna, 1):
            await wide.jump_to(f"{day}T09:00", zone)
    assert await wide.case_reasons() == []
    await wide.jump_to(f"{days.person_on}T00:00", zone)
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
