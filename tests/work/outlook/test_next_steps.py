"""What a customer's timeline says comes next, and that planning then does it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from bot.clock import ManualClock
from bot.rules.policy.policy import read_policy
from bot.work.outlook.customer_timeline import next_words
from bot.work.outlook.next_steps import Next
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import plan
from storage.cases import cases
from storage.customers import customer_rows
from storage.runtime.engine import Database
from storage.schema import dead_channels, notices
from tests.work.lives import ANNA, POLICY, add, customer, linked, notice, owes
from tests.work.outlook.told_stories import CHANNELS, TODAY, taipei, told, upcoming

pytestmark = pytest.mark.postgresql_one_in(3)

BY_MAIL = read_policy(re.sub(r"(message = .*)", r'\1\nchannels = ["telegram", "email"]', POLICY.text), "by_mail.toml")


async def test_what_comes_next_comes_over_whichever_channel_reaches_them(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())  # never linked
    await owes(db, clock.now(), TODAY)
    (coming, _) = (await told(db, clock, CHANNELS, BY_MAIL)).next
    assert (coming.what, coming.step_id) == ("reminder", "due")


async def test_whom_no_channel_of_the_step_reaches_hears_nothing(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now(), email=None)
    await owes(db, clock.now(), TODAY)
    (coming, _) = (await told(db, clock, CHANNELS, BY_MAIL)).next
    assert (coming.what, coming.reason) == ("nothing", "no_channel")


async def owing(db: Database, clock: ManualClock, due: date, **more: object) -> None:
    await customer(db, clock.now())
    await linked(db, clock.now() - timedelta(days=30))
    await owes(db, clock.now(), due, **more)


async def test_the_next_step_comes_when_hours_open_on_its_day(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, date(2026, 3, 20))
    message, person = await upcoming(db, clock)
    assert message == Next("reminder", "I1", "before-3", date(2026, 3, 17), taipei(17), channel="telegram")
    assert person == Next("person", "I1", "after-5", date(2026, 3, 25), taipei(25, 0), "overdue")


async def test_what_is_told_comes_next_is_what_planning_does(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, date(2026, 3, 20))
    for _ in range(3):
        message = (await upcoming(db, clock))[0]
        assert message.at is not None
        clock.set(max(message.at, clock.now()) + timedelta(minutes=1))
        await plan(db, PolicyBook(POLICY), clock.now())
        planned = (await upcoming(db, clock))[0]
        assert (planned.step_id, planned.day) == (message.step_id, message.day)
        assert planned.notice_id is not None
        await sent(db, clock, planned.notice_id)
    assert [n.what for n in await upcoming(db, clock)] == ["person"]


async def sent(db: Database, clock: ManualClock, notice_id: int) -> None:
    async with db.write() as conn:
        await conn.execute(
            notices.update()
            .where(notices.c.notice_id == notice_id)
            .values(state="accepted", channel="telegram", ended_at=clock.now() - timedelta(days=8))
        )


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_a_person_is_called_when_it_is_told(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, date(2026, 2, 27))
    await notice(db, clock.now(), "accepted", due=date(2026, 2, 27))  # so that the guard has nothing to do
    person = (await upcoming(db, clock))[-1]
    assert person.at == taipei(4, 0)
    clock.set(person.at - timedelta(seconds=1))
    await plan(db, PolicyBook(POLICY), clock.now())
    assert [n.what for n in await upcoming(db, clock, None)] == []
    clock.move(timedelta(seconds=1))
    await plan(db, PolicyBook(POLICY), clock.now())
    assert [(n.what, n.reason) for n in await upcoming(db, clock, None)] == [("case", "overdue")]
    assert "person" not in [n.what for n in await upcoming(db, clock)]


async def test_a_missed_step_comes_at_once_within_hours(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, date(2026, 2, 28))
    message, _ = await upcoming(db, clock)
    assert (message.step_id, message.day, message.at) == ("after-1", TODAY, clock.now())


async def test_after_hours_it_comes_in_the_morning(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, date(2026, 2, 28))
    clock.set(taipei(2, 21))
    message, _ = await upcoming(db, clock)
    assert (message.day, message.at) == (date(2026, 3, 3), taipei(3))


async def test_a_planned_reminder_is_named_by_its_number(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY - timedelta(days=1))
    number = await notice(db, clock.now() + timedelta(hours=1))
    message, _ = await upcoming(db, clock)
    assert (message.what, message.notice_id, message.at) == ("reminder", number, clock.now() + timedelta(hours=1))


async def test_a_reminder_that_was_told_is_not_told_again(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY - timedelta(days=1))
    await notice(db, clock.now(), "accepted")
    assert [n.what for n in await upcoming(db, clock)] == ["person"]


async def test_a_full_week_puts_it_off(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY - timedelta(days=1))
    for days in (1, 4):
        await notice(db, clock.now() - timedelta(days=days), "accepted", "due", date(2026, 1, 1))
    message, _ = await upcoming(db, clock)
    assert (message.step_id, message.reason, message.at) == ("after-1", "week_cap", taipei(5))


async def test_what_is_put_off_until_it_is_untrue_gives_way_to_the_next(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY)
    for days in (1, 4):
        await notice(db, clock.now() - timedelta(days=days), "accepted", "due", date(2026, 1, 1))
    message, _ = await upcoming(db, clock)
    assert (message.step_id, message.at) == ("after-1", taipei(5))


async def test_what_a_full_week_lets_through_no_more_says_so(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY - timedelta(days=1))
    for days in (1, 2):
        await notice(db, clock.now() - timedelta(days=days), "accepted", "due", date(2026, 1, 1))
    message, _ = await upcoming(db, clock)
    assert (message.what, message.step_id, message.reason) == ("nothing", "after-1", "week_cap")


async def test_a_disputed_one_is_left_alone(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY, status="disputed")
    assert await upcoming(db, clock) == [Next("nothing", "I1", reason="disputed")]


async def test_who_said_stop_hears_nothing_but_a_person(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY)
    async with db.write() as conn:
        await customer_rows.set_stopped(conn, ANNA, clock.now())
    (message,), (person,) = await upcoming(db, clock), await upcoming(db, clock, None)
    assert (message.what, message.reason, message.step_id) == ("nothing", "stopped", "due")
    assert person.what == "person"


async def test_without_a_link_nothing_is_sent(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    await owes(db, clock.now(), TODAY)
    (message,), (person,) = await upcoming(db, clock), await upcoming(db, clock, None)
    assert (message.what, message.reason) == ("nothing", "not_linked")
    assert (person.what, person.reason) == ("person", "not_reached")


async def test_over_a_dead_channel_nothing_is_sent(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY)
    await add(db, dead_channels, customer_id=ANNA, channel="telegram", since=clock.now(), reason="blocked")
    (message,), (person,) = await upcoming(db, clock), await upcoming(db, clock, None)
    assert (message.what, message.reason) == ("nothing", "blocked")
    assert (person.what, person.reason) == ("person", "not_reached")


async def test_too_little_is_not_worth_a_message_nor_a_person(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY, amount_due=2999)
    assert [(n.what, n.reason) for n in await upcoming(db, clock)] == [("nothing", "below_minimum")] * 2


async def test_two_small_ones_on_one_day_are_enough_together(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY, amount_due=1500)
    await owes(db, clock.now(), TODAY, "I2", amount_due=1500)
    message, _ = await upcoming(db, clock)
    assert message.what == "reminder"


async def test_at_the_ladders_end_nothing_is_left(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, date(2026, 1, 1))
    await plan(db, PolicyBook(POLICY), clock.now())
    async with db.write() as conn:
        case = await cases.open_case_of(conn, ANNA)
        assert case is not None
        await cases.close(conn, case.case_id, "promised", 900, clock.now())
    assert await upcoming(db, clock) == [Next("nothing", "I1", reason="ladder_ended")]


async def test_who_owes_nothing_has_all_settled(db: Database, clock: ManualClock) -> None:
    await owing(db, clock, TODAY, status="paid")
    assert (await told(db, clock)).next == (Next("nothing", reason="settled"),)


async def test_who_never_owed_has_no_facts(db: Database, clock: ManualClock) -> None:
    await customer(db, clock.now())
    assert (await told(db, clock)).next == (Next("nothing", reason="no_facts"),)


def test_what_comes_next_is_a_sentence_in_their_time() -> None:
    coming = Next("reminder", "I1", "before-3", date(2026, 3, 17), taipei(17), channel="sms")
    words = next_words(coming, "Asia/Taipei")
    assert words == "I1: reminder before-3 on 2026-03-17, from 2026-03-17 09:00 Asia/Taipei, by sms"
    stopped = Next("nothing", "I1", "due", date(2026, 3, 2), None, "stopped")
    said = "I1: nothing is sent: reminders turned off (stopped) (due on 2026-03-02 would be next)"
    assert next_words(stopped, "Asia/Taipei") == said
