"""Many messages of one customer that wait for the group are sent as one message. Each keeps its own row, so that
replies and edits find it, at least once, in order."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from bot.channels.telegram_relay import text_content
from bot.rules.cases.case_events import NotPassedOn
from bot.sandbox import Message, Person
from storage.schema import cases, relays
from storage.topics import relays as waiting
from storage.topics.relays import NewMessage
from tests.conversations.conftest import AGENT_CHAT, World
from tests.conversations.topics.test_forwarded import SWINDLER
from tests.conversations.topics.test_in_doubt import a_while, loses_answers, tries_again
from tests.conversations.topics.test_talk import events, said_by_bot, talk


async def burst(world: World, person: Person, *words: str) -> list[int]:
    """Says words while the group takes none; the numbers of the messages."""
    world.telegram.faults.next("sendMessage", status=502, times=1000, chat_id=AGENT_CHAT)
    before = await written_down(world)
    numbers = [person.say(word)["message_id"] for word in words]
    await all_written_down(world, before + len(words))
    world.telegram.faults.clear()
    return numbers


async def written_down(world: World) -> int:
    async with world.db.read() as conn:
        query = select(func.count()).select_from(relays).where(relays.c.direction == "in")
        return (await conn.execute(query)).scalar_one()


async def all_written_down(world: World, number: int) -> None:
    for _ in range(500):
        await world.app.catch_up()
        if await written_down(world) == number:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"of {number} words not all were written down")


async def fates(world: World) -> list[tuple[str, int | None]]:
    async with world.db.read() as conn:
        which = (relays.c.direction == "in", relays.c.kind == "text")
        query = select(relays.c.state, relays.c.target_message).where(*which).order_by(relays.c.relay_id)
        return [(row.state, row.target_message) for row in await conn.execute(query)]


async def case_of(world: World, topic: int) -> int:
    async with world.db.read() as conn:
        return (await conn.execute(select(cases.c.case_id).where(cases.c.thread_id == topic))).scalar_one()


def last(world: World, topic: int) -> Message:
    return said_by_bot(world.group, topic)[-1]


async def test_a_burst_of_words_comes_as_one_message(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    before = len(said_by_bot(world.group, topic))
    words = [f"word {n}" for n in range(100)]
    case_id, now = await case_of(world, topic), world.clock.now()
    async with world.db.write() as conn:  # saying so many takes seconds
        for number, word in enumerate(words, start=1000):
            source = (anna.user_id, number)
            await waiting.add(conn, case_id, "in", NewMessage("text", text_content(word), source), now)
    await tries_again(world)
    assert [m.text for m in said_by_bot(world.group, topic)[before:]] == ["\n".join(words)]
    assert await fates(world) == [("accepted", last(world, topic).message_id)] * 100


async def test_pictures_and_what_was_forwarded_stay_single_and_in_order(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next("*", status=502, times=1000, chat_id=AGENT_CHAT)
    for word in ("a", "b", "c"):
        anna.say(word)
    anna.send_media("photo", b"picture", "picture.jpg")
    for word in ("d", "e\nf"):
        anna.say(word)
    anna.send(text="send 500", forward_origin=SWINDLER)
    await all_written_down(world, 7)
    world.telegram.faults.clear()
    await tries_again(world)
    *said, forwarded = said_by_bot(world.group, topic)[-4:]
    assert [m.text or "photo" * ("photo" in m.raw) for m in said] == ["a\nb\nc", "photo", "d\n\ne\nf"]
    assert forwarded.text.endswith(":\nsend 500")


async def test_an_agents_reply_to_a_burst_hangs_on_its_last_words(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    numbers = await burst(world, anna, "a", "b", "c")
    await tries_again(world)
    mei.say_in(world.group, "yes", topic=topic, reply_to=last(world, topic).message_id)
    await world.app.catch_up()
    assert anna.inbox[-1].text == "yes"
    assert anna.inbox[-1].raw["reply_to_message"]["message_id"] == numbers[-1]


async def test_a_change_of_words_in_a_burst_is_said_as_an_answer_to_it(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    numbers = await burst(world, anna, "I pay", "on Fryday", "all of it")
    await tries_again(world)
    whole = last(world, topic)
    anna.edit(numbers[1], "on Friday")
    await world.app.catch_up()
    assert last(world, topic).text == "✏️ The customer edited a message. It now says:\non Friday"
    assert last(world, topic).raw["reply_to_message"]["message_id"] == whole.message_id
    assert next(m for m in world.group.messages if m.message_id == whole.message_id).text == whole.text


async def test_a_burst_in_doubt_is_sent_again_as_it_was(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    await burst(world, anna, "a", "b", "c")
    loses_answers(world, "sendMessage", AGENT_CHAT, times=1)
    await tries_again(world)
    for word in ("d", "e", "f"):
        anna.say(word)
    await world.app.catch_up()
    await a_while(world, seconds=10)
    assert [m.text for m in said_by_bot(world.group, topic)[-3:]] == ["a\nb\nc", "a\nb\nc", "d\ne\nf"]


async def test_a_burst_in_doubt_for_good_is_told_once(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    await a_while(world, seconds=10)  # the live queue is there
    await burst(world, anna, "a", "b", "c")
    loses_answers(world, "sendMessage", AGENT_CHAT, times=3)
    await tries_again(world)
    await a_while(world, minutes=1)
    assert [m.text for m in said_by_bot(world.group, topic)].count("a\nb\nc") == 3
    assert await events(world, "not_passed_on") == [NotPassedOn("in_doubt")]


async def test_a_burst_that_is_not_taken_as_one_comes_word_by_word(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    await burst(world, anna, "a", "b", "c")
    world.telegram.faults.next("sendMessage", status=400, description="Bad Request: odd", chat_id=AGENT_CHAT)
    await tries_again(world)
    assert [m.text for m in said_by_bot(world.group, topic)[-3:]] == ["a", "b", "c"]
    assert {state for state, _ in await fates(world)} == {"accepted"}
