"""What supervisors are told about the program's troubles, in private: once, again only after a while, and that it is
over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.rate_limiter import RateLimiter
from bot.channels.telegram import TelegramChannel, build_bot
from bot.clock import ManualClock
from bot.policies import load_policy
from bot.sandbox import LocalTelegram, Person, serve
from bot.settings import Settings
from bot.work.operations.alerts import alarm
from bot.work.operations.monitoring import look, note_rival
from bot.work.policy.policies import PolicyBook
from storage.cases.agents import Agent, add_agent
from storage.facts import imports
from storage.operations import alerts
from storage.runtime.engine import Database
from storage.runtime.heartbeats import beat
from tests.conversations.conftest import AGENT_CHAT, TOKEN, World
from tests.work.lives import customer, owes

BOOK = PolicyBook(load_policy("humane"))
SETTINGS = Settings(_env_file=None)


class Program:
    """A program of which a test says which parts run, and its watch."""

    def __init__(self, db: Database, channel: TelegramChannel, clock: ManualClock) -> None:
        self.db, self.clock = db, clock
        self._channel = channel
        self.runs = {"planner", "sender", "guard", "attending"}

    async def pass_time(self, **by: float) -> None:
        """Moves the clock; the parts that run make their rounds, and the watch makes one."""
        self.clock.move(timedelta(**by))
        await self.look_around()

    async def look_around(self) -> None:
        now = self.clock.now()
        async with self.db.write() as conn:
            for part in self.runs:
                await beat(conn, part, now)
        await alarm(self.db, self._channel, await look(self.db, BOOK, SETTINGS, ("telegram",), now), now)

    async def planner_stops(self) -> None:
        """It does nothing until it is a trouble and was told."""
        self.runs.remove("planner")
        await self.pass_time(minutes=6)
        await self.pass_time(minutes=1)

    async def planner_runs_again(self) -> None:
        self.runs.add("planner")
        await self.pass_time(minutes=1)

    async def wallet_speaks(self) -> None:
        async with self.db.write() as conn:
            await imports.wallet_spoke(conn, self.clock.now())

    async def supervisor(self, person: Person, *languages: str, role: str = "supervisor") -> None:
        person.say("/start")
        self.clock.move(timedelta(seconds=1))  # who was added first is asked first
        async with self.db.write() as conn:
            await add_agent(conn, Agent(person.user_id, person.name, languages, role), self.clock.now())

    async def unheard(self) -> str:
        async with self.db.read() as conn:
            unheard = await alerts.unheard(conn)
        return unheard.reason if unheard else ""


@pytest.fixture
async def program(telegram: LocalTelegram, sqlite_db: Database, clock: ManualClock) -> AsyncIterator[Program]:
    """Runs well; a customer owes something, and the wallet has spoken."""
    await customer(sqlite_db, clock.now())
    await owes(sqlite_db, clock.now(), clock.now().date() + timedelta(days=30))
    async with serve(telegram) as url, build_bot(TOKEN, url, RateLimiter(per_second=1000, per_chat_s=0.001)) as bot:
        made = Program(sqlite_db, TelegramChannel(bot), clock)
        await made.wallet_speaks()
        await made.look_around()
        yield made


def texts(person: Person) -> list[str]:
    return [message.text for message in person.inbox]


async def test_while_all_is_well_nobody_hears_anything(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    for _ in range(10):
        await program.pass_time(hours=1)
    assert texts(mei) == []


async def test_a_planner_that_stopped_is_told_with_a_way_to_mend_it(program: Program, mei: Person) -> None:
    await program.supervisor(mei, "en")
    await program.planner_stops()
    (text,) = texts(mei)
    assert "Planning reminders: last done 2 Mar 2026, 4:00 am UTC." in text
    assert "See that duebot run is running" in text


async def test_an_alarm_speaks_the_supervisors_language(program: Program, mei: Person, bob: Person) -> None:
    await program.supervisor(mei, "zh-Hant", "en")
    await program.supervisor(bob, "zh-Hans")
    await program.planner_stops()
    assert "機器人需要您的協助" in texts(mei)[0]
    assert "机器人需要您的帮助" in texts(bob)[0]


async def test_agents_who_are_no_supervisors_are_left_in_peace(program: Program, mei: Person, bob: Person) -> None:
    await program.supervisor(mei)
    await program.supervisor(bob, role="agent")
    await program.planner_stops()
    assert (len(texts(mei)), texts(bob)) == (1, [])


async def test_a_rival_is_told_and_that_it_is_gone(program: Program, mei: Person, bob: Person) -> None:
    await program.supervisor(mei, "en")
    await program.supervisor(bob, "zh-Hant")
    for _ in range(3):
        async with program.db.write() as conn:
            await note_rival(conn, program.clock.now())
        await program.pass_time(minutes=1)
    (text,) = texts(mei)
    assert "Another program uses this bot’s token" in text
    assert "get a new token from @BotFather and set DUEBOT_TOKEN" in text
    assert "另一個程式也在使用本機器人的權杖" in texts(bob)[0]
    await program.pass_time(minutes=6)
    await program.pass_time(minutes=10)
    assert "All is well again" in texts(mei)[-1]


async def test_old_facts_are_told(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    await program.pass_time(hours=37)
    assert "The wallet’s figures are of 2 Mar 2026, 4:00 am UTC, too old for the policy" in texts(mei)[0]


async def test_one_message_lists_all_that_is_wrong(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    program.clock.move(timedelta(hours=37))
    await program.planner_stops()
    await program.pass_time(minutes=10)
    text = texts(mei)[-1]
    assert "Planning reminders" in text
    assert "wallet’s figures" in text


async def test_at_night_too(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    program.clock.move(timedelta(hours=14))  # two o'clock in Taipei
    await program.planner_stops()
    assert len(texts(mei)) == 1


async def test_the_same_is_told_again_after_six_hours_only(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    await program.planner_stops()
    await program.pass_time(hours=5, minutes=59)
    assert len(texts(mei)) == 1
    await program.pass_time(minutes=1)
    assert len(texts(mei)) == 2
    await program.pass_time(minutes=1)
    assert len(texts(mei)) == 2


async def test_something_new_is_told_but_not_within_ten_minutes(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    await program.planner_stops()
    program.runs.remove("sender")
    await program.pass_time(minutes=6)
    await program.pass_time(minutes=3)
    assert len(texts(mei)) == 1
    await program.pass_time(minutes=1)
    assert "Sending reminders" in texts(mei)[1]


async def test_that_all_is_well_again_is_told_once(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    await program.planner_stops()
    await program.planner_runs_again()
    await program.pass_time(minutes=8)
    assert len(texts(mei)) == 1
    for _ in range(5):
        await program.pass_time(minutes=1)
    assert len(texts(mei)) == 2
    assert "All is well again" in texts(mei)[1]


async def test_what_comes_back_after_all_was_well_is_told_again(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    await program.planner_stops()
    await program.planner_runs_again()
    await program.pass_time(minutes=10)
    await program.planner_stops()
    await program.pass_time(minutes=10)
    assert len(texts(mei)) == 3
    assert "Planning reminders" in texts(mei)[2]


async def test_what_the_next_round_mends_is_not_told(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    program.runs.clear()
    await program.pass_time(minutes=30)  # everything was down, and begins again
    program.runs |= {"planner", "sender", "guard", "attending"}
    await program.pass_time(minutes=1)
    assert texts(mei) == []


async def test_where_one_supervisor_blocked_the_bot_the_next_one_hears(
    program: Program, mei: Person, bob: Person
) -> None:
    await program.supervisor(mei)
    await program.supervisor(bob)
    mei.block()
    await program.planner_stops()
    assert texts(mei) == []
    assert len(texts(bob)) == 1
    assert await program.unheard() == ""


async def test_where_nobody_could_be_told_it_says_why(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    mei.block()
    await program.planner_stops()
    assert await program.unheard() == "blocked"


async def test_without_a_supervisor_it_says_so(program: Program) -> None:
    await program.planner_stops()
    assert await program.unheard() == "no_supervisor"


async def test_who_comes_back_hears_what_is_still_so(program: Program, mei: Person) -> None:
    await program.supervisor(mei)
    mei.block()
    await program.planner_stops()
    mei.unblock()
    await program.pass_time(minutes=10)
    assert len(texts(mei)) == 1
    assert await program.unheard() == ""


async def test_a_refusal_that_passes_is_tried_in_the_next_round(
    program: Program, telegram: LocalTelegram, mei: Person
) -> None:
    await program.supervisor(mei)
    telegram.faults.next("sendMessage", status=502)
    await program.planner_stops()
    assert texts(mei) == []
    await program.pass_time(minutes=1)
    assert len(texts(mei)) == 1


async def test_the_running_program_alarms(world: World, mei: Person, telegram: LocalTelegram) -> None:
    mei.say("/start")
    await mei.hears("")
    await world.agent(mei, "Mei", role="supervisor")
    await world.customer("C1")
    await world.owes("C1", "I1", days=30)
    await world.pass_time(hours=36)
    before = len(mei.inbox)
    await world.pass_time(hours=1)
    await world.app.bot_side.watch()
    assert "wallet’s figures" in mei.inbox[before].text


async def test_right_after_the_clock_was_moved_every_part_has_done_its_round(world: World) -> None:
    """As in the demo: nothing is shown as not done that would be done within a minute."""
    await world.pass_time(days=3)
    parts = world.app.parts
    found = await look(world.db, parts.policies, parts.settings, ("telegram",), world.clock.now())
    assert [trouble for trouble in found if trouble.kind == "no_round"] == []


async def test_a_group_that_cannot_be_used_is_known_to_all_processes(world: World, anna: Person) -> None:
    await world.customer("C1")
    await world.link("C1", anna)
    world.telegram.groups[AGENT_CHAT].set_bot_rights(can_manage_topics=False)
    anna.say("/agent")
    await anna.hears("")
    await world.app.catch_up()
    assert await kinds(world) == [("group_unusable", "no_rights")]


async def kinds(world: World) -> list[tuple[Any, ...]]:
    """The troubles of the agents' group that another process sees."""
    app = world.app
    found = await look(world.db, app.parts.policies, app.settings, ("telegram",), world.clock.now())
    return [(t.kind, t.reason) for t in found if t.kind == "group_unusable"]
