"""Notes are never sent: whatever an agent does with one, the customer gets nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.rules.cases.case_events import Note
from bot.sandbox import Person
from storage.schema import case_events
from tests.conversations.conftest import World
from tests.conversations.topics.test_in_doubt import tries_again
from tests.conversations.topics.test_talk import events, talk

WAYS = (
    "/note SECRET",
    "/Note SECRET",
    "/ note SECRET",
    "／note SECRET",
    "/note\nSECRET",
    "  /note SECRET",
    "\u200b/note SECRET",
    "、note SECRET",
    "/note@duebot_demo_bot SECRET",
    "/note@another_bot SECRET",
    "/备注 SECRET",
    "/nte SECRET",
    "/note: SECRET",
    "\\note SECRET",
    "!note SECRET",
    "Hello Anna\n/note SECRET",
    "Hello Anna /note SECRET",
)


async def phone(world: World, person: Person) -> list[tuple[int, str]]:
    """All that a person's phone shows, once all is done."""
    await world.app.catch_up()
    return [(m.message_id, m.text) for m in person.messages]


async def test_a_note_stays_inside_however_it_is_written(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    before = await phone(world, anna)
    elsewhere = {"type": "hidden_user", "date": 0, "sender_user_name": "B"}
    for way in WAYS:
        mei.say_in(world.group, way, topic=topic)
        mei.send_photo_in(world.group, b"x", way, topic=topic)
        mei.send_document_in(world.group, b"x", "SECRET.pdf", way, topic=topic)
        mei.send_in(world.group, topic, text=way, forward_origin=elsewhere)
        mei.send_in(world.group, topic, text=way)  # from a program that marks no commands
        assert await phone(world, anna) == before, way


async def test_notes_are_kept_in_the_history(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/note\nsounds worried", topic=topic)
    mei.send_photo_in(world.group, b"x", "／note the receipt", topic=topic)
    mei.send_photo_in(world.group, b"x", "/note", topic=topic)
    await world.app.catch_up()
    kept = await events(world, "note")
    assert kept == [Note("sounds worried"), Note("the receipt"), Note("(a picture or file in the topic)")]


async def test_a_note_is_not_acknowledged(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    before = len(world.group.messages)
    mei.say_in(world.group, "/note sounds worried", topic=topic)
    await world.app.catch_up()
    assert len(world.group.messages) == before + 1


@pytest.mark.parametrize("noted", [0, 1, 2])
async def test_an_album_with_a_note_in_any_part_stays_inside(
    world: World, anna: Person, mei: Person, noted: int
) -> None:
    topic = await talk(world, anna, mei)
    before = await phone(world, anna)
    parts = [("photo", b"x", "/note SECRET" if n == noted else "") for n in range(3)]
    mei.send_album_in(world.group, *parts, topic=topic)
    assert await phone(world, anna) == before
    assert await events(world, "note") == [Note("SECRET")]


async def test_a_message_made_a_note_before_it_left_stays_inside(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    before = await phone(world, anna)
    world.telegram.faults.next("sendMessage", status=500, chat_id=anna.user_id)
    mei.say_in(world.group, "first words", topic=topic)
    second = mei.say_in(world.group, "SECRET", topic=topic)
    while world.telegram.faults.pending or world.telegram.updates.pending:
        await world.telegram.updates.bell.wait(0.1)
    mei.edit_in(world.group, second["message_id"], "/note SECRET")
    await world.app.catch_up()
    await tries_again(world)
    await anna.hears("first words")
    assert "SECRET" not in str(await phone(world, anna))
    assert len(await phone(world, anna)) == len(before) + 1


async def test_a_message_made_a_note_afterwards_is_said_to_have_gone(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    said = mei.say_in(world.group, "You can pay on Friday", topic=topic)
    await anna.hears("on Friday")
    before = await phone(world, anna)
    mei.edit_in(world.group, said["message_id"], "/note SECRET")
    await world.group.hears("had this message before", topic=topic)
    assert await phone(world, anna) == before


async def test_a_note_made_words_afterwards_is_not_sent_silently(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    note = mei.say_in(world.group, "/note SECRET", topic=topic)
    before = await phone(world, anna)
    mei.edit_in(world.group, note["message_id"], "SECRET")
    await world.group.hears("never got this message", topic=topic)
    assert await phone(world, anna) == before


async def test_an_answer_to_a_note_stays_inside(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    note = mei.say_in(world.group, "/note SECRET", topic=topic)
    before = await phone(world, anna)
    mei.reply_in(world.group, note["message_id"], "SECRET indeed")
    await world.group.hears("answers a note", topic=topic)
    assert await phone(world, anna) == before


async def test_another_agents_words_and_notes_stay_inside(world: World, anna: Person, mei: Person, bob: Person) -> None:
    topic = await talk(world, anna, mei)
    before = await phone(world, anna)
    note = bob.say_in(world.group, "/note SECRET", topic=topic)
    bob.say_in(world.group, "SECRET", topic=topic)
    await world.group.hears("Mei has this case", topic=topic)
    bob.send_album_in(world.group, ("photo", b"x", "SECRET"), ("photo", b"y", ""), topic=topic)
    bob.edit_in(world.group, note["message_id"], "SECRET")
    assert await phone(world, anna) == before


async def test_who_stays_anonymous_is_told_that_nothing_was_done(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    before = await phone(world, anna)
    for text in ("SECRET", "/note SECRET", "/take", "/done paid", "/say greeting"):
        mei.say_in(world.group, text, topic=topic, anonymously=True)
        await world.group.hears("group’s name", topic=topic)
        assert await phone(world, anna) == before, text


async def test_what_is_no_agents_goes_nowhere(world: World, anna: Person, mei: Person, stranger: Person) -> None:
    topic = await talk(world, anna, mei)
    before = await phone(world, anna)
    other_bot: dict[str, Any] = {"from": {"id": 77, "is_bot": True, "first_name": "Other"}}
    mei.send_in(world.group, topic, text="SECRET", **other_bot)
    mei.send_in(world.group, topic, pinned_message={**anna.messages[0].raw, "text": "SECRET"})
    mei.send_in(world.group, topic, forum_topic_edited={"name": "SECRET"})
    mei.say_in(world.group, "SECRET")
    mei.say_in(world.group, "/note SECRET")
    stranger.say_in(world.group, "SECRET", topic=topic)
    mei.reply_in(world.group, mei.say_in(world.group, "lunch?")["message_id"], "SECRET")
    world.group.rename_topic(topic, "SECRET", mei.user)
    assert await phone(world, anna) == before


async def test_words_in_a_topic_of_the_agents_own_go_nowhere(world: World, anna: Person, mei: Person) -> None:
    await talk(world, anna, mei)
    own = world.group.create_topic("Lunch", mei.user).thread_id
    before = await phone(world, anna)
    mei.say_in(world.group, "SECRET", topic=own)
    mei.say_in(world.group, "/note SECRET", topic=own)
    await world.group.hears("topic of a case", topic=own)
    assert await phone(world, anna) == before


async def test_a_note_in_a_closed_case_goes_nowhere(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/done other", topic=topic)
    await anna.hears("ended")
    before = await phone(world, anna)
    world.group.reopen_topic(topic)
    for text in ("/note SECRET", "SECRET", "、note SECRET"):
        mei.say_in(world.group, text, topic=topic)
    assert await phone(world, anna) == before
    async with world.db.read() as conn:
        kinds = (await conn.execute(select(case_events.c.kind))).scalars().all()
    assert "note" not in kinds
