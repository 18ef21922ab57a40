"""After a customer was forgotten, the topics of their cases and the messages to them are deleted in Telegram."""

from __future__ import annotations

from sqlalchemy import select

from bot.sandbox import Person
from bot.work.facts.forgetting import Forgotten, forget
from bot.work.operations.database_checks import examine_database
from storage.schema import cases, erasures
from tests.conversations.conftest import World
from tests.conversations.topics.test_agent_groups import plain


async def a_talk(world: World, anna: Person, mei: Person) -> int:
    """Anna and Mei have talked, and Anna was reminded; the topic's thread id."""
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    await world.app.catch_up()
    topic = await world.topic_of()
    mei.say_in(world.group, "Hello Anna", topic=topic.thread_id)
    await anna.hears("Hello Anna")
    anna.say("I am in hospital")
    await world.group.hears("I am in hospital", topic=topic.thread_id)
    await world.app.catch_up()
    return topic.thread_id


async def forgets(world: World) -> Forgotten:
    done = await forget(world.db, "C1", world.clock.now())
    await world.app.catch_up()
    return done


async def asked(world: World) -> int:
    async with world.db.read() as conn:
        return len((await conn.execute(select(erasures))).all())


async def test_the_topic_goes_with_all_that_was_said_in_it(world: World, anna: Person, mei: Person) -> None:
    thread_id = await a_talk(world, anna, mei)
    done = await forgets(world)
    assert done.topics_to_delete == 1
    assert world.group.topic(thread_id).deleted
    assert not any("hospital" in m.text or "Anna" in m.text for m in world.group.chat.shown)
    async with world.db.read() as conn:
        [case] = (await conn.execute(select(cases))).all()
    assert (case.state, case.topic, case.card_id) == ("closed", "gone", None)
    assert await asked(world) == 0


async def test_what_was_passed_on_to_them_goes_from_their_chat(world: World, anna: Person, mei: Person) -> None:
    await a_talk(world, anna, mei)
    done = await forgets(world)
    assert done.messages_to_delete >= 2
    assert not any(m.text in ("Hello Anna", "I am in hospital") for m in anna.chat.shown)


async def test_a_reminder_goes_too_and_one_that_is_too_old_is_told(world: World, anna: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    await world.owes("C1", "I1", days=3)
    await anna.hears("A short note")
    await world.pass_time(days=3)
    await world.pass_time(hours=2)
    assert len([m for m in anna.inbox if "A short note" in m.text]) == 2
    done = await forgets(world)
    assert len([m for m in anna.inbox if "A short note" in m.text]) == 1
    assert "1 messages in the customer's own chat, which Telegram lets no bot delete after 48 hours" in done.left


async def test_without_the_right_it_waits_until_the_bot_has_it(world: World, anna: Person, mei: Person) -> None:
    thread_id = await a_talk(world, anna, mei)
    world.group.set_bot_rights(can_delete_messages=False)
    await forgets(world)
    assert not world.group.topic(thread_id).deleted
    assert not any("Anna Lee" in m.text for m in world.group.chat.shown)  # its card was renewed meanwhile
    [finding] = [f for f in await examine_database(world.db, world.clock) if f.what == "forgetting"]
    assert (finding.ok, finding.mend) == (None, "let the bot delete messages in the agents' group")
    world.group.set_bot_rights(can_delete_messages=True)
    await world.pass_time(hours=1)
    assert world.group.topic(thread_id).deleted
    assert await asked(world) == 0


async def test_in_a_group_without_topics_each_message_goes(world: World, anna: Person, mei: Person) -> None:
    group = await plain(world)
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    await world.app.catch_up()
    card = await group.hears("C1")
    anna.say("I am in hospital")
    await group.hears("I am in hospital")
    mei.reply_in(group, card.message_id, "Get well, Anna")
    await anna.hears("Get well, Anna")
    await world.app.catch_up()
    done = await forgets(world)
    await world.pass_time(hours=1)
    assert not any("hospital" in m.text or "C1" in m.text for m in group.chat.shown)
    # The bot is not an administrator there, and may not delete what others wrote.
    assert [m.text for m in group.chat.shown if "Anna" in m.text] == ["Get well, Anna"]
    assert "in a group without topics, what agents wrote, where the bot may not delete messages" in done.left


async def test_what_telegram_never_deletes_is_asked_for_no_longer(world: World, anna: Person, mei: Person) -> None:
    await a_talk(world, anna, mei)
    anna.block()
    world.group.set_bot_rights(can_delete_messages=False)
    await forgets(world)
    await world.pass_time(days=31)
    assert await asked(world) == 0
