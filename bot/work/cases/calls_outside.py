"""An agent's call that is announced from outside the topic, by a process that may not speak with Telegram: what the
chat is told waits with the case's other words, and the desk tells it. The code is not written down: who tells it makes
it once more."""

from __future__ import annotations

from datetime import datetime

from bot.channels import Accepted, Outcome, Refused
from bot.message import Message
from bot.rules.cases.case_events import NotToldOfCall
from bot.rules.customers.genuine_codes import code_of_call
from bot.views.customers import genuine as views
from bot.work.acting import refusals
from bot.work.acting_outside import CaseAction, acting_outside, refusals_are_values
from bot.work.cases.announced_calls import Announced, NoCall, begin
from bot.work.cases.contact_disclosure import TooOften
from bot.work.customers.genuine import code_key
from bot.work.kept_messages import BY_BOT, call_of, kept
from bot.work.policy.policies import PolicyBook
from locales import translator
from storage.cases import announced_calls, cases
from storage.cases.announced_calls import AnnouncedCall
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database
from storage.topics import relays
from storage.topics.relays import Relay


@refusals_are_values
@refusals(NoCall)
async def announce(action: CaseAction, book: PolicyBook, brand: str) -> Announced | TooOften:
    """Has the customer's chat told that this agent is calling now; whether it arrived is not known yet."""
    async with acting_outside(action, waiting="refused") as act:
        begun = await begin(act, book, again=False)
        if isinstance(begun, TooOften):
            return begun
        told = views.calling(translator(begun.language), action.agent.name, None, brand, begun.call.until, begun.zone)
        content = kept(told, call_began_at=begun.call.began_at)
        await relays.add_from_outside(act.conn, action.case_id, BY_BOT, content, action.now, action.agent.telegram_id)
        return Announced(begun.code, begun.zone, arrived=None)


async def what_is_told(db: Database, brand: str, relay: Relay, now: datetime) -> Message | Outcome:
    """What the customer's chat is told of the call; what became of it, if it is over, or was told already."""
    async with db.read() as conn:
        call = await _call(conn, relay, now)
        if call is None:
            return Refused(True, "no_longer_true")
        if call.message is not None:
            return Accepted(str(call.message))
        facts, key = await facts_of(conn, call.customer_id), await code_key(conn)
    assert facts is not None, "a case's customer is never deleted, only forgotten"
    code, customer = code_of_call(key, call.customer_id, call.began_at, call.until), facts.customer
    return views.calling(translator(customer.spoken), call.agent_name, code, brand, call.until, customer.zone)


async def note_told(conn: Connection, relay: Relay, outcome: Outcome, now: datetime) -> None:
    """Writes down that the chat was told, or that it could not be; the topic is told either."""
    call = await _call(conn, relay, now)
    if isinstance(outcome, Accepted):
        await cases.tell_event(conn, -relay.source_message)
        if call is not None and outcome.message_id is not None:
            await announced_calls.keep_message(conn, call, outcome.message_id)
        return
    if call is not None:
        await announced_calls.remove(conn, call)
    await cases.add_event(conn, relay.case_id, NotToldOfCall(), now, actor_id=relay.agent_id, to_tell=True)


async def _call(conn: Connection, relay: Relay, now: datetime) -> AnnouncedCall | None:
    case = await cases.case(conn, relay.case_id)
    call = await announced_calls.now_calling(conn, case.customer_id, now) if case is not None else None
    return call if call is not None and call.began_at == call_of(relay.content) else None
