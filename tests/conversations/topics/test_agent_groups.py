"""The agents' group in all its states: with a new id, without topics, without rights, several groups, and a slow
one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.sandbox import Group, Person
from bot.work.topics.agent_groups import AgentGroups
from storage.schema import cases
from storage.topics import agent_groups
from tests.conversations.conftest import AGENT_CHAT, World
from tests.conversations.topics.test_talk import said_by_bot, talk


async def case_row(world: World) -> Any:
    async with world.db.read() as conn:
        return (await conn.execute(select(cases))).first()


async def heard_of_it(world: World) -> None:
    """Waits until the program has taken in what Telegram told it."""
    while world.telegram.updates.pending:
        await world.telegram.updates.bell.wait(0.1)
    await world.app.bot_side.inbox.settle()
    await world.app.bot_side.desk.settle()


# -- a group that has moved --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False], ids=["as an update", "as an error"])
async def test_a_group_that_moved_goes_on_at_its_new_id(world: World, anna: Person, mei: Person, told: bool) -> None:
    await talk(world, anna, mei)
    new = world.group.migrate(told=told)
    anna.say("are you there?")
    topic = await world.group.topic_opened("#1")
    await world.group.hears("Case #1", topic=topic.thread_id)
    await world.group.hears("are you there", topic=topic.thread_id)
    mei.say_in(world.group, "yes, here", topic=topic.thread_id)
    await anna.hears("yes, here")
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.chat_id))).scalar_one() == new


async def test_the_old_id_in_the_settings_keeps_working_after_a_restart(
    world: World, anna: Person, mei: Person
) -> None:
    await talk(world, anna, mei)
    new = world.group.migrate()
    anna.say("hello")
    await world.group.topic_opened("#1", timeout=20)
    groups = world.app.parts.groups
    assert groups is not None
    fresh = AgentGroups((AGENT_CHAT,), lambda chat_id: groups.at(chat_id))
    await fresh.refresh(world.db)
    assert fresh.current.chat_id == new
    assert new in fresh


async def test_commands_work_in_the_new_chat(world: World, anna: Person, mei: Person) -> None:
    await talk(world, anna, mei)
    world.group.migrate()
    mei.say_in(world.group, "/queue")
    await world.group.hears("", topic=None)


# -- a group without topics --------------------------------------------------------------------------------------------


async def plain(world: World) -> Group:
    world.group.is_forum = False
    world.group.demote_bot()  # it hears commands and answers to itself only
    return world.group


async def test_without_topics_the_case_is_a_message_and_its_answers(world: World, anna: Person, mei: Person) -> None:
    group = await plain(world)
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    card = await group.hears("Case #1")
    anna.say("my question")
    words = await group.hears("my question")
    assert words.raw["reply_to_message"]["message_id"] == card.message_id
    mei.reply_in(group, words.message_id, "my answer")
    got = await anna.hears("my answer")
    anna.reply(got.message_id, "thanks, and?")
    assert (await group.hears("and\\?")).raw["reply_to_message"]["text"] == "my answer"
    mei.say_in(group, "an answer to the card", reply_to=card.message_id)
    await anna.hears("answer to the card")


async def test_without_topics_commands_answer_the_case(world: World, anna: Person, mei: Person, bob: Person) -> None:
    group = await plain(world)
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    card = await group.hears("Case #1")
    mei.reply_in(group, card.message_id, "/take")
    await group.hears("yours")
    seen = len(anna.inbox)
    bob.reply_in(group, card.message_id, "me too")
    await group.hears("Mei has this case")
    mei.reply_in(group, card.message_id, "/note SECRET")
    mei.reply_in(group, card.message_id, "/done other")
    await group.hears("Closed")
    await world.app.catch_up()
    assert all("SECRET" not in m.text and "me too" not in m.text for m in anna.inbox[seen:])
    row = await case_row(world)
    assert (row.state, row.topic, row.thread_id) == ("closed", "closed", None)


async def test_without_topics_next_opens_the_card(world: World, anna: Person, mei: Person) -> None:
    group = await plain(world)
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    card = await group.hears("Case #1")
    await world.app.catch_up()
    mei.say_in(group, "/next")
    answer = await group.hears("is yours")
    link = f"https://t.me/c/{str(group.chat_id).removeprefix('-100')}/{card.message_id}"
    assert answer.raw["reply_markup"]["inline_keyboard"][0][0]["url"] == link


async def test_without_topics_what_is_said_of_a_case_can_be_answered(world: World, anna: Person, mei: Person) -> None:
    group = await plain(world)
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    await group.hears("Case #1")
    anna.say("/agent")
    line = await group.hears("asks for a person")
    mei.reply_in(group, line.message_id, "I am here")
    await anna.hears("I am here")


async def test_without_topics_two_cases_do_not_mix(world: World, anna: Person, ming: Person, mei: Person) -> None:
    group = await plain(world)
    people = ((anna, "C1"), (ming, "C2"))
    words = {}
    for person, customer in people:
        await world.customer(customer)
        await world.link(customer, person)
        person.say("/agent")
        await group.hears(f"Case #{customer[1]}")
        person.say(f"words of {customer}")
        words[customer] = await group.hears(f"words of {customer}")
    for _, customer in people:
        mei.reply_in(group, words[customer].message_id, f"answer for {customer}")
    await anna.hears("answer for C1")
    await ming.hears("answer for C2")
    await world.app.catch_up()
    assert all("for C2" not in m.text for m in anna.inbox)


async def test_without_topics_what_answers_nothing_goes_nowhere(world: World, anna: Person, mei: Person) -> None:
    group = await plain(world)
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("/agent")
    await group.hears("Case #1")
    await world.app.catch_up()
    seen = len(anna.inbox)
    mei.reply_in(group, mei.say_in(group, "lunch?")["message_id"], "yes")
    mei.say_in(group, "/take")
    await group.hears("in answer to its card")
    await world.app.catch_up()
    assert len(anna.inbox) == seen


# -- rights ------------------------------------------------------------------------------------------------------------


async def test_supervisors_are_told_of_a_bot_put_out_and_all_goes_on_when_it_is_back(
    world: World, anna: Person, mei: Person
) -> None:
    await talk(world, anna, mei)
    sue = world.telegram.person(3009, "Sue")
    await world.agent(sue, "Sue", role="supervisor")
    sue.say("/start")
    await sue.hears("")
    world.group.remove_bot()
    anna.say("hello?")
    await world.app.catch_up()
    await world.app.bot_side.watch()
    await sue.hears("the bot isn’t in it")
    world.group.add_bot()
    await heard_of_it(world)
    await world.group.hears("hello\\?")
    async with world.db.read() as conn:
        assert await agent_groups.trouble(conn, "refusal") is None


async def test_supervisors_are_told_of_rights_that_were_lost(world: World, anna: Person, mei: Person) -> None:
    await talk(world, anna, mei)
    sue = world.telegram.person(3009, "Sue")
    await world.agent(sue, "Sue", role="supervisor")
    sue.say("/start")
    await sue.hears("")
    world.group.set_bot_rights(can_manage_topics=False)
    await heard_of_it(world)
    await world.app.bot_side.watch()
    await sue.hears("lacks rights")


async def test_cases_wait_in_the_queue_while_the_bot_is_out(world: World, anna: Person, mei: Person) -> None:
    world.group.remove_bot()
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("asked a person")
    await world.app.catch_up()
    assert (await case_row(world)).state == "waiting"
    world.clock.move(timedelta(minutes=1))
    world.group.add_bot()
    await world.group.topic_opened("#1", timeout=20)


# -- several groups ----------------------------------------------------------------------------------------------------


async def test_a_second_group_takes_new_cases_and_the_first_keeps_its_own(
    world: World, anna: Person, ming: Person, mei: Person
) -> None:
    first = await talk(world, anna, mei)
    second = world.telegram.forum(-1002222222222, "Agents 2", members=[mei])
    groups = world.app.parts.groups
    assert groups is not None
    groups._configured = (AGENT_CHAT, second.chat_id)
    await world.customer("C2", name="Ming")
    await world.link("C2", ming)
    ming.say("/agent")
    topic = await second.topic_opened("#2")
    mei.say_in(second, "Hello Ming", topic=topic.thread_id)
    await ming.hears("Hello Ming")
    anna.say("and me?")
    await world.group.hears("and me", topic=first)
    mei.say_in(world.group, "you too", topic=first)
    await anna.hears("you too")
    assert len(said_by_bot(second, topic.thread_id)) >= 1


async def test_a_group_that_takes_no_more_topics_is_said(world: World, anna: Person) -> None:
    description = "Bad Request: too many topics"
    world.telegram.faults.next("createForumTopic", status=400, description=description, times=5)
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("asked a person")
    await world.app.catch_up()
    async with world.db.read() as conn:
        assert (await agent_groups.trouble(conn, "refusal")).reason == "no_new_topics"


# -- other people's groups ---------------------------------------------------------------------------------------------


async def test_the_bot_leaves_a_group_that_is_not_the_agents(world: World, stranger: Person) -> None:
    with capture_logs() as logs:
        other = world.telegram.forum(-1007777777777, "Somebody’s own\ngroup" + "x" * 200, [stranger])
        other.remove_bot()
        other.add_bot()
        await heard_of_it(world)
    assert [message.text for message in other.messages if message.from_bot and message.text] == [
        "I work for one team only, and this isn’t their group, so I’ll leave it. Have a good day!"
    ]
    assert not other.has_bot
    (line,) = [line for line in logs if "leaving it" in line["event"]]
    assert line["title"].startswith("Somebody’s own group")
    assert len(line["title"]) == 64
    assert line["by"] == other.owner.user_id
    assert world.group.has_bot


@pytest.mark.parametrize("said", ["hello everybody", "/balance", "/queue"])
async def test_it_leaves_one_that_it_was_in_before_the_agents_had_a_group(
    world: World, stranger: Person, said: str
) -> None:
    other = world.telegram.forum(-1007777777777, "From before", [stranger])
    stranger.say_in(other, said)
    await heard_of_it(world)
    said_there = [message.text for message in other.messages if message.from_bot and message.text]
    assert said_there[-1] == "I work for one team only, and this isn’t their group, so I’ll leave it. Have a good day!"
    assert [text for text in said_there[:-1] if "in private" not in text] == []
    assert len(said_there) == (2 if said == "/balance" else 1)
    assert not other.has_bot
    assert world.group.has_bot


async def test_it_stays_where_cases_were_worked_on_before(world: World, anna: Person, mei: Person) -> None:
    await talk(world, anna, mei)
    groups = world.app.parts.groups
    assert groups is not None
    groups._configured = (-1002222222222,)  # the operator chose another, and the topics of before are still there
    mei.say_in(world.group, "/queue")
    await heard_of_it(world)
    assert world.group.has_bot


@pytest.mark.parametrize("world", [None], indirect=True, ids=["no group"])
async def test_with_no_group_set_it_stays_and_the_log_names_the_groups(world: World, stranger: Person) -> None:
    groups = [world.telegram.forum(-1007777777770 - n, f"Group {n}", [stranger]) for n in range(2)]
    with capture_logs() as logs:
        for group in groups:
            group.remove_bot()
            group.add_bot()
        await heard_of_it(world)
    assert all(group.has_bot for group in groups)
    line = [line for line in logs if "no agents' group is set" in line["event"]][-1]
    assert line["groups"] == "-1007777777771 'Group 1'; -1007777777770 'Group 0'"
    assert line["hint"] == "if it is yours: DUEBOT_AGENT_CHAT=-1007777777771"


@pytest.mark.parametrize("world", [-123], indirect=True, ids=["a basic group"])
async def test_a_basic_group_may_become_another_so_none_is_left(world: World, stranger: Person) -> None:
    other = world.telegram.forum(-1007777777777, "Perhaps the same", [stranger])
    other.remove_bot()
    other.add_bot()
    await heard_of_it(world)
    assert other.has_bot
