"""A person who is no agent can do nothing, wherever they write or press; and only a supervisor can act on another
agent's case. Every command and every button is tried by everybody who must not use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.sandbox import Group, LocalTelegram, Person
from bot.work.agreements.disputes import key_of
from bot.work.cases import casework
from handlers.agent import COMMANDS, PRESSES
from storage.schema import agents, case_events, cases, contacts, held_words, holds, instalments, plans, ratings, relays
from tests.conversations.conftest import World
from tests.conversations.topics.test_topic_header import EMAIL, PHONE, overdue

# What is tried of each command; one that is not named here fails the test.
TRIED = {
    "queue": "/queue",
    "next": "/next",
    "take": "/take",
    "open": "/open 1",
    "release": "/release",
    "transfer": "/transfer Bob",
    "snooze": "/snooze 2026-03-05",
    "away": "/away",
    "back": "/back",
    "promise": "/promise 100 2026-03-05",
    "plan": "/plan 3",
    "hold": "/hold 3 because",
    "dispute": "/dispute",
    "note": "/note hello",
    "say": "/say greeting",
    "later": "/later 9:00 hello",
    "anyway": "/anyway because",
    "done": "/done other",
    "reveal": "/reveal for nothing",
    "call": "/call reached",
    "calling": "/calling",
    "genuine": "/genuine",
    "help": "/help",
    "console": "/console",
    "day": "/day",
    "stats": "/stats",
    "bulk": "/bulk move Mei queue",
    "shift": "/shift Mei mon 9-10",
    "reassign": "/reassign Mei",
}
# Another agent may look, go, come, and take what waits, which is nothing here; a note of theirs is welcome.
ALLOWED_TO_OTHER_AGENTS = {"queue", "next", "open", "away", "back", "note", "help", "console", "day"}
SECRETS = ("Anna Lee", PHONE, EMAIL, "1,200.00")
# Of a case, what somebody could have done to it: not what time does.
OF_CASES = ("state", "owner_id", "outcome", "snoozed_until", "call_at", "for_agent", "topic", "thread_id")

Say = Callable[[str], Any]


def tried(but_not: set[str] = frozenset()) -> list[str]:  # type: ignore[assignment]
    missing = COMMANDS.keys() - TRIED.keys()
    assert not missing, f"say how these are tried: {missing}"
    return [words for name, words in TRIED.items() if name not in but_not]


def forged(bulk_action: str) -> list[str]:
    """One press that fits each pattern, made from what really was on a button."""
    data = {
        "not_right": [f"not_right:1:{key_of('I-C1')}"],
        "promise_seen": ["promise_seen:1"],
        "asked_plan": ["asked_plan:yes:1:1", "asked_plan:no:1:1"],
        "do": ["do:1:/hold 7", "do:1:/done other", "do:1:/take", "do:1:/reveal", "do:1:/say greeting"],
        "menu": ["menu:1:hold", "menu:1:card"],
        "queue": ["queue:next", "queue:take:1"],
        "later": ["later:cancel:1"],
        "words": ["words:send:1:true", "words:drop:1"],
        "duty": ["duty:off:1001", "duty:queue:1001"],
        "surveys": [
            *("surveys:all", "surveys:file:0123456789ab", "surveys:whom:0123456789ab:all"),
            *("surveys:start:0123456789ab:all", "surveys:show:1", "surveys:stop:1", "surveys:stop:1:sure"),
        ],
        "bulk": [bulk_action, bulk_action.replace(":yes", ":no"), "bulk:1:yes"],
    }
    known = {pattern.partition(":")[0] for pattern in PRESSES}
    assert known == data.keys(), f"say how these are forged: {known ^ data.keys()}"
    for pattern in PRESSES:
        assert any(re.fullmatch(pattern, one) for one in data[pattern.partition(":")[0]])
    return [one for each in data.values() for one in each]


async def picture(world: World) -> dict[str, list[Any]]:
    """All that somebody could have changed."""
    found: dict[str, list[Any]] = {}
    async with world.db.read() as conn:
        for table in (case_events, holds, plans, ratings, agents, instalments, held_words):
            rows = await conn.execute(select(table).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in rows.all()]
        found["cases"] = [tuple(row) for row in (await conn.execute(select(*(cases.c[n] for n in OF_CASES)))).all()]
        for table, direction in ((contacts, contacts.c.direction), (relays, relays.c.direction)):
            rows = await conn.execute(select(table).where(direction == "out").order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in rows.all()]
    # What the bot does to a topic's head by itself.
    head = ("named", "pinned", "not_pinned")
    found["case_events"] = [row for row in found["case_events"] if row[3] not in head]
    return found


class Stage:
    """Anna's case, which is Mei's, and a question of Sue's about many cases that waits for her press."""

    def __init__(self, world: World, thread: int, bulk_action: str) -> None:
        self.world, self.thread, self.bulk_action = world, thread, bulk_action
        self.seen = 0

    def everything_said(self) -> list[str]:
        """What the bot wrote to anybody but Mei, Sue and Anna since the stage was set."""
        trusted = {self.world.telegram.people[number].chat.chat_id for number in (1001, 3001, 3003)}
        return [m.text for m in self.world.telegram.sent()[self.seen :] if m.chat_id not in trusted]

    async def is_safe_from(self, say: Say, words: list[str]) -> None:
        await self.world.app.catch_up()
        before = await picture(self.world)
        self.seen = len(self.world.telegram.sent())
        for one in words:
            say(one)
        await self.world.app.catch_up()
        after = await picture(self.world)
        assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
        told = "\n".join(self.everything_said())
        assert not [secret for secret in SECRETS if secret in told], told


@pytest.fixture
async def sue(telegram: LocalTelegram) -> Person:
    return telegram.person(3003, "Sue", "en")


@pytest.fixture
async def stage(world: World, anna: Person, mei: Person, bob: Person, sue: Person, stranger: Person) -> Stage:
    world.group.members += [sue, anna]
    await world.agent(sue, "Sue", role="supervisor")
    thread = await overdue(world, anna)
    for person in (mei, bob, sue, stranger):
        person.say("/start")
        await person.hears("")
    mei.say_in(world.group, "/take", topic=thread)
    await world.group.hears("yours", topic=thread)
    sue.say_in(world.group, "/bulk move Mei Bob")
    asked = await world.group.hears("gives 1 case to Bob", topic=None)
    await world.app.catch_up()
    return Stage(world, thread, asked.button("Yes, do it")["callback_data"])


def in_topic(stage: Stage, person: Person) -> Say:
    return lambda words: person.say_in(stage.world.group, words, topic=stage.thread)


def in_general(stage: Stage, person: Person) -> Say:
    return lambda words: person.say_in(stage.world.group, words)


def pressing(stage: Stage, person: Person) -> Say:
    """Under the bot's newest message of the case's topic, and of General."""

    def press(data: str) -> None:
        for topic in (stage.thread, None):
            newest = [m for m in stage.world.group.messages if m.thread_id == topic and m.from_bot and m.text][-1]
            person.press_data_in(stage.world.group, data, newest)

    return press


async def removed(stage: Stage, person: Person) -> Person:
    async with stage.world.db.read() as conn:
        assert (await conn.execute(select(agents).where(agents.c.telegram_id == person.user_id))).first() is not None
    assert await casework.remove_agent(stage.world.db, person.user_id, stage.world.clock.now())
    return person


@pytest.mark.parametrize("who", ["stranger", "customer", "removed agent", "removed owner"])
async def test_who_is_no_agent_does_nothing_in_the_group(
    stage: Stage, who: str, stranger: Person, anna: Person, bob: Person, mei: Person
) -> None:
    person = {"stranger": stranger, "customer": anna, "removed agent": bob, "removed owner": mei}[who]
    if who.startswith("removed"):
        await removed(stage, person)
    await stage.is_safe_from(pressing(stage, person), forged(stage.bulk_action))
    for say in (in_topic(stage, person), in_general(stage, person)):
        await stage.is_safe_from(say, [*tried(), "hello", "／take", "/TAKE@duebot_demo_bot"])


@pytest.mark.parametrize("who", ["stranger", "customer", "removed agent", "agent", "owner", "supervisor"])
async def test_nobody_does_anything_in_private_but_read_their_own_and_the_figures(
    stage: Stage, who: str, stranger: Person, anna: Person, bob: Person, mei: Person, sue: Person
) -> None:
    people = {"stranger": stranger, "customer": anna, "removed agent": bob, "agent": bob, "owner": mei}
    person = {**people, "supervisor": sue}[who]
    if who == "removed agent":
        await removed(stage, person)
    await stage.is_safe_from(person.say, tried())
    if who != "supervisor":
        await stage.is_safe_from(person.press_data, forged(stage.bulk_action))


@pytest.mark.parametrize("who", ["stranger", "agent", "owner", "supervisor"])
async def test_in_another_group_nobody_does_anything(
    stage: Stage, who: str, stranger: Person, bob: Person, mei: Person, sue: Person
) -> None:
    person = {"stranger": stranger, "agent": bob, "owner": mei, "supervisor": sue}[who]
    telegram = stage.world.telegram
    plain: Group = telegram.group(-1009, "Others", [bob, mei, sue, stranger], bot_admin=True)
    forum: Group = telegram.forum(-1008, "Other agents", [bob, mei, sue, stranger])
    await stage.is_safe_from(lambda words: person.say_in(plain, words), tried())
    topic = forum.create_topic("#1 · 87").thread_id
    await stage.is_safe_from(lambda words: person.say_in(forum, words, topic=topic), [*tried(), "hello"])


async def test_another_agent_does_nothing_to_a_case_that_is_not_theirs(stage: Stage, bob: Person) -> None:
    await stage.is_safe_from(in_topic(stage, bob), [*tried(ALLOWED_TO_OTHER_AGENTS), "hello"])
    await stage.is_safe_from(pressing(stage, bob), forged(stage.bulk_action))
    await stage.is_safe_from(in_general(stage, bob), ["/next", "/stats", "/bulk release Mei"])


async def test_the_owner_is_no_supervisor(stage: Stage, mei: Person) -> None:
    await stage.is_safe_from(in_general(stage, mei), ["/stats", "/bulk release Mei", "/bulk hold 7 all"])
    await stage.is_safe_from(pressing(stage, mei), [stage.bulk_action])


async def test_a_supervisor_who_was_made_an_agent_is_none_any_more(stage: Stage, sue: Person) -> None:
    await stage.world.agent(sue, "Sue", role="agent")
    await stage.is_safe_from(in_topic(stage, sue), ["/done other", "/reveal", "/hold 3", "/call reached"])
    await stage.is_safe_from(in_general(stage, sue), ["/stats", "/bulk release Mei"])
    await stage.is_safe_from(pressing(stage, sue), forged(stage.bulk_action))
