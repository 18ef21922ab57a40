"""Groups and topics of the local Telegram, as the real client library sees them."""

from __future__ import annotations

import pytest
from telegram import Bot, ChatMemberAdministrator, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.sandbox import Group, LocalTelegram, Person

FORUM = -1001234567890


@pytest.fixture
def mei(telegram: LocalTelegram) -> Person:
    return telegram.person(user_id=5, first_name="Mei")


@pytest.fixture
def forum(telegram: LocalTelegram, mei: Person) -> Group:
    """The agents' group, which Mei owns and where the bot is an administrator."""
    return telegram.forum(chat_id=FORUM, title="Agents", members=[mei])


async def test_a_topic_is_opened_and_written_into(bot: Bot, forum: Group) -> None:
    topic = await bot.create_forum_topic(FORUM, "Case 1")
    sent = await bot.send_message(FORUM, "Anna is 5 days past due", message_thread_id=topic.message_thread_id)
    assert (sent.is_topic_message, sent.message_thread_id) == (True, topic.message_thread_id)
    heard = await forum.hears("5 days", topic=topic.message_thread_id)
    assert heard.message_id == forum.topic("Case 1").messages[-1].message_id
    assert forum.general == []


async def test_the_bot_hears_of_its_own_topic_but_not_of_its_own_words(bot: Bot, forum: Group) -> None:
    topic = await bot.create_forum_topic(FORUM, "Case 1")
    await bot.send_message(FORUM, "hi", message_thread_id=topic.message_thread_id)
    (update,) = await bot.get_updates()
    assert update.message.forum_topic_created.name == "Case 1"


async def test_a_message_in_a_topic_looks_like_a_reply_to_its_beginning(bot: Bot, forum: Group, mei: Person) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    mei.say_in(forum, "I take this", topic=thread_id)
    message = (await bot.get_updates())[-1].message
    assert (message.is_topic_message, message.reply_to_message.message_id) == (True, thread_id)


async def test_a_reply_in_general_has_a_thread_id_that_is_no_topic(bot: Bot, forum: Group, mei: Person) -> None:
    sent = await bot.send_message(FORUM, "3 cases wait")
    mei.reply_in(forum, sent.message_id, "mine")
    message = (await bot.get_updates())[-1].message
    assert (message.message_thread_id, message.is_topic_message) == (sent.message_id, None)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(FORUM, "hi", message_thread_id=message.message_thread_id)
    assert (await message.reply_text("yours", message_thread_id=None)).is_topic_message is None


async def test_general_has_no_thread_id(bot: Bot, forum: Group) -> None:
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(FORUM, "hi", message_thread_id=1)


async def test_a_closed_topic_takes_nothing_until_it_is_reopened(bot: Bot, forum: Group, mei: Person) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    forum.close_topic(thread_id)
    assert (await bot.get_updates())[-1].message.forum_topic_closed is not None
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(FORUM, "hi", message_thread_id=thread_id)
    with pytest.raises(AssertionError, match="is closed"):
        mei.say_in(forum, "hi", topic=thread_id)
    await bot.reopen_forum_topic(FORUM, thread_id)
    await bot.send_message(FORUM, "hi", message_thread_id=thread_id)


async def test_closing_twice_changes_nothing(bot: Bot, forum: Group) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    await bot.close_forum_topic(FORUM, thread_id)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.close_forum_topic(FORUM, thread_id)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.edit_forum_topic(FORUM, thread_id, name="Case 1")
    await bot.edit_forum_topic(FORUM, thread_id, name="Case 1, paid")
    assert (forum.topics[0].name, forum.topics[0].closed) == ("Case 1, paid", True)


async def test_a_deleted_topic_is_not_found(bot: Bot, forum: Group) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    forum.delete_topic(thread_id)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(FORUM, "hi", message_thread_id=thread_id)
    with pytest.raises(BadRequest, match="Topic_deleted"):
        await bot.close_forum_topic(FORUM, thread_id)


async def test_a_topic_deleted_just_now_may_answer_otherwise(bot: Bot, forum: Group) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    forum.delete_topic(thread_id, still_cached=True)
    with pytest.raises(BadRequest, match="Topic_deleted"):
        await bot.send_message(FORUM, "hi", message_thread_id=thread_id)


async def test_the_bot_can_delete_a_topic(bot: Bot, forum: Group) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    await bot.delete_forum_topic(FORUM, thread_id)
    assert forum.topics[0].deleted
    assert forum.messages == []


async def test_without_the_right_no_topics(bot: Bot, forum: Group) -> None:
    forum.set_bot_rights(can_manage_topics=False)
    with pytest.raises(BadRequest, match="Not enough rights to create a topic"):
        await bot.create_forum_topic(FORUM, "Case 1")
    member = await bot.get_chat_member(FORUM, bot.id)
    assert isinstance(member, ChatMemberAdministrator)
    assert not member.can_manage_topics
    assert not (await bot.get_updates())[-1].my_chat_member.new_chat_member.can_manage_topics


async def test_topics_need_a_forum(bot: Bot, telegram: LocalTelegram, mei: Person) -> None:
    group = telegram.group(members=[mei])
    with pytest.raises(BadRequest, match="The chat is not a forum"):
        await bot.create_forum_topic(group.chat_id, "Case 1")


async def test_a_bot_thrown_out_is_told_and_refused(bot: Bot, forum: Group, mei: Person) -> None:
    forum.remove_bot()
    mei.say_in(forum, "nobody hears this")
    assert (await bot.get_updates())[-1].my_chat_member.new_chat_member.status == "kicked"
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(FORUM, "hi")


async def test_a_group_that_moved_names_its_new_id(bot: Bot, forum: Group) -> None:
    new = forum.migrate()
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(FORUM, "hi")
    assert moved.value.new_chat_id == new
    old, fresh = await bot.get_updates()
    assert (old.message.migrate_to_chat_id, fresh.message.migrate_from_chat_id) == (new, FORUM)
    await bot.send_message(new, "hi")


async def test_a_button_in_a_topic_is_pressed_by_a_member(bot: Bot, forum: Group, mei: Person) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Take", callback_data="take")]])
    await bot.send_message(FORUM, "Case", message_thread_id=thread_id, reply_markup=markup)
    mei.press_in(forum, "Take", topic=thread_id)
    query = (await bot.get_updates())[-1].callback_query
    assert (query.from_user.first_name, query.message.message_thread_id) == ("Mei", thread_id)


async def test_a_pin_leaves_a_service_message_in_the_topic(bot: Bot, forum: Group) -> None:
    thread_id = (await bot.create_forum_topic(FORUM, "Case 1")).message_thread_id
    sent = await bot.send_message(FORUM, "Summary", message_thread_id=thread_id)
    await sent.pin()
    assert (await bot.get_updates())[-1].message.pinned_message.text == "Summary"
    assert forum.topics[0].messages[-1].is_service
    forum.set_bot_rights(can_pin_messages=False)
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages in the chat"):
        await sent.unpin()


async def test_waiting_for_a_topic(bot: Bot, forum: Group) -> None:
    with pytest.raises(AssertionError, match="no topic like 'Anna'"):
        await forum.topic_opened("Anna", timeout=0.01)
    await bot.create_forum_topic(FORUM, "Anna · overdue")
    assert (await forum.topic_opened("Anna")).name == "Anna · overdue"


async def test_a_plain_member_bot_hears_only_what_is_meant_for_it(
    bot: Bot, telegram: LocalTelegram, mei: Person
) -> None:
    group = telegram.group(members=[mei])
    mei.say_in(group, "lunch?")
    mei.say_in(group, "/balance@duebot_demo_bot")
    assert [update.message.text for update in await bot.get_updates()] == ["/balance@duebot_demo_bot"]


async def test_who_is_in_the_group(bot: Bot, telegram: LocalTelegram, forum: Group, mei: Person) -> None:
    bob = telegram.person(6, "Bob")
    assert (await bot.get_chat_member(FORUM, bob.user_id)).status == "left"
    forum.add(bob)
    assert (await bot.get_chat_member(FORUM, bob.user_id)).status == "member"
    assert [member.status for member in await bot.get_chat_administrators(FORUM)] == ["creator", "administrator"]
    assert (await bot.get_chat(FORUM)).is_forum
