"""A customer sees what is kept of them, gets a copy, agrees to a prediction and takes it back, and is forgotten."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import consents, customers, links
from tests.conversations.agreements.owing import owing, reminders
from tests.conversations.conftest import World


async def row(world: World) -> Any:
    async with world.db.read() as conn:
        return (await conn.execute(select(customers).where(customers.c.customer_id == "C1"))).one()


async def privacy(person: Person) -> str:
    person.say("/privacy")
    return (await person.hears("What I keep, and why")).text


async def test_what_is_said_is_what_there_is(world: World, anna: Person) -> None:
    await owing(world, anna, 3)
    said = await privacy(anna)
    assert "your name and your language and time zone" in said  # the wallet gave no phone and no e-mail
    assert "Nothing is predicted about you" in said
    assert "2 years after all that they are about is settled" in said
    assert "agreed with us" not in said


async def test_the_copy_has_what_the_wallet_said_and_what_was_written(world: World, anna: Person) -> None:
    await owing(world, anna, 3)
    anna.say("an odd sentence of mine")
    await anna.hears("")
    await privacy(anna)
    anna.press("A copy as a file")
    sent = await anna.hears("Everything that is stored about you here")
    stored = world.telegram.files.by_id(sent.raw["document"]["file_id"])
    assert stored is not None
    copy = json.loads(stored.content)
    assert copy["customer"][0]["name"] == "Anna Lee"
    assert copy["instalments"][0]["amount_due"] == {"amount": "1200.00", "currency": "TWD"}
    assert "an odd sentence of mine" in {message["body"] for message in copy["messages"]}


async def test_a_prediction_is_off_until_agreed_to_and_can_be_taken_back(world: World, anna: Person) -> None:
    await owing(world, anna, 17)
    for _ in range(9):
        world.clock.move(timedelta(days=1))
        anna.say("/balance")  # at noon
        await anna.hears("")
    await world.pass_time(days=4, hours=-3)  # it is nine in the morning of the day before the first step
    await privacy(anna)
    anna.press("Agree to a prediction")
    await anna.hears("May I estimate")
    anna.press("Yes, I agree")
    assert "At present it’s 11:00, and reminders wait for it." in (await anna.hears("You agreed on")).text
    anna.press("Settings")
    await anna.hears("At the earliest: 11:00, when you usually read \\(estimated\\)")
    await world.pass_time(hours=24.5)
    assert reminders(anna) == []
    await world.pass_time(hours=2)
    assert len(reminders(anna)) == 1
    anna.say("/settings")
    await anna.hears("Your settings")
    anna.press("Hour")
    await anna.hears("From which hour")
    anna.press("09:00")  # what is chosen counts more
    await anna.hears("At the earliest: 09:00")
    given_at = world.clock.now() - timedelta(hours=26.5)
    await privacy(anna)
    anna.press("Take the prediction back")
    await anna.hears("Nothing is predicted about you")
    assert ((await row(world)).foreseen_hour, (await row(world)).remind_hour) == (None, 9)
    async with world.db.read() as conn:
        [given] = (await conn.execute(select(consents))).all()
    assert (given.about, given.given_at, given.ended_at) == ("hour", given_at, world.clock.now())


async def test_forgetting_takes_two_presses_and_says_what_becomes_of_debts(world: World, anna: Person) -> None:
    await owing(world, anna, -2)
    await privacy(anna)
    anna.press("Forget me")
    said = (await anna.hears("Shall I forget you?")).text
    assert "You still owe NT$1,200.00" in said
    anna.press("No, keep it")
    await anna.hears("What I keep, and why")
    assert (await row(world)).forgotten_at is None
    anna.press("Forget me")
    await anna.hears("Shall I forget you?")
    anna.press("Yes, forget me")
    await anna.hears("You are forgotten here")
    assert ((await row(world)).forgotten_at, (await row(world)).name) == (world.clock.now(), "")
    await world.customer("C1", name="Anna Lee")  # the wallet speaks of them again
    assert (await row(world)).name == ""
    async with world.db.read() as conn:
        assert (await conn.execute(select(links.c.user_id))).scalars().all() == [0]
    await world.app.catch_up()  # a reminder that came before is deleted
    before = len(anna.inbox)
    await world.pass_time(days=4)
    assert len(anna.inbox) == before
    anna.say("/balance")
    await world.app.catch_up()
    assert len(anna.inbox) == before + 1
    assert "1,200" not in anna.inbox[-1].text


async def test_the_second_press_again_or_by_somebody_else_does_nothing(world: World, anna: Person) -> None:
    await owing(world, anna, 3)
    await privacy(anna)
    anna.press("Forget me")
    await anna.hears("Shall I forget you?")
    button = anna.inbox[-1]
    anna.press("Yes, forget me")
    await anna.hears("You are forgotten here")
    world.clock.move(timedelta(minutes=1))
    anna.press_data("privacy:erase:yes", button)
    await anna.hears("")
    assert (await row(world)).forgotten_at == world.clock.now() - timedelta(minutes=1)
