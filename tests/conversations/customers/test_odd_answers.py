"""The whole program with unusual answers of Telegram: what Telegram accepted is sent once, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import contacts, relays
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import said_by_bot, talk


def without(*fields: str) -> Callable[[dict[str, Any]], bytes]:
    def answer(true: dict[str, Any]) -> bytes:
        kept = {k: v for k, v in true["result"].items() if k not in fields}
        return json.dumps({"ok": True, "result": kept}).encode()

    return answer


async def test_a_reminder_with_an_odd_answer_is_sent_once(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    await world.owes("C1", "I1", 3)
    world.telegram.faults.next("sendMessage", answer=without("date", "chat"), times=99, chat_id=anna.user_id)
    await world.pass_time(hours=20)
    assert sum("1,200.00" in message.text for message in anna.inbox) == 1
    async with world.db.read() as conn:
        which = contacts.c.kind == "reminder"
        found = (await conn.execute(select(contacts.c.state, contacts.c.reference).where(which))).all()
    assert [(state, int(reference) > 0) for state, reference in found] == [("accepted", True)]


async def test_words_pass_both_ways_once_with_odd_answers_and_edits_are_said_again(
    world: World, anna: Person, mei: Person
) -> None:
    topic = await talk(world, anna, mei)
    world.telegram.faults.next("sendMessage", answer=without("message_id", "date", "chat"), times=99)
    said = anna.say("I paid on Fryday")
    await world.app.catch_up()
    mei.say_in(world.group, "thank you", topic=topic)
    await world.app.catch_up()
    assert [m.text for m in said_by_bot(world.group, topic)].count("I paid on Fryday") == 1
    assert [m.text for m in anna.inbox].count("thank you") == 1
    anna.edit(said["message_id"], "I paid on Friday")
    await world.app.catch_up()
    assert [m.text.splitlines()[-1] for m in said_by_bot(world.group, topic) if m.text].count("I paid on Friday") == 1
    async with world.db.read() as conn:
        states = (await conn.execute(select(relays.c.state).where(relays.c.kind != "line"))).scalars().all()
    assert set(states) == {"accepted"}


async def test_a_page_in_place_of_an_answer_drops_no_answer_to_the_customer(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    world.telegram.faults.next("sendMessage", answer=lambda _: b"<html></html>", chat_id=anna.user_id)
    anna.say("/balance")
    await anna.hears("500.00")
    await anna.hears("500.00")
