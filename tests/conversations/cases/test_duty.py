"""Shifts, absences, and what becomes of an absent agent's cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import SendingHours
from bot.sandbox import LocalTelegram, Person
from bot.work.cases.desk_upkeep import update_cases
from tests.conversations.cases.asking import asks, case_of, opens_the_bot
from tests.conversations.conftest import World

OFFICE = Desk(time_zone="Asia/Taipei", hours=SendingHours(time(9), time(18), frozenset({5, 6})))


@pytest.fixture
async def office(world: World, telegram: LocalTelegram) -> World:
    """The desk is open from 9 to 18 in Taipei, on weekdays; it is noon on Monday, 2 March 2026. Sue is a supervisor."""
    in_force = world.app.parts.in_force
    in_force.book = replace(in_force.book, current=replace(in_force.configured, desk=OFFICE))
    sue = telegram.person(3003, "Sue", "en")
    world.group.members.append(sue)
    await world.agent(sue, "Sue", role="supervisor")
    return world


async def test_shifts_say_when_somebody_is_there(office: World, anna: Person, mei: Person) -> None:
    sue = office.telegram.people[3003]
    for words in ("/shift Mei mon-fri 9:00-12:00 13:30-18:00", "/shift bob tue 14-16", "/shift wed 9-10"):
        sue.say_in(office.group, words)
        await office.group.hears("by the desk’s clock", topic=None)
    await office.customer("C1")
    await office.link("C1", anna)
    anna.say("/agent")
    assert "2 Mar 2026, 1:30" in (await anna.hears("Nobody is at the desk right now")).text


async def test_only_a_supervisor_sets_a_colleagues_shifts(office: World, mei: Person) -> None:
    mei.say_in(office.group, "/shift bob mon 9-10")
    await office.group.hears("Only a supervisor", topic=None)
    mei.say_in(office.group, "/shift mon 9-12 11-15")
    await office.group.hears("“11-15” overlaps", topic=None)
    mei.say_in(office.group, "/shift mon-fri 9-17")
    await office.group.hears("Mei is there mon-fri 9:00-17:00", topic=None)
    mei.say_in(office.group, "/shift")
    await office.group.hears("Mei is there mon-fri 9:00-17:00", topic=None)
    mei.say_in(office.group, "/shift off")
    await office.group.hears("Mei is there whenever the desk is open", topic=None)


async def test_a_day_is_a_day_also_where_a_colleagues_name_begins_so(
    office: World, telegram: LocalTelegram, mei: Person
) -> None:
    await office.agent(telegram.person(3005, "Frida", "en"), "Frida")
    await office.agent(telegram.person(3006, "Monica", "en"), "Monica")
    mei.say_in(office.group, "/away fri")
    assert "Mei" in (await office.group.hears("• Away: 6 Mar 2026", topic=None)).text
    mei.say_in(office.group, "/shift mon 9-12")
    await office.group.hears("Mei is there mon 9:00-12:00", topic=None)
    office.telegram.people[3003].say_in(office.group, "/away frida fri")
    assert "Frida" in (await office.group.hears("• Away: 6 Mar 2026", topic=None)).text


async def test_an_absence_begins_and_ends_by_itself(office: World, anna: Person, mei: Person) -> None:
    mei.say_in(office.group, "/away tomorrow - wednesday")
    await office.group.hears("• Away: 3 Mar 2026 to 4 Mar 2026", topic=None)
    mei.say_in(office.group, "/away 2026-03-04")
    await office.group.hears("Mei is away then already", topic=None)
    for hours, answer in (
        (0, "Nobody is waiting"),
        (24, "You are away"),
        (24, "You are away"),
        (24, "Nobody is waiting"),
    ):
        await office.pass_time(hours=hours)
        await update_cases(office.db, OFFICE, office.clock.now())
        mei.say_in(office.group, "/next")
        await office.group.hears(answer, topic=None)
    mei.say_in(office.group, "/away today")
    await office.group.hears("• Away: 5 Mar 2026", topic=None)
    mei.say_in(office.group, "/back")
    await office.group.hears("Welcome back", topic=None)
    mei.say_in(office.group, "/shift")
    assert "Away" not in (await office.group.hears("whenever the desk is open", topic=None)).text


async def test_an_absence_that_has_not_begun_is_taken_back_by_a_button(office: World, mei: Person, bob: Person) -> None:
    mei.say_in(office.group, "/away friday")
    said = await office.group.hears("• Away: 6 Mar 2026", topic=None)
    back = said.button("Take the absences back")["callback_data"]
    bob.press_data_in(office.group, back, said)
    await office.app.catch_up()
    mei.press_data_in(office.group, back, said)
    await office.app.catch_up()
    mei.say_in(office.group, "/shift")
    assert "Away" not in (await office.group.hears("whenever the desk is open", topic=None)).text


async def test_all_cases_of_an_absent_agent_go_to_a_colleague_in_one_step(
    office: World, anna: Person, ming: Person, mei: Person, bob: Person
) -> None:
    sue = office.telegram.people[3003]
    await opens_the_bot(mei, bob)
    await asks(office, anna)
    await asks(office, ming, "C2", "Ming Wang")
    for _ in range(2):
        mei.say_in(office.group, "/next")
        await office.group.hears("is yours", topic=None)
    await update_cases(office.db, OFFICE, office.clock.now())
    due = [(await case_of(office, who)).due_at for who in ("C1", "C2")]
    sue.say_in(office.group, "/reassign Mei to Bob")
    await office.group.hears("2 cases are with Bob now", topic=None)
    await mei.hears("Sue gave 2 of your cases to Bob")
    await bob.hears("was given to you")
    await update_cases(office.db, OFFICE, office.clock.now())
    assert [(await case_of(office, who)).due_at for who in ("C1", "C2")] == due
    bob.say_in(office.group, "/reassign Bob")
    await office.group.hears("supervisor", topic=None)
    sue.say_in(office.group, "/away Bob today")
    said = await office.group.hears("2 cases are still with Bob", topic=None)
    to_queue = said.button("Back to the queue")["callback_data"]
    bob.say_in(office.group, "/back")
    await office.group.hears("Welcome back", topic=None)
    sue.press_data_in(office.group, to_queue, said)
    await office.app.catch_up()
    assert (await case_of(office)).owner_id == bob.user_id, "Bob is back"
    bob.say_in(office.group, "/away")
    await office.group.hears("You are away", topic=None)
    sue.press_data_in(office.group, to_queue, said)
    await bob.hears("Sue returned 2 of your cases to the queue")
    assert [(await case_of(office, who)).owner_id for who in ("C1", "C2")] == [None, None]
