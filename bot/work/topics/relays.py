"""Relays: carries an agent's messages to the customer and the customer's to the topic, in order within a case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.channels.telegram_relay import Place, as_new, can_be_album, how_many_join, ids, joined, words_of
from bot.message import Message
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Introduced, NotPassedOn, Undelivered
from bot.views.cases.talk_with_agent import introduced, not_passed_on
from bot.views.topics.talk import edited
from bot.work.cases import calls_outside
from bot.work.kept_messages import BY_BOT, call_of, message_of, plan_of
from bot.work.topics.sent_files import FILE, end_kept, send_kept
from bot.work.topics.topics import LOST_AFTER, DeskParts, Later, TopicGone, in_topic, read_case
from locales import translator
from storage.agreements import case_agreements, instalment_plans
from storage.cases import agents, cases
from storage.customers import reachability, telegram_links
from storage.facts.customer_facts import facts_of
from storage.reminders import contacts
from storage.reminders.contacts import Outgoing
from storage.runtime import updates
from storage.runtime.engine import Connection, is_unavailable
from storage.runtime.updates import lane_of_topic
from storage.runtime.write_retry import persist
from storage.topics import message_places, relays
from storage.topics.relays import Head, Relay

log = structlog.get_logger()

Direction = Literal["in", "out"]

EDITS = ("edit_text", "edit_caption", "edit_media")
# If an edit comes too late for the message in the topic, it is posted as a new message: no customer's words are lost.
# The customer deleted the message, or knows that the edit was too late; or it perhaps arrived, which is no reason to
# send it again.
NOT_TOLD_TO_SENDER = ("message_gone", "case_closed", "in_doubt")
TOO_LATE = ("original_unknown", "not_editable", "message_gone")
# The parts of an album come one by one. It is complete when no part has come for so long and none is in the inbox, or
# when something else has come. It never waits longer than ALBUM_MOST_S, even if the inbox is stuck.
ALBUM_QUIET_S = 0.6
ALBUM_MOST_S = 10.0
MOST_PARTS = 10
# A message that may have arrived, although no answer came, is tried again after these waits and then no more: a person
# reads each copy, and later messages wait for it.
IN_DOUBT_AFTER = (timedelta(seconds=3), timedelta(seconds=30))
MOST_TRIES = len(IN_DOUBT_AFTER) + 1


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The outcome of a relay or an album as a whole, and what each accepted part became. `tried` holds the last parts
    attempted; a temporary refusal applies only to them."""

    outcome: Outcome
    done: dict[int, Accepted]
    tried: Sequence[Relay]


async def carry_words(desk: DeskParts, case: Case, direction: Direction) -> None:
    """Passes on what waits, oldest first. Raises `Later` if a message cannot go now: later messages wait too."""
    while together := await _claim(desk, case, direction):
        if any(relay.doubts > MOST_TRIES for relay in together):
            await persist(lambda taken=together: _give_up(desk, case, taken))  # type: ignore[misc]
            continue
        outcome = await (_to_topic(desk, case, together) if direction == "in" else _to_customer(desk, case, together))
        if isinstance(outcome, Refused) and not outcome.for_good:
            raise Later(outcome.reason)


async def _claim(desk: DeskParts, case: Case, direction: Direction) -> list[Relay]:
    """The next message, the next complete album, or the texts that are sent as one."""
    seen, loop = 0, asyncio.get_running_loop()
    ends_at = loop.time() + ALBUM_MOST_S
    while True:
        async with desk.db.read() as conn:
            head = await relays.next_relay(conn, case.case_id, direction)
            if head is None:
                return []
            if head.album is None or head.followed or head.parts >= MOST_PARTS or loop.time() >= ends_at:
                break
            if head.parts == seen and not await updates.any_waits(conn, _lane_of(case, head)):
                break
        seen = head.parts
        await asyncio.sleep(ALBUM_QUIET_S)
    now = desk.clock.now()
    doubted_before = [now - wait for wait in IN_DOUBT_AFTER]
    async with desk.db.write() as conn:
        claimed = await relays.claim_next(
            conn,
            head,
            desk.worker,
            now,
            now - LOST_AFTER,
            doubted_before=doubted_before,
            together=_together(head),
        )
        if not claimed and await relays.in_doubt(conn, case.case_id, direction):
            raise Later("in_doubt")
    return claimed


def _together(head: Head) -> list[int]:
    """The texts that are sent as one message, because a group takes few messages; none if they do not join."""
    number = how_many_join([content for _, content in head.texts])
    return [relay_id for relay_id, _ in head.texts[:number]]


def _lane_of(case: Case, head: Head) -> str:
    """The inbox lane of messages from there."""
    return str(head.source_chat) if head.direction == "in" else lane_of_topic(head.source_chat, case.thread_id)


async def _give_up(desk: DeskParts, case: Case, together: list[Relay]) -> None:
    """Ends parts that were tried often enough without an outcome, because the program was killed each time; the other
    parts of their album go on."""
    spent = [relay for relay in together if relay.doubts > MOST_TRIES]
    async with desk.db.write() as conn:
        await relays.put_back(conn, [relay.relay_id for relay in together if relay not in spent], desk.clock.now())
    await _record(desk, case, spent, _Delivery(Refused(True, "in_doubt"), {}, spent), 0)


async def _to_topic(desk: DeskParts, case: Case, together: list[Relay]) -> Outcome:
    chat_id = desk.forum_of(case).chat_id
    card_id = case.card_id if case.thread_id is None else None  # without topics, messages are replies to the card

    async def deliver(relay: Relay, target: Place | None) -> Outcome:
        if target is None:
            return Refused(True, "original_unknown")
        return await in_topic(desk, case, lambda: _pass_on(desk, relay, target))

    async def deliver_or_say_anew(relay: Relay, target: Place | None) -> Outcome:
        outcome = await deliver(relay, target)
        if isinstance(outcome, Accepted) or relay.kind not in EDITS or outcome.reason not in TOO_LATE:
            return outcome
        _, t = await read_case(desk, case.case_id)
        kind, content = as_new(relay.kind, relay.content, edited(t))
        about = target.message_id if target is not None and outcome.reason == "not_editable" else None
        there = Place(chat_id, case.thread_id, about or card_id)  # as a reply to the old message
        return await deliver(replace(relay, kind=kind, content=content), there)

    async def deliver_as_one(target: Place) -> Outcome:
        return await in_topic(desk, case, lambda: _pass_as_one(desk, together, target))

    try:
        target = await _place(desk, together[0], chat_id, case.thread_id, card_id)
        delivery = await _deliver(together, target, deliver_as_one, deliver_or_say_anew)
    except BaseException as error:
        left = _perhaps_left(error)
        await persist(lambda: _put_back(desk, together, left))
        raise
    await persist(lambda: _record(desk, case, together, delivery, chat_id))
    outcome = delivery.outcome
    if isinstance(outcome, Refused) and outcome.for_good and outcome.reason not in NOT_TOLD_TO_SENDER:
        await _tell_sender(desk, case)
    return outcome


async def _to_customer(desk: DeskParts, case: Case, together: list[Relay]) -> Outcome:
    async def deliver(relay: Relay, target: Place | None) -> Outcome:
        return Refused(True, "original_unknown") if target is None else await _pass_on(desk, relay, target)

    try:
        async with desk.db.read() as conn:
            user_id = await telegram_links.linked_user(conn, case.customer_id)
        target = None if user_id is None else await _place(desk, together[0], user_id, None)
        if user_id is None or target is None:
            nowhere = Refused(True, "not_linked" if user_id is None else "original_unknown")
            delivery = _Delivery(nowhere, {}, together)
        else:
            introduction = await _introduce(desk, case, user_id, together[0])
            delivery = _Delivery(introduction, {}, together)
            if isinstance(introduction, Accepted):
                delivery = await _deliver(together, target, lambda to: _pass_as_one(desk, together, to), deliver)
    except BaseException as error:
        left = _perhaps_left(error)
        await persist(lambda: _put_back(desk, together, left))
        raise
    await persist(lambda: _record(desk, case, together, delivery, user_id or 0))
    return delivery.outcome


async def _deliver(
    together: list[Relay],
    target: Place | None,
    deliver_as_one: Callable[[Place], Awaitable[Outcome]],
    deliver: Callable[[Relay, Place | None], Awaitable[Outcome]],
) -> _Delivery:
    """Sends an album, or texts that were joined, as one message. If Telegram refuses that, or there is only one part,
    sends part by part."""
    if target is not None and (_are_joined(together) or can_be_album([relay.kind for relay in together])):
        outcome = await deliver_as_one(target)
        if isinstance(outcome, Accepted):
            numbers = [outcome] * len(together) if _are_joined(together) else ids(outcome, len(together))
            done = {relay.relay_id: number for relay, number in zip(together, numbers, strict=True)}
            return _Delivery(numbers[0], done, together)
        if not outcome.for_good or outcome.address_lost or outcome.reason == "in_doubt":
            return _Delivery(outcome, {}, together)
    done, whole = {}, None
    for relay in together:
        outcome = await deliver(relay, target)
        if isinstance(outcome, Accepted):
            done[relay.relay_id] = outcome
        elif not outcome.for_good:
            return _Delivery(outcome, done, (relay,))
        if not isinstance(whole, Refused):
            whole = outcome  # of several refusals the first one is reported
    assert whole is not None, "nothing was claimed"
    return _Delivery(whole, done, together)


async def _pass_on(desk: DeskParts, relay: Relay, target: Place) -> Outcome:
    if relay.kind in EDITS and not await _is_editable(desk, relay, target):
        return Refused(True, "not_editable")
    if relay.kind == BY_BOT:
        return _last_doubt([relay], await _say_by_bot(desk, relay, target))
    if relay.kind == FILE:
        return _last_doubt([relay], await send_kept(desk.db, desk.relaying, relay, target))
    source = (relay.source_chat, relay.source_message)
    return _last_doubt([relay], await desk.relaying.pass_on(relay.kind, relay.content, source, target))


async def _say_by_bot(desk: DeskParts, relay: Relay, target: Place) -> Outcome:
    said: Message | Outcome = message_of(relay.content)
    if call_of(relay.content) is not None:
        said = await calls_outside.what_is_told(desk.db, desk.brand, relay, desk.clock.now())
    if not isinstance(said, Message):
        return said
    return await desk.channel.deliver(str(target.chat_id), said, priority=Priority.INTERACTIVE)


async def _is_editable(desk: DeskParts, relay: Relay, target: Place) -> bool:
    """Whether the target message holds only this relay: its number is known, and it contains no other text."""
    if target.message_id is None:
        return False
    async with desk.db.read() as conn:
        return not await message_places.is_joined(conn, (target.chat_id, target.message_id), relay.source_message)


async def _pass_as_one(desk: DeskParts, together: list[Relay], target: Place) -> Outcome:
    contents = [relay.content for relay in together]
    if _are_joined(together):
        source = (together[0].source_chat, together[0].source_message)
        return _last_doubt(together, await desk.relaying.pass_on("text", joined(contents), source, target))
    return _last_doubt(together, await desk.relaying.pass_album(contents, target))


def _are_joined(together: Sequence[Relay]) -> bool:
    return len(together) > 1 and all(relay.kind == "text" for relay in together)


def _last_doubt(tried: Sequence[Relay], outcome: Outcome) -> Outcome:
    """An outcome that was unclear often enough becomes final."""
    doubted = isinstance(outcome, Refused) and outcome.reason == "in_doubt"
    if doubted and any(relay.doubts >= MOST_TRIES for relay in tried):
        return Refused(True, "in_doubt")
    return outcome


def _perhaps_left(error: BaseException) -> bool:
    """Whether an attempt with this error may have arrived: not if its topic is gone or the database failed."""
    return not isinstance(error, TopicGone) and not (isinstance(error, Exception) and is_unavailable(error))


async def _place(
    desk: DeskParts, relay: Relay, chat_id: int, thread_id: int | None, otherwise: int | None = None
) -> Place | None:
    """Where a relay goes: the message on the other side that it edits or answers; `otherwise` if it answers none. None
    for an edit of a message that is not there."""
    about = relay.source_message if relay.kind in EDITS else relay.reply_to
    if about is None:
        return Place(chat_id, thread_id, otherwise)
    async with desk.db.read() as conn:
        other = await message_places.target_of(conn, relay.source_chat, about)
        if other is None and relay.kind not in EDITS:
            other = await message_places.source_of(conn, relay.source_chat, about)
    if other is not None and other[1] is not None and other[1] < 0:
        other = None  # a button's, which is no message
    if relay.kind in EDITS:
        return Place(chat_id, thread_id, other[1]) if other and other[0] == chat_id else None
    return Place(chat_id, thread_id, other[1] if other and other[0] == chat_id else otherwise)


async def _introduce(desk: DeskParts, case: Case, user_id: int, relay: Relay) -> Outcome:
    """Says who is writing, before their first message in a case and whenever it is no longer who was named last: a
    supervisor may write in a colleague's case. If it only perhaps arrived it is sent once more, and then no more."""
    if relay.kind == BY_BOT or relay.kind in EDITS:
        return Accepted("")  # it says itself whose doing it is, or changes what they wrote under their name
    now = desk.clock.now()
    async with desk.db.read() as conn:
        case = await cases.case(conn, case.case_id) or case  # its agent may have taken it since it was read
        writer_id = relay.agent_id or case.owner_id
        known = writer_id is None or await cases.introduced_last(conn, case.case_id) == writer_id
        name = None if writer_id is None or known else await agents.name_of(conn, writer_id)
        facts = await facts_of(conn, case.customer_id)
    if known or name is None or facts is None:
        return Accepted("")
    message = introduced(translator(facts.customer.spoken), name, desk.brand)
    outcome = await desk.channel.deliver(str(user_id), message, priority=Priority.INTERACTIVE)
    if relay.doubts > 1 and isinstance(outcome, Refused) and outcome.reason == "in_doubt":
        outcome = Accepted("")

    async def write() -> None:
        async with desk.db.write() as conn:
            await cases.add_event(conn, case.case_id, Introduced(), now, actor_id=writer_id)

    if isinstance(outcome, Accepted):
        await persist(write)
    return outcome


async def _record(desk: DeskParts, case: Case, together: list[Relay], delivery: _Delivery, chat_id: int) -> None:
    """Writes down the outcome of a relay or an album: the map of message ids, the evidence, and what the other side has
    to know."""
    now, first, outcome, done = desk.clock.now(), together[0], delivery.outcome, delivery.done
    async with desk.db.write() as conn:
        is_there = False
        for number in {accepted.message_id for accepted in done.values()}:
            there = [relay_id for relay_id, accepted in done.items() if accepted.message_id == number]
            is_there |= await relays.record_accepted(conn, there, (chat_id, number))
        left = [relay.relay_id for relay in together if relay.relay_id not in done]
        if isinstance(outcome, Refused) and not outcome.for_good:
            doubtful = {relay.relay_id for relay in delivery.tried} if outcome.reason == "in_doubt" else set()
            await relays.put_back(conn, left, now, doubtful)
            return
        reason = outcome.reason if isinstance(outcome, Refused) else ""
        if left:
            is_there |= await relays.record_refused(conn, left, reason)
            await _take_back(conn, together, left, now)
        for relay in together:
            if relay.kind == FILE:
                await end_kept(conn, relay, done.get(relay.relay_id))
            elif _tells_of_call(relay):
                await calls_outside.note_told(conn, relay, done.get(relay.relay_id, outcome), now)
        # An edit of a message that never went to the customer, such as a note, does not concern them.
        if first.direction == "out" and reason != "original_unknown":
            body = message_of(first.content).plain() if first.kind == BY_BOT else words_of(first.kind, first.content)
            if not is_there:  # the customer was forgotten while it was sent: it left, and what it said is nowhere
                body, outcome = None, Accepted("") if isinstance(outcome, Accepted) else outcome
            await _evidence(conn, case, first, outcome, now, body)
        elif first.direction == "in" and reason:
            await cases.add_event(conn, case.case_id, NotPassedOn(reason), now, to_tell=True)


def _tells_of_call(relay: Relay) -> bool:
    return relay.kind == BY_BOT and call_of(relay.content) is not None


async def _take_back(conn: Connection, together: Sequence[Relay], left: Sequence[int], now: datetime) -> None:
    """Takes back a plan that the customer never saw; the case does not wait for their answer."""
    for relay in together:
        plan_id = plan_of(relay.content) if relay.kind == BY_BOT and relay.relay_id in left else None
        plan = None if plan_id is None else await instalment_plans.plan(conn, plan_id)
        if plan is not None and plan.state == "proposed" and await instalment_plans.withdraw(conn, plan, now):
            await case_agreements.rest_no_more(conn, relay.case_id)


async def _evidence(
    conn: Connection, case: Case, first: Relay, outcome: Outcome, now: datetime, body: str | None
) -> None:
    of_case = {"case_id": case.case_id, "agent_id": first.agent_id}
    message = Outgoing(case.customer_id, "telegram", "agent", body, **of_case)
    contact_id = await contacts.record_attempt(conn, message, now)
    if isinstance(outcome, Accepted):
        await contacts.record_result(conn, contact_id, "accepted", reference=outcome.reference or None)
        return
    await contacts.record_result(conn, contact_id, "refused", reason=outcome.reason)
    if not _tells_of_call(first):
        told = Undelivered(outcome.reason, edit=first.kind in EDITS and not outcome.address_lost)
        await cases.add_event(conn, case.case_id, told, now, to_tell=True)
    if outcome.address_lost:
        await reachability.mark_channel_dead(conn, case.customer_id, "telegram", outcome.reason, now)
        await cases.mark_card_stale(conn, [case.customer_id])


async def _tell_sender(desk: DeskParts, case: Case) -> None:
    """Tells the customer that a message of theirs did not arrive. The topic is told in any case, so once is enough."""
    async with desk.db.read() as conn:
        user_id = await telegram_links.linked_user(conn, case.customer_id)
        facts = await facts_of(conn, case.customer_id)
    if user_id is not None and facts is not None:
        message = not_passed_on(translator(facts.customer.spoken))
        await desk.channel.deliver(str(user_id), message, priority=Priority.INTERACTIVE)


async def _put_back(desk: DeskParts, together: list[Relay], perhaps_left: bool) -> None:
    ids = [relay.relay_id for relay in together]
    async with desk.db.write() as conn:
        await relays.put_back(conn, ids, desk.clock.now(), ids if perhaps_left else ())
