"""Messages with an unknown result, because Telegram gave no answer: they are tried twice more, and then the topic is
told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.telegram_relay import text_content
from bot.rules.cases.case_events import NotPassedOn, Undelivered
from bot.sandbox import Person
from storage.topics import relays
from storage.topics.relays import NewMessage
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import PARTS, events, said_by_bot, talk

ALWAYS = 1_000


def loses_answers(world: World, method: str, chat_id: int, times: int = ALWAYS) -> None:
    world.telegram.faults.next(method, drop="after", times=times, chat_id=chat_id)


async def a_while(world: World, **by: float) -> None:
    """Time enough for what waits, whose pauses the desk keeps by a clock of its own."""
    for _ in range(8):
        world.clock.move(timedelta(**by))
        world.app.bot_side.desk._not_before.clear()
        await world.app.catch_up()


async def tries_again(world: World) -> None:
    """The desk's own pause is over; by the clock nothing has passed."""
    world.app.bot_side.desk._not_before.clear()
    await world.app.catch_up()


def read_by(person: Person, words: str) -> int:
    return sum(message.text == words for message in person.inbox)


# -- an agent's words --------------------------------------------------------------------------------------------------


async def test_an_agents_words_in_doubt_are_read_three_times_at_most(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    loses_answers(world, "sendMessage", anna.user_id)
    mei.say_in(world.group, "until Friday", topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert read_by(anna, "until Friday") == 3
    assert await events(world, "undelivered") == [Undelivered("in_doubt")]
    told = [m for m in said_by_bot(world.group, topic) if "not certain that your message arrived" in m.text]
    assert len(told) == 1


async def test_what_comes_after_words_in_doubt_still_goes(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    loses_answers(world, "sendMessage", anna.user_id, times=3)
    mei.say_in(world.group, "first", topic=topic)
    mei.say_in(world.group, "second", topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert [m.text for m in anna.inbox[-4:]] == ["first", "first", "first", "second"]


async def test_an_answer_that_comes_at_last_ends_the_doubt(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    loses_answers(world, "sendMessage", anna.user_id, times=2)
    said = mei.say_in(world.group, "until Fryday", topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert read_by(anna, "until Fryday") == 3
    assert await events(world, "undelivered") == []
    mei.edit_in(world.group, said["message_id"], "until Friday")
    await anna.hears("until Friday")


async def test_the_pauses_grow(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    loses_answers(world, "sendMessage", anna.user_id)
    mei.say_in(world.group, "until Friday", topic=topic)
    await world.app.catch_up()
    read = [read_by(anna, "until Friday")]
    for seconds in (1, 2, 3, 27):
        world.clock.move(timedelta(seconds=seconds))
        await tries_again(world)
        read.append(read_by(anna, "until Friday"))
    assert read == [1, 1, 2, 2, 3]


async def test_what_was_clearly_not_taken_goes_on_being_tried(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next("sendMessage", status=500, times=7, chat_id=anna.user_id)
    mei.say_in(world.group, "until Friday", topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert read_by(anna, "until Friday") == 1
    assert await events(world, "undelivered") == []


async def test_a_refusal_between_two_doubts_is_no_doubt(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    loses_answers(world, "sendMessage", anna.user_id, times=2)
    world.telegram.faults.next("sendMessage", status=500, times=4, chat_id=anna.user_id)
    mei.say_in(world.group, "until Friday", topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert read_by(anna, "until Friday") == 3
    assert await events(world, "undelivered") == []


async def test_who_is_writing_is_said_twice_at_most_and_the_words_follow(
    world: World, anna: Person, mei: Person
) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("person")
    topic = (await world.group.topic_opened("#1")).thread_id
    await world.app.catch_up()
    loses_answers(world, "sendMessage", anna.user_id)
    mei.say_in(world.group, "until Friday", topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert len([m for m in anna.inbox if "Mei from Wallet" in m.text]) == 2
    assert read_by(anna, "until Friday") == 2


async def test_an_album_in_doubt_comes_three_times_and_never_part_by_part(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    loses_answers(world, "sendMediaGroup", anna.user_id)
    mei.send_album_in(world.group, *PARTS, topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert len([m for m in anna.inbox if "media_group_id" in m.raw]) == 9
    assert not [m for m in anna.inbox if m.photo and "media_group_id" not in m.raw]
    assert await events(world, "undelivered") == [Undelivered("in_doubt")]


async def test_of_an_album_in_parts_only_the_part_in_doubt_is_sent_again(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next(
        "sendMediaGroup", status=400, description="Bad Request: can't send such an album", times=ALWAYS
    )
    mei.send_album_in(world.group, *PARTS, topic=topic)
    loses_answers(world, "copyMessage", anna.user_id, times=3)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert [m.text for m in anna.inbox[-5:]] == ["", "", "", "the second", ""]
    assert await events(world, "undelivered") == [Undelivered("in_doubt")]


async def test_a_change_in_doubt_is_said(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    said = mei.say_in(world.group, "Fryday", topic=topic)
    await anna.hears("Fryday")
    loses_answers(world, "editMessageText", anna.user_id)
    mei.edit_in(world.group, said["message_id"], "Friday")
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert await events(world, "undelivered") == [Undelivered("in_doubt", edit=True)]
    await world.group.hears("not certain that your change was made", topic=topic)


async def test_words_in_doubt_that_become_a_note_are_said_to_have_left(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    loses_answers(world, "sendMessage", anna.user_id)
    said = mei.say_in(world.group, "angry, be careful", topic=topic)
    await world.app.catch_up()
    mei.edit_in(world.group, said["message_id"], "/note angry, be careful")
    await world.group.hears("had this message before", topic=topic)
    await a_while(world, minutes=1)
    assert read_by(anna, "angry, be careful") == 1


async def test_a_good_bye_in_doubt_is_not_said_again(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    await world.pass_time(hours=11)  # at night nothing is asked along with it
    loses_answers(world, "sendMessage", anna.user_id)
    before = len(anna.inbox)
    mei.say_in(world.group, "/done other", topic=topic)
    await world.group.hears("Closed", topic=topic)
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert len(anna.inbox) - before == 1


# -- a customer's words ------------------------------------------------------------------------------------------------


async def test_a_customers_words_in_doubt_come_three_times_at_most_and_the_topic_is_told(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    await a_while(world, seconds=10)  # the live queue is there
    before = len(anna.inbox)
    loses_answers(world, "sendMessage", world.group.chat_id, times=3)
    anna.say("my question")
    await world.app.catch_up()
    await a_while(world, minutes=1)
    assert [m.text for m in said_by_bot(world.group, topic)].count("my question") == 3
    await world.group.hears("not certain that the customer’s last words came", topic=topic)
    assert await events(world, "not_passed_on") == [NotPassedOn("in_doubt")]
    assert not [m for m in anna.inbox[before:] if "couldn’t pass" in m.text]


# -- killed at it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("direction", "event"), [("out", Undelivered("in_doubt")), ("in", NotPassedOn("in_doubt"))])
async def test_words_at_which_the_program_was_killed_three_times_are_in_doubt(
    world: World, anna: Person, mei: Person, direction: str, event: Undelivered | NotPassedOn
) -> None:
    await talk(world, anna, mei)
    at = world.clock.now()
    source = (world.group.chat_id, 900) if direction == "out" else (anna.user_id, 900)
    async with world.db.write() as conn:
        await relays.add(conn, 1, direction, NewMessage("text", text_content("until Friday"), source), at)
        for minute in range(3):
            now = at + timedelta(minutes=minute)
            lost_before = now - timedelta(seconds=30)
            head = await relays.next_relay(conn, 1, direction)
            assert head is not None
            (taken,) = await relays.claim_next(conn, head, f"killed-{minute}", now, lost_before)
    assert taken.doubts == 3
    world.clock.move(timedelta(minutes=3))
    await a_while(world, minutes=1)
    assert await events(world, event.kind) == [event]
    assert not [m for m in world.telegram.sent() if m.text == "until Friday"]
