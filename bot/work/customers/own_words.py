"""What follows at once from a customer's own words, where no command says the same: danger, a hard time, a wrong
person, and a payment that the wallet has not told of yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.rules.agreements.holds import IN_DISTRESS, SAID_PAID, SAID_PAID_AGAIN, UNTIL_ENDED, said_paid_until
from bot.rules.case_reasons import CaseReason
from bot.rules.cases.case_events import InDistress, SaysRightPerson, SaysWrongPerson, Words
from bot.rules.policy.sending_hours import local_day
from bot.work.customers.customer_activity import read_facts
from bot.work.customers.linking import BY_NUMBER
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import agent_notices, agents, cases, cases_opening, snoozes
from storage.cases.agent_notices import AgentNotice
from storage.cases.agents import Agent
from storage.customers import reachability, telegram_chats, telegram_links
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database

ALERTED_AGAIN = timedelta(minutes=5)  # after so long the same words alert again


async def distress(db: Database, customer_id: str, user_id: int, said: str | None, now: datetime) -> None:
    """Opens a case that comes before all others, or raises the open one; every reminder rests; the supervisors and the
    case's owner are to be told in private."""
    async with db.write() as conn:
        await holds.set_hold(conn, Hold(customer_id, IN_DISTRESS, UNTIL_ENDED), now)
        case_id = await _case(conn, customer_id, user_id, CaseReason.DISTRESS, said, now)
        case = await cases.case(conn, case_id)
        assert case is not None
        await snoozes.put_first(conn, case_id, CaseReason.DISTRESS)
        if await cases.had_event_since(conn, case_id, InDistress(), now - ALERTED_AGAIN):
            return
        await cases.add_event(conn, case_id, InDistress(), now, to_tell=True)
        told = _to_alert(await agents.list_agents(conn), case.owner_id)
        notices = [AgentNotice(agent.telegram_id, case_id, InDistress, now, in_topic=True) for agent in told]
        if notices:
            await agent_notices.keep(conn, *notices)


async def hardship(db: Database, customer_id: str, user_id: int, said: str | None, now: datetime) -> None:
    """Opens a case about a hard time, unless one is open."""
    async with db.write() as conn:
        await _case(conn, customer_id, user_id, CaseReason.HARDSHIP, said, now)


async def wrong_person(db: Database, customer_id: str, user_id: int, said: str | None, now: datetime) -> None:
    """Somebody else has the chat now: no more reminders go to it, nor to a phone number by which it was linked, because
    that is theirs, too. Other channels may be the customer's own and stay. A case is opened, unless one is open."""
    async with db.write() as conn:
        known = True
        for channel in await _channels_of(conn, customer_id):
            known &= await reachability.why_channel_is_dead(conn, customer_id, channel) == reachability.WRONG_PERSON
            await reachability.revive_channel(conn, customer_id, channel)
            await reachability.mark_channel_dead(conn, customer_id, channel, reachability.WRONG_PERSON, now)
        case_id = await _case(conn, customer_id, user_id, CaseReason.WRONG_PERSON, said, now)
        if not (
            known and await cases.had_event(conn, case_id, SaysWrongPerson)
        ):  # it may be handled again after a kill
            await cases.add_event(conn, case_id, SaysWrongPerson(), now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])


async def right_person(db: Database, customer_id: str, now: datetime) -> None:
    """They are the customer after all: reminders go there again. An open case stays, and is told."""
    async with db.write() as conn:
        revived = False
        for channel in await _channels_of(conn, customer_id):
            if await reachability.why_channel_is_dead(conn, customer_id, channel) == reachability.WRONG_PERSON:
                revived |= await reachability.revive_channel(conn, customer_id, channel, wrong_person=True)
        case = await cases.open_case_of(conn, customer_id)
        if revived and case is not None:
            await cases.add_event(conn, case.case_id, SaysRightPerson(), now, to_tell=True)
            await cases.mark_card_stale(conn, [customer_id])


async def is_wrong_person(db: Database, customer_id: str) -> bool:
    """Whether who has the customer's chat said that they are somebody else."""
    return await db.read_together(_wrong_persons, customer_id)


async def _wrong_persons(conn: Connection, customer_ids: Sequence[str]) -> list[bool]:
    wrong = await reachability.with_wrong_person(conn, customer_ids)
    return [customer_id in wrong for customer_id in customer_ids]


async def _channels_of(conn: Connection, customer_id: str) -> tuple[str, ...]:
    """The channels that reach who has the customer's chat."""
    link = await telegram_links.live_link(conn, customer_id)
    return ("telegram", "sms") if link is not None and link.way in BY_NUMBER else ("telegram",)


async def said_paid(db: Database, customer_id: str, now: datetime) -> bool:
    """Reminders rest until the wallet's next facts, for 48 hours at most; nothing counts as paid. False if the customer
    said so before, and no payment was seen: then nothing rests, and a person is better."""
    facts = await read_facts(db, customer_id)
    until = said_paid_until(local_day(facts.customer.zone, now))
    async with db.write() as conn:
        if any(hold.kind == SAID_PAID for hold in await holds.in_force(conn, customer_id)):
            return True
        if await holds.was_said_paid_in_vain(conn, customer_id, now - SAID_PAID_AGAIN):
            return False
        await holds.set_hold(conn, Hold(customer_id, SAID_PAID, until), now)
        await cases.mark_card_stale(conn, [customer_id])
    return True


async def has_open_case(db: Database, customer_id: str) -> bool:
    """Whether a person has the customer's case, or will."""
    async with db.read() as conn:
        return await cases.open_case_of(conn, customer_id) is not None


def _to_alert(known: Sequence[Agent], owner_id: int | None) -> list[Agent]:
    """The supervisors and the case's owner, whether away or not; everybody where there is no supervisor."""
    told = [agent for agent in known if agent.is_supervisor or agent.telegram_id == owner_id]
    return told if any(agent.is_supervisor for agent in told) else list(known)


async def _case(
    conn: Connection, customer_id: str, user_id: int, reason: CaseReason, said: str | None, now: datetime
) -> int:
    """The customer's open case, or a new one with this reason and with what they wrote before it, `said` last. What is
    said in an open case was passed on to it already."""
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    today = local_day(facts.customer.zone, now)
    before = await telegram_chats.take_messages(conn, user_id)
    case_id, is_new = await cases_opening.open_asked(conn, customer_id, today, now, reason=reason)
    words = "\n".join(filter(None, (before, said if is_new else None)))
    if words:
        await cases.add_event(conn, case_id, Words(words[-telegram_chats.MOST_WORDS :]), now, to_tell=True)
    return case_id
