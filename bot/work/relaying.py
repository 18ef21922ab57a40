"""Relaying: an agent's words to the customer and the customer's to the topic, one case's in their order."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.channels import Accepted, Outcome, Refused
from bot.channels.pacer import Priority
from bot.channels.telegram_relay import Place
from bot.message import Message
from bot.rules.cases import Case
from bot.rules.facts import Standing
from bot.rules.hours import is_open
from bot.views.person import case_closed, introduced, thanks_for_paying
from bot.work.persisting import persist
from bot.work.topics import LOST_AFTER, DeskParts, Later, in_topic
from locales import translator
from storage import cases, contacts, people, relays
from storage.engine import Connection
from storage.relays import Relay
from storage.standings import standing

log = structlog.get_logger()

EDITS = ("edit_text", "edit_caption", "edit_media")


async def carry_words(desk: DeskParts, case: Case) -> None:
    """Passes on what waits, oldest first. Raises `Later` where one cannot go now: what comes after it waits too."""
    directions = ("in", "out") if case.topic == "open" else ("out",)
    while relay := await _claim(desk, case, directions):
        outcome = await (_to_topic(desk, case, relay) if relay.direction == "in" else _to_customer(desk, case, relay))
        if isinstance(outcome, Refused) and not outcome.for_good:
            raise Later(outcome.reason)


async def _claim(desk: DeskParts, case: Case, directions: tuple[str, ...]) -> Relay | None:
    now = desk.clock.now()
    async with desk.db.write() as conn:
        return await relays.claim_first(conn, case.case_id, desk.worker, now, now - LOST_AFTER, directions=directions)


async def _to_topic(desk: DeskParts, case: Case, relay: Relay) -> Outcome:
    assert desk.forum is not None
    try:
        target = await _place(desk, relay, desk.forum.chat_id, case.thread_id)
        if target is None:
            outcome: Outcome = Refused(True, "original_unknown")
        else:
            place = target
            outcome = await in_topic(
                desk,
                case,
                lambda: desk.relaying.pass_on(
                    relay.kind, relay.content, (relay.source_chat, relay.source_message), place
                ),
            )
    except BaseException:
        await persist(lambda: _put_back(desk, relay))
        raise
    await persist(lambda: _record(desk, case, relay, outcome, desk.forum.chat_id if desk.forum else 0))
    return outcome


async def _to_customer(desk: DeskParts, case: Case, relay: Relay) -> Outcome:
    try:
        async with desk.db.read() as conn:
            user_id = await people.linked_user(conn, case.customer_id)
        target = None if user_id is None else await _place(desk, relay, user_id, None)
        if user_id is None or target is None:
            outcome: Outcome = Refused(True, "not_linked" if user_id is None else "original_unknown")
        else:
            outcome = await _introduce(desk, case, user_id)
            if isinstance(outcome, Accepted):
                source = (relay.source_chat, relay.source_message)
                outcome = await desk.relaying.pass_on(relay.kind, relay.content, source, target)
    except BaseException:
        await persist(lambda: _put_back(desk, relay))
        raise
    await persist(lambda: _record(desk, case, relay, outcome, user_id or 0))
    return outcome


async def _place(desk: DeskParts, relay: Relay, chat_id: int, thread_id: int | None) -> Place | None:
    """Where a relay goes: the message that it edits or answers on the other side. None for an edit of what never
    went there."""
    about = relay.source_message if relay.kind in EDITS else relay.reply_to
    if about is None:
        return Place(chat_id, thread_id)
    async with desk.db.read() as conn:
        other = await relays.target_of(conn, relay.source_chat, about)
        if other is None and relay.kind not in EDITS:
            other = await relays.source_of(conn, relay.source_chat, about)
    if relay.kind in EDITS:
        return Place(chat_id, thread_id, other[1]) if other and other[0] == chat_id else None
    return Place(chat_id, thread_id, other[1] if other and other[0] == chat_id else None)


async def _introduce(desk: DeskParts, case: Case, user_id: int) -> Outcome:
    """Says once for each case and agent who is writing, before their first words."""
    now = desk.clock.now()
    async with desk.db.read() as conn:
        case = await cases.case(conn, case.case_id) or case  # whoever writes may have taken it since it was read
        known = await cases.was_introduced(conn, case.case_id, case.owner_id)
        its_standing = await standing(conn, case.customer_id)
    if known or case.owner_name is None or its_standing is None:
        return Accepted("")
    t = translator(its_standing.customer.language or "en")
    message = introduced(t, case.owner_name, desk.brand)
    outcome = await desk.channel.deliver(str(user_id), message, priority=Priority.INTERACTIVE)

    async def write() -> None:
        async with desk.db.write() as conn:
            await cases.add_event(conn, case.case_id, "introduced", now, actor_id=case.owner_id)

    if isinstance(outcome, Accepted):
        await persist(write)
    return outcome


async def say_goodbye(desk: DeskParts, case: Case) -> None:
    """Tells a customer who had a talk with an agent that it has ended, and how to ask again."""
    async with desk.db.read() as conn:
        facts = await _talked_with(conn, case)
    if facts is not None:
        await _part(desk, case, case_closed(translator(facts.customer.language or "en")))


async def say_thanks(desk: DeskParts, case: Case) -> None:
    """Thanks a customer who had a talk with an agent and whose payment in full closed the case: within their sending
    hours, or not at all."""
    async with desk.db.read() as conn:
        facts = await _talked_with(conn, case)
        by_payment = await cases.had_event(conn, case.case_id, "paid")
    if facts is None or not by_payment:
        return
    customer = facts.customer
    policy = desk.policies().current.for_segment(customer.segment)
    # Nobody asked for it, so it keeps the hours of what is sent unasked. And it does not wait for them: next morning it
    # would be one more message about money, for no news at all.
    welcome = is_open(policy.sending_hours, customer.zone, desk.clock.now())
    if welcome and not customer.stopped and not policy.silenced_by:
        await _part(desk, case, thanks_for_paying(translator(customer.language or "en")))
    else:
        await persist(lambda: _parted(desk, case))


async def _talked_with(conn: Connection, case: Case) -> Standing | None:
    """The customer, if an agent was introduced to them in this case and there was no parting yet."""
    talked = await cases.was_introduced(conn, case.case_id, None)
    parted = await cases.had_event(conn, case.case_id, "parted")
    return await standing(conn, case.customer_id) if talked and not parted else None


async def _part(desk: DeskParts, case: Case, message: Message) -> None:
    async with desk.db.read() as conn:
        user_id = await people.linked_user(conn, case.customer_id)
    if user_id is None:
        return
    outcome = await desk.channel.deliver(str(user_id), message, priority=Priority.INTERACTIVE)
    if isinstance(outcome, Refused) and not outcome.for_good:
        raise Later(outcome.reason)
    await persist(lambda: _parted(desk, case))


async def _parted(desk: DeskParts, case: Case) -> None:
    async with desk.db.write() as conn:
        await cases.add_event(conn, case.case_id, "parted", desk.clock.now())


async def _record(desk: DeskParts, case: Case, relay: Relay, outcome: Outcome, chat_id: int) -> None:
    """Writes down what became of a relay: the map of message ids, the evidence, and what the agent has to know."""
    now = desk.clock.now()
    async with desk.db.write() as conn:
        if isinstance(outcome, Refused) and not outcome.for_good:
            await relays.put_back(conn, relay.relay_id)
            return
        if isinstance(outcome, Accepted):
            await relays.accepted(conn, relay.relay_id, (chat_id, int(outcome.reference)))
        else:
            await relays.refused(conn, relay.relay_id, outcome.reason)
        # An edit of what never went to the customer, such as a note, is none of theirs.
        if relay.direction == "out" and not (isinstance(outcome, Refused) and outcome.reason == "original_unknown"):
            await _evidence(conn, case, outcome, now)


async def _evidence(conn: Connection, case: Case, outcome: Outcome, now: datetime) -> None:
    contact_id = await contacts.attempted(conn, case.customer_id, "telegram", "agent", now, case_id=case.case_id)
    if isinstance(outcome, Accepted):
        await contacts.ended(conn, contact_id, "accepted", reference=outcome.reference)
        return
    await contacts.ended(conn, contact_id, "refused", reason=outcome.reason)
    await cases.add_event(conn, case.case_id, "undelivered", now, body=outcome.reason, to_tell=True)
    if outcome.address_lost:
        await people.bury_channel(conn, case.customer_id, "telegram", outcome.reason, now)
        await cases.mark_card_stale(conn, [case.customer_id])


async def _put_back(desk: DeskParts, relay: Relay) -> None:
    async with desk.db.write() as conn:
        await relays.put_back(conn, relay.relay_id)
