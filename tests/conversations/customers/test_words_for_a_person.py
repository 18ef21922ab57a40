"""While an agent is in the conversation, the customer's messages go to the agent: the bot acts only on stop, which both
receive."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from bot.views.menu import action_words
from bot.work.customers.opt_out import resume_reminders
from storage.schema import customers, holds
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import said_by_bot, talk

WORDS = sorted(word for word, action in action_words().items() if action != "stop")
STOPS = sorted(word for word, action in action_words().items() if action == "stop")


async def stopped(world: World) -> bool:
    async with world.db.read() as conn:
        return (await conn.execute(select(customers.c.stopped_at))).scalar_one() is not None


def lines(world: World, topic: int) -> list[str]:
    return [message.text for message in said_by_bot(world.group, topic)]


AT_ONCE = 30  # of one person, not more than `MOST_WAITING` wait


@pytest.mark.slow
async def test_every_word_of_the_bots_own_reaches_the_agent_who_asked(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "A promise or a plan?", topic=topic)
    await anna.hears("promise or a plan")
    heard = len(anna.inbox)
    for first in range(0, len(WORDS), AT_ONCE):
        theirs = WORDS[first : first + AT_ONCE]
        for word in theirs:
            anna.say(word)
        await world.group.hears(f"{re.escape(theirs[-1])}$", topic=topic, timeout=30)
        await world.app.catch_up()
    got = lines(world, topic)
    assert [word for word in WORDS if not any(line.endswith(word) for line in got)] == []
    assert [message.text for message in anna.inbox[heard:]] == []
    async with world.db.read() as conn:
        assert (await conn.execute(select(holds))).all() == []


async def test_stop_is_done_and_reaches_the_agent(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    for word in STOPS:
        anna.say(word)
        await world.group.hears(f"{word}$", topic=topic)
        await world.app.catch_up()
        assert await stopped(world), word
        assert "any more reminders" in anna.inbox[-1].text, word
        await resume_reminders(world.db, "C1")
        assert not await stopped(world)


async def test_an_answer_to_an_agents_message_is_theirs_however_late(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "A promise or a plan?", topic=topic)
    asked = await anna.hears("promise or a plan")
    world.clock.move(timedelta(days=20))
    anna.say("balance")
    await anna.hears("500.00")
    anna.reply(asked.message_id, "plan")
    await world.group.hears("plan$", topic=topic)


async def test_before_anybody_has_written_the_bot_answers(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("/agent")
    await world.topic_of()
    anna.say("balance")
    await anna.hears("500.00")


async def test_commands_and_buttons_act_and_the_topic_is_told_in_a_line(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    anna.say("/balance")
    await anna.hears("500.00")
    await world.app.catch_up()
    await world.group.hears("The customer used /balance.", topic=topic)
    anna.press_data("due")
    await world.app.catch_up()
    await world.group.hears("The customer used /due.", topic=topic)
    anna.say("/due")
    anna.press_data("balance")
    await world.app.catch_up()
    assert len([line for line in lines(world, topic) if "The customer used" in line]) == 2


async def test_an_answer_to_an_agent_whose_case_is_closed_brings_a_person_again(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "Would a promise or a plan help you?", topic=topic)
    asked = (await anna.hears("a promise or a plan")).message_id
    mei.say_in(world.group, "/done other", topic=topic)
    await world.group.hears("Closed", topic=topic)
    await world.app.catch_up()
    heard = len(anna.inbox)
    for small in ("thanks", "👍"):
        anna.say(small, reply_to=asked)
    await world.app.catch_up()
    assert not any("a person to join" in message.text for message in anna.inbox[heard:])
    assert not any("automated assistant" in message.text for message in anna.inbox[heard:])
    anna.say("plan", reply_to=asked)
    await anna.hears("I’ve asked a person to join")
    await world.group.hears("plan$", topic=topic)  # used again, as she came back
    assert not any("put aside" in message.text for message in anna.inbox[heard:])  # the bot's own /plan
