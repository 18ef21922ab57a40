"""Acting on a case: whether the agent may, whether the case is open, and who owns it afterwards. Everything that agents
do in a case goes through here.

    @refusals(NotAgreed)
    async def hold(db, case, agent, …) -> Agreed:
        async with acting_on(db, case, agent, now) as act:
            …  # read the arguments; `raise Refusal(NotAgreed(…))` if it cannot be done
            await act.take()
            …  # do it

A refusal ends the transaction without any change, and the caller gets it as a value.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import ParamSpec, TypeVar

from bot.rules.cases.case import Case
from bot.rules.cases.event_codec import Event
from bot.rules.cases.who_may import MayNot, Waiting, why_not
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.policy.sending_hours import local_day
from bot.work import self_assignment
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import cases
from storage.cases.agents import Agent
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class Refusal(Exception):
    """Carries the value that says why something was not done to `refusals`."""

    def __init__(self, why: object) -> None:
        super().__init__(type(why).__name__)
        self.why = why


def refusals(
    kind: type[R],
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Coroutine[object, object, T | R | MayNot]]]:
    """Turns a `Refusal` into the function's return value: one of `kind`, or `MayNot`."""

    def of(do: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[object, object, T | R | MayNot]]:
        @functools.wraps(do)
        async def doing(*args: P.args, **kwargs: P.kwargs) -> T | R | MayNot:
            try:
                return await do(*args, **kwargs)
            except Refusal as refusal:
                if isinstance(refusal.why, (kind, MayNot)):
                    return refusal.why
                raise

        return doing

    return of


@dataclass(slots=True)
class Acting:
    """An agent and a case that they may act on, within one transaction, with the customer's `facts`, their day, and the
    holds in force. `case` changes when it is taken."""

    conn: Connection
    agent: Agent
    now: datetime
    waiting: Waiting
    case: Case
    facts: CustomerFacts
    today: date
    holds: Sequence[Hold]

    async def take(self) -> None:
        """Takes a waiting case, because the next step acts on it; refuses if somebody else was quicker. Call it after
        the arguments were read: a command that cannot be carried out takes no case."""
        why = None
        if self.case.state == "waiting":
            why = await self_assignment.claim(self.conn, self.case.case_id, self.agent, self.now)
        self.case = await _current(self.conn, self.case)
        _refuse(self.case, self.agent, self.waiting)
        if why is not None and self.case.state == "waiting":
            raise Refusal(why)

    async def note(self, event: Event) -> None:
        """Writes what the agent did into the case's history."""
        await cases.add_event(self.conn, self.case.case_id, event, self.now, actor_id=self.agent.telegram_id)


@asynccontextmanager
async def acting_on(
    db: Database, case: Case, agent: Agent, now: datetime, waiting: Waiting = "taken"
) -> AsyncIterator[Acting]:
    """A transaction in which the agent acts on the case; refuses if they may not. `waiting` says what happens to a case
    without an owner."""
    async with db.write() as conn:
        yield await looking_at(conn, case, agent, now, waiting)


async def looking_at(conn: Connection, case: Case, agent: Agent, now: datetime, waiting: Waiting = "taken") -> Acting:
    """The same within an open transaction; a waiting case goes on waiting."""
    current = await _current(conn, case)
    _refuse(current, agent, waiting)
    facts = await facts_of(conn, case.customer_id)
    assert facts is not None, "a case's customer is never deleted, only forgotten"
    today, kept = local_day(facts.customer.zone, now), await holds.in_force(conn, case.customer_id)
    return Acting(conn, agent, now, waiting, current, facts, today, kept)


async def _current(conn: Connection, case: Case) -> Case:
    current = await cases.case(conn, case.case_id)
    assert current is not None, "a case is never deleted"
    return current


def _refuse(case: Case, agent: Agent, waiting: Waiting) -> None:
    if (why := why_not(case, agent, waiting)) is not None:
        raise Refusal(why)
