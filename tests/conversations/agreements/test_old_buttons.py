"""If a chat is linked to another customer by now, the buttons of its old messages do nothing for the new customer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from bot.views.customers.button_owners import mark_of
from bot.work.agreements.disputes import key_of
from bot.work.customers.linking import issue_payload
from storage.schema import cases, holds
from tests.conversations.conftest import World

TOAST = "That button was for the account linked here before"


async def two_customers(world: World, person: Person) -> None:
    """Two customers who owe the same; the chat speaks for C1."""
    for customer_id in ("C1", "C2"):
        await world.customer(customer_id, phone="+886912345678")
        await world.owes(customer_id, f"I-{customer_id}", days=2)
    await world.link("C1", person)


async def moves(world: World, person: Person) -> None:
    """From now on the chat speaks for C2, and still has the messages for C1."""
    person.say(f"/start {await issue_payload(world.db, 'C2', world.clock.now())}")
    await person.hears("for a different account")
    person.press("Yes")
    await person.hears("now linked")


async def holds_of(world: World, customer_id: str) -> list[str]:
    async with world.db.read() as conn:
        query = select(holds.c.kind).where(holds.c.customer_id == customer_id, holds.c.ended_at.is_(None))
        return list((await conn.execute(query)).scalars())


async def cases_of(world: World, customer_id: str) -> int:
    async with world.db.read() as conn:
        return len((await conn.execute(select(cases.c.case_id).where(cases.c.customer_id == customer_id))).all())


@pytest.mark.parametrize(
    ("asked", "card", "acts"),
    [
        ("/promise", "Which day works for you", "promise:20"),
        ("/dispute", "Which one isn’t right", "dispute:"),
        ("call", "When may we call you", "call:20"),
    ],
)
async def test_what_was_offered_to_another_customer_shows_how_things_are_today(
    world: World, anna: Person, asked: str, card: str, acts: str
) -> None:
    await two_customers(world, anna)
    anna.say(asked) if asked.startswith("/") else anna.press_data(asked)
    old = await anna.hears(card)
    (action, *_) = [b["callback_data"] for row in old.rows for b in row if acts in str(b)]
    await moves(world, anna)
    anna.press_data(action, old)
    await anna.hears_answer(TOAST)
    await anna.hears(card)
    assert (await holds_of(world, "C2"), await cases_of(world, "C2")) == ([], 0)
    anna.press_data(action.replace(mark_of("C1"), mark_of("C2")).replace(key_of("I-C1"), key_of("I-C2")))
    await anna.hears("Thank you")
    assert await holds_of(world, "C2") or await cases_of(world, "C2")
    assert await holds_of(world, "C1") == []


@pytest.mark.parametrize("action", ["promise:cancel", "call:no"])
async def test_nothing_is_taken_back_by_a_button_of_before(world: World, anna: Person, action: str) -> None:
    await two_customers(world, anna)
    await moves(world, anna)
    anna.press_data("promise")
    day = await anna.hears("Which day")
    anna.press_button(anna, day.rows[0][0], day)
    await anna.hears("You’ll pay")
    anna.press_data(f"{action}:{mark_of('C1')}")
    await anna.hears_answer(TOAST)
    assert await holds_of(world, "C2") == ["promise"]


async def test_a_button_of_an_earlier_release_acts_where_nobody_else_was(world: World, anna: Person) -> None:
    await two_customers(world, anna)
    released = f"promise:{world.in_days(3)}"
    anna.press_data(released)
    await anna.hears("You’ll pay")
    await moves(world, anna)
    anna.press_data(released)
    await anna.hears_answer(TOAST)
    assert await holds_of(world, "C2") == []


async def test_their_own_buttons_act_after_the_move_and_after_the_way_back(world: World, anna: Person) -> None:
    await two_customers(world, anna)
    anna.say("/promise")
    old = await anna.hears("Which day")
    await moves(world, anna)
    anna.say("/promise")
    new = await anna.hears("Which day")
    anna.press_button(anna, new.rows[0][0], new)
    await anna.hears("You’ll pay")
    assert await holds_of(world, "C2") == ["promise"]
    anna.say(f"/start {await issue_payload(world.db, 'C1', world.clock.now())}")
    await anna.hears("for a different account")
    anna.press("Yes")
    await anna.hears("now linked")
    anna.press_button(anna, old.rows[0][0], old)
    await anna.hears("You’ll pay")
    assert await holds_of(world, "C1") == ["promise"]


async def test_a_stranger_is_told_how_to_link(world: World, stranger: Person) -> None:
    stranger.say("/start")
    await stranger.hears("share")
    stranger.press_data(f"promise:cancel:{mark_of('C1')}")
    await stranger.hears("share")
