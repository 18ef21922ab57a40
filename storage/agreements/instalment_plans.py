"""Instalment plans as rows: an agent proposes one and the customer agrees or declines, or the customer asks for one and
an agent agrees or refuses. An agreed plan has a hold for each of its instalments, which stops reminders; `holds_ending`
decides whether it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Insert, Row, Select, Text, Update, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.rules.agreements.instalment_plans import ANSWER_WITHIN, Part, Plan
from bot.rules.cases.case_events_agreements import PlanProposed
from bot.rules.cases.event_codec import decode
from bot.rules.facts.money import Money
from storage.agreements.holds import IN_FORCE, Hold, set_hold
from storage.agreements.promises_kept import left_of_plan, paid_since_plan
from storage.agreements.told_debts import paid
from storage.cases.cases import add_event
from storage.cases.event_rows import is_a
from storage.runtime.prepared import NOW, prepared
from storage.schema import Instant, case_events, holds, instalments, plan_debts, plan_parts, plans

_PLAN = bindparam("given_plan_id", type_=BigInteger())

OPEN_STATES = ("proposed", "asked", "agreed")


async def propose(
    conn: AsyncConnection,
    customer_id: str,
    case_id: int,
    parts: Sequence[Part],
    about: Sequence[str],
    agent_id: int,
    now: datetime,
) -> int:
    """Stores a proposal; it replaces an earlier one without an answer. `about` are the ids of the instalments whose
    payments count. Returns the plan's id."""
    await withdraw_proposals(conn, customer_id, now)
    currency = parts[0].amount.currency
    row = {
        "customer_id": customer_id,
        "case_id": case_id,
        "currency": currency,
        "state": "proposed",
        "proposed_by": agent_id,
        "proposed_at": now,
    }
    plan_id = await _write(conn, row, parts, about)
    proposed = PlanProposed(
        plan_id,
        parts=len(parts),
        amount=sum(p.amount.amount for p in parts),
        currency=currency,
        until=parts[-1].due_date,
        about=tuple(about),
        paid=sum(row.paid for row in await _owed(conn, about)),
    )
    await add_event(conn, case_id, proposed, now, actor_id=agent_id)
    return plan_id


async def ask(
    conn: AsyncConnection,
    customer_id: str,
    case_id: int | None,
    parts: Sequence[Part],
    about: Sequence[str],
    now: datetime,
) -> int:
    """Stores a plan that the customer made: it waits for `settle`. It replaces an earlier one that waits for an answer
    of either side. Returns the plan's id."""
    await withdraw_proposals(conn, customer_id, now)
    row = {
        "customer_id": customer_id,
        "case_id": case_id,
        "currency": parts[0].amount.currency,
        "state": "asked",
        "proposed_at": now,
    }
    return await _write(conn, row, parts, about)


async def _write(conn: AsyncConnection, row: dict[str, Any], parts: Sequence[Part], about: Sequence[str]) -> int:
    paid_before = sum(debt.paid for debt in await _owed(conn, about))
    plan_id = int((await conn.execute(_making(), {**row, "paid_before": paid_before})).scalar_one())
    rows = [{"plan_id": plan_id, "part": p.number, "due_date": p.due_date, "amount": p.amount.amount} for p in parts]
    await conn.execute(_making_parts(), rows)
    debts = [{"plan_id": plan_id, "instalment_id": instalment_id} for instalment_id in sorted(set(about))]
    await conn.execute(_making_debts(), debts)
    return plan_id


@prepared
def _making() -> ReturningInsert[*tuple[Any, ...]]:
    return insert(plans).returning(plans.c.plan_id)


@prepared
def _making_parts() -> Insert:
    return insert(plan_parts)


@prepared
def _making_debts() -> Insert:
    return insert(plan_debts)


async def plan(conn: AsyncConnection, plan_id: int) -> Plan | None:
    row = (await conn.execute(_by_id(), {_PLAN.key: plan_id})).first()
    return await _plan(conn, row) if row else None


@prepared
def _by_id() -> Select[*tuple[Any, ...]]:
    return select(plans).where(plans.c.plan_id == _PLAN)


async def latest(conn: AsyncConnection, customer_id: str, *states: str) -> Plan | None:
    """The customer's newest plan in one of these states; None if there is none."""
    row = (await conn.execute(_latest(states), {"given_customer_id": customer_id})).first()
    return await _plan(conn, row) if row else None


@prepared
def _latest(states: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    theirs = plans.c.customer_id == bindparam("given_customer_id", type_=plans.c.customer_id.type)
    return select(plans).where(theirs, plans.c.state.in_(states)).order_by(plans.c.plan_id.desc()).limit(1)


async def _plan(conn: AsyncConnection, row: Row[*tuple[Any, ...]]) -> Plan:
    found = (await conn.execute(_parts(), {_PLAN.key: row.plan_id})).all()
    parts = [Part(p.part, p.due_date, Money(p.amount, row.currency)) for p in found]
    came_in, left = await _so_far(conn, row.plan_id)
    return Plan(
        plan_id=row.plan_id,
        customer_id=row.customer_id,
        case_id=row.case_id,
        state=row.state,
        parts=tuple(parts),
        paid=Money(came_in, row.currency),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        ended_at=row.ended_at,
        left=left,
    )


@prepared
def _parts() -> Select[*tuple[Any, ...]]:
    return select(plan_parts).where(plan_parts.c.plan_id == _PLAN).order_by(plan_parts.c.part)


async def _so_far(conn: AsyncConnection, plan_id: int) -> tuple[int, int | None]:
    """What has come in for the plan's instalments since it was agreed, and what is left of them; nothing before that,
    and nothing is known of what is left."""
    row = (await conn.execute(_agreed(), {_PLAN.key: plan_id})).first()
    return (0, None) if row is None else (max(0, int(row.came_in)), int(row.left))


@prepared
def _agreed() -> Select[*tuple[Any, ...]]:
    columns = paid_since_plan(ended=True).label("came_in"), left_of_plan(ended=True).label("left")
    return select(*columns).where(holds.c.plan_id == _PLAN, holds.c.kind == "plan")


# --- Deciding --------------------------------------------------------------------------------------------------------


async def decide(conn: AsyncConnection, plan_id: int, customer_id: str, agreed: bool, now: datetime) -> bool:
    """Stores the customer's answer, once; False if there is no open proposal with this id for this customer."""
    open_ = (plans.c.state == "proposed", plans.c.proposed_at > now - ANSWER_WITHIN)
    decided = update(plans).where(plans.c.plan_id == plan_id, plans.c.customer_id == customer_id, *open_)
    state = {"state": "agreed"} if agreed else {"state": "declined", "ended_at": now}
    return (await conn.execute(decided.values(decided_at=now, **state))).rowcount > 0


async def about(conn: AsyncConnection, instalment_plan: Plan) -> list[str]:
    """The ids of the instalments that a plan is about."""
    ids, _ = await _terms(conn, instalment_plan)
    return list(ids)


@prepared
def _debts() -> Select[*tuple[Any, ...]]:
    of_plan = select(plan_debts.c.instalment_id).where(plan_debts.c.plan_id == _PLAN)
    return of_plan.order_by(plan_debts.c.instalment_id)


async def _terms(conn: AsyncConnection, instalment_plan: Plan) -> tuple[Sequence[str], int | None]:
    """The ids of the plan's instalments, and what had been paid on them before it; earlier releases wrote both into the
    event of the proposal."""
    this = {_PLAN.key: instalment_plan.plan_id}
    ids: list[str] = list((await conn.execute(_debts(), this)).scalars())
    if ids:
        return ids, (await conn.execute(_by_id(), this)).one().paid_before
    proposal = await _proposal(conn, instalment_plan)
    return (proposal.about, proposal.paid) if proposal else ((), None)


async def _proposal(conn: AsyncConnection, instalment_plan: Plan) -> PlanProposed | None:
    """The event of an agent's proposal. None if it was erased."""
    query = select(case_events.c.body).where(case_events.c.case_id == instalment_plan.case_id, is_a(PlanProposed))
    written = [decode(PlanProposed.kind, row.body) for row in (await conn.execute(query)).all()]
    proposals = (event for event in written if isinstance(event, PlanProposed))
    return next((event for event in proposals if event.plan == instalment_plan.plan_id), None)


async def begin(conn: AsyncConnection, instalment_plan: Plan, now: datetime) -> None:
    """Sets a hold for each of the plan's instalments, which stops reminders about them. The customer's promises end,
    because the plan replaces them."""
    ids, noted = await _terms(conn, instalment_plan)
    owed = await _owed(conn, ids)
    # What was paid between the proposal and the answer was paid for the plan.
    paid_before = sum(row.paid for row in owed) if noted is None else noted
    given = (IN_FORCE, holds.c.customer_id == instalment_plan.customer_id, holds.c.kind.in_(("promise", "plan")))
    await conn.execute(update(holds).where(*given).values(ended_at=now, ended_why="replaced"))
    for number, row in enumerate(owed):
        hold = Hold(
            instalment_plan.customer_id,
            "hold" if number else "plan",
            instalment_plan.until,
            instalment_id=row.instalment_id,
            set_by=instalment_plan.proposed_by,
            reason=f"plan {instalment_plan.plan_id}",
            amount=None if number else instalment_plan.total.amount,
            currency=None if number else instalment_plan.total.currency,
            case_id=instalment_plan.case_id,
            plan_id=instalment_plan.plan_id,
            paid_before=None if number else paid_before,
        )
        await set_hold(conn, hold, now)


async def left_of(conn: AsyncConnection, instalment_plan: Plan) -> tuple[int, bool]:
    """What is left to pay of the instalments of a proposal, in minor units, and whether all of it was paid since."""
    ids, noted = await _terms(conn, instalment_plan)
    owed = await _owed(conn, ids)
    came_in = 0 if noted is None else sum(row.paid for row in owed) - noted
    return sum(row.outstanding for row in owed), came_in >= instalment_plan.total.amount


async def _owed(conn: AsyncConnection, instalment_ids: Sequence[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    return (await conn.execute(_owing(), {"given_instalment_ids": list(instalment_ids)})).all()


@prepared
def _owing() -> Select[*tuple[Any, ...]]:
    these = instalments.c.instalment_id.in_(bindparam("given_instalment_ids", type_=Text(), expanding=True))
    query = select(instalments.c.instalment_id, instalments.c.outstanding, paid().label("paid")).where(these)
    return query.order_by(instalments.c.due_date, instalments.c.instalment_id)


async def withdraw(conn: AsyncConnection, instalment_plan: Plan, now: datetime) -> bool:
    """Withdraws a plan that is proposed or agreed; False if it is neither any more."""
    return await _end(conn, instalment_plan, "withdrawn", now)


async def replaced(conn: AsyncConnection, instalment_plan: Plan, now: datetime) -> bool:
    """Another plan takes the place of this one; False if it is not in force any more."""
    return await _end(conn, instalment_plan, "replaced", now)


async def _end(conn: AsyncConnection, instalment_plan: Plan, why: str, now: datetime) -> bool:
    gone = update(plans).where(plans.c.plan_id == instalment_plan.plan_id, plans.c.state.in_(OPEN_STATES))
    if not (await conn.execute(gone.values(state=why, ended_at=now))).rowcount:
        return False
    of_plan = update(holds).where(IN_FORCE, holds.c.plan_id == instalment_plan.plan_id)
    await conn.execute(of_plan.values(ended_at=now, ended_why=why))
    return True


async def settle(conn: AsyncConnection, plan_id: int, agent_id: int | None, now: datetime, *, agreed: bool) -> bool:
    """What the customer asked for is agreed, by an agent or (None) by the policy, or refused; False if it does not wait
    for that any more."""
    waits = update(plans).where(plans.c.plan_id == plan_id, plans.c.state == "asked")
    state = {"state": "agreed"} if agreed else {"state": "refused", "ended_at": now}
    return (await conn.execute(waits.values(proposed_by=agent_id, decided_at=now, **state))).rowcount > 0


async def count_ended(conn: AsyncConnection, customer_id: str, why: str, since: datetime) -> int:
    """How many plans of this customer ended that way since `since`."""
    values = {"given_customer_id": customer_id, "given_since": since}
    return int((await conn.execute(_ended(why), values)).scalar_one())


@prepared
def _ended(why: str) -> Select[*tuple[Any, ...]]:
    theirs = plans.c.customer_id == bindparam("given_customer_id", type_=Text())
    since = plans.c.ended_at >= bindparam("given_since", type_=Instant())
    return select(func.count()).select_from(plans).where(theirs, plans.c.state == why, since)


async def withdraw_proposals(conn: AsyncConnection, customer_id: str, now: datetime) -> int:
    """Withdraws what waits for an answer, of the customer or of an agent. Returns how many."""
    return (await conn.execute(_withdrawing(), {"given_customer_id": customer_id, NOW.key: now})).rowcount


@prepared
def _withdrawing() -> Update:
    theirs = plans.c.customer_id == bindparam("given_customer_id", type_=Text())
    waits = plans.c.state.in_(("proposed", "asked"))
    return update(plans).where(theirs, waits).values(state="withdrawn", ended_at=NOW)


async def any_expired(conn: AsyncConnection, now: datetime) -> bool:
    return (await conn.execute(_any_old(), {"given_proposed_before": now - ANSWER_WITHIN})).first() is not None


@prepared
def _any_old() -> Select[*tuple[Any, ...]]:
    before = bindparam("given_proposed_before", type_=plans.c.proposed_at.type)
    return select(plans.c.plan_id).where(plans.c.state == "proposed", plans.c.proposed_at <= before).limit(1)


async def expire(conn: AsyncConnection, now: datetime) -> list[tuple[int, int | None]]:
    """Withdraws proposals that were not answered in time. Returns the plan id and case id of each."""
    old = (plans.c.state == "proposed", plans.c.proposed_at <= now - ANSWER_WITHIN)
    gone = update(plans).where(*old).values(state="withdrawn", ended_at=now)
    return [
        (r.plan_id, r.case_id) for r in (await conn.execute(gone.returning(plans.c.plan_id, plans.c.case_id))).all()
    ]
