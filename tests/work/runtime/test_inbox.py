"""Updates are stored unread, in any form; none of them stops another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.clock import ManualClock
from bot.work.runtime.inbox_turns import Inbox
from bot.work.runtime.intake import Unreadable, lane_of, polled, write_down
from storage.runtime.deferred_writes import Afterwards
from storage.runtime.engine import Connection, Database
from storage.schema import known_groups, updates

SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["update_id", "message", "edited_message", "callback_query", "chat", "from", "id", "text"])
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def words(number: object, user: int = 5, **more: object) -> dict[str, Any]:
    person = {"id": user, "is_bot": False, "first_name": "A"}
    message = {"message_id": 1, "date": 1, "chat": {"id": user, "type": "private"}, "from": person, "text": "hi"}
    return {"update_id": number, "message": message | more}


async def rows(db: Database) -> list[Any]:
    async with db.read() as conn:
        return list((await conn.execute(select(updates).order_by(updates.c.update_id))).all())


async def nobody(_body: str) -> None:
    return None


@given(shape=SHAPES)
def test_any_shape_has_a_lane_and_can_be_written_down(shape: Any) -> None:
    assert isinstance(lane_of(shape), str)
    received = polled(shape)
    assert -(2**63) <= received.update_id < 2**63
    assert received.body.isascii()
    if received.update_id >= 0 and not received.error:
        assert json.dumps(json.loads(received.body)) == received.body


@pytest.mark.parametrize("number", [None, "7", 1.5, True, -1, 2**63, 10**400, [], {}])
def test_what_has_no_number_of_an_update_is_put_aside_as_it_comes(number: object) -> None:
    received = polled(words(number))
    assert received.update_id < 0
    assert received.error == "NoUpdateId"
    assert not received.body
    assert polled(words(number)).update_id == received.update_id


def test_what_is_too_large_is_put_aside_with_its_number() -> None:
    received = polled(words(7, text="x" * (1 << 20)))
    assert (received.update_id, received.lane, received.body, received.error) == (7, "5", "", "TooLarge")


async def test_halves_of_letters_and_nul_are_written_down_and_read_as_they_came(
    db: Database, clock: ManualClock
) -> None:
    update = words(7, text="a \ud83d b \x00 c 😀 你")
    await write_down(db, [polled(update)], clock)
    assert [json.loads(row.body) for row in await rows(db)] == [update]


async def test_a_batch_of_odd_ones_keeps_no_good_one_back(db: Database, clock: ManualClock) -> None:
    odd = [words(None), words("x"), "text", None, [], {"update_id": 8, "message": 5}, words(2**70)]
    handled = []

    async def handle(body: str) -> None:
        handled.append(json.loads(body)["update_id"])

    inbox = Inbox(db, clock, handle, nobody)
    await write_down(db, [polled(update) for update in (*odd, words(9), *odd, words(9))], clock)
    await inbox.settle()
    assert sorted(handled) == [8, 9]
    assert {row.state for row in await rows(db) if row.update_id < 0} == {"failed"}


async def test_what_comes_while_nobody_waits_begins_as_it_is_stored_and_each_only_once(
    db: Database, clock: ManualClock
) -> None:
    begun, three, may_end, handled = [], asyncio.Event(), asyncio.Event(), []

    async def handle(body: str) -> None:
        number = json.loads(body)["update_id"]
        begun.append(number)
        stored = {row.update_id: row for row in await rows(db)}
        assert (stored[number].attempts, stored[number].state) == (1, "waiting")
        assert stored[number].begun_at == clock.now()
        if len(begun) == 3:
            three.set()
        await may_end.wait()
        handled.append(number)

    inbox = Inbox(db, clock, handle, nobody)
    await inbox.serve()  # nobody waits
    await inbox.take_in([polled(words(1, user=5)), polled(words(2, user=6)), polled(words(3, user=5))])
    await inbox.take_in([polled(words(2, user=6)), polled(words(4, user=6)), polled(words(5, user=7))])
    await three.wait()
    assert begun == [1, 2, 5]  # 3 and 4 wait for their own person's
    may_end.set()
    await inbox.settle()
    await inbox.take_in([polled(words(1, user=5)), polled(words(6, user=5))])
    await inbox.settle()
    assert sorted(handled) == [1, 2, 3, 4, 5, 6]
    assert handled.index(1) < handled.index(3) < handled.index(6)
    assert handled.index(2) < handled.index(4)
    assert {(row.state, row.body) for row in await rows(db)} == {("done", "")}


async def test_what_began_as_it_was_stored_is_tried_once_more_after_the_process_was_killed(
    db: Database, clock: ManualClock
) -> None:
    begun, handled = asyncio.Event(), []

    async def hang(_body: str) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def handle(body: str) -> None:
        handled.append(json.loads(body)["update_id"])

    killed = Inbox(db, clock, hang, nobody)
    await killed.serve()
    await killed.take_in([polled(words(1))])
    await begun.wait()
    after = Inbox(db, clock, handle, nobody)
    await after.take_in([polled(words(1)), polled(words(2, user=6))])
    await after.settle()
    assert sorted(handled) == [1, 2]
    await killed.stop(0)


async def test_what_cannot_be_read_is_put_aside_at_once_and_its_words_are_gone(
    db: Database, clock: ManualClock
) -> None:
    tries = []

    async def handle(body: str) -> None:
        tries.append(body)
        raise Unreadable("KeyError")

    async def fail_to_say_sorry(_body: str) -> None:
        raise RuntimeError

    await write_down(db, [polled(words(7))], clock)
    await Inbox(db, clock, handle, fail_to_say_sorry).settle()
    (row,) = await rows(db)
    assert (row.state, row.error, row.body, len(tries)) == ("failed", "KeyError", "", 1)


async def test_what_an_update_left_is_written_with_its_mark_and_one_fault_keeps_nothing_else_back(
    db: Database, clock: ManualClock
) -> None:
    written: list[int] = []

    async def note(conn: Connection, numbers: Sequence[int]) -> None:
        await conn.execute(
            known_groups.insert(), [{"chat_id": n, "title": "", "seen_at": clock.now()} for n in numbers]
        )
        written.extend(numbers)

    async def handle(body: str) -> list[Afterwards]:
        number = json.loads(body)["update_id"]
        return [Afterwards(note, number)] if number != 4 else [Afterwards(note, 1)]  # one that is there already

    inbox = Inbox(db, clock, handle, nobody)
    await write_down(db, [polled(words(1)), polled(words(2, user=6))], clock)
    await inbox.settle()
    assert sorted(written) == [1, 2]
    await write_down(db, [polled(words(3)), polled(words(4, user=6)), polled(words(5, user=7))], clock)
    await inbox.settle()
    async with db.read() as conn:
        kept = (await conn.execute(select(known_groups.c.chat_id).order_by(known_groups.c.chat_id))).scalars().all()
    assert kept == [1, 2, 3, 5]
    assert {row.state for row in await rows(db)} == {"done"}
