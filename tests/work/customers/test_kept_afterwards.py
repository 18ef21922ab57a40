"""What is stored after an answer says when somebody was there, however late it is stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from bot.clock import ManualClock
from bot.work.customers.customer_activity import Activity, look_up, record_activity
from bot.work.facts.forgetting import forget
from bot.work.policy.policies import PolicyBook
from bot.work.runtime.planning_round import guard, plan_due
from storage.runtime.deferred_writes import Afterwards, write_afterwards
from storage.runtime.engine import Database
from storage.schema import contacts, customers, instalments
from tests.work.lives import POLICY, customer, linked, owes

MINUTE = timedelta(minutes=1)


async def people(db: Database, now: datetime) -> None:
    for user_id, customer_id in ((5, "C1"), (6, "C2")):
        await customer(db, now, customer_id)
        await owes(db, now, date(2026, 3, 20), f"I-{customer_id}", customer_id)
        await linked(db, now, user_id, customer_id)


def asks(user_id: int, at: datetime, update_id: int) -> Activity:
    return Activity(user_id, "en", "command", at, "/due", shows_facts=True, update_id=update_id)


async def left_by(db: Database, activity: Activity) -> Afterwards:
    _, left = await look_up(db, activity)
    assert left is not None
    return left


async def write(db: Database, *left: Afterwards) -> None:
    async with db.write() as conn:
        await write_afterwards(conn, left)


async def signs(db: Database) -> dict[str, tuple[datetime | None, list[datetime]]]:
    async with db.read() as conn:
        seen = (await conn.execute(select(customers.c.customer_id, customers.c.seen_at))).all()
        said = (await conn.execute(select(contacts.c.customer_id, contacts.c.at).order_by(contacts.c.at))).all()
    return {id_: (at, [row.at for row in said if row.customer_id == id_]) for id_, at in seen}


async def test_everybody_was_there_when_they_were_and_not_when_it_is_stored(db: Database, clock: ManualClock) -> None:
    """A reminder that came after a question was not answered by it, and what came later counts."""
    began, later = clock.now(), clock.now() + 10 * MINUTE
    await people(db, began - MINUTE)
    first, second = await left_by(db, asks(5, began, 1)), await left_by(db, asks(6, later, 2))
    await write(db, first, second)
    assert await signs(db) == {"C1": (began, [began]), "C2": (later, [later])}
    slow = await left_by(db, asks(5, began + MINUTE, 3))
    await record_activity(db, Activity(5, "en", "press", later, update_id=4))
    await write(db, slow)
    assert (await signs(db))["C1"] == (later, [began, began + MINUTE, later])
    # Handled again after a kill: it was then, and not now.
    await write(db, await left_by(db, asks(5, later + MINUTE, 4)))
    assert (await signs(db))["C1"] == (later, [began, began + MINUTE, later])


async def test_nothing_is_stored_about_somebody_who_was_forgotten_before_the_answer_ended(
    db: Database, clock: ManualClock
) -> None:
    await people(db, clock.now())
    left = [await left_by(db, asks(user_id, clock.now(), user_id)) for user_id in (5, 6)]
    await forget(db, "C1", clock.now(), overwrite=False)
    await write(db, *left)
    assert await signs(db) == {"C1": (None, []), "C2": (clock.now(), [clock.now()])}


async def test_a_payment_that_came_before_what_was_shown_was_stored_has_its_receipt(
    db: Database, clock: ManualClock
) -> None:
    await people(db, clock.now())
    book = PolicyBook(POLICY)
    await plan_due(db, book, clock.now())
    left = await left_by(db, asks(5, clock.now(), 1))
    async with db.write() as conn:
        now_paid = {"amount_paid": 20000, "paid": 20000}
        await conn.execute(update(instalments).where(instalments.c.instalment_id == "I-C1").values(**now_paid))
    await plan_due(db, book, clock.now())
    await write(db, left)
    assert (await plan_due(db, book, clock.now())).receipts == 1
    assert not (await guard(db, book, clock.now())).overlooked
