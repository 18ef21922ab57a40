"""Parting: sends the good-bye, or the thanks, once after a talk with an agent, together with the question how it
went.
"""

from __future__ import annotations

from bot.channels import Accepted, Outcome, Refused
from bot.channels.rate_limiter import Priority
from bot.message import Message
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import AllPaid, Closed, Introduced, Parted
from bot.rules.cases.case_events_agreements import PlanKept, PromiseKept
from bot.rules.facts.customer_facts import CustomerFacts
from bot.rules.facts.settlement import ENDINGS
from bot.rules.policy.sending_hours import is_open
from bot.views.cases.talk_with_agent import (
    case_closed,
    kept_and_told,
    settled_otherwise,
    talk_is_over,
    thanks_for_keeping,
    thanks_for_paying,
)
from bot.work.cases.ratings import ask_with_goodbye, not_taken, note_asked_with_goodbye
from bot.work.topics.topics import DeskParts, Later
from locales import Translator, translator
from storage.cases import cases
from storage.customers import telegram_links
from storage.facts.customer_facts import facts_of
from storage.reminders import receipts
from storage.runtime.engine import Connection
from storage.runtime.write_retry import persist


async def say_goodbye(desk: DeskParts, case: Case) -> None:
    """Tells a customer who talked with an agent that the talk has ended, and how to ask again."""
    async with desk.db.read() as conn:
        facts = await _talked_with(conn, case)
    if facts is not None:
        t = translator(facts.customer.spoken)
        await _part(desk, case, case_closed(t), t)


async def say_thanks(desk: DeskParts, case: Case) -> None:
    """Thanks a customer who talked with an agent and whose payment in full closed the case, or says why nothing is owed
    any more. Within their sending hours, or not at all."""
    kept = await was_kept(desk, case)
    async with desk.db.read() as conn:
        facts = await _talked_with(conn, case)
        by_payment = await cases.had_event(conn, case.case_id, AllPaid)
        # What became of the debt is said once, and if a receipt says it, the good-bye does not.
        told = case.closed_at is not None and await receipts.is_receipt_of(conn, case.customer_id, case.closed_at)
    ending = None if by_payment or kept or case.outcome not in ENDINGS else case.outcome
    if facts is None or not (by_payment or kept or (ending is not None and ending != "paid")):
        return
    customer = facts.customer
    policy = desk.policies().current.for_segment(customer.segment)
    # The customer did not ask for it, so it keeps to the sending hours. Outside them it is not sent later: the next
    # morning it would be one more message about money without any news.
    welcome = is_open(policy.sending_hours, customer.zone, desk.clock.now())
    if welcome and not customer.stopped and not policy.silenced_by:
        t = translator(customer.spoken)
        if told:
            await _part(desk, case, kept_and_told(t) if kept else talk_is_over(t), t)
        elif ending is not None:
            await _part(desk, case, settled_otherwise(t, ending), t)
        else:
            await _part(desk, case, thanks_for_keeping(t) if kept else thanks_for_paying(t), t)
    else:
        await persist(lambda: _parted(desk, case))


async def was_kept(desk: DeskParts, case: Case) -> bool:
    """Whether the case closed by itself because its agreement was kept."""
    async with desk.db.read() as conn:
        kept = await cases.had_event(conn, case.case_id, PromiseKept, PlanKept)
        return kept and not await cases.had_event(conn, case.case_id, Closed)


async def _talked_with(conn: Connection, case: Case) -> CustomerFacts | None:
    """The customer, if an agent was introduced to them in this case and there was no good-bye yet."""
    talked = await cases.had_event(conn, case.case_id, Introduced)
    parted = await cases.had_event(conn, case.case_id, Parted)
    return await facts_of(conn, case.customer_id) if talked and not parted else None


async def _part(desk: DeskParts, case: Case, message: Message, t: Translator) -> None:
    """Says good-bye, and asks how it went if that has to be asked."""
    async with desk.db.read() as conn:
        user_id = await telegram_links.linked_user(conn, case.customer_id)
    if user_id is None:
        return
    said = await ask_with_goodbye(desk.db, desk.policies().current, case.case_id, message, t, desk.clock.now())
    outcome = await desk.channel.deliver(str(user_id), said, priority=Priority.INTERACTIVE)
    asked = None if said is message else user_id
    if not await persist(lambda: _parted(desk, case, outcome, asked)):
        raise Later(outcome.reason if isinstance(outcome, Refused) else "")


async def _parted(desk: DeskParts, case: Case, outcome: Outcome | None = None, asked: int | None = None) -> bool:
    """Writes down that the talk has ended, and whether the question to `asked` was sent with it; False if the good-bye
    still has to be sent."""
    now = desk.clock.now()
    async with desk.db.write() as conn:
        over = False
        if asked is not None and isinstance(outcome, Accepted):
            await note_asked_with_goodbye(conn, case.case_id, outcome, now)
        elif asked is not None and isinstance(outcome, Refused):
            over = await not_taken(conn, case.case_id, asked, outcome, now)
        # A good-bye that perhaps arrived counts as sent: to get it again and again would be worse than not to get it.
        elif isinstance(outcome, Refused) and outcome.reason == "in_doubt":
            over = True
        if isinstance(outcome, Refused) and not outcome.for_good and not over:
            return False
        await cases.add_event(conn, case.case_id, Parted(), now)
    return True
