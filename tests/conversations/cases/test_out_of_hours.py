"""Outside the desk's hours a customer is told when somebody will answer; later reminders name the agent they know."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from bot.rules.policy.desk_terms import Break, Desk
from bot.rules.policy.sending_hours import SendingHours
from bot.sandbox import Person
from tests.conversations.conftest import World
from tests.conversations.topics.test_talk import talk

OFFICE = Desk(time_zone="Asia/Taipei", hours=SendingHours(time(9), time(18), frozenset({5, 6}), None))


@pytest.fixture
def office(world: World) -> World:
    """The desk is open from 9 to 18 in Taipei, on weekdays; it is noon on Monday."""
    in_force = world.app.parts.in_force
    in_force.configured = replace(in_force.configured, desk=OFFICE)
    in_force.book = replace(in_force.book, current=in_force.configured)
    return world


async def test_while_the_desk_is_open_nothing_is_said_of_hours(office: World, anna: Person, mei: Person) -> None:
    await talk(office, anna, mei)
    anna.say("hello?")
    await office.app.catch_up()
    assert "desk" not in anna.inbox[-1].text


async def test_who_asks_in_the_night_is_told_when_somebody_answers(office: World, anna: Person) -> None:
    await office.customer("C1", zone="Europe/London")
    await office.link("C1", anna)
    await office.pass_time(hours=8)
    anna.say("/agent")
    when, asked, _ = (await anna.hears("I’ve asked a person")).text.replace(" am", "\u202fam").split("\n\n")
    assert when.startswith("Nobody is at the desk right now.")
    assert "3 Mar 2026, 1:00\u202fam, your time" in when
    assert asked.startswith("I’ve asked a person to join.")
    anna.say("/agent")
    assert "Nobody" not in (await anna.hears("already been asked")).text, "it is said once"


@pytest.mark.parametrize("words", ["I want to talk to a real person", "I don’t want to live anymore"])
async def test_who_writes_to_an_open_case_in_the_night_is_told_when_once(
    office: World, anna: Person, mei: Person, words: str
) -> None:
    await talk(office, anna, mei)
    await office.pass_time(hours=12)
    anna.say(words)
    await office.app.catch_up()
    assert sum("Nobody is at the desk" in m.text for m in anna.inbox) == 1


async def test_who_may_be_in_danger_in_the_night_is_told_when_a_person_writes(office: World, anna: Person) -> None:
    await office.customer("C1")
    await office.link("C1", anna)
    await office.pass_time(hours=12)
    anna.say("I don’t want to live anymore")
    text = (await anna.hears("so sorry")).text
    assert 0 < text.index("call") < text.index("3 Mar 2026, 9:00")


async def test_who_asks_at_lunch_is_told_when_it_is_over(office: World, anna: Person) -> None:
    in_force = office.app.parts.in_force
    lunch = replace(OFFICE, pause=Break(time(12), time(13, 30)))
    in_force.book = replace(in_force.book, current=replace(in_force.configured, desk=lunch))
    await office.customer("C1")
    await office.link("C1", anna)
    anna.say("/agent")
    assert "2 Mar 2026, 1:30" in (await anna.hears("Nobody is at the desk right now")).text


async def test_who_asks_in_chinese_is_told_in_chinese(office: World, ming: Person) -> None:
    await office.customer("C1", language="zh-Hans")
    await office.link("C1", ming)
    await office.pass_time(hours=8)
    ming.say("/agent")
    text = (await ming.hears("2026年3月3日")).text
    assert text.index("2026年3月3日") < text.index("已经帮您联系客服")


@pytest.mark.parametrize("words", ["/agent", "I lost my job and can’t pay"])
async def test_on_a_sunday_it_says_monday_before_it_says_that_a_person_writes(
    office: World, anna: Person, words: str
) -> None:
    await office.customer("C1")
    await office.link("C1", anna)
    await office.pass_time(days=6)
    anna.say(words)
    text = (await anna.hears("9 Mar 2026, 9:00")).text
    assert 0 <= text.index("9 Mar 2026") < text.index("write to you here")


async def test_it_is_said_once_each_time_the_desk_is_closed(office: World, anna: Person, mei: Person) -> None:
    await talk(office, anna, mei)
    for _ in range(2):
        await office.pass_time(hours=12)
        for words in ("are you there?", "I have a question", "hello"):
            anna.say(words)
        await office.pass_time(hours=12)
    assert sum("Nobody is at the desk" in m.text for m in anna.inbox) == 2


async def test_while_an_agent_answers_all_the_same_nothing_is_said(office: World, anna: Person, mei: Person) -> None:
    topic = await talk(office, anna, mei)
    await office.pass_time(hours=8)
    mei.say_in(office.group, "I am still here", topic=topic)
    await anna.hears("still here")
    anna.say("good!")
    await office.group.hears("good!", topic=topic)
    await office.app.catch_up()
    assert all("Nobody" not in m.text for m in anna.inbox)


# -- whom they know ----------------------------------------------------------------------------------------------------


async def reminded(world: World, person: Person, outcome: str, topic: int, mei: Person, days: int) -> str:
    """The reminder that comes so many days after Mei has closed the case."""
    mei.say_in(world.group, f"/done {outcome}", topic=topic)
    await world.group.hears("Closed", topic=topic)
    await world.app.catch_up()
    await world.pass_time(days=days)
    await world.owes("C1", "I9", days=0)
    await world.app.catch_up()
    return next(m.text for m in reversed(person.inbox) if "short note" in m.text)


async def test_a_reminder_after_a_talk_names_who_it_was_with(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    assert "You talked with Mei" in await reminded(world, anna, "promised", topic, mei, days=20)


async def test_after_sixty_days_it_names_nobody(world: World, anna: Person, mei: Person) -> None:
    topic = await talk(world, anna, mei)
    assert "Mei" not in await reminded(world, anna, "promised", topic, mei, days=61)


async def test_who_was_never_talked_with_is_not_named(world: World, anna: Person, mei: Person) -> None:
    await world.customer("C1", name="Anna Lee")
    await world.link("C1", anna)
    anna.say("/agent")
    topic = (await world.group.topic_opened("#1")).thread_id
    mei.say_in(world.group, "/take", topic=topic)
    await world.group.hears("yours", topic=topic)
    assert "Mei" not in await reminded(world, anna, "unreachable", topic, mei, days=5)


async def test_who_has_left_is_not_named(world: World, anna: Person, mei: Person) -> None:
    from bot.work.cases.casework import remove_agent

    topic = await talk(world, anna, mei)
    mei.say_in(world.group, "/done promised", topic=topic)
    await world.group.hears("Closed", topic=topic)
    await remove_agent(world.db, mei.user_id, world.clock.now())
    await world.pass_time(days=5)
    await world.owes("C1", "I9", days=0)
    await world.app.catch_up()
    assert "Mei" not in anna.inbox[-1].text
