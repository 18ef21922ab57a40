"""What follows at once from a customer's own words where a person has to know: danger, and a hard time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.rules.agreements.rests import IN_DISTRESS, UNTIL_ENDED
from bot.rules.cases.case_events import InDistress, Words
from bot.rules.cases.reasons import DISTRESS, HARDSHIP
from bot.rules.policy.sending_hours import local_day
from storage.agreements import holds
from storage.agreements.holds import Hold
from storage.cases import agent_notices, agents, cases, cases_opening, queue
from storage.cases.agent_notices import AgentNotice
from storage.cases.agents import Agent
from storage.customers import people
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database

ALERTED_AGAIN = timedelta(minutes=5)  # after so long the same words alert again


async def distress(db: Database, customer_id: str, user_id: int, said: str | None, now: datetime) -> None:
    """Opens a case that comes before all others, or raises the open one; every reminder rests; the supervisors and the
    case's owner are to be told in private."""
    async with db.write() as conn:
        await holds.set_hold(conn, Hold(customer_id, IN_DISTRESS, UNTIL_ENDED), now)
        case_id = await _case(conn, customer_id, user_id, DISTRESS, said, now)
        case = await cases.case(conn, case_id)
        assert case is not None
        await queue.put_first(conn, case_id, DISTRESS)
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
        await _case(conn, customer_id, user_id, HARDSHIP, said, now)


def _to_alert(known: Sequence[Agent], owner_id: int | None) -> list[Agent]:
    """The supervisors and the case's owner, whether away or not; everybody where there is no supervisor."""
    told = [agent for agent in known if agent.role == "supervisor" or agent.telegram_id == owner_id]
    return told if any(agent.role == "supervisor" for agent in told) else list(known)


async def _case(conn: Connection, customer_id: str, user_id: int, reason: str, said: str | None, now: datetime) -> int:
    """The customer's open case, or a new one with this reason and with what they wrote before it, `said` last. What is
    said in an open case was passed on to it already."""
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    today = local_day(facts.customer.zone, now)
    before = await people.take_messages(conn, user_id)
    case_id, is_new = await cases_opening.open_asked(conn, customer_id, today, now, reason=reason)
    words = "\n".join(filter(None, (before, said if is_new else None)))
    if words:
        await cases.add_event(conn, case_id, Words(words[-people.MOST_WORDS :]), now, to_tell=True)
    return case_id
