"""When the wallet says what became of a debt, the customer hears it: soon, once, and thanks only for money."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import notices
from tests.conversations.conftest import World

INSTALMENTS = "instalment_id,account_id,due_date,amount_due,amount_paid,status"
THANKS, OTHER = "Thank you, your payment has arrived", "Your account has been updated"
# What the wallet says of I1, 1,200.00 due in three days, and what Anna reads of it.
AWAY = {
    "waived": (3, ["1200.00", "0", "waived"], OTHER, "NT$1,200.00 has been waived"),
    "moved": (20, ["1200.00", "0", "open"], OTHER, "the due date has been moved to Sun, 22 Mar"),
    "corrected": (3, ["900.00", "0", "open"], OTHER, "has been corrected, NT$900.00 is left"),
    "nothing": (3, ["0.00", "0", "open"], OTHER, "has been corrected. There’s nothing to pay"),
    "paid by word": (3, ["1200.00", "0", "paid"], THANKS, "NT$1,200.00 came in, all paid"),
    "part waived": (3, ["1200.00", "700.00", "waived"], THANKS, "NT$500.00 has been waived"),
}


async def reminded(world: World, anna: Person) -> None:
    """Anna owes 1,200.00 in three days, and was told so."""
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=3)
    await world.link("C1", anna)
    await world.app.catch_up()
    await anna.hears("A short note")


def read_since(anna: Person, words: str = "A short note") -> list[str]:
    """All that Anna read after the last message with these words."""
    texts = [message.text for message in anna.inbox]
    return texts[max(n for n, text in enumerate(texts) if words in text) + 1 :]


async def receipts(world: World) -> list[tuple[str, str | None]]:
    async with world.db.read() as conn:
        rows = await conn.execute(select(notices.c.state, notices.c.reason).where(notices.c.kind == "receipt"))
        return [(row.state, row.reason) for row in rows]


async def test_payments_are_thanked_for_at_once_and_in_one_message(world: World, anna: Person) -> None:
    await reminded(world, anna)
    await world.pays("P1", "I1", "500.00")
    await world.pays("P2", "I1", "200.00")
    await world.app.catch_up()
    told = await anna.hears(THANKS)
    assert "NT$700.00 came in, NT$500.00 is left" in told.text
    await world.app.catch_up()
    await world.pass_time(hours=5)
    assert read_since(anna) == [told.text]
    # A receipt is no reminder: the day's only reminder was sent before, and the next payment is thanked for as well.
    await world.pays("P3", "I1", "500.00")
    await world.app.catch_up()
    assert "NT$500.00 came in, all paid" in (await anna.hears("all paid")).text
    assert "Nothing to pay right now" in read_since(anna)[-1]
    await world.app.catch_up()
    assert [message.buttons for message in anna.inbox if "A short note" in message.text] == [[]]


@pytest.mark.parametrize("how", AWAY)
async def test_what_went_away_is_told_as_that(world: World, anna: Person, how: str) -> None:
    await reminded(world, anna)
    days, row, first, said = AWAY[how]
    await world.import_rows(INSTALMENTS, ["I1", "A-C1", world.in_days(days), *row])
    await world.app.catch_up()
    told = await anna.hears(first)
    assert said in told.text
    assert first is THANKS or "hank" not in told.text
    assert read_since(anna) == [told.text]


async def test_at_night_it_waits_for_the_morning_even_of_a_rest_day(world: World, anna: Person) -> None:
    await reminded(world, anna)
    await world.pass_time(hours=10)  # 22:00
    await world.pays("P1", "I1", "500.00")
    await world.app.catch_up()
    await world.pass_time(hours=3)
    await world.pays("P2", "I1", "100.00")
    await world.app.catch_up()
    assert read_since(anna) == []
    assert await receipts(world) == [("planned", None)]
    await world.pass_time(hours=9)
    assert "NT$600.00 came in" in (await anna.hears(THANKS)).text


async def test_who_turned_reminders_off_hears_nothing_and_the_record_says_why(world: World, anna: Person) -> None:
    await reminded(world, anna)
    anna.say("/stop")
    await anna.hears("Done.")
    before = len(anna.inbox)
    await world.pays("P1", "I1", "500.00")
    await world.app.catch_up()
    await world.app.catch_up()
    assert len(anna.inbox) == before
    assert await receipts(world) == [("not_sent", "stopped")]


async def test_a_payment_that_is_taken_back_at_night_is_not_thanked_for(world: World, anna: Person) -> None:
    await reminded(world, anna)
    await world.pass_time(hours=10)
    await world.pays("P1", "I1", "500.00")
    await world.app.catch_up()
    await world.pays("P2", "I1", "-500.00")
    await world.app.catch_up()
    await world.pass_time(hours=11)
    assert all(THANKS not in text for text in read_since(anna))
    assert await receipts(world) == [("not_sent", "nothing_to_tell")]


async def test_a_payment_that_they_spoke_of_is_thanked_for_though_no_reminder_was(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=20)
    await world.owes("C1", "I2", days=40)
    await world.link("C1", anna)
    anna.say("I've paid already")
    await anna.hears("Thank")
    await world.pays("P1", "I1", "1200.00")
    await world.app.catch_up()
    told = await anna.hears(THANKS)
    assert "NT$1,200.00 came in, all paid" in told.text and "Next: NT$1,200.00" in told.text


async def test_what_nobody_spoke_of_has_no_receipt(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=20)
    await world.link("C1", anna)
    before = len(anna.inbox)
    await world.pays("P1", "I1", "1200.00")
    await world.app.catch_up()
    assert len(anna.inbox) == before and await receipts(world) == []


async def test_what_came_in_while_a_receipt_was_on_its_way_has_one_of_its_own(world: World, anna: Person) -> None:
    await reminded(world, anna)
    await world.pays("P1", "I1", "500.00")
    async with world.db.write() as conn:  # as another sender's would be
        now = world.clock.now()
        await conn.execute(
            notices.insert().values(
                customer_id="C1",
                local_day=world.today,
                state="claimed",
                kind="receipt",
                claimed_by="another",
                claimed_at=now,
                send_after=now,
                expires_at=now + timedelta(days=3),
                policy="",
                policy_version="",
                planned_at=now,
            )
        )
    await world.app.catch_up()
    assert read_since(anna) == []
    await world.pass_time(minutes=2)
    assert "NT$500.00 came in" in (await anna.hears(THANKS)).text
