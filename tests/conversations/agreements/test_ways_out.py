"""What customers can do about a debt themselves: pay, choose a day, dispute, change settings, read about their data."""

from __future__ import annotations

from bot.sandbox import Person
from tests.conversations.agreements.owing import owing
from tests.conversations.conftest import World

COMMANDS = ("pay", "promise", "dispute", "fees", "policy", "settings", "privacy")


async def test_each_is_answered_once(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    await world.app.catch_up()  # the reminder is there before
    for command in COMMANDS:
        before = len(anna.inbox)
        anna.say(f"/{command}")
        await anna.hears("")
        anna.press_data(command)
        await world.app.catch_up()
        assert len(anna.inbox) == before + 1, command  # the answer to a button takes its message's place


async def test_nobody_unknown_gets_anything_but_how_to_link(world: World, stranger: Person) -> None:
    for command in COMMANDS:
        stranger.say(f"/{command}")
        await stranger.hears("two ways to link")
    await world.app.catch_up()
    assert len(stranger.inbox) == len(COMMANDS)


async def test_none_of_them_speaks_in_a_group(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    for number, command in enumerate(COMMANDS):
        friends = world.telegram.group(-1009876543210 - number, "Friends", [anna], bot_admin=True)
        anna.say_in(friends, f"/{command}")
        await friends.hears("private")


async def test_words_do_what_the_commands_do(world: World, ming: Person) -> None:
    await owing(world, ming, 1, language="zh-Hans")
    for word, answer in (
        ("付款", "1,200.00"),
        ("选一天还款", "您哪天还款方便"),
        ("帳單有誤", "哪一笔"),
        ("设置", "您的设置"),
        ("隐私", "保留"),
    ):
        ming.say(word)
        await ming.hears(answer)


async def test_the_menu_lists_seven_and_help_all(world: World, anna: Person) -> None:
    await owing(world, anna)
    listed = {command["command"] for command in anna.menu}
    assert len(listed) == 7 and {"pay", "promise", "settings", "help"} <= listed
    anna.say("/help")
    told = (await anna.hears("automated assistant")).text
    assert [command for command in COMMANDS if f"/{command} " not in told] == []


async def test_paying_opens_a_link_for_each_most_urgent_first(world: World, anna: Person) -> None:
    world.app.settings.pay_url = "https://pay.example/{customer_id}/{instalment_id}"
    await owing(world, anna, 9, -2, 3, 5, 7, 8)
    anna.say("/pay")
    answer = await anna.hears("To pay")
    links = [
        button["url"] for row in answer.raw["reply_markup"]["inline_keyboard"] for button in row if "url" in button
    ]
    assert links == [f"https://pay.example/C1/I-C1-{n}" for n in (1, 2, 3, 4, 5)]
    assert "Card: NT$1,200.00" in answer.buttons


async def test_paying_without_a_link_says_where(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/pay")
    assert "open Wallet" in (await anna.hears("1,200.00")).text


async def test_a_made_up_press_shows_what_can_be_done(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    for data in ("dispute:", "dispute:zz", "dispute:" + "f" * 17, "dispute:1%00", "promise:", "settings:x"):
        anna.say("/help")
        await anna.hears("automated assistant")
        anna.press_data(data)
        await anna.hears("Your due dates")


async def test_settings_turn_reminders_off_and_on(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/settings")
    await anna.hears("Reminders: on")
    anna.press("Turn reminders off")
    await anna.hears("")
    anna.say("/settings")
    await anna.hears("Reminders: off")
    anna.press("Turn reminders on")
    await anna.hears("on again")


async def test_the_policy_names_the_customers_own_currency(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/policy")
    answer = await anna.hears("When we write")
    assert "NT$" in answer.text
    assert "CN¥" not in answer.text


async def test_privacy_says_that_a_person_forgets(world: World, anna: Person) -> None:
    await owing(world, anna, 1)
    anna.say("/privacy")
    answer = await anna.hears("What I keep, and why")
    assert {"Talk to a person", "Forget me"} <= set(answer.buttons)
