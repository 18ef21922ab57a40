"""What a customer and their agent read when a debt goes away without all of it having been paid."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.sandbox import Person
from storage.schema import cases
from tests.conversations.conftest import World

HEADER = "instalment_id,account_id,due_date,amount_due,amount_paid,status"
AWAY = {
    "waived": (lambda w: [w.in_days(-5), "1200.00", "0", "waived"], "has been waived"),
    "moved": (lambda w: [w.in_days(30), "1200.00", "0", "open"], "due date has been moved"),
    "corrected": (lambda w: [w.in_days(-5), "0.00", "0", "open"], "amount has been corrected"),
    "part_paid": (lambda w: [w.in_days(-5), "1200.00", "700.00", "waived"], "our payment has arrived"),
}


async def talked(world: World, anna: Person, mei: Person) -> int:
    """Anna is 5 days overdue with 1,200.00 and has talked with Mei; the thread of her case."""
    await world.customer("C1", name="Anna Lee")
    await world.owes("C1", "I-C1", days=-5)
    await world.link("C1", anna)
    await world.app.catch_up()
    thread = (await world.topic_of()).thread_id
    mei.say_in(world.group, "Hello Anna", topic=thread)
    await anna.hears("Hello Anna")
    return thread


@pytest.mark.parametrize("agreed", [None, "/promise all friday", "/hold 14"])
@pytest.mark.parametrize("away", AWAY)
async def test_they_read_what_became_of_it(
    world: World, anna: Person, mei: Person, away: str, agreed: str | None
) -> None:
    thread = await talked(world, anna, mei)
    if agreed is not None:
        mei.say_in(world.group, agreed, topic=thread)
        await world.group.hears("The case rests until then", topic=thread)
    row, said = AWAY[away]
    await world.import_rows(HEADER, ["I-C1", "A-C1", *row(world)])
    await world.app.catch_up()
    told = await anna.hears(said)
    assert away == "part_paid" or "payment" not in told.text
    await world.group.hears("Nothing is overdue any more", topic=thread)
    assert world.group.topic(thread).closed
    read = "\n".join(m.text for m in world.group.messages if m.thread_id == thread)
    assert "has been paid" not in read and "was kept" not in read
    async with world.db.read() as conn:
        assert (await conn.execute(select(cases.c.outcome))).scalar_one() == away


async def test_a_stats_line_names_how_it_ended(world: World, anna: Person, mei: Person, bob: Person) -> None:
    await world.agent(bob, "Bob", role="supervisor")
    await talked(world, anna, mei)
    await world.import_rows(HEADER, ["I-C1", "A-C1", world.in_days(-5), "1200.00", "0", "waived"])
    await world.app.catch_up()
    bob.say_in(world.group, "/stats")
    assert "Closed: 1 (waived 1)" in (await world.group.hears("The desk")).text
