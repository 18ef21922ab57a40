"""Words for later that an agent writes outside the case's topic: kept until their time, as those of `/later`, and taken
back. The topic is told both. `bot.work.topics.scheduled_messages` sends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.channels.telegram_relay import text_content
from bot.rules.cases.case_events_words import LaterDropped, LaterKept
from bot.rules.cases.snoozes import NoDay, checked_rest
from bot.rules.policy.policy import Policy
from bot.rules.policy.sending_hours import is_open, zones
from bot.work.acting import Refusal
from bot.work.acting_outside import CaseAction, NotDone, acting_outside, listed, locked, refusals_are_values
from bot.work.topics.held_words import Kept, held
from bot.work.topics.messages_outside import checked, refuse_unreachable
from storage.cases import assignment, cases
from storage.topics import held_words
from storage.topics.relays import NOWHERE, NewMessage


@refusals_are_values
async def keep(action: CaseAction, policy: Policy, at: datetime, text: str, found: Sequence[str] = ()) -> Kept:
    """Keeps the agent's words until then; a case without an owner becomes the agent's. `found` are the kinds of
    findings about which they were asked already."""
    words = checked(text)
    async with acting_outside(action) as act:
        conn, customer = act.conn, act.facts.customer
        sent_at = checked_rest(at, action.now)  # as far ahead as a case may rest
        if isinstance(sent_at, NoDay):
            raise Refusal(sent_at)
        zone = zones(customer.zone)[0].key
        if not is_open(policy.for_segment(customer.segment).sending_hours, customer.zone, sent_at):
            raise Refusal(NotDone("not_then"))
        await refuse_unreachable(act)
        await act.take()
        event = LaterKept(words, sent_at, zone)
        number = await cases.add_event(
            conn, action.case_id, event, action.now, actor_id=act.agent.telegram_id, to_tell=True
        )
        kept = NewMessage("text", text_content(words), (NOWHERE, -number))
        await held_words.keep(conn, held(act.case, act.agent, kept, action.now, sent_at, tuple(found), "later"))
        await assignment.worked(conn, action.case_id, action.now)
    return Kept(sent_at, zone)


@refusals_are_values
async def drop(action: CaseAction, held_id: int) -> bool:
    """Takes back words of the agent's own that wait for later in this case; refuses if none do."""
    async with action.db.write() as conn:
        me = await listed(conn, action.agent)
        await locked(conn, action.case_id, action.order)
        kept = await held_words.by_number(conn, held_id)
        if kept is None or (kept.agent_id, kept.case_id, kept.state) != (me.telegram_id, action.case_id, "later"):
            raise Refusal(NotDone("waits_no_more"))
        await held_words.end(conn, held_id, "dropped")
        await cases.add_event(conn, action.case_id, LaterDropped(), action.now, actor_id=me.telegram_id, to_tell=True)
        await action.order.end(conn, action.case_id)
    return True
