"""A customer makes a plan of parts, and the process is killed with `kill -9` after each of its answers.

`tests/conversations/test_killed_after_each_message.py` has the other conversations, killed within the test's process.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from storage.schema import plan_parts, plans
from tests.faults.watching import Call
from tests.faults.world import World

STEPS = (
    ("/plan", "How much could you put aside each month"),
    ("400 a month", "On which day of the month"),
    ("press Last day", "Here is what fits"),
    ("press A: agree to", "Your plan is set"),
    ("/plan", "Paid so far"),
    ("press End the plan", "End your plan"),
    ("press Yes, end the plan", "Your plan has ended"),
)


def says(words: str) -> Callable[[Call], bool]:
    return lambda call: words in str(call.result.get("text", ""))


@pytest.mark.slow
async def test_a_plan_is_made_and_ended_though_the_process_dies_after_each_answer(world: World) -> None:
    [anna] = await world.customers(1, due_in_days=-2)
    for does, hears in STEPS:
        kind, _, label = does.partition(" ")
        # the first answer is a new message, or it takes the place of the one with the button
        method = "editMessageText" if kind == "press" else "sendMessage"
        answered = world.telegram.when(method, world.program.kill, chat_id=anna.user_id, where=says(hears))
        await world.program.start(until="")
        if kind == "press":
            anna.press(label)
        else:
            anna.say(does)
        await answered.has_sprung()
        await world.program.killed()
        await world.a_minute_passes()
    await world.program.start()
    await world.settled()
    async with world.db.read() as conn:
        assert list((await conn.execute(select(plans.c.state))).scalars()) == ["withdrawn"]
        parts = (await conn.execute(select(plan_parts.c.amount).order_by(plan_parts.c.part))).scalars()
        assert list(parts) == [40_000, 40_000, 40_000]
