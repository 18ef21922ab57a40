"""Agreeing: what an agent settles with a customer in a case: a promise to pay a sum by a day, a plan of instalments, a
hold, a dispute. Only whoever has the case can; a case that waits becomes theirs by what is done in it, and not by words
that say nothing which can be. What comes of a promise is found by `following_up`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from bot.rules.agreements import promises
from bot.rules.cases.case import Case
from bot.rules.customers import text_parsing
from bot.rules.customers.text_parsing import NotSaid, SaidAmount
from bot.rules.facts.customer_facts import Instalment, Standing, total
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import beginning, local_day
from storage.agreements import case_agreements, holds, instalment_plans
from storage.agreements.holds import Hold
from storage.cases import cases, queue
from storage.cases.agents import Agent
from storage.facts.customer_facts import standing
from storage.runtime.engine import Connection, Database

MOST_HOLD_DAYS = 60

Reason = Literal[
    "usage",  # nothing, or not all of it, was said
    "not_yours",  # somebody else has the case: `name`
    "away",  # whoever is away gets no case that waits
    "closed",
    "amount_unreadable",
    "amount_decimals",
    "amount_zero",
    "which_currency",  # in each of which something is owed: `amounts`
    "other_currency",  # the same
    "more_than_owed",  # which is `amounts`
    "nothing_owed",
    "nothing_due_by",  # that day; the next of it is due on `day`
    "day_unreadable",
    "day_past",
    "day_too_far",  # the last that can be agreed is `day`
    "plan_stands",  # until `day`
    "parts",  # not as many as can be
    "too_small",  # to be divided so often: `amounts`
    "days",  # not as many as can be
    "none_stands",  # nothing there to be taken back
    "no_such_instalment",
    "disputed_already",
    "not_reachable",  # a plan has to be agreed to by the customer, whom nothing reaches
]


@dataclass(frozen=True, slots=True)
class NotAgreed:
    """Why it was not done, with what whoever asked needs to mend it."""

    reason: Reason
    name: str = ""
    amounts: tuple[Money, ...] = ()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed now: a promise of `amount` by `until`, or a hold without one. `today` is the customer's day;
    `customer` what they are told by."""

    case: Case
    facts: Standing
    today: date
    until: date
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """A case that whoever acts may act in, with what is known of its customer."""

    case: Case
    facts: Standing
    today: date
    stands: Sequence[Hold]

    @property
    def owed(self) -> tuple[Instalment, ...]:
        """What can be promised: unsettled and undisputed, earliest due first."""
        disputed = {hold.instalment_id for hold in self.stands if hold.kind == "dispute" and hold.instalment_id}
        return promises.can_be_promised(self.facts, disputed)

    @property
    def plan_until(self) -> date | None:
        return next((hold.until for hold in self.stands if hold.kind == "plan" and hold.plan_id is not None), None)


async def promise(db: Database, desk: Desk, case: Case, agent: Agent, words: str, now: datetime) -> Agreed | NotAgreed:
    """`/promise AMOUNT DATE`: the customer will pay that sum by that day, and the case waits until then. The same twice
    is one promise."""
    async with db.write() as conn:
        seen = await look_at(conn, case, agent, now)
        if isinstance(seen, NotAgreed):
            return seen
        read = _read_promise(seen, words)
        if isinstance(read, NotAgreed):
            return read
        here = await take_in_hand(conn, seen, agent, now)
        if isinstance(here, NotAgreed):
            return here
        amount, day = read
        await _set_promise(conn, here, agent, amount, day, now)
        await rest_until_over(conn, here, agent.telegram_id, promises.rests_through(desk, day), now)
        body = f"{day.isoformat()} {amount.amount} {amount.currency}"
        await cases.add_event(conn, case.case_id, "promise_agreed", now, actor_id=agent.telegram_id, body=body)
    return Agreed(here.case, here.facts, here.today, day, amount)


async def cancel_promise(db: Database, case: Case, agent: Agent, now: datetime) -> Agreed | NotAgreed:
    """`/promise cancel`: reminders go on, and the case waits no more."""
    return await _cancel(db, case, agent, "promise", now)


async def hold(db: Database, case: Case, agent: Agent, words: str, now: datetime) -> Agreed | NotAgreed:
    """`/hold DAYS [reason]`: all reminders rest for so many days, and the case waits until then."""
    number, _, reason = words.strip().partition(" ")
    days = text_parsing.said_days(number)
    async with db.write() as conn:
        seen = await look_at(conn, case, agent, now)
        if isinstance(seen, NotAgreed):
            return seen
        if days is None or not 1 <= days <= MOST_HOLD_DAYS:
            return NotAgreed("days" if number else "usage")
        here = await take_in_hand(conn, seen, agent, now)
        if isinstance(here, NotAgreed):
            return here
        until = here.today + timedelta(days=days)
        why = " ".join(reason.split())[:300] or None
        rests = Hold(case.customer_id, "hold", until, set_by=agent.telegram_id, reason=why, case_id=case.case_id)
        await holds.set_hold(conn, rests, now)
        await rest_until_over(conn, here, agent.telegram_id, until, now)
        body = f"{until.isoformat()} {why}" if why else until.isoformat()
        await cases.add_event(conn, case.case_id, "hold_set", now, actor_id=agent.telegram_id, body=body)
    return Agreed(here.case, here.facts, here.today, until)


async def cancel_hold(db: Database, case: Case, agent: Agent, now: datetime) -> Agreed | NotAgreed:
    return await _cancel(db, case, agent, "hold", now)


async def look_at(conn: Connection, case: Case, agent: Agent, now: datetime) -> Here | NotAgreed:
    """Sees whether the case is theirs, or waits for somebody, or they are a supervisor. A case that waits goes on
    waiting."""
    current = await cases.case(conn, case.case_id)
    assert current is not None, "a case is never deleted"
    if (why := _why_not(current, agent)) is not None:
        return why
    facts = await standing(conn, case.customer_id)
    assert facts is not None, "a case's customer is never deleted, only forgotten"
    stands = await holds.standing_of(conn, case.customer_id)
    return Here(current, facts, local_day(facts.customer.zone, now), stands)


async def take_in_hand(conn: Connection, seen: Here, agent: Agent, now: datetime) -> Here | NotAgreed:
    """Claims a case that waits, for what is done in it right after. It may have changed hands meanwhile."""
    if agent.away_since is None:
        await queue.claim(conn, seen.case.case_id, agent.telegram_id, now)
    current = await cases.case(conn, seen.case.case_id)
    assert current is not None, "a case is never deleted"
    return _why_not(current, agent) or replace(seen, case=current)


def _why_not(case: Case, agent: Agent) -> NotAgreed | None:
    if case.state == "closed":
        return NotAgreed("closed")
    if case.owner_id is None:
        return None if agent.away_since is None else NotAgreed("away")
    if case.owner_id == agent.telegram_id or agent.role == "supervisor":
        return None
    return NotAgreed("not_yours", case.owner_name or "")


async def rest_until_over(conn: Connection, here: Here, agent_id: int, last: date, now: datetime) -> None:
    """The case rests until that day is over. By then it was found out what came of it; if not, it is there again."""
    over = beginning(here.facts.customer.zone, last + timedelta(days=1))
    await queue.snooze(conn, here.case.case_id, over, agent_id, now)


async def _cancel(db: Database, case: Case, agent: Agent, kind: str, now: datetime) -> Agreed | NotAgreed:
    async with db.write() as conn:
        seen = await look_at(conn, case, agent, now)
        if isinstance(seen, NotAgreed):
            return seen
        stood = next((h for h in seen.stands if h.kind == kind and h.plan_id is None), None)
        if stood is None:
            return NotAgreed("none_stands")
        here = await take_in_hand(conn, seen, agent, now)
        if isinstance(here, NotAgreed):
            return here
        await holds.withdraw_alone(conn, case.customer_id, kind, now)
        await queue.worked(conn, case.case_id, now)
        await case_agreements.rest_no_more(conn, case.case_id)
        await cases.add_event(conn, case.case_id, f"{kind}_withdrawn", now, actor_id=agent.telegram_id)
    return Agreed(here.case, here.facts, here.today, stood.until)


# --- Reading a promise -----------------------------------------------------------------------------------------------

_FILLERS = frozenset({"by", "on", "until", "before", "till"})


def _read_promise(here: Here, words: str) -> tuple[Money, date] | NotAgreed:
    """The sum and the day, or what is wrong with them."""
    rest = [word for word in text_parsing.normalised(words).split() if word.casefold() not in _FILLERS]
    if len(rest) < 2:
        return NotAgreed("usage")
    if here.plan_until is not None:
        return NotAgreed("plan_stands", day=here.plan_until)
    day, amount = text_parsing.said_day(rest[-1], here.today), rest[:-1]
    if day is None and (first := text_parsing.said_day(rest[0], here.today)) is not None:
        day, amount = first, rest[1:]
    if day is None:
        return NotAgreed("day_unreadable")
    if (wrong := day_that_can_be(here.today, day)) is not None:
        return wrong
    return _promised_sum(here, " ".join(amount), day)


def day_that_can_be(today: date, day: date) -> NotAgreed | None:
    """What is wrong with a day that was said, if anything is."""
    last = today + timedelta(days=promises.AGREED_WITHIN_DAYS)
    if day < today:
        return NotAgreed("day_past", day=day)
    return NotAgreed("day_too_far", day=last) if day > last else None


def _promised_sum(here: Here, words: str, day: date) -> tuple[Money, date] | NotAgreed:
    owed = here.owed
    if not owed:
        return NotAgreed("nothing_owed")
    read = read_amount(words, owed)
    if isinstance(read, NotAgreed):
        return read
    of_currency = tuple(i for i in owed if i.outstanding.currency == read.currency)
    due = promises.promised_for(of_currency, day)
    if not due:
        return NotAgreed("nothing_due_by", day=of_currency[0].due_date)
    (whole,) = total(of_currency)
    amount = read.money if read.money is not None else total(due)[0]
    if whole < amount:
        return NotAgreed("more_than_owed", amounts=(whole,))
    return amount, day


def read_amount(words: str, owed: Collection[Instalment]) -> SaidAmount | NotAgreed:
    sums = total(tuple(owed))
    try:
        return text_parsing.said_amount(words, [money.currency for money in sums])
    except NotSaid as wrong:
        reasons: dict[str, Reason] = {
            "decimals": "amount_decimals",
            "zero": "amount_zero",
            "which_currency": "which_currency",
            "other_currency": "other_currency",
        }
        return NotAgreed(reasons.get(wrong.why, "amount_unreadable"), amounts=sums)


async def _set_promise(conn: Connection, here: Here, agent: Agent, amount: Money, day: date, now: datetime) -> None:
    stood = next((h for h in here.stands if h.kind == "promise"), None)
    if stood is not None and (stood.until, stood.amount, stood.case_id) == (day, amount.amount, here.case.case_id):
        return
    given = Hold(
        here.case.customer_id,
        "promise",
        day,
        set_by=agent.telegram_id,
        amount=amount.amount,
        currency=amount.currency,
        case_id=here.case.case_id,
        paid_before=await holds.paid_in(conn, here.case.customer_id, amount.currency),
    )
    await holds.set_hold(conn, given, now)
    await instalment_plans.withdraw_proposals(conn, here.case.customer_id, now)
