"""What comes too late for planning: between a plan and its message, and after a message on the same day. Here only the
last check can notice it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from random import Random

from tests.simulation.lives import Lives
from tests.simulation.people import Debt, Person

BETWEEN, ON_THE_SAME_DAY = 0.04, 0.1


async def befall_some(random: Random, lives: Lives, waiting: Collection[Person], now: datetime) -> None:
    """Some of those for whom a message waits stop reminders, or the wallet moves what they owe by a day, on which it is
    on the same step, mostly."""
    moved = False
    for person in waiting:
        if person.forgotten or random.random() >= BETWEEN:
            continue
        if random.random() < 0.3:
            await lives.stops(person, now)
        else:
            moved = True
            for debt in _open_debts(person):
                debt.due += timedelta(days=random.choice((-1, 1)))
                lives.restate(person, debt)
    if moved:
        await lives.wallet_speaks(now)


def bring_more(random: Random, lives: Lives, told: Person, now: datetime) -> None:
    """After a message the wallet says of some that what they owe is due in a few days, which calls for another one on
    the same day."""
    if random.random() < ON_THE_SAME_DAY:
        day = told.today(now) + timedelta(days=random.randint(1, 3))
        lives.after(now, lambda _: _is_due_by(lives, told, day), at_the_wallet=True)


def _is_due_by(lives: Lives, person: Person, day: date) -> None:
    """The first of what is due later is due that day."""
    later = [debt for debt in _open_debts(person) if debt.due > day]
    if later:
        debt = min(later, key=lambda debt: debt.due)
        debt.due = day
        lives.restate(person, debt)


def _open_debts(person: Person) -> list[Debt]:
    return [debt for debt in person.debts if debt.outstanding > 0 and debt.status == "open"]
