"""Everybody has a share of the inbox: one person's flood delays nobody else, and no message for an agent is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.clock import ManualClock
from bot.rules.runtime.inbox_shares import (
    MOST_FOR_A_PERSON,
    MOST_OF_STRANGERS,
    MOST_WAITING,
    STRANGER_PER_MINUTE,
)
from bot.work.runtime.inbox_turns import Inbox
from bot.work.runtime.intake import polled, write_down
from bot.work.runtime.joined_messages import joined
from storage.cases import cases_opening
from storage.cases.agents import Agent, add_agent
from storage.customers.telegram_chats import note_client_language
from storage.customers.telegram_links import start_link
from storage.runtime.engine import Database
from storage.runtime.updates import count_waiting
from storage.schema import chats, customers, floods, updates

pytestmark = pytest.mark.postgresql_one_in(2)

ANNA, STRANGER = 1001, 4001


async def customer(db: Database, clock: ManualClock, *, with_case: bool = False) -> None:
    async with db.write() as conn:
        await conn.execute(customers.insert().values(customer_id="C1", name="Anna", zone="UTC", facts_at=clock.now()))
        await start_link(conn, "C1", ANNA, "payload", clock.now())
        if with_case:
            await cases_opening.open_asked(conn, "C1", clock.now().date(), clock.now())


def says(number: int, user: int, text: str, **more: object) -> Any:
    person = {"id": user, "is_bot": False, "first_name": "A"}
    message = {"message_id": number, "date": 1, "chat": {"id": user, "type": "private"}, "from": person, "text": text}
    return polled({"update_id": number, "message": message | more})


async def kept(db: Database) -> Counter[str]:
    async with db.read() as conn:
        rows = await conn.execute(select(updates.c.lane, func.count()).group_by(updates.c.lane))
        return Counter(dict(iter(rows)))


async def dropped(db: Database) -> dict[str, int]:
    async with db.read() as conn:
        return {row.lane: row.dropped for row in await conn.execute(select(floods))}


def inbox(db: Database, clock: ManualClock, handled: list[Any], told: list[str]) -> Inbox:
    async def handle(body: str) -> None:
        handled.append(json.loads(body))

    async def nobody(_body: str) -> None:
        return None

    async def tell(lane: str) -> None:
        told.append(lane)

    return Inbox(db, clock, handle, nobody, tell)


async def test_a_strangers_flood_leaves_a_few_rows_one_count_and_one_answer(db: Database, clock: ManualClock) -> None:
    told: list[str] = []
    served = inbox(db, clock, [], told)
    for first in range(0, 2000, 100):
        await write_down(db, [says(number, STRANGER, "/help") for number in range(first, first + 100)], clock)
        await served.settle()
    assert await kept(db) == {str(STRANGER): STRANGER_PER_MINUTE}
    assert await dropped(db) == {str(STRANGER): 2000 - STRANGER_PER_MINUTE}
    assert told == [str(STRANGER)]


async def test_a_minute_later_they_are_heard_again_and_an_hour_later_told_again(
    db: Database, clock: ManualClock
) -> None:
    told: list[str] = []
    handled: list[Any] = []
    served = inbox(db, clock, handled, told)
    number = 0
    for wait in (timedelta(), timedelta(seconds=61), timedelta(minutes=60)):
        clock.move(wait)
        await write_down(db, [says(number := number + 1, STRANGER, "/help") for _ in range(20)], clock)
        await served.settle()
    assert len(handled) == 3 * STRANGER_PER_MINUTE
    assert told == [str(STRANGER)] * 2


async def test_who_opens_their_link_gets_in_although_they_played_with_the_buttons(
    db: Database, clock: ManualClock
) -> None:
    handled: list[Any] = []
    batch = [says(number, STRANGER, "/help") for number in range(15)]
    await write_down(db, [*batch, says(21, STRANGER, "/start abc")], clock)
    await inbox(db, clock, handled, []).settle()
    assert handled[-1]["message"]["text"] == "/start abc"


async def test_all_strangers_together_have_a_bound(db: Database, clock: ManualClock) -> None:
    for first in range(0, MOST_OF_STRANGERS + 200, 100):
        await write_down(db, [says(n, 10_000 + n, "hi") for n in range(first, first + 100)], clock)
    assert (await kept(db)).total() == MOST_OF_STRANGERS


async def test_a_customers_presses_beyond_their_share_are_counted(db: Database, clock: ManualClock) -> None:
    await customer(db, clock)
    await write_down(db, [says(number, ANNA, "/balance") for number in range(90)], clock)
    assert await kept(db) == {str(ANNA): MOST_WAITING["known"]}
    assert await dropped(db) == {str(ANNA): 90 - MOST_WAITING["known"]}


async def test_no_word_of_a_customer_with_an_open_case_is_lost(db: Database, clock: ManualClock) -> None:
    await customer(db, clock, with_case=True)
    handled: list[Any] = []
    for first in range(0, 1000, 100):
        for _ in range(2):  # Telegram brings them again: another process had them, and died before it said so
            await write_down(db, [says(n, ANNA, f"word {n}") for n in range(first, first + 100)], clock)
    async with db.read() as conn:
        assert await count_waiting(conn) < MOST_WAITING["known"] + 10
    await inbox(db, clock, handled, []).settle()
    said = "\n".join(update["message"]["text"] for update in handled).split("\n")
    assert said == [f"word {n}" for n in range(1000)]
    assert not await dropped(db)


async def test_what_is_being_handled_is_not_written_on(db: Database, clock: ManualClock) -> None:
    await customer(db, clock, with_case=True)
    said: list[str] = []

    async def handle(body: str) -> None:
        text = json.loads(body)["message"]["text"]
        if not said:
            await write_down(db, [says(n, ANNA, f"later {n}") for n in range(100, 103)], clock)
        said.extend(text.split("\n"))

    async def nobody(_body: str) -> None:
        return None

    await write_down(db, [says(n, ANNA, f"word {n}") for n in range(60)], clock)
    await Inbox(db, clock, handle, nobody).settle()
    assert said == [*(f"word {n}" for n in range(60)), *(f"later {n}" for n in range(100, 103))]


@pytest.mark.postgresql_one_in(1)  # no other test runs its statements
async def test_agents_words_in_a_topic_are_all_kept(db: Database, clock: ManualClock) -> None:
    async with db.write() as conn:
        await add_agent(conn, Agent(3001, "Mei", ("en",), "agent"), clock.now())
    group = {"id": -100, "type": "supergroup", "is_forum": True}
    here = {"chat": group, "is_topic_message": True, "message_thread_id": 7}
    for first in range(0, 400, 100):
        await write_down(db, [says(n, 3001, f"word {n}", **here) for n in range(first, first + 100)], clock)
    assert await kept(db) == {"-100:topic:7": 400}


async def test_a_customers_stickers_have_a_bound_although_a_person_is_there(db: Database, clock: ManualClock) -> None:
    await customer(db, clock, with_case=True)
    here = {"chat": {"id": ANNA, "type": "private"}, "from": {"id": ANNA}, "sticker": {"file_id": "a"}}
    for first in range(0, MOST_FOR_A_PERSON + 300, 100):
        numbers = range(first, first + 100)
        sent = [polled({"update_id": n, "message": {"message_id": n, "date": 1, **here}}) for n in numbers]
        await write_down(db, sent, clock)
    assert await kept(db) == {str(ANNA): MOST_FOR_A_PERSON}
    assert await dropped(db) == {str(ANNA): 300}


async def test_a_customer_in_a_group_has_a_strangers_share(db: Database, clock: ManualClock) -> None:
    await customer(db, clock, with_case=True)
    group = {"id": -100, "type": "supergroup", "title": "theirs"}
    for first in range(0, 1000, 100):
        await write_down(db, [says(n, ANNA, f"word {n}", chat=group) for n in range(first, first + 100)], clock)
    assert await kept(db) == {f"-100:{ANNA}": MOST_WAITING["stranger"]}


async def test_who_adds_the_bot_and_removes_it_again_and_again_takes_nobodys_room(
    db: Database, clock: ManualClock
) -> None:
    def added(number: int, user: int) -> Any:
        chat = {"id": -100 - number % 7, "type": "group", "title": "g"}
        return polled({"update_id": number, "my_chat_member": {"chat": chat, "from": {"id": user}, "date": 1}})

    for first in range(0, 3000, 100):
        await write_down(db, [added(n, STRANGER) for n in range(first, first + 100)], clock)
    await write_down(db, [added(5000, STRANGER + 1), says(5001, STRANGER + 2, "hi")], clock)
    assert await kept(db) == {
        str(STRANGER): 2 * MOST_WAITING["stranger"],
        str(STRANGER + 1): 1,
        str(STRANGER + 2): 1,
    }


async def test_who_writes_once_does_not_wait_for_who_wrote_first_and_often(db: Database, clock: ManualClock) -> None:
    await customer(db, clock)
    handled: list[Any] = []
    for user in range(5000, 5200):
        await write_down(db, [says(user * 10 + n, user, "hi") for n in range(5)], clock)
    await write_down(db, [says(99_999, ANNA, "/balance")], clock)
    served = inbox(db, clock, handled, [])
    await served.serve()
    await asyncio.sleep(0)  # each lane begins
    await served.stop(5)
    assert 99_999 in {update["update_id"] for update in handled}
    assert len(handled) < 100


async def test_what_strangers_left_is_gone_after_a_while_and_what_customers_have_is_not(
    db: Database, clock: ManualClock
) -> None:
    await customer(db, clock)
    async with db.write() as conn:
        for user in (ANNA, STRANGER):
            await note_client_language(conn, user, "en")
    await write_down(db, [*(says(n, STRANGER, "hi") for n in range(20)), says(21, ANNA, "hi")], clock)
    served = inbox(db, clock, [], [])
    await served.settle()
    clock.move(timedelta(days=2))
    await served.clean()
    assert await kept(db) == {str(ANNA): 1}
    assert not await dropped(db)
    async with db.read() as conn:
        assert list((await conn.execute(select(chats.c.user_id))).scalars()) == [ANNA]


def test_joined_words_keep_their_entities_and_their_length() -> None:
    bold = {"type": "bold", "offset": 0, "length": 2}
    whole = joined(says(1, ANNA, "😀", entities=[bold]).body, says(2, ANNA, "hi", entities=[bold]).body)
    assert whole is not None
    message = json.loads(whole)["message"]
    assert message["text"] == "😀\nhi"
    assert message["entities"] == [bold, bold | {"offset": 3}]
    assert joined(says(1, ANNA, "x" * 4000).body, says(2, ANNA, "y" * 96).body) is None
    assert joined(says(1, ANNA, "x").body, says(2, ANNA, "/agent").body) is None


def test_the_later_of_two_edits_of_a_message_is_the_one_that_counts() -> None:
    def edited(number: int, message: int, text: str) -> str:
        about = {"message_id": message, "chat": {"id": ANNA}, "from": {"id": ANNA}, "text": text}
        return polled({"update_id": number, "edited_message": about}).body

    assert joined(edited(1, 7, "a"), edited(2, 7, "b")) == edited(2, 7, "b")
    assert joined(edited(1, 7, "a"), edited(2, 8, "b")) is None
