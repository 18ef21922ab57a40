"""Announces an agent's call in the customer's chat, and ends that: a swindler may know a name, but not that the chat
says who is calling now. Also shows agents the code of the moment.

What was shown to whom is in the case's history, the codes are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.channels import Accepted, Refused
from bot.channels.telegram import TelegramChannel
from bot.rules.cases import case_events as events
from bot.rules.cases.call_limits import Allowed, TooMany
from bot.rules.cases.case import Case
from bot.rules.cases.who_may import MayNot
from bot.rules.customers.genuine_codes import CALL_LASTS, Code, code_of_call, codes_now
from bot.settings import Settings
from bot.views.customers import genuine as views
from bot.work.acting import Acting, Refusal, acting_on, refusals
from bot.work.agreements.customer_notices import tell
from bot.work.cases.contact_disclosure import DAY, TooOften, call_verdict, too_many
from bot.work.cases.deadlines import Duty
from bot.work.customers.genuine import code_key
from bot.work.policy.policies import PolicyBook
from locales import translator
from storage.cases import announced_calls, assignment, calls, cases
from storage.cases.agents import Agent
from storage.cases.announced_calls import AnnouncedCall
from storage.customers import reachability, telegram_links
from storage.facts.customer_facts import facts_of
from storage.runtime import update_idempotency
from storage.runtime.engine import Connection, Database

MOST_AN_HOUR = 5  # announcements in a case: more would be a nuisance to the customer
AT_ONCE = 50
ON_ITS_WAY = timedelta(minutes=1)  # so long a message that is being sent has no number yet
GIVE_UP_AFTER = timedelta(hours=1)  # of telling the chat that a call is over


@dataclass(frozen=True, slots=True)
class Codes:
    """The code of the moment and the one before, for an agent; times by the clock of `zone`."""

    now: Code
    before: Code
    zone: str


@dataclass(frozen=True, slots=True)
class NoCall:
    """Why no call is announced: `not_now` (`verdict` says until when), wrong_number, no_chat (nobody is linked, or who
    has the chat is somebody else), too_many in an hour, or `calling`: one is announced already."""

    why: Literal["not_now", "wrong_number", "no_chat", "too_many", "calling"]
    zone: str = "UTC"
    verdict: Allowed | TooMany | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """The chat says now that this agent is calling, if `arrived` (None: it is being told), and by which code."""

    code: Code
    zone: str
    arrived: bool | None


@refusals(MayNot)
async def codes(db: Database, book: PolicyBook, case: Case, agent: Agent, now: datetime) -> Codes | TooOften:
    """Shows an agent the code by which the customer knows them, and writes that down."""
    async with acting_on(db, case, agent, now, waiting="refused") as act:
        if (too_often := await _too_often(act.conn, book, case, agent, now)) is not None:
            await act.note(events.CodeShown(too_often=True))
            return too_often
        await act.note(events.CodeShown())
        await assignment.worked(act.conn, case.case_id, now)
        code, before = codes_now(await code_key(act.conn), case.customer_id, now)
        return Codes(code, before, act.facts.customer.zone)


@dataclass(frozen=True, slots=True)
class Line:
    """What announcing from the topic needs."""

    db: Database
    book: PolicyBook
    settings: Settings
    channel: TelegramChannel


async def announce(line: Line, case: Case, agent: Agent, now: datetime) -> Announced | NoCall | TooOften | MayNot:
    """Tells the customer's chat that this agent is calling now."""
    await _say_that_over(line.db, line.channel, line.settings.brand, now, case.customer_id)
    begun = await _begin(line, case, agent, now)
    if not isinstance(begun, Begun):
        return begun
    if begun.call.message is not None:  # it was said before a kill
        return Announced(begun.code, begun.zone, arrived=True)
    brand, t = line.settings.brand, translator(begun.language)
    message = views.calling(t, agent.name, begun.code, brand, begun.call.until, begun.zone)
    kept = views.calling(t, agent.name, None, brand, begun.call.until, begun.zone)
    outcome = await tell(line.db, line.channel, case, agent, message, kept, now)
    arrived = isinstance(outcome, Accepted)
    async with line.db.write() as conn:
        if isinstance(outcome, Accepted) and outcome.message_id is not None:
            await announced_calls.keep_message(conn, begun.call, outcome.message_id)
        elif not arrived:
            await announced_calls.remove(conn, begun.call)
            await cases.add_event(conn, case.case_id, events.NotToldOfCall(), now, actor_id=agent.telegram_id)
    return Announced(begun.code, begun.zone, arrived)


@dataclass(frozen=True, slots=True)
class Begun:
    """A call that the customer's chat is to be told of, in their `language`."""

    call: AnnouncedCall
    code: Code
    zone: str
    language: str


@refusals(NoCall)
async def _begin(line: Line, case: Case, agent: Agent, now: datetime) -> Begun | TooOften:
    async with acting_on(line.db, case, agent, now, waiting="refused") as act:
        return await begin(act, line.book)


async def begin(act: Acting, book: PolicyBook, *, again: bool = True) -> Begun | TooOften:
    """Notes that the agent is calling, if that may be; else raises `Refusal`. `again`: also where they have begun
    already, and nobody knows whether the chat was told."""
    conn, case, agent, now, customer = act.conn, act.case, act.agent, act.now, act.facts.customer
    if (too_often := await _too_often(conn, book, case, agent, now)) is not None:
        await act.note(events.CodeShown(too_often=True))
        return too_often
    await _refuse(conn, book, case, now)
    verdict = await call_verdict(conn, book, customer, now)
    if isinstance(verdict, TooMany) or verdict.never or verdict.opens is not None:
        raise Refusal(NoCall("not_now", customer.zone, verdict))
    until = now + CALL_LASTS
    call = AnnouncedCall(case.customer_id, case.case_id, agent.telegram_id, agent.name, now, until, None)
    if await announced_calls.begin(conn, case.customer_id, case.case_id, agent.telegram_id, now, until):
        await act.note(events.CodeShown())
        await act.note(events.Calling(until))
    elif again:
        call = await _untold(conn, case, agent, now)
    else:
        raise Refusal(NoCall("calling"))
    await assignment.worked(conn, case.case_id, now)
    code = code_of_call(await code_key(conn), case.customer_id, call.began_at, call.until)
    return Begun(call, code, customer.zone, customer.spoken)


async def _untold(conn: Connection, case: Case, agent: Agent, now: datetime) -> AnnouncedCall:
    """The call that this agent began, if the chat or the agent may not know of it because the program was killed."""
    call = await announced_calls.now_calling(conn, case.customer_id, now)
    if call is None or call.agent_id != agent.telegram_id:
        raise Refusal(NoCall("calling"))
    if call.message is not None and not await update_idempotency.has_acted(conn):
        raise Refusal(NoCall("calling"))
    return call


async def _refuse(conn: Connection, book: PolicyBook, case: Case, now: datetime) -> None:
    nobody = await telegram_links.linked_user(conn, case.customer_id) is None
    if nobody or await reachability.with_wrong_person(conn, [case.customer_id]):
        raise Refusal(NoCall("no_chat"))
    if (await calls.reach_of(conn, case.customer_id)).wrong_since is not None:
        raise Refusal(NoCall("wrong_number"))
    if await calls.announced_since(conn, case.case_id, now - timedelta(hours=1)) >= MOST_AN_HOUR:
        raise Refusal(NoCall("too_many"))


async def _too_often(conn: Connection, book: PolicyBook, case: Case, agent: Agent, now: datetime) -> TooOften | None:
    """An agent must not collect codes of many customers; the limits are those of phone numbers."""
    await calls.lock_agent(conn, agent.telegram_id)
    return too_many(book.current.desk, await calls.codes_since(conn, agent.telegram_id, now - DAY), case, now)


async def end_calls(duty: Duty, brand: str, now: datetime) -> None:
    """Says in each chat whose call is over that nobody is calling any more. What cannot be said is tried again, for an
    hour."""
    await _say_that_over(duty.db, duty.channel, brand, now)


async def _say_that_over(
    db: Database, channel: TelegramChannel, brand: str, now: datetime, customer_id: str | None = None
) -> None:
    """Of all customers, or of one."""
    async with db.read() as conn:
        ended = await announced_calls.over(conn, now, AT_ONCE, customer_id)
    for call in ended:
        if await _is_said(db, channel, call, brand, now) or now - call.until > GIVE_UP_AFTER:
            async with db.write() as conn:
                await announced_calls.remove(conn, call)


async def _is_said(db: Database, channel: TelegramChannel, call: AnnouncedCall, brand: str, now: datetime) -> bool:
    """Whether nothing is left to say: it is said, or there is no message to change. In the chat of an account that was
    linked since, the number of the message is that of another one."""
    async with db.read() as conn:
        link = await telegram_links.last_link(conn, call.customer_id)
        facts = await facts_of(conn, call.customer_id)
    if link is None or link.ended_at is not None or link.linked_at > call.began_at or facts is None:
        return True
    if call.message is None:
        return now - call.began_at > ON_ITS_WAY
    t = translator(facts.customer.spoken)
    message = views.call_over(t, call.agent_name, brand, call.began_at, facts.customer.zone)
    outcome = await channel.change(str(link.user_id), call.message, message)
    return isinstance(outcome, Accepted) or (isinstance(outcome, Refused) and outcome.for_good)
