"""Reminders rest by `/hold`, what is not right is noted by `/dispute`, and the wrong person hears nothing more."""

from __future__ import annotations

from datetime import date

from bot.sandbox import Person
from tests.conversations.agreements.a_case import agreed, case_of
from tests.conversations.conftest import World


async def test_a_hold_rests_and_is_told(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/hold 14 in hospital", topic=thread)
    told = await anna.hears("Mei has paused your reminders until")
    assert "hospital" not in told.text
    await world.group.hears("No reminders until Mon, 16 Mar", topic=thread)
    assert await agreed(world) == [("hold", date(2026, 3, 16), None, mei.user_id)]
    await world.pass_time(days=15)
    assert await agreed(world) == []


async def test_a_hold_lasts_1_to_60_days(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/hold 61", topic=thread)
    await world.group.hears("1 to 60 days", topic=thread)
    assert await agreed(world) == []


async def test_an_agent_notes_a_dispute_by_a_button_or_a_number(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    await world.owes("C1", "I-2", days=3)
    mei.say_in(world.group, "/dispute", topic=thread)
    await world.group.hears("Which one isn’t right?", topic=thread)
    mei.press_in(world.group, "1. Card", topic=thread)
    await anna.hears("has noted that this one isn’t right")
    await world.group.hears("Noted as not right", topic=thread)
    mei.say_in(world.group, "/dispute 1", topic=thread)
    await world.app.catch_up()
    mei.say_in(world.group, "/dispute I-C1", topic=thread)
    await world.group.hears("looked into already", topic=thread)
    mei.say_in(world.group, "/dispute 7", topic=thread)
    await world.group.hears("no such instalment", topic=thread)
    assert [row[0] for row in await agreed(world)] == ["dispute", "dispute"]


async def test_the_wrong_person_is_unlinked_and_told_nothing_more(world: World, anna: Person, mei: Person) -> None:
    thread = await case_of(world, anna)
    mei.say_in(world.group, "/done wrong_person", topic=thread)
    await world.group.hears("Closed", topic=thread)
    before = len(anna.inbox)
    await world.pass_time(days=10)
    assert len(anna.inbox) == before
    anna.say("/balance")
    await anna.hears("two ways to link")
