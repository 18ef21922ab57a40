"""An update that the library cannot read harms nobody but itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import updates
from tests.conversations.conftest import World

Raw = dict[str, Any]


def _poll(message: Raw) -> None:
    message["poll"] = {"id": "1", "options": []}


def _chat_without_a_type(message: Raw) -> None:
    del message["chat"]["type"]


def _far_date(message: Raw) -> None:
    message["date"] = 2**40 + 1


def _nested(message: Raw) -> None:
    message["reply_to_message"] = {"text": "what is this an answer to?"}


def _wrong_types(message: Raw) -> None:
    message |= {"entities": 7, "photo": "none", "from": {"id": message["from"]["id"]}}


SPOILT: list[Callable[[Raw], None]] = [_poll, _chat_without_a_type, _far_date, _nested, _wrong_types]


async def failed(world: World) -> list[str]:
    async with world.db.read() as conn:
        rows = await conn.execute(select(updates.c.error).where(updates.c.state == "failed"))
        return list(rows.scalars())


@pytest.mark.parametrize("spoil", SPOILT)
async def test_who_sent_it_is_told_and_everybody_else_goes_on(
    world: World, anna: Person, ming: Person, spoil: Callable[[Raw], None], capsys: pytest.CaptureFixture[str]
) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("my secret words")
    spoil(world.telegram.updates.pending[-1]["message"])
    ming.say("hello")
    assert "something went wrong" in (await anna.hears("sorry|Sorry")).text
    await ming.hears("")
    assert len(await failed(world)) == 1
    printed = capsys.readouterr()
    assert "secret" not in printed.out + printed.err


async def test_half_a_letter_and_nul_are_heard_like_any_words(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    anna.say("/agent")
    await anna.hears("")
    topic = (await world.topic_of("C1")).thread_id
    anna.say("half")
    world.telegram.updates.pending[-1]["message"]["text"] = "half \ud83d and \x00 nul"
    await world.group.hears("half \ufffd and \ufffd nul", topic=topic)
    assert not await failed(world)


async def test_what_has_no_number_is_passed_over_and_its_neighbours_are_heard(
    world: World, anna: Person, ming: Person
) -> None:
    anna.say("lost")
    world.telegram.updates.pending[-1]["update_id"] = 2**70
    ming.say("hello")
    await ming.hears("")
    assert await failed(world) == ["NoUpdateId"]
