"""The ways in which other reminder systems lose customers, found in their trackers and sources, each as a test.

Each test tells in one sentence how it goes wrong elsewhere, and checks both sides: what the customer got, and what can
be proven. `WideWorld.pass_time` audits at every step, so time passes only while nobody is silent.
"""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import Person
from tests.conversations.channels import WideWorld, policy_with_hours

ALL_DAY = 1000  # calls: more than anybody makes


async def test_an_attempt_that_failed_is_not_counted_as_one(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: the counter of reminders goes up before the mail is sent, and a mail server that is down for a day
    uses up the whole ladder."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next("sendMessage", status=500, times=ALL_DAY, chat_id=anna.user_id)
    with wide.told(anna, 0):
        await wide.catch_up()
        await wide.pass_time(hours=9)
    wide.telegram.faults.clear()
    with wide.told(anna, 1):
        await wide.pass_time(days=1)
    assert await wide.fates() == ["server_error", "accepted"]
    attempts = await wide.tries()
    assert attempts[-1] == ("telegram", "accepted", None)
    assert {attempt[1:] for attempt in attempts[:-1]} == {("refused", "server_error")}


async def test_no_address_is_a_reason_and_in_the_end_a_person(wide: WideWorld) -> None:
    """Elsewhere: `if not email: return`, and nobody ever hears that there was somebody to write to."""
    await wide.customer("C1", name="Anna Lee", email="  ", phone="")
    await wide.owes("C1", "I1", days=-1)
    await wide.catch_up()
    assert await wide.fates() == ["no_channel"]
    await wide.pass_time(days=2.5)
    topic = await wide.topic_of()
    await wide.group.hears("cannot be reached", topic=topic.thread_id)
    assert await wide.tries() == []
    assert await wide.state_of() == "in_queue"


async def test_after_the_last_message_comes_a_person_again_and_again(
    wide: WideWorld, anna: Person, mei: Person
) -> None:
    """Elsewhere: the ladder has a last step, and a customer after it is in no list any more."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-3)
    with wide.told(anna, 1):
        await wide.catch_up()
        anna.say("I saw it")
        await wide.pass_time(days=2)
    assert await wide.case_reasons() == ["overdue"]
    for closed, last_day, next_day in ((1, "2026-03-07", "2026-03-08"), (2, "2026-03-11", "2026-03-12")):
        thread = (await wide.topic_of()).thread_id
        mei.say_in(wide.group, "/done unreachable", topic=thread)
        await wide.group.hears("overdue rests until", topic=thread)
        await wide.jump_to(f"{last_day}T23:59")
        assert await wide.state_of() == "on_hold"
        await wide.jump_to(f"{next_day}T00:00")
        assert await wide.state_of() == "in_queue"
        assert await wide.case_reasons() == ["overdue, closed"] * closed + ["overdue"]


async def test_a_currency_that_the_policy_does_not_name_is_reminded(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: a currency without a threshold of its own makes every debt in it 'not eligible'."""
    await wide.linked(anna, currency="KRW")
    await wide.owes("C1", "I1", days=-1, amount="900")
    with wide.told(anna, 1):
        await wide.catch_up()
    assert "900" in anna.inbox[-1].text
    assert await wide.fates() == ["accepted"]
    await wide.pass_time(days=4)
    assert await wide.state_of() == "in_queue"


async def test_what_was_refused_is_nowhere_said_to_be_sent(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: the record says 'sent' from the moment of planning, whatever the server answers then."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next(
        "sendMessage", status=400, description="Bad Request: can't parse", times=ALL_DAY, chat_id=anna.user_id
    )
    with wide.told(anna, 0):
        await wide.catch_up()
        await wide.pass_time(days=2.5)
    assert "accepted" not in await wide.fates()
    assert {state for _, state, _ in await wide.tries()} == {"refused"}
    assert await wide.case_reasons() == ["not_reached"]


async def test_a_day_that_was_missed_is_made_up(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: a cron job that did not run on Tuesday never looks at Tuesday's people again."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-1)
    wide.outage(days=1)
    with wide.told(anna, 1):
        await wide.catch_up()
    assert "2 days ago" in anna.inbox[-1].text
    assert await wide.steps_told() == ["after-1"]
    await wide.nobody_is_silent()


async def test_many_days_that_were_missed_are_one_message_and_one_case(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: after an outage the queue runs through every day that was missed, all in one minute."""
    await wide.linked(anna)
    for number, days in enumerate((1, 4, 9, 10)):
        await wide.owes("C1", f"I{number}", days=days, amount=f"{number + 1}00.00")
    wide.outage(days=10)
    await wide.wallet_speaks()
    with wide.told(anna, 1):
        await wide.catch_up()
        await wide.pass_time(hours=6)
    assert "300.00" in anna.inbox[-1].text and "400.00" in anna.inbox[-1].text
    assert await wide.case_reasons() == ["overdue"]
    assert await wide.fates() == ["accepted"]


async def test_who_is_between_two_steps_hears_what_is_true_today(wide: WideWorld, anna: Person, ming: Person) -> None:
    """Elsewhere: `due_date == today - 3`, and a debt that is first known on day 2 or 4 matches no rule."""
    await wide.linked(anna)
    await wide.linked(ming, "C2", name="Ming")
    with wide.told(anna, 1), wide.told(ming, 1):
        await wide.owes("C1", "I1", days=2)
        await wide.owes("C2", "I2", days=-4)
        await wide.catch_up()
    assert "in 2 days" in anna.inbox[-1].text
    assert "4 days ago" in ming.inbox[-1].text
    await wide.nobody_is_silent()


async def test_what_was_due_long_ago_when_first_known_is_with_a_person_at_once(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: the next date is computed from the due date, is in the past, and never comes."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-40)
    await wide.catch_up()
    assert await wide.case_reasons() == ["overdue"]
    assert await wide.state_of() == "in_queue"


async def test_a_part_payment_neither_skips_a_step_nor_begins_again(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: any payment resets the ladder, or marks the invoice as handled until the next one."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=0)
    await wide.catch_up()
    for days, left in ((1, "1,100.00"), (2, "1,000.00")):
        await wide.pass_time(days=days, hours=-4)
        await wide.pays(f"P{days}", "I1", "100.00")
        with wide.told(anna, 1):
            await wide.pass_time(hours=4)
        assert left in anna.inbox[-1].text
    await wide.pass_time(days=2)
    assert await wide.steps_told() == ["due", "after-1", "after-3"]
    assert await wide.case_reasons() == ["overdue"]


async def test_a_backdated_payment_ends_it_at_once(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: states are stored by the day of their computation, and a payment of last week changes none of them."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-2)
    await wide.catch_up()
    await wide.pays("P1", "I1", "1200.00", day=wide.in_days(-9))
    with wide.told(anna, 0):
        await wide.pass_time(days=4)
    assert await wide.state_of() == "-"
    assert await wide.case_reasons() == []


async def test_a_backdated_reversal_brings_the_debt_back_where_it_was(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: an invoice that was paid once is never looked at again; or it begins again, as if due today."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-1)
    await wide.catch_up()
    await wide.pays("P1", "I1", "1200.00")
    await wide.pass_time(days=1)
    assert await wide.state_of() == "-"
    await wide.pays("P2", "I1", "-1200.00", day=wide.in_days(-1))
    with wide.told(anna, 1):
        await wide.catch_up()
        await wide.pass_time(days=1)
    assert "3 days ago" in anna.inbox[-1].text
    assert await wide.steps_told() == ["after-1", "after-3"]
    await wide.pass_time(days=2)
    assert await wide.case_reasons() == ["overdue"]


async def test_one_dispute_silences_that_debt_and_no_other(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: one disputed line blocks the whole account; or disputing has no effect on the dunning job at all."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-1, amount="111.00")
    await wide.falls_due("C1", "I2", wide.in_days(-1), "222.00", status="disputed")
    with wide.told(anna, 1):
        await wide.catch_up()
    assert "111.00" in anna.inbox[-1].text and "222.00" not in anna.inbox[-1].text
    await wide.pays("P1", "I1", "111.00")
    with wide.told(anna, 0):
        await wide.pass_time(days=5)
    assert await wide.state_of() == "on_hold"


async def test_a_dispute_that_is_over_is_told_as_if_it_had_never_been(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: an item left out of a collective reminder is stamped with its level all the same, as if told."""
    await wide.linked(anna, zone="America/New_York")
    await wide.owes("C1", "I1", days=0, amount="111.00")
    await wide.owes("C1", "I2", days=0, amount="222.00")
    await wide.until("2026-03-03T01:00", "America/New_York")  # day 1: both are planned for nine o'clock
    await wide.falls_due("C1", "I2", "2026-03-02", "222.00", status="disputed")
    with wide.told(anna, 1):
        await wide.until("2026-03-03T12:00", "America/New_York")
    assert "222.00" not in anna.inbox[-1].text
    await wide.falls_due("C1", "I2", "2026-03-02", "222.00")
    with wide.told(anna, 1):
        await wide.until("2026-03-04T12:00", "America/New_York")
    assert "222.00" in anna.inbox[-1].text
    assert "disputed" in await wide.fates()


async def test_the_same_is_said_once_however_often_everything_runs(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: twenty-two of the same mail in a day, since each run of the job and each import began from nothing."""
    await wide.linked(anna)
    with wide.told(anna, 1):
        for number in range(8):
            await wide.owes("C1", "I1", days=-1)
            await wide.catch_up()
            if number == 4:
                await wide.restart()
            wide.clock.move(timedelta(minutes=20))
    assert await wide.fates() == ["accepted"]
    assert len(await wide.tries()) == 1


async def test_answers_that_get_lost_all_day_are_no_twenty_two_of_the_same(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: a time-out counts as 'not sent', and is tried again until the queue's own limit, with each one
    arriving."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-1)
    wide.telegram.faults.next("sendMessage", drop="after", times=ALL_DAY, chat_id=anna.user_id)
    with wide.told(anna, 4):
        await wide.catch_up()
        for minutes in (1, 5, 60, 60, 60, 60):
            await wide.pass_time(minutes=minutes)
    assert await wide.fates() == ["in_doubt"]
    assert await wide.tries() == [("telegram", "refused", "in_doubt")] * 4


async def test_today_is_the_customers_today(wide: WideWorld, anna: Person, ming: Person) -> None:
    """Elsewhere: the server's midnight is everybody's, and half the world is told a day too early or too late."""
    await wide.linked(anna, zone="Pacific/Kiritimati")  # 18:00 on 2 March
    await wide.linked(ming, "C2", zone="Pacific/Honolulu")  # 18:00 on 1 March, at the same instant
    await wide.falls_due("C1", "I1", "2026-03-02")
    await wide.falls_due("C2", "I2", "2026-03-02")
    with wide.told(anna, 1), wide.told(ming, 1):
        await wide.catch_up()
    assert "today" in anna.inbox[-1].text
    assert "tomorrow" in ming.inbox[-1].text
    with wide.told(ming, 1):
        await wide.until("2026-03-02T09:00", "Pacific/Honolulu")
    assert "today" in ming.inbox[-1].text


async def test_the_day_begins_at_the_customers_midnight(wide: WideWorld, anna: Person, ming: Person) -> None:
    """Elsewhere: days are counted in UTC, and five days past due come half a day early or late."""
    await wide.linked(anna, zone="Pacific/Kiritimati")
    await wide.linked(ming, "C2", zone="Pacific/Honolulu")
    await wide.falls_due("C1", "I1", "2026-02-27")
    await wide.falls_due("C2", "I2", "2026-02-27")
    await wide.catch_up()
    for customer_id, zone in (("C1", "Pacific/Kiritimati"), ("C2", "Pacific/Honolulu")):
        await wide.jump_to("2026-03-03T23:59", zone)
        assert await wide.case_reasons(customer_id) == []
        await wide.jump_to("2026-03-04T00:00", zone)
        assert await wide.case_reasons(customer_id) == ["overdue"]


async def test_a_day_of_rest_swallows_no_step(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: what falls on a holiday is skipped, and the rule for it does not match on the day after."""
    await wide.restart(policy_with_hours('rest_days = ["mon", "tue"]'))
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=0)  # a Monday
    with wide.told(anna, 0):
        await wide.until("2026-03-03T23:00")
    with wide.told(anna, 1):
        await wide.until("2026-03-04T09:00")
    assert "2 days ago" in anna.inbox[-1].text


async def test_a_week_of_holidays_hides_nobody(wide: WideWorld, anna: Person, ming: Person) -> None:
    """Elsewhere: a calendar of holidays is laid over the whole job, and the week ends with everybody forgotten."""
    await wide.restart(policy_with_hours('rest_days = ["sun"], holidays = "CN"'))
    wide.begin_on("2026-09-30T19:00")
    await wide.linked(anna, zone="Asia/Shanghai")
    await wide.linked(ming, "C2", name="Ming", zone="Asia/Shanghai")
    with wide.told(anna, 1):
        await wide.falls_due("C1", "I1", "2026-10-01")
        await wide.catch_up()
    wide.clock.move(timedelta(hours=2))
    await wide.falls_due("C2", "I2", "2026-10-01")  # known too late to be told before the holidays
    with wide.told(anna, 0), wide.told(ming, 0):
        await wide.catch_up()
        await wide.until("2026-10-06T12:00")
    assert await wide.case_reasons("C1") == ["overdue"]
    assert await wide.case_reasons("C2") == ["not_reached"]


async def test_who_cannot_be_reached_does_not_wait_for_ever(wide: WideWorld, anna: Person, mei: Person) -> None:
    """Elsewhere: a blocked contact goes onto a blacklist that nobody reads, with every later notice."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=0)
    await wide.catch_up()
    anna.say("yes?")
    await wide.catch_up()
    anna.block()
    await wide.pass_time(days=1)
    assert await wide.case_reasons() == ["unreachable"]
    thread = (await wide.topic_of()).thread_id
    mei.say_in(wide.group, "/done unreachable", topic=thread)
    await wide.group.hears("Closed", topic=thread)
    await wide.pass_time(days=6)
    assert await wide.state_of() == "in_queue"
    assert len(await wide.case_reasons()) == 2


async def test_a_mail_that_comes_back_is_told_to_somebody(wide: WideWorld) -> None:
    """Elsewhere: the bounce is in a log of the mail server, which nobody reads who knows the customer."""
    await wide.customer("C1", name="Anna Lee", email="gone@example.com")
    await wide.owes("C1", "I1", days=0)
    wide.mail.answers["RCPT"] = "550 5.1.1 no such user"
    await wide.catch_up()
    topic = await wide.topic_of()
    card = await wide.group.hears("cannot be reached", topic=topic.thread_id)
    assert "e-mail came back" in card.text
    assert await wide.tries() == [("email", "refused", "bounced")]
    assert await wide.fates() == ["bounced"]


async def test_a_payment_closes_the_debt_that_it_names(wide: WideWorld, anna: Person) -> None:
    """Elsewhere: a payment closes the customer's oldest invoice, or the case of any, whatever it was for."""
    await wide.linked(anna)
    await wide.owes("C1", "I1", days=-5, amount="500.00")
    await wide.owes("C1", "I2", days=0, amount="500.00")
    await wide.catch_up()
    await wide.pays("P1", "I2", "500.00")
    with wide.told(anna, 0):
        await wide.pass_time(days=2)
    assert await wide.case_reasons() == ["overdue"]
    await wide.pays("P2", "I1", "500.00")
    await wide.catch_up()
    assert await wide.case_reasons() == ["overdue, closed"]
    assert await wide.state_of() == "-"
