"""Promises to pay: a customer chooses a day to pay by, and reminders rest until then. Here a promise is made, moved and
taken back; `agreement_outcomes` finds whether it was kept.

A promise that was agreed with an agent keeps its amount, its agent and what has come in for it when its day is moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.rules.agreements import promises
from bot.rules.agreements.disputes import disputes_of
from bot.rules.agreements.promise_choices import Choice, NotPromised, PartChoice, Promised, Said
from bot.rules.agreements.promises import rests_through
from bot.rules.cases.case_events_agreements import PromiseCancelled, PromiseMoved
from bot.rules.cases.case_events_agreements import Promised as CasePromised
from bot.rules.cases.event_codec import Event
from bot.rules.customers.promise_parsing import said_promise
from bot.rules.facts.customer_facts import CustomerFacts, Instalment, total
from bot.rules.facts.money import Money
from bot.rules.policy.desk_terms import Desk
from bot.rules.policy.sending_hours import beginning, local_day
from storage.agreements import case_agreements, holds
from storage.agreements.holds import Hold
from storage.agreements.promises import paid_in, promises_since
from storage.cases import cases, snoozes
from storage.facts.customer_facts import facts_of
from storage.runtime.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class _State:
    """The facts that decide which promises are possible."""

    facts: CustomerFacts
    today: date
    owed: tuple[Instalment, ...]
    promise: Hold | None
    plan: Hold | None
    made: int  # promises about these debts that were not kept, the present one included
    agreed: Money | None  # the amount of the present one, if it was agreed with an agent


async def offer(db: Database, desk: Desk, customer_id: str, now: datetime) -> Choice | NotPromised:
    """The days that the customer can choose from."""
    async with db.read() as conn:
        return _offer(await _state(conn, customer_id, now), desk)


async def offer_parts(db: Database, desk: Desk, customer_id: str, now: datetime) -> PartChoice | Choice | NotPromised:
    """The parts that the customer can choose from; the days, where there are none."""
    async with db.read() as conn:
        state = await _state(conn, customer_id, now)
    offered = _offer(state, desk)
    if isinstance(offered, NotPromised) or not offered.can_be_part:
        return offered
    return PartChoice(_parts(state, desk))


async def offer_part(
    db: Database, desk: Desk, customer_id: str, part: Money, now: datetime
) -> Choice | Said | PartChoice | NotPromised:
    """The days to choose from for a part; for the whole, where it is none any more."""
    async with db.read() as conn:
        state = await _state(conn, customer_id, now)
    offered = _offer(state, desk)
    if isinstance(offered, NotPromised) or not offered.days:
        return offered
    if (kept := _part(state, offered.days[-1], part)) is None:
        return offered
    return _too_small(state, desk, offered.days[-1], kept) or Said(offered.days, state.today, kept, False, False)


async def offer_said(
    db: Database, desk: Desk, customer_id: str, text: str, now: datetime
) -> Choice | Said | PartChoice | NotPromised:
    """What can be promised of what the customer's sentence says; the days to choose from if it names none that can."""
    async with db.read() as conn:
        state = await _state(conn, customer_id, now)
    offered = _offer(state, desk)
    if isinstance(offered, NotPromised):
        return offered
    sums = {money.currency: money for money in total(state.owed)}
    said = said_promise(text, state.today, sums)
    part = said.amount if said.amount is not None and said.amount < sums[said.amount.currency] else None
    part = part if state.agreed is None else None
    days = tuple(d for d in said.days if promises.can_be_chosen(state.owed, state.today, d, desk.promise_ahead))
    if offered.days and (too_small := _too_small(state, desk, offered.days[-1], part)):
        return too_small
    if not days and not said.named and part is None:
        return offered
    return Said(days or offered.days, state.today, part, is_other_day=said.named and not days, is_named=bool(days))


async def promise(
    db: Database, desk: Desk, customer_id: str, day: date | None, now: datetime, part: Money | None = None
) -> Promised | Choice | PartChoice | NotPromised:
    """Makes the promise for `day`, or moves the present one. It is about what is due by then, or about a `part` of it.
    A day that cannot be chosen (None: no day at all) changes nothing and returns the choice again; the same day twice
    is one promise."""
    async with db.write() as conn:
        state = await _state(conn, customer_id, now)
        part = _part(state, day, part)
        if state.promise is not None and state.promise.until == day and _is_of(state.promise, part):
            about = promises.promised_for(state.owed, day)
            return Promised(day, state.today, about, state.agreed or part, await _person(conn, customer_id))
        offered = _offer(state, desk)
        if isinstance(offered, NotPromised) or day is None:
            return offered
        if not promises.can_be_chosen(state.owed, state.today, day, desk.promise_ahead):
            return offered
        if too_small := _too_small(state, desk, day, part):
            return too_small
        about = promises.promised_for(state.owed, day)
        await _set(conn, desk, state, day, about, now, part)
        return Promised(day, state.today, about, state.agreed or part, await _person(conn, customer_id))


async def _person(conn: Connection, customer_id: str) -> str:
    return (await cases.names_of_owners(conn, [customer_id])).get(customer_id, "")


def _part(state: _State, day: date | None, part: Money | None) -> Money | None:
    """The part that is promised; None where it is no part of what is due by the day, or an agent agreed on a sum."""
    if part is None or day is None or state.agreed is not None:
        return None
    due = {money.currency: money for money in total(promises.promised_for(state.owed, day))}
    return part if part.currency in due and part < due[part.currency] else None


def _parts(state: _State, desk: Desk) -> tuple[Money, ...]:
    last = state.today + timedelta(days=desk.promise_ahead)
    return promises.parts_to_choose(state.owed, last, desk.promise_smallest)


def _too_small(state: _State, desk: Desk, day: date, part: Money | None) -> PartChoice | None:
    """The least part of what is due by the day, if this one is smaller than the policy allows."""
    due = {money.currency: money for money in total(promises.promised_for(state.owed, day))}
    if part is None or part.currency not in due:
        return None
    least = promises.smallest_part(due[part.currency], desk.promise_smallest)
    return PartChoice((least,), too_small=True) if part < least else None


def _is_of(promise: Hold, part: Money | None) -> bool:
    """Whether the present promise is of this part; without one, any is."""
    return part is None or (promise.amount, promise.currency) == (part.amount, part.currency)


async def cancel(db: Database, customer_id: str, now: datetime) -> bool:
    """Takes the promise back: reminders go on. False if there was none."""
    async with db.write() as conn:
        current = next((h for h in await holds.in_force(conn, customer_id) if h.kind == "promise"), None)
        if current is None:
            return False
        await holds.withdraw(conn, customer_id, now, kind="promise")
        await _tell_case(conn, customer_id, PromiseCancelled(), now)
        if current.case_id is not None:
            await snoozes.customer_waits(conn, current.case_id, now)  # the case rested for it
    return True


async def promised_until(db: Database, customer_id: str) -> date | None:
    """The day of the present promise, if there is one."""
    async with db.read() as conn:
        in_force = await holds.in_force(conn, customer_id)
    return next((hold.until for hold in in_force if hold.kind == "promise"), None)


async def _state(conn: Connection, customer_id: str, now: datetime) -> _State:
    facts = await facts_of(conn, customer_id)
    assert facts is not None, "a customer is never deleted, only forgotten"
    in_force = await holds.in_force(conn, customer_id)
    owed = promises.can_be_promised(facts, disputes_of(in_force))
    made = await promises_since(conn, customer_id, _promisable_since(owed)) if owed else 0
    current = next((hold for hold in in_force if hold.kind == "promise"), None)
    return _State(
        facts,
        local_day(facts.customer.zone, now),
        owed,
        promise=current,
        plan=next((hold for hold in in_force if hold.kind == "plan"), None),
        made=made,
        agreed=None if current is None else await _agreed(conn, current, owed),
    )


async def _agreed(conn: Connection, current: Hold, owed: tuple[Instalment, ...]) -> Money | None:
    """The amount of a promise that an agent agreed in a case, as far as it is still owed. None if there is no such
    promise; then the promise is about what is due, like one the customer made alone."""
    if current.set_by is None or current.case_id is None:
        return None
    if current.amount is None or current.currency is None or current.paid_before is None:
        return None
    left = sum(i.outstanding.amount for i in owed if i.outstanding.currency == current.currency)
    came_in = max(0, await paid_in(conn, current.customer_id, current.currency) - current.paid_before)
    return Money(min(current.amount, came_in + left), current.currency) if left else None


def _promisable_since(owed: tuple[Instalment, ...]) -> datetime:
    """The earliest instant at which the present debts could be promised; earlier promises were about other debts. It is
    a day before the due date, because in some time zone it is that day already."""
    first = min(i.due_date for i in owed) - timedelta(days=promises.SOON_DAYS + 1)
    return datetime.combine(first, time(0), UTC)


def _offer(state: _State, desk: Desk) -> Choice | NotPromised:
    until = state.promise.until if state.promise else None
    if state.plan is not None:
        return NotPromised("plan", state.today, state.plan.until)
    if not promises.calls_for_promise(state.owed, state.today):
        return NotPromised("nothing_due", state.today)
    choices_left = desk.promise_moves + 1 - state.made
    if choices_left <= 0:
        return NotPromised("moved_often", state.today, until)
    moves_left = choices_left if until else choices_left - 1  # the first choice moves nothing
    days = promises.days_to_choose(state.owed, state.today, desk.promise_ahead)
    can_be_part = state.agreed is None and bool(days) and bool(_parts(state, desk))
    return Choice(days, state.today, until, moves_left, state.agreed, can_be_part, _amount_of(state.promise))


def _amount_of(promise: Hold | None) -> Money | None:
    if promise is None or promise.amount is None or promise.currency is None:
        return None
    return Money(promise.amount, promise.currency)


async def _set(
    conn: Connection,
    desk: Desk,
    state: _State,
    day: date,
    about: tuple[Instalment, ...],
    now: datetime,
    part: Money | None,
) -> None:
    """A promise that an agent agreed stays that agent's when it is moved. Its case rests as long as it would if the
    agent had agreed on the new day."""
    customer_id, current, sums = state.facts.customer.customer_id, state.promise, total(about)
    amount = state.agreed or part or (sums[0] if len(sums) == 1 else None)
    if current is not None and state.agreed is not None:
        paid_before = current.paid_before
    else:
        paid_before = await paid_in(conn, customer_id, amount.currency) if amount else None
    hold = Hold(
        customer_id,
        "promise",
        day,
        set_by=current.set_by if current else None,
        amount=amount.amount if amount else None,
        currency=amount.currency if amount else None,
        case_id=current.case_id if current else None,
        paid_before=paid_before,
    )
    await holds.set_hold(conn, hold, now)
    if current is not None and current.case_id is not None:
        over = beginning(state.facts.customer.zone, rests_through(desk, day) + timedelta(days=1))
        await case_agreements.rest_until(conn, current.case_id, over)
    of_sum = (amount.amount, amount.currency) if amount else (None, None)
    if current is not None and current.set_by is not None:
        await _tell_case(conn, customer_id, PromiseMoved(day, current.until, *of_sum), now)
    else:
        await _tell_case(conn, customer_id, CasePromised(day, *of_sum), now)


async def _tell_case(conn: Connection, customer_id: str, event: Event, now: datetime) -> None:
    case = await cases.open_case_of(conn, customer_id)
    if case is not None:
        await cases.add_event(conn, case.case_id, event, now, to_tell=True)
        await cases.mark_card_stale(conn, [customer_id])
