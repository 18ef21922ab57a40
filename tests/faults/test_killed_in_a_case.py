"""The program is killed while it serves a case: its topic, its card, and the messages in both directions."""

from __future__ import annotations

import pytest

from bot.sandbox import Group, Person
from tests.faults.program import until
from tests.faults.watching import Moment
from tests.faults.world import World


def said_in_topic(group: Group, thread_id: int) -> list[str]:
    """The bot's plain messages in a topic, without the card and what it says itself."""
    texts = [message.text for message in group.topic(thread_id).messages if message.from_bot]
    return [text for text in texts if text.startswith("in ")]


def said_to(person: Person) -> list[str]:
    return [message.text for message in person.inbox if message.text.startswith("out ")]


def told_once(texts: list[str]) -> tuple[list[str], list[str], int]:
    """The lines of messages by when each came first and by when it came last, and how many messages told again what was
    told before: several texts that wait may come as one message with a line for each."""
    first: dict[str, None] = {}
    last: dict[str, None] = {}
    again = 0
    for text in texts:
        lines = text.splitlines()
        again += any(line in first for line in lines)
        for line in lines:
            first.setdefault(line)
            last.pop(line, None)
            last[line] = None
    return list(first), list(last), again


@pytest.mark.slow
async def test_words_are_neither_lost_nor_shuffled_and_only_those_in_flight_come_twice(world: World) -> None:
    telegram, group = world.telegram, world.group
    await world.agents()
    [anna] = await world.customers(1)
    anna.say("/agent")
    await world.program.start()
    topic = (await group.topic_opened(timeout=60)).thread_id
    await until(world.cases_settled, "a topic with its card")
    ins, outs = [f"in {n}" for n in range(5)], [f"out {n}" for n in range(5)]

    second_in = telegram.when("sendMessage", world.program.kill, number=2, chat_id=group.chat_id)
    for text_in, text_out in zip(ins, outs, strict=True):
        anna.say(text_in)
        world.mei.say_in(group, text_out, topic=topic)
    await second_in.has_sprung()
    await world.program.killed()
    await world.a_minute_passes()

    telegram.faults.next("sendMessage", drop="before", chat_id=anna.user_id, times=1)
    next_out = telegram.when("sendMessage", world.program.kill, moment="arrived", chat_id=anna.user_id)
    await world.program.start(until="")
    await next_out.has_sprung()
    await world.program.killed()
    await world.a_minute_passes()

    await world.program.start()
    await world.settled()
    got_in, got_out = said_in_topic(group, topic), said_to(anna)
    *order_in, in_twice = told_once(got_in)
    *order_out, out_twice = told_once(got_out)
    assert order_in == [ins, ins]
    assert order_out == [outs, outs]
    assert in_twice <= 2
    assert out_twice <= 1


@pytest.mark.slow
async def test_every_case_ends_up_with_one_topic_and_one_card(world: World) -> None:
    telegram, program, group = world.telegram, world.program, world.group
    await world.agents()
    for person in await world.customers(2, due_in_days=-6):
        person.say("/agent")  # a case that only waits has no topic
    kills: tuple[tuple[str, Moment, int], ...] = (
        ("createForumTopic", "taken", 1),
        ("sendMessage", "arrived", 1),
        ("sendMessage", "taken", 1),
    )
    for method, moment, number in kills:
        if moment == "arrived":
            telegram.faults.next(method, drop="before", chat_id=group.chat_id)
        trap = telegram.when(method, program.kill, moment=moment, number=number, chat_id=group.chat_id)
        await program.start(until="")
        await trap.has_sprung()
        await program.killed()
        await world.a_minute_passes()
    telegram.faults.clear()
    await program.start()
    await until(world.cases_settled, "a topic with its card for every case")
    assert (await program.stop())[0] == 0
    rows = await world.cases()
    threads = [row.thread_id for row in rows]
    assert len(rows) == len(set(threads)) == 2
    for row in rows:
        topic = group.topic(row.thread_id)
        cards = [message for message in topic.messages if f"Case #{row.case_id}:" in message.text]
        assert not topic.closed
        assert row.card_id in [card.message_id for card in cards]
    assert len(group.topics) <= 2 + 2  # what was in flight at the first kill, two topics at a time, has no case


@pytest.mark.slow
async def test_claimed_and_killed_before_its_topic(world: World) -> None:
    telegram, program, group = world.telegram, world.program, world.group
    await world.agents()
    await world.customers(1, due_in_days=-6)
    await program.start()
    await until(world.cases_settled, "a topic with its card for every case")
    telegram.faults.next("editMessageText", drop="before", chat_id=group.chat_id)
    trap = telegram.when("editMessageText", program.kill, moment="arrived", chat_id=group.chat_id)
    world.mei.say_in(group, "/next")
    await trap.has_sprung()
    await program.killed()
    await world.a_minute_passes()
    await program.start()
    await until(world.cases_settled, "cards that tell whose the case is")
    assert await world.claimed_by(world.mei) == 1
    [case] = await world.cases()
    card = next(m for m in group.topic(case.thread_id).messages if m.message_id == case.card_id)
    assert "With: Mei" in card.text
    assert len(group.topics) == 1


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["arrived", "taken"])
async def test_an_album_with_the_program_killed_in_the_middle_comes_whole(world: World, moment: Moment) -> None:
    telegram, program, group = world.telegram, world.program, world.group
    await world.agents()
    [anna] = await world.customers(1)
    anna.say("/agent")
    await program.start()
    topic = (await group.topic_opened(timeout=60)).thread_id
    await until(world.cases_settled, "a topic with its card")
    if moment == "arrived":
        telegram.faults.next("sendMediaGroup", drop="before")
    trap = telegram.when("sendMediaGroup", program.kill, moment=moment)
    anna.send_album(("photo", b"a", "in 1"), ("photo", b"b", "in 2"), ("photo", b"c", "in 3"))
    anna.say("in 4")
    await trap.has_sprung()
    await program.killed()
    await world.a_minute_passes()
    await program.start()
    await world.settled()
    whole = [f"in {n}" for n in (1, 2, 3)]
    assert said_in_topic(group, topic) == (whole if moment == "arrived" else [*whole, *whole]) + ["in 4"]
    albums = [m.raw["media_group_id"] for m in group.topic(topic).messages if "media_group_id" in m.raw]
    assert len(albums) == 3 * len(set(albums))


@pytest.mark.slow
async def test_killed_between_claim_and_topic(world: World) -> None:
    """An agent takes the most urgent case, which has no topic yet, and the program ends in that moment."""
    telegram, program, group = world.telegram, world.program, world.group
    await world.agents()
    await world.customers(1, due_in_days=-6)
    await program.start()
    await group.hears("1 case is waiting", timeout=60)
    trap = telegram.when("createForumTopic", program.kill, moment="taken")
    world.mei.say_in(group, "/next")
    await trap.has_sprung()
    await program.killed()
    await world.a_minute_passes()
    await program.start()
    await until(world.cases_settled, "a topic with its card")
    await world.settled()
    assert await world.claimed_by(world.mei) == 1
    [case] = await world.cases()
    assert case.topic == "open"
    assert len(group.topics) <= 2  # that of the first life has no case
    world.mei.say_in(group, "I am here", topic=case.thread_id)
    await world.people[0].hears("I am here", timeout=30)
