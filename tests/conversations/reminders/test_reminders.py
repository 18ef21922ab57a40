"""Which reminders are sent, when, to whom, and which are no longer sent."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import contacts, notices
from tests.conversations.conftest import World


async def reasons(world: World) -> list[str | None]:
    async with world.db.read() as conn:
        rows = (await conn.execute(select(notices.c.state, notices.c.reason).order_by(notices.c.notice_id))).all()
    return [row.reason if row.state == "not_sent" else row.state for row in rows]


async def test_reminded_three_days_before_on_the_day_and_after(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=4)
    await world.link("C1", anna)
    await world.pass_time(hours=1)
    assert len(anna.inbox) == 1
    seen = []
    for _ in range(9):
        await world.pass_time(days=1)
        seen.append(len(anna.inbox) - 1)
    # Days -3, 0, +1 and, three in seven days being the most, +4 in place of +3.
    assert seen == [1, 1, 1, 2, 3, 3, 3, 4, 4]


async def test_a_reminder_tells_amount_date_and_a_way_to_a_person(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=3, amount="1234.50")
    await world.link("C1", anna)
    await world.app.catch_up()
    message = await anna.hears("1,234.50")
    assert "3 days" in message.text
    first = message.text.splitlines()[0]
    assert "1,234" not in first
    anna.press("Other ways")
    assert "Talk to a person" in (await anna.hears("1,234.50")).buttons


async def test_all_that_is_due_comes_in_one_message(world: World, anna: Person) -> None:
    await world.customer("C1")
    for number, days in enumerate((3, 2, 0, -1)):
        await world.owes("C1", f"I{number}", days=days, amount=f"{number + 1}00.00")
    await world.link("C1", anna)
    await world.app.catch_up()
    message = await anna.hears("400.00")
    assert all(f"{n}00.00" in message.text for n in (1, 2, 3, 4))
    await world.pass_time(hours=3)
    assert len(anna.inbox) == 2


async def test_a_reminder_speaks_the_customers_language(world: World, ming: Person) -> None:
    await world.customer("C1", name="小明", language="zh-Hans")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", ming)
    await world.app.catch_up()
    await ming.hears("今天")


async def test_nothing_is_sent_at_night(world: World, anna: Person) -> None:
    await world.customer("C1", zone="America/New_York")  # noon in Taipei is 23:00 there
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    await world.pass_time(hours=9)  # 08:00
    assert len(anna.inbox) == 1
    await world.pass_time(hours=1)
    assert len(anna.inbox) == 2


async def test_who_paid_after_planning_is_not_reminded(world: World, anna: Person) -> None:
    await world.customer("C1", zone="America/New_York")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    await world.pass_time(hours=2)  # past midnight there: planned for nine o'clock
    await world.pays("P1", "I1", "1200.00")
    await world.pass_time(hours=12)
    assert len(anna.inbox) == 1
    assert await reasons(world) == ["paid"]


async def test_part_paid_names_the_rest(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0, amount="1200.00")
    await world.pays("P1", "I1", "200.00")
    await world.link("C1", anna)
    await world.app.catch_up()
    await anna.hears("1,000.00")


async def test_stopped_is_not_reminded_and_can_start_again(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=1)
    await world.link("C1", anna)
    anna.say("/stop")
    await anna.hears("")
    await world.pass_time(days=1)
    assert not [m for m in anna.inbox if "1,200" in m.text]
    anna.press("Turn reminders on")
    await anna.hears("")
    await world.pass_time(days=1)
    await anna.hears("1,200.00")


async def test_disputed_is_not_reminded_and_the_rest_is(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0, amount="111.00")
    await world.import_rows(
        "instalment_id,account_id,due_date,amount_due,status", ["I2", "A-C1", world.in_days(0), "222.00", "disputed"]
    )
    await world.link("C1", anna)
    await world.app.catch_up()
    message = await anna.hears("111.00")
    assert "222" not in message.text


async def test_planning_twice_sends_once(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    for _ in range(3):
        await world.app.catch_up()
    assert len(anna.inbox) == 2


async def test_after_an_outage_one_message_says_what_is_true_today(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=4)
    await world.link("C1", anna)
    world.clock.move(timedelta(days=6))  # nothing ran on days -3, 0 and +1
    await world.app.catch_up()
    message = await anna.hears("2 days ago")
    assert "6 Mar" in message.text
    assert len(anna.inbox) == 2


async def test_a_due_date_that_is_moved_back_is_told_again(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=3)
    await world.link("C1", anna)
    await world.app.catch_up()
    await anna.hears("3 days")
    await world.owes("C1", "I1", days=5)
    await world.pass_time(days=1)
    assert "has been moved" in (await anna.hears("")).text and len(anna.inbox) == 3
    await world.pass_time(days=1)
    await anna.hears("3 days")


async def test_a_refusal_that_passes_is_tried_again(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    world.telegram.faults.next("sendMessage", status=500, chat_id=1001)
    await world.app.catch_up()
    assert len(anna.inbox) == 1
    await world.pass_time(hours=1)
    await anna.hears("1,200.00")


async def test_every_attempt_is_evidence(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0)
    await world.link("C1", anna)
    await world.app.catch_up()
    await anna.hears("1,200.00")
    async with world.db.read() as conn:
        row = (await conn.execute(select(contacts).where(contacts.c.kind == "reminder"))).one()
    assert (row.state, row.reference) == ("accepted", str(anna.inbox[-1].message_id))


async def test_too_little_is_not_worth_a_reminder(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0, amount="29.99")
    await world.link("C1", anna)
    await world.pass_time(hours=2)
    assert len(anna.inbox) == 1


async def test_small_sums_together_are(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0, amount="29.99")
    await world.owes("C1", "I2", days=0, amount="29.99")
    await world.link("C1", anna)
    await world.app.catch_up()
    await anna.hears("29.99")


async def test_old_facts_name_no_amount(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=2)
    await world.link("C1", anna)
    await world.pass_time(hours=1)
    await anna.hears("1,200.00")
    await world.pass_time(days=2)
    assert "1,200" not in anna.inbox[-1].text
    assert len(anna.inbox) == 3


async def test_not_linked_is_written_down_as_such(world: World) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0)
    await world.app.catch_up()
    await world.app.catch_up()
    assert await reasons(world) == ["no_channel"]


async def test_linked_later_the_same_day_is_reminded(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.owes("C1", "I1", days=0)
    await world.app.catch_up()
    await world.link("C1", anna)
    await world.app.catch_up()
    await anna.hears("1,200.00")
