"""The conversations in which customers help themselves, with the program killed after each message: each goes on as if
nothing had happened, and nothing is done twice.

What is killed is a program that has said its answer and has not yet heard that it arrived: the update is handled again
by the next one, which is the hardest moment for what was written in the database with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.clock import ManualClock
from bot.sandbox import LocalTelegram, Person
from bot.work.reminders import surveys
from storage.schema import (
    calendar_addresses,
    cases,
    consents,
    contacts,
    customers,
    holds,
    plan_parts,
    plans,
    survey_answers,
)
from tests.conversations.conftest import TOKEN, World
from tests.conversations.killing import Killing, TrappedTelegram
from tests.rules.reminders.survey_texts import SURVEY

Step = tuple[str, str]  # what a customer does, and what they hear: "press …", "send a photo", or words
IN_TOPIC = "group: "


@pytest.fixture
async def telegram(clock: ManualClock) -> LocalTelegram:
    return TrappedTelegram(clock=clock, token=TOKEN)


def doing(person: Person, what: str) -> Callable[[], object]:
    kind, _, words = what.partition(" ")
    if what == "send a photo":
        return lambda: person.send_photo(b"photo", "the contract")
    return (lambda: person.press(words)) if kind == "press" else (lambda: person.say(what))


async def rows(world: World, *columns: Any) -> list[tuple[Any, ...]]:
    async with world.db.read() as conn:
        return [tuple(row) for row in (await conn.execute(select(*columns).order_by(text("rowid")))).all()]


@dataclass(frozen=True)
class Talk:
    """What a customer does, step by step, and what is to be in the database after it."""

    steps: Sequence[Step]
    owes: Sequence[int] = (-1,)
    end: Sequence[tuple[tuple[Any, ...], list[tuple[Any, ...]]]] = ()  # columns, and their rows


TALKS = {
    "promise": Talk(
        (
            ("/promise", "Which day"),
            ("press Only a part of it", "How much can you pay"),
            ("press NT$600.00", "It’s about NT\\$600.00"),
            ("press Thu, 5 Mar (in 3 days)", "You’ll pay NT\\$600.00 by Thu, 5 Mar"),
            ("press Another day", "It’s about NT\\$600.00"),
            ("press Fri, 6 Mar (in 4 days)", "You’ll pay NT\\$600.00 by Fri, 6 Mar"),
            ("press Cancel my promise", "promise is cancelled"),
            ("500 on Friday", "Shall I note"),
            ("press Yes", "You’ll pay NT\\$500.00 by Fri, 6 Mar"),
        ),
        end=(
            (
                (holds.c.kind, holds.c.until, holds.c.amount, holds.c.ended_why),
                [
                    ("promise", date(2026, 3, 5), 60_000, "replaced"),
                    ("promise", date(2026, 3, 6), 60_000, "withdrawn"),
                    ("promise", date(2026, 3, 6), 50_000, None),
                ],
            ),
        ),
    ),
    "plan": Talk(
        (
            ("/plan", "How much could you put aside each month"),
            ("400", "On which day of the month"),
            ("press Last day", "Here is what fits"),
            ("press A: agree to 3 × NT$400.00", "Your plan is set"),
            ("/plan", "Paid so far"),
            ("press Spread what is left", "Here is what fits"),
            ("press B: agree to", "Your plan is set"),
            ("press End the plan", "End your plan"),
            ("press Yes, end the plan", "Your plan has ended"),
        ),
        end=(
            ((plans.c.state,), [("replaced",), ("withdrawn",)]),
            ((plan_parts.c.amount,), [(40_000,)] * 3 + [(24_000,)] * 5),
            ((holds.c.kind, holds.c.ended_why), [("plan", "replaced"), ("plan", "withdrawn")]),
        ),
    ),
    "dispute": Talk(
        (
            ("/dispute", "Which one"),
            ("press Card: NT$1,200.00", "A person will look into"),
            ("press The amount is wrong", "What should it be"),
            ("It should be 900", "group: It should be 900"),
            ("send a photo", "group: the contract"),
            ("/dispute", "nothing open right now"),
            ("press Being looked into: Card", "You’ve told us about this one"),
            ("press It’s right after all", "counts as right again"),
        ),
        end=(
            ((holds.c.kind, holds.c.ended_why), [("dispute", "withdrawn")]),
            ((cases.c.reason, cases.c.state), [("dispute", "waiting")]),
        ),
    ),
    "settings": Talk(
        (
            ("/settings", "Your settings"),
            ("press Hour", "From which hour"),
            ("press 18:00", "At the earliest: 18:00"),
            ("press Time zone", "Where in the world"),
            ("press Europe", "Which place"),
            ("press Berlin", "Time zone: Berlin \\(your choice\\)"),
            ("press Undo", "Time zone: Taipei"),
        ),
        end=(((customers.c.remind_hour, customers.c.zone, customers.c.chosen_zone), [(18, "Asia/Taipei", None)]),),
    ),
    "pause": Talk(
        (
            ("/settings", "Your settings"),
            ("press Pause", "Through which day"),
            ("press Wed, 4 Mar", "they pause through Wed, 4 Mar"),
            ("press End the pause", "Reminders: on"),
            ("press Undo", "they pause through Wed, 4 Mar"),
        ),
        end=(((customers.c.paused_until,), [(date(2026, 3, 4),)]),),
    ),
    "privacy": Talk(
        (
            ("/privacy", "What I keep, and why"),
            ("press A copy as a file", "Everything that is stored about you here"),
            ("press Agree to a prediction", "May I estimate"),
            ("press Yes, I agree", "You agreed on"),
            ("press Take the prediction back", "Nothing is predicted about you"),
            ("press Forget me", "Shall I forget you"),
            ("press Yes, forget me", "You are forgotten here"),
        ),
        end=(((consents.c.about,), []), ((customers.c.name,), [("",)])),
    ),
    "survey": Talk(
        (
            ("press 4", "What would help most?"),
            ("press Back", "Were the messages clear?"),
            ("press 5", "What would help most?"),
            ("press Fewer reminders", "What else?"),
            ("write a little earlier in the week", "that was all"),
        ),
        owes=(20,),
        end=(
            (
                (survey_answers.c.question, survey_answers.c.answer, survey_answers.c.words),
                [("clear", "5", None), ("wish", "fewer", None), ("why", None, "write a little earlier in the week")],
            ),
        ),
    ),
    "calendar": Talk(
        (
            ("/calendar", "Or subscribe"),
            ("press Subscribe", "keep it to yourself"),
            ("press An address with amounts", "keep it to yourself"),
            ("press End the subscription", "no longer works"),
        ),
        owes=(7,),
        end=(((calendar_addresses.c.with_sums,), [(False,), (True,)]),),
    ),
    "call-back": Talk(
        (
            ("call me", "When may we call you?"),
            ("press Mon, 2 Mar, 15:30", "We’ll call you Mon, 2 Mar, 15:30"),
            ("press Another time", "You’ll be called Mon, 2 Mar, 15:30"),
            ("press Tue, 3 Mar", "We’ll call you Tue, 3 Mar"),
            ("press No call, thanks", "we won’t call you"),
        ),
        owes=(),
        end=(((cases.c.reason, cases.c.call_at), [("asked", None)]),),
    ),
    "what if I pay": Talk(
        (
            ("/fees", "what being late costs"),
            ("press If I pay NT$300.00 today", "If you pay NT\\$300.00 today"),
            ("/fees 600", "If you pay NT\\$600.00 today"),
        ),
    ),
}


@pytest.mark.parametrize("talk", list(TALKS.values()), ids=list(TALKS))
async def test_it_goes_on_and_nothing_is_done_twice(
    world: World, telegram: TrappedTelegram, anna: Person, talk: Talk
) -> None:
    await world.customer("C1", name="Anna Lee", phone="+886912345678")
    for days in talk.owes:
        await world.owes("C1", "I-C1-0", days=days)
    await world.link("C1", anna)
    if talk is TALKS["survey"]:
        policy, whom = world.app.parts.policies.current, surveys.Whom()
        await surveys.start(world.db, policy, SURVEY, "spring.toml", whom, world.clock.now())
        await world.pass_time(minutes=2)
        await anna.hears("Were the messages clear?")
    killing = Killing(world, telegram)
    await killing.begin()
    for does, hears in talk.steps:
        in_topic = hears.startswith(IN_TOPIC)
        if in_topic:
            await world.topic_of()
        where = world.group.chat_id if in_topic else anna.user_id
        await killing.after(doing(anna, does), where, hears.removeprefix(IN_TOPIC))
    for columns, expected in talk.end:
        assert await rows(world, *columns) == expected
    signs = await rows(world, contacts.c.direction, contacts.c.kind)
    assert sum(sign[0] == "in" and sign[1] != "linked" for sign in signs) == len(talk.steps), "the receipt of contact"
