"""Answers to a button take the place of its message; the menu, the profile and who is greeted as what."""

from __future__ import annotations

from bot.sandbox import Person
from tests.conversations.conftest import World


async def owing(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I1", days=3)
    await world.link("C1", anna)
    await world.app.catch_up()
    await anna.hears("A short note")


async def test_what_is_pressed_changes_in_place_and_leads_back(world: World, anna: Person) -> None:
    await owing(world, anna)
    number = len(anna.inbox)
    card = anna.inbox[-1].message_id
    anna.press("Pay")
    paying = await anna.hears("To pay")
    assert paying.message_id == card and paying.buttons[-1] == "Back"
    anna.press("Choose a day to pay")
    days = await anna.hears("Which day")
    assert days.message_id == card
    anna.press(days.buttons[0])
    chosen = await anna.hears("You’ll pay")
    assert chosen.message_id == card and not [label for label in chosen.buttons if "(" in label]
    anna.press("Back")
    today = await anna.hears("Your due dates")
    assert today.message_id == card and "Back" not in today.buttons
    assert len(anna.inbox) == number


async def test_a_message_that_cannot_be_changed_any_more_is_answered(world: World, anna: Person) -> None:
    await owing(world, anna)
    card = anna.inbox[-1]
    world.telegram.faults.next("editMessageText", status=400, description="Bad Request: message can't be edited")
    anna.press("Pay")
    assert (await anna.hears("To pay")).message_id != card.message_id


async def test_an_old_button_says_so_and_shows_today(world: World, anna: Person) -> None:
    await owing(world, anna)
    card = anna.inbox[-1].message_id
    anna.press_data("long:gone")
    assert (await anna.hears("Your due dates")).message_id == card
    toasts = [query.answer for query in world.telegram.queries.all if query.answer is not None]
    assert "out of date" in toasts[-1]["text"]


async def test_what_is_said_in_a_topic_of_the_chat_is_answered_there(world: World, anna: Person) -> None:
    await owing(world, anna)
    anna.topics.add(7)
    anna.send(text="/due", message_thread_id=7, is_topic_message=True)
    assert (await anna.hears("Your due dates")).raw["message_thread_id"] == 7
    anna.topics.clear()
    anna.send(text="/due", message_thread_id=7, is_topic_message=True)
    assert "message_thread_id" not in (await anna.hears("Your due dates")).raw


async def test_the_desk_is_greeted_as_what_it_is(world: World, anna: Person, mei: Person, bob: Person) -> None:
    await world.agent(mei, "Mei")
    await world.agent(bob, "Bob", role="supervisor")
    mei.say("/start")
    assert "you’re an agent" in (await mei.hears("Hello Mei")).text
    bob.say("/start")
    assert "/stats" in (await bob.hears("you’re a supervisor")).text
    mei.say("/help")
    assert "/next" in (await mei.hears("agents’ group")).text
    mei.say_in(world.group, "/help")
    told = (await world.group.hears("Each case has a topic")).text
    assert "/take" in told and "/bulk" not in told
    bob.say_in(world.group, "/help")
    assert "/bulk" in (await world.group.hears("Each case has a topic")).text


async def test_the_bot_says_what_it_is_in_each_language(world: World, anna: Person) -> None:
    await owing(world, anna)
    profile = world.telegram.profile
    assert (profile.text("name", ""), profile.text("name", "zh")) == ("Wallet assistant", "Wallet 小助手")
    assert "never ask for passwords" in profile.text("description", "") and "密码" in profile.text("description", "zh")
    assert 0 < len(profile.text("short_description", "zh")) <= 120 and len(anna.menu) == 7
