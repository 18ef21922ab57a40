"""What only waits costs the group one message that is edited; a topic is opened when somebody works on the case."""

from __future__ import annotations

import asyncio
import re

from sqlalchemy import select

from bot.sandbox import Message, Person
from bot.sandbox.keyboards import visible_buttons
from storage.schema import cases
from tests.conversations.cases.overdue import overdue
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import talk


async def many_overdue(world: World, number: int) -> None:
    """So many customers are five days overdue, and nobody has a case yet."""
    ids = [f"C{n}" for n in range(number)]
    zone = "Asia/Taipei"
    await world.import_rows("customer_id,name,language,time_zone", *[[c, "Anna Lee", "zh-Hans", zone] for c in ids])
    await world.import_rows("account_id,customer_id,currency,balance", *[[f"A-{c}", c, "TWD", "1.00"] for c in ids])
    owed = [[f"I-{c}", f"A-{c}", world.in_days(-5), "1200.00"] for c in ids]
    await world.import_rows("instalment_id,account_id,due_date,amount_due", *owed)
    await world.app.catch_up()


async def live_queue(world: World) -> Message:
    """The message as it is once it may be edited again."""
    await world.pass_time(seconds=16)
    (message,) = [m for m in world.group.general if m.from_bot and not m.is_service and "case" in m.text]
    return message


async def owners(world: World) -> dict[int, int | None]:
    async with world.db.read() as conn:
        rows = await conn.execute(select(cases.c.case_id, cases.c.owner_id).where(cases.c.owner_id.is_not(None)))
        return {row.case_id: row.owner_id for row in rows}


async def test_a_morning_with_500_new_cases_costs_the_group_one_message(world: World, mei: Person) -> None:
    await many_overdue(world, 500)
    message = await live_queue(world)
    assert "500 cases are waiting" in message.text
    assert len(re.findall(r"^• #", message.text, re.MULTILINE)) == 10
    assert "Anna" not in message.text and "A…" not in message.text
    to_the_group = [
        r.method for r in world.telegram.requests if str(r.params.get("chat_id")) == str(world.group.chat_id)
    ]
    assert sorted(m for m in to_the_group if not m.startswith(("get", "set"))) == ["pinChatMessage", "sendMessage"]
    assert world.group.chat.pinned == [message.message_id]
    assert not world.group.topics


async def test_next_and_take_open_the_topic_and_edit_the_message(
    world: World, mei: Person, bob: Person, stranger: Person
) -> None:
    await many_overdue(world, 4)
    message = await live_queue(world)
    mei.press_in(world.group, "Next case for me")
    await mei.hears_answer("Case #1 is yours. Its topic has the card.")
    bob.press_in(world.group, "Take #1")
    await bob.hears_answer("Mei has this case already.")
    bob.press_in(world.group, "Take #3")
    await bob.hears_answer("Case #3 is yours. Its topic has the card.")
    stranger.press_in(world.group, "Take #2")
    await stranger.hears_answer("This is for agents")
    await world.app.catch_up()
    assert await owners(world) == {1: mei.user_id, 3: bob.user_id}
    assert [topic.name[:2] for topic in world.group.topics] == ["#1", "#3"]
    after = await live_queue(world)
    assert after.message_id == message.message_id
    assert "2 cases are waiting" in after.text
    assert "Mei: #1" in after.text and "Bob: #3" in after.text


async def test_a_case_is_taken_and_looked_at_by_its_number(world: World, mei: Person, bob: Person) -> None:
    await many_overdue(world, 3)
    bob.say_in(world.group, "/open 2")
    await world.group.hears("look at case #2")
    await world.app.catch_up()
    assert [topic.name[:2] for topic in world.group.topics] == ["#2"]
    assert not await owners(world)
    mei.say_in(world.group, "/take 3")
    await world.group.hears("Case #3 is yours")
    await world.app.catch_up()
    assert await owners(world) == {3: mei.user_id}
    mei.say_in(world.group, "/take 99")
    await world.group.hears("in the topic of a case")
    mei.say_in(world.group, "/qeue")
    await world.group.hears("Did you mean /queue?")


async def test_who_writes_gets_a_topic_although_nobody_has_taken_the_case(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/dnoe paid", topic=topic)
    await world.group.hears("Did you mean /done?", topic=topic)


async def test_a_deleted_message_is_posted_and_pinned_again(world: World) -> None:
    await many_overdue(world, 2)
    first = await live_queue(world)
    world.group.delete(first.message_id)
    await world.pays("P1", "I-C0", "1200.00")
    await world.app.catch_up()
    again = await live_queue(world)
    assert again.message_id != first.message_id
    assert world.group.chat.pinned[-1] == again.message_id
    assert "1 case is waiting" in again.text


# -- the buttons of a card ---------------------------------------------------------------------------------------------


async def presses(world: World, person: Person, label: str, topic: int) -> None:
    """Presses a button once it is there."""
    for _ in range(500):
        if any(label in visible for visible in visible_buttons(world.group.topic(topic).messages)):
            break
        await asyncio.sleep(0.01)
    person.press_in(world.group, label, topic=topic)


async def test_a_cards_buttons_do_what_the_commands_do_for_who_has_the_case(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    topic = await overdue(world, anna)
    await world.app.catch_up()
    await presses(world, bob, "Take", topic)
    await bob.hears_answer("This case is yours")
    await world.app.catch_up()
    await presses(world, mei, "Hold", topic)
    await mei.hears_answer("Bob has this case")
    await presses(world, bob, "Hold", topic)
    await presses(world, bob, "7 days", topic)
    await anna.hears("9 Mar")
    await world.app.catch_up()
    await presses(world, bob, "Reply", topic)
    await presses(world, bob, "greeting", topic)
    await anna.hears("Bob")
    card = next(m for m in world.group.topic(topic).messages if "Case #1" in m.text)
    bob.press_data_in(world.group, "do:1:/say greeting", card)
    await world.app.catch_up()
    assert len([m for m in anna.inbox if m.text == anna.inbox[-1].text]) == 2, "each press sends it"
    await presses(world, bob, "Done", topic)
    await presses(world, bob, "in hardship", topic)
    await world.group.hears("Closed: in hardship", topic=topic)
    await world.app.catch_up()
    bob.press_data_in(world.group, "do:1:/hold 7", card)
    await bob.hears_answer("no open case")
