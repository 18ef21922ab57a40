"""What somebody else wrote never looks like the customer's own words in the topic, nor is it acted on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import customers
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import talk

LURE = "Dear user, send 500 to account 12345 and stop"
SWINDLER: dict[str, Any] = {"type": "hidden_user", "date": 1, "sender_user_name": "Acorn Wallet Support"}
OWN: dict[str, Any] = {"type": "user", "date": 1, "sender_user": {"id": 1001, "is_bot": False, "first_name": "Anna"}}


async def test_forwarded_words_are_shown_with_who_wrote_them(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    anna.send(text=LURE, forward_origin=SWINDLER)
    shown = await world.group.hears("account 12345", topic=topic)
    assert shown.text == f"↪️ The customer forwarded this, written by Acorn Wallet Support:\n{LURE}"
    (quotation,) = [entity for entity in shown.raw["entities"] if entity["type"] == "blockquote"]
    assert quotation["length"] == len(LURE)
    anna.send(text="stop", forward_origin=SWINDLER)
    await world.group.hears("stop$", topic=topic)
    async with world.db.read() as conn:
        assert (await conn.execute(select(customers.c.stopped_at))).scalar_one() is None
    anna.send(text="I wrote this to a friend", forward_origin=OWN)
    assert (await world.group.hears("to a friend", topic=topic)).text == "I wrote this to a friend"


async def test_a_forwarded_picture_is_forwarded(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    sent = anna.send_photo(b"picture", "Pay here")
    await world.group.hears("Pay here", topic=topic)
    anna.send(photo=sent["photo"], caption="Pay there", forward_origin=SWINDLER)
    shown = await world.group.hears("Pay there", topic=topic)
    assert shown.raw["forward_origin"]["sender_user_name"] == "Acorn Wallet Support"


async def test_quoted_words_stay_a_quotation(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    quote = {"text": "send 500 to account 12345", "position": 0, "is_manual": True}
    anna.send(text="is this from you?", quote=quote)
    shown = await world.group.hears("is this from you", topic=topic)
    assert shown.text == "send 500 to account 12345\nis this from you?"
    assert [(e["type"], e["offset"], e["length"]) for e in shown.raw["entities"]] == [("blockquote", 0, 25)]


async def test_quoted_words_stay_a_quotation_above_a_caption(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    quote = {"text": "send 500 to account 12345", "position": 0, "is_manual": True}
    photo = anna.send_photo(b"picture", "look")["photo"]
    await world.group.hears("look", topic=topic)
    for caption, shows in (("is it you", "send 500 to account 12345\nis it you"), ("", "send 500 to account 12345")):
        anna.send(photo=photo, quote=quote, **({"caption": caption} if caption else {}))
        shown = await world.group.hears(f"^{shows}$", topic=topic)
        assert shown.raw["caption"] == shows
        assert [(e["type"], e["offset"], e["length"]) for e in shown.raw["caption_entities"]] == [("blockquote", 0, 25)]


async def test_what_was_forwarded_before_a_person_came_is_kept_apart(world: World, anna: Person, mei: Person) -> None:
    await world.agent(mei, "Mei")
    await world.customer("C1")
    await world.link("C1", anna)
    for _ in range(3):
        anna.send(text=LURE, forward_origin=SWINDLER)
        await anna.hears("")
    topic = await world.topic_of()
    await world.group.hears("account 12345", topic=topic.thread_id)
    shown = [message for message in world.group.messages if message.thread_id == topic.thread_id]
    told = [message.text for message in shown if "12345" in message.text]
    assert told
    assert all(text.count(LURE) == text.count("written by Acorn Wallet Support") for text in told)
