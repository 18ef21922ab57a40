"""Acting on a case from outside its topic, as the HTTP API and the console do: by the case's number.

    @refusals_are_values
    async def hold(action, days, reason) -> Agreed:
        async with acting_outside(action) as act:
            …  # as with `acting_on`
            await tell_topic(act, HoldSet)
            await tell_customer(act, …)

The rules are those of `acting_on`. What differs: nobody wrote it in the topic, so the topic is told; and the process
may not speak to Telegram, so what the customer is to read is stored with it, and the desk sends it.
"""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, ParamSpec, TypeVar

from bot.message import Message
from bot.rules.agreements.agreed_terms import NotAgreed
from bot.rules.cases.case import Case
from bot.rules.cases.event_codec import Event
from bot.rules.cases.snoozes import NoDay
from bot.rules.cases.who_may import MayNot, Waiting
from bot.work.acting import Acting, Refusal, looking_at
from bot.work.kept_messages import kept
from storage.cases import agents, cases
from storage.cases.agents import Agent
from storage.runtime.engine import Connection, Database
from storage.topics import relays

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NotDone:
    """Why it was not done, where the case itself does not refuse it. `name` is a colleague's.

    no_case: there is none with this number. no_agent: who acts is no agent any more. no_colleague, colleague_away:
    who should get the case is no agent, or away; theirs_already: they have it. nobody_has_it: it waits in the queue.
    not_reachable: the customer has no chat in which they can be written to. no_text, long_text, not_text: there are no
    words, more than one message holds, or signs that are no text. not_then: nothing may be sent at the chosen time.
    waits_no_more: it was sent or taken back meanwhile. long_caption: more words than go with a file. empty_file,
    large_file, wrong_file: there is nothing in it, too much, or what is not sent. no_file: it was sent or taken back
    meanwhile."""

    reason: Literal[
        "no_case",
        "no_agent",
        "no_colleague",
        "colleague_away",
        "theirs_already",
        "nobody_has_it",
        "not_reachable",
        "no_text",
        "long_text",
        "not_text",
        "long_caption",
        "empty_file",
        "large_file",
        "wrong_file",
        "no_file",
        "not_then",
        "waits_no_more",
    ]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """The case is not any more as who acts saw it last; `tag` is that of the case as it is."""

    tag: str


Refused = MayNot | NotAgreed | NoDay | NotDone | Changed
REFUSALS = (MayNot, NotAgreed, NoDay, NotDone, Changed)


class Order:
    """How an action came in. This one comes without a condition, and nothing is kept of it."""

    async def begin(self, conn: Connection, case_id: int | None) -> None:
        """Before anything is done, in the transaction of it all; without a case where any will do. May raise
        `Refusal`."""

    async def end(self, conn: Connection, case_id: int | None) -> None:
        """After all was done, before it is committed; without a case where there was none to act on."""


ANY = Order()


@dataclass(frozen=True, slots=True)
class CaseAction:
    """What every action on a case from outside its topic has: who acts on which case, and when. `order` says how it
    came in."""

    db: Database
    agent: Agent
    case_id: int
    now: datetime
    order: Order = ANY


def refusals_are_values(do: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[object, object, T | Refused]]:
    """Turns a `Refusal` into the function's return value."""

    @functools.wraps(do)
    async def doing(*args: P.args, **kwargs: P.kwargs) -> T | Refused:
        try:
            return await do(*args, **kwargs)
        except Refusal as refusal:
            if isinstance(refusal.why, REFUSALS):
                return refusal.why
            raise

    return doing


@asynccontextmanager
async def acting_outside(action: CaseAction, waiting: Waiting = "taken") -> AsyncIterator[Acting]:
    """A transaction in which the agent acts on the case; refuses if they may not. `waiting` is as in `acting_on`."""
    async with action.db.write() as conn:
        me = await listed(conn, action.agent)
        case = await locked(conn, action.case_id, action.order)
        yield await looking_at(conn, case, me, action.now, waiting)
        await action.order.end(conn, action.case_id)


async def listed(conn: Connection, agent: Agent) -> Agent:
    """The agent as they are listed now; refuses if they are not. They cannot be removed before the transaction ends."""
    me = await agents.agent(conn, agent.telegram_id, keep=True)
    if me is None:
        raise Refusal(NotDone("no_agent"))
    return me


async def locked(conn: Connection, case_id: int, order: Order) -> Case:
    """The case as it is, which nobody else changes before the transaction ends; refuses if the order does not allow
    it, or there is no such case."""
    there = await cases.lock(conn, case_id)
    await order.begin(conn, case_id)
    case = await cases.case(conn, case_id) if there else None
    if case is None:
        raise Refusal(NotDone("no_case"))
    return case


async def tell_topic(act: Acting, which: type[Event]) -> None:
    """Has the topic told of the last event of this kind."""
    await cases.tell_in_topic(act.conn, act.case.case_id, which)


async def tell_customer(act: Acting, message: Message, plan_id: int | None = None) -> None:
    """Has the customer told, after what was written to them before. To be called once an event of this action is in the
    case's history. A plan that could not be shown to them is taken back."""
    words, agent_id = kept(message, plan_id), act.agent.telegram_id
    await relays.add_from_outside(act.conn, act.case.case_id, "message", words, act.now, agent_id)
