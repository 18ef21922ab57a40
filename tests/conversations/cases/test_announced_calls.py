"""`/calling` and `/genuine`: the customer's chat says who calls, both know the same code, and it ends by itself."""

from __future__ import annotations

import json
import re

import httpx
from sqlalchemy import select

from bot.rules.customers.genuine_codes import CALL_LASTS
from bot.sandbox import Person
from bot.work.customers.genuine import code_for_letter
from storage.cases import announced_calls as calls_now
from storage.schema import announced_calls, contacts, relays
from tests.conversations.cases.test_contact_disclosure import events, has_case
from tests.conversations.conftest import World
from tests.conversations.topics.test_console_files import entered
from tests.conversations.topics.test_in_doubt import tries_again
from tests.conversations.topics.test_topic_header import overdue


async def halves(person: Person, words: str) -> list[str]:
    return re.findall(r": ([0-9]{4})$", (await person.hears(words)).text, re.MULTILINE)


async def test_agent_and_customer_see_the_same_code(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    anna.say("/genuine")
    seen = await halves(anna, "Right now nobody from Wallet is calling you")
    mei.say_in(world.group, "/genuine", topic=thread)
    shown = await world.group.hears("The customer sees these", topic=thread)
    assert re.findall(r": ([0-9]{4})$", shown.text, re.MULTILINE) == seen and len(seen) == 2
    assert [kind for kind, *_ in await events(world, "code_shown")] == ["code_shown"]


async def test_the_chat_says_who_calls_until_the_result_is_written(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    mei.say_in(world.group, "/calling", topic=thread)
    told = await anna.hears("Mei from Wallet is calling you now")
    shown = await world.group.hears("Their chat says now that you are calling", topic=thread)
    spoken = re.findall(r": ([0-9]{4})$", shown.text, re.MULTILINE)
    assert re.findall(r": ([0-9]{4})$", told.text, re.MULTILINE) == spoken and len(spoken) == 2
    anna.say("is this really you?")
    assert await halves(anna, "We never ask") == spoken
    mei.say_in(world.group, "/calling", topic=thread)
    await world.group.hears("already that somebody is calling", topic=thread)
    mei.say_in(world.group, "/call reached all is well", topic=thread)
    await world.group.hears("you have talked by phone", topic=thread)
    await world.app.catch_up()
    assert (await anna.hears("That is over")).message_id == told.message_id
    anna.say("/genuine")
    await anna.hears("Right now nobody from Wallet is calling you")
    async with world.db.read() as conn:
        kept = (
            (await conn.execute(select(contacts.c.body).where(contacts.c.body.contains("is calling")))).scalars().all()
        )
    assert len(kept) == 1 and re.search("[0-9]{4}", kept[0].replace("until", "")) is None


async def test_an_announced_call_ends_by_itself(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    mei.say_in(world.group, "/calling", topic=thread)
    await anna.hears("Mei from Wallet is calling you now")
    await world.pass_time(minutes=CALL_LASTS.total_seconds() / 60 + 1)
    await anna.hears("That is over")
    async with world.db.read() as conn:
        assert (await conn.execute(select(announced_calls))).all() == []


async def test_only_the_cases_agent_is_shown_codes_and_not_of_many_customers(
    world: World, anna: Person, mei: Person, bob: Person
) -> None:
    thread = await has_case(world, anna, mei)
    for command in ("/genuine", "/calling"):
        bob.say_in(world.group, command, topic=thread)
        await world.group.hears("Mei has this case", topic=thread)
    assert await events(world, "code_shown", "calling") == []


async def test_without_a_chat_nothing_is_announced(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    anna.say("you have the wrong person")
    await anna.hears("")
    mei.say_in(world.group, "/calling", topic=thread)
    await world.group.hears("They have no chat with the bot", topic=thread)
    anna.say("/genuine")
    assert re.findall("[0-9]{4}", (await anna.hears("It’s good that you ask")).text) == []


async def test_a_chat_that_blocked_the_bot_is_not_told_and_the_agent_knows(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await has_case(world, anna, mei)
    anna.block()
    mei.say_in(world.group, "/calling", topic=thread)
    await world.group.hears("could not be said in their chat", topic=thread)
    assert [kind for kind, *_ in await events(world, "calling", "not_told_of_call")] == ["calling", "not_told_of_call"]


async def test_a_letter_has_the_code_that_the_customer_sees(world: World, anna: Person) -> None:
    await overdue(world, anna)
    code = await code_for_letter(world.db, "C1", world.clock.now())
    assert code is not None
    anna.say("/genuine")
    assert f"{code[:4]} {code[4:]}" in (await anna.hears("A letter from Wallet")).text
    assert await code_for_letter(world.db, "C9", world.clock.now()) is None


async def test_a_second_call_right_after_the_first_is_announced_too(world: World, anna: Person, mei: Person) -> None:
    thread = await has_case(world, anna, mei)
    mei.say_in(world.group, "/calling", topic=thread)
    first = await anna.hears("Mei from Wallet is calling you now")
    mei.say_in(world.group, "/call no_answer", topic=thread)
    await world.group.hears("nobody answered", topic=thread)
    mei.say_in(world.group, "/calling", topic=thread)
    second = await anna.hears("Mei from Wallet is calling you now")
    assert second.message_id != first.message_id
    shown = next(m for m in anna.messages if m.message_id == first.message_id)
    assert "That is over" in shown.text


async def test_a_call_that_was_begun_before_a_kill_can_be_announced_once_more(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await has_case(world, anna, mei)
    now = world.clock.now()
    async with world.db.write() as conn:
        assert await calls_now.begin(conn, "C1", 1, mei.user_id, now, now + CALL_LASTS)
    mei.say_in(world.group, "/calling", topic=thread)
    await anna.hears("Mei from Wallet is calling you now")
    await world.group.hears("Their chat says now that you are calling", topic=thread)


async def press_calling(browser: httpx.AsyncClient) -> str:
    page = (await browser.get("/console/cases/1")).text
    token = re.findall(r'name="token" value="(\w+)"', page)[0]
    return (await browser.post("/console/cases/1/calling", data={"token": token})).text


async def test_from_the_console_the_chat_is_told_by_who_speaks_with_telegram(
    world: World, anna: Person, mei: Person
) -> None:
    thread = await has_case(world, anna, mei)
    async with await entered(world, mei) as browser:
        world.telegram.faults.next("sendMessage", status=400, description="message is too long", chat_id=anna.user_id)
        await press_calling(browser)
        await world.app.catch_up()
        await world.group.hears("chat could not be told of the call", topic=thread)
        assert [kind for kind, *_ in await events(world, "undelivered")] == []
        world.telegram.faults.next("sendMessage", status=500, chat_id=anna.user_id)
        shown = re.findall(r"<code>([0-9]{4})</code>", await press_calling(browser))
        assert len(shown) == 2
        async with world.db.read() as conn:
            kept = (await conn.execute(select(relays.c.content).where(relays.c.state == "waiting"))).scalar_one()
        assert re.findall("[0-9]{4}", json.loads(kept)["text"]) == [], "the code is not written down"
        assert "already that somebody is calling" in await press_calling(browser)
        await world.app.catch_up()  # it meets the refusal, and pauses
        await tries_again(world)
        assert await halves(anna, "Mei from Wallet is calling you now") == shown
        await world.group.hears("The customer’s chat was told that Mei calls", topic=thread)
        mei.say_in(world.group, "/call reached", topic=thread)
        await world.group.hears("you have talked by phone", topic=thread)
        await world.app.catch_up()
        await anna.hears("That is over")
