"""Cases: opened in sets for whoever needs a person, claimed by one agent, told in a topic, closed with an outcome."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, Date, Select, and_, exists, func, literal, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases import Case
from storage.debts import (
    Audience,
    Kind,
    Ladder,
    Minimums,
    StepDates,
    StepShape,
    can_reach_by_any,
    dates_of,
    debts,
    is_of,
)
from storage.engine import insert, insert_in
from storage.prepared import NOW, TODAY, prepared
from storage.schema import (
    accounts,
    agents,
    case_events,
    case_items,
    cases,
    customers,
    dead_channels,
    holds,
    instalments,
)

OPEN = cases.c.state != "closed"


# --- Opening, in sets ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Escalation:
    """A step of a ladder that calls a person, for an audience."""

    audience: Audience
    reason: str
    step: StepDates
    minimums: Minimums
    ladder: Ladder

    def statements(self, dialect: str) -> tuple[Any, Any, Any]:
        return _escalating(dialect, self.audience.kind, self.reason, self.step.shape, self.minimums, self.ladder)

    def values(self) -> dict[str, Any]:
        return {**self.audience.values(), **dates_of([self.step])}


async def calls_for_somebody(conn: AsyncConnection, by: Escalation) -> bool:
    """Whether there is anybody to open a case for, or whose case is to note another debt."""
    there_is_somebody, *_ = by.statements(conn.dialect.name)
    return (await conn.execute(there_is_somebody, by.values())).first() is not None


async def open_overdue(conn: AsyncConnection, by: Escalation, now: datetime) -> int:
    """Opens a case for each customer of the audience who has come to an escalation step, and notes the step's debts in
    the case they have already. Whose case was closed, whose rest is over and who still owes comes again: the last step
    has nothing after it. Returns how many cases were opened."""
    _, opening, items = by.statements(conn.dialect.name)
    values = {**by.values(), NOW.key: now}
    opened = await _open(conn, opening, values)
    await conn.execute(items, values)
    return opened


@prepared
def _escalating(
    dialect: str, kind: Kind, reason: str, step: StepShape, minimums: Minimums, ladder: Ladder
) -> tuple[Any, Any, Any]:
    """Whether there is anybody, their cases, and the debts these are about."""
    new = debts(kind, [step], minimums, ladder, but_not=_escalated)
    who = select(
        new.c.customer_id,
        literal(reason),
        func.min(new.c.due_date),
        literal(step[0]),
        literal(ladder.version),
        NOW,
        literal("waiting"),
    ).group_by(new.c.customer_id)
    return select(new.c.customer_id).limit(1), _opening(dialect, who), _add_items(dialect, new)


def _escalated(debt: Any, step: Any) -> Any:
    """A case is about this debt and step; or was, and the debt is not overdue yet, so that nothing rests. A payment
    that closed it and was reversed leaves the debt as if nobody had talked about it yet."""
    was_enough = and_(debt.c.due_date >= TODAY, func.coalesce(cases.c.outcome, "") != "paid")
    return (
        exists()
        .where(
            case_items.c.instalment_id == debt.c.instalment_id,
            case_items.c.step_id == step.c.step_id,
            case_items.c.due_date == debt.c.due_date,
            cases.c.case_id == case_items.c.case_id,
            or_(OPEN, was_enough),
        )
        .correlate(debt, step)
    )


async def open_unreachable(conn: AsyncConnection, channels: Collection[str], now: datetime) -> int:
    """Opens a case for each customer who has something unsettled, whose channel died, and whom no other of the
    channels reaches; once for each death: a case that was open since then knows of it."""
    return await _open(conn, _unreachable(conn.dialect.name, tuple(channels)), {NOW.key: now})


@prepared
def _unreachable(dialect: str, channels: tuple[str, ...]) -> Any:
    since_then = or_(cases.c.closed_at.is_(None), cases.c.closed_at >= dead_channels.c.since)
    about_it = exists().where(cases.c.customer_id == dead_channels.c.customer_id, since_then)
    # From those whose channel died to their debts: they are few.
    lost = (
        select(dead_channels.c.customer_id)
        .join(customers, customers.c.customer_id == dead_channels.c.customer_id)
        .where(customers.c.forgotten_at.is_(None), ~about_it, ~can_reach_by_any(dead_channels.c.customer_id, channels))
        .distinct()
    ).cte("lost")
    due_since = (
        select(func.min(instalments.c.due_date))
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(
            accounts.c.customer_id == lost.c.customer_id, instalments.c.outstanding > 0, instalments.c.status == "open"
        )
        .correlate(lost)
        .scalar_subquery()
    )
    who = select(
        lost.c.customer_id,
        literal("unreachable"),
        due_since,
        literal(None, cases.c.step_id.type),
        literal(None, cases.c.policy_version.type),
        NOW,
        literal("waiting"),
    )
    return _opening(dialect, who.where(due_since.is_not(None)))


async def open_for(conn: AsyncConnection, who: CTE, values: Mapping[str, Any], now: datetime) -> int:
    """Opens a case for each row of `who` (customer_id, reason, due_since) that has none open. `who` is prepared, and
    given `values` and the instant."""
    return await _open(conn, _for(conn.dialect.name, who), {**values, NOW.key: now})


@prepared
def _for(dialect: str, who: CTE) -> Any:
    return _opening(
        dialect,
        select(
            who.c.customer_id,
            who.c.reason,
            who.c.due_since,
            literal(None, cases.c.step_id.type),
            literal(None, cases.c.policy_version.type),
            NOW,
            literal("waiting"),
        ),
    )


async def open_asked(
    conn: AsyncConnection,
    customer_id: str,
    today: date,
    now: datetime,
    *,
    reason: str = "asked",
    due_since: date | None = None,
) -> tuple[int, bool]:
    """A case for a customer who asked for a person, or (`reason`) said something that needs one: theirs if they have
    one, else a new one. Returns its number and whether it is new. `due_since` counts where nothing is overdue."""
    overdue = (
        select(func.min(instalments.c.due_date))
        .join(accounts, accounts.c.account_id == instalments.c.account_id)
        .where(accounts.c.customer_id == customer_id, instalments.c.outstanding > 0, instalments.c.due_date < today)
    )
    due_since = (await conn.execute(overdue)).scalar() or due_since
    who = select(
        customers.c.customer_id,
        literal(reason),
        literal(due_since, Date),
        literal(None, cases.c.step_id.type),
        literal(None, cases.c.policy_version.type),
        literal(now, cases.c.opened_at.type),
        literal("waiting"),
    ).where(customers.c.customer_id == customer_id)
    opened = await _open(conn, _opening(conn.dialect.name, who))
    case = await open_case_of(conn, customer_id)
    assert case is not None
    if not opened and reason == "asked":
        await add_event(conn, case.case_id, "asked", now, to_tell=True)
    return case.case_id, bool(opened)


def _opening(dialect: str, who: Select[Any]) -> Any:
    """Inserts a case for each row of `who`, except for customers who have an open one."""
    names = ["customer_id", "reason", "due_since", "step_id", "policy_version", "opened_at", "state"]
    rows = who.cte("who")
    has_one = exists().where(cases.c.customer_id == rows.c.customer_id, OPEN).correlate(rows)
    statement = insert_in(dialect, cases).from_select(names, select(rows).where(~has_one)).on_conflict_do_nothing()
    return statement.returning(cases.c.case_id, cases.c.opened_at, cases.c.reason)


async def _open(conn: AsyncConnection, opening: Any, values: Mapping[str, Any] | None = None) -> int:
    """Opens the cases, and writes it in their histories."""
    opened = (await conn.execute(opening, values)).all()
    if opened:
        events = [{"case_id": c.case_id, "at": c.opened_at, "kind": "opened", "body": c.reason} for c in opened]
        await conn.execute(insert(conn, case_events), events)
    return len(opened)


def _add_items(dialect: str, new: CTE) -> Any:
    return (
        insert_in(dialect, case_items)
        .from_select(
            ["case_id", "instalment_id", "step_id", "due_date"],
            select(cases.c.case_id, new.c.instalment_id, new.c.step_id, new.c.due_date)
            .join(new, new.c.customer_id == cases.c.customer_id)
            .where(OPEN),
        )
        .on_conflict_do_nothing()
    )


# --- Closing, in sets ------------------------------------------------------------------------------------------------


async def close_paid(conn: AsyncConnection, audience: Audience, now: datetime) -> int:
    """Closes the cases of the audience whose debts are all settled, and has it said in their topics. While the customer
    says that something is not right, a person still has to see to that."""
    settled = await conn.execute(_settled(audience.kind), {**audience.values(), NOW.key: now})
    closed = [row.case_id for row in settled.all()]
    if closed:
        await conn.execute(
            insert(conn, case_events), [{"case_id": c, "at": now, "kind": "paid", "to_tell": True} for c in closed]
        )
    return len(closed)


@prepared
def _settled(kind: Kind) -> Any:
    disputed = exists().where(
        holds.c.customer_id == accounts.c.customer_id,
        holds.c.instalment_id == instalments.c.instalment_id,
        holds.c.kind == "dispute",
        holds.c.ended_at.is_(None),
    )
    owes_still = (
        exists()
        .where(
            accounts.c.customer_id == cases.c.customer_id,
            instalments.c.account_id == accounts.c.account_id,
            instalments.c.outstanding > 0,
            or_(
                instalments.c.due_date < TODAY,
                instalments.c.due_date <= cases.c.due_since,
                disputed.correlate(instalments, accounts),
            ),
        )
        .correlate(cases)
    )
    return (
        update(cases)
        .where(OPEN, cases.c.due_since.is_not(None), is_of(kind, cases.c.customer_id), ~owes_still)
        .values(state="closed", outcome="paid", closed_at=NOW)
        .returning(cases.c.case_id)
    )


# --- One case --------------------------------------------------------------------------------------------------------


async def case(conn: AsyncConnection, case_id: int) -> Case | None:
    return await _one(conn, cases.c.case_id == case_id)


async def case_of_topic(conn: AsyncConnection, chat_id: int, thread_id: int) -> Case | None:
    return await _one(conn, and_(cases.c.chat_id == chat_id, cases.c.thread_id == thread_id))


async def open_case_of(conn: AsyncConnection, customer_id: str) -> Case | None:
    return await _one(conn, and_(cases.c.customer_id == customer_id, OPEN))


async def _one(conn: AsyncConnection, which: Any) -> Case | None:
    row = (await conn.execute(_cases().where(which).order_by(cases.c.case_id.desc()).limit(1))).first()
    return _case(row) if row else None


async def names_of_owners(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, str]:
    """For each of these customers whose open case somebody claimed: the agent's name."""
    claimed = _cases().where(cases.c.customer_id.in_(customer_ids), cases.c.state == "claimed")
    return {row.customer_id: row.owner_name for row in (await conn.execute(claimed)).all() if row.owner_name}


def _cases() -> Select[Any]:
    return select(cases, agents.c.name.label("owner_name")).outerjoin(agents, agents.c.telegram_id == cases.c.owner_id)


def _case(row: Any) -> Case:
    return Case(
        case_id=row.case_id,
        customer_id=row.customer_id,
        reason=row.reason,
        state=row.state,
        opened_at=row.opened_at,
        due_since=row.due_since,
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        outcome=row.outcome,
        topic=row.topic,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        card_id=row.card_id,
        card_stale=row.card_stale,
    )


def _most_urgent_first() -> tuple[Any, ...]:
    """Who asked for a person is waiting for one; then the longest overdue; then the longest in the queue."""
    return (
        cases.c.reason != "asked",
        cases.c.due_since.is_(None),
        cases.c.due_since,
        cases.c.opened_at,
        cases.c.case_id,
    )


async def queue(conn: AsyncConnection, limit: int) -> tuple[list[Case], int]:
    """The most urgent cases that wait, and how many wait in all."""
    waits = cases.c.state == "waiting"
    rows = (await conn.execute(_cases().where(waits).order_by(*_most_urgent_first()).limit(limit))).all()
    total = (await conn.execute(select(func.count()).select_from(cases).where(waits))).scalar_one()
    return [_case(row) for row in rows], total


async def claim_next(conn: AsyncConnection, agent_id: int, now: datetime) -> int | None:
    """Claims the most urgent waiting case for this agent, in one statement: nobody else gets it."""
    first = (
        select(cases.c.case_id)
        .where(cases.c.state == "waiting")
        .order_by(*_most_urgent_first())
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    return await _claim(conn, cases.c.case_id == first, agent_id, now)


async def claim(conn: AsyncConnection, case_id: int, agent_id: int, now: datetime) -> bool:
    """Claims this case if nobody holds it."""
    return await _claim(conn, cases.c.case_id == case_id, agent_id, now) is not None


async def _claim(conn: AsyncConnection, which: Any, agent_id: int, now: datetime) -> int | None:
    taken = (
        update(cases)
        .where(which, cases.c.state == "waiting")
        .values(state="claimed", owner_id=agent_id, claimed_at=now, card_stale=true())
        .returning(cases.c.case_id)
    )
    case_id: int | None = (await conn.execute(taken)).scalar()
    if case_id is not None:
        await add_event(conn, case_id, "claimed", now, actor_id=agent_id)
    return case_id


async def release(conn: AsyncConnection, case_id: int, agent_id: int, now: datetime) -> bool:
    """Gives the case back to the queue; only who holds it can."""
    freed = (
        update(cases)
        .where(cases.c.case_id == case_id, cases.c.state == "claimed", cases.c.owner_id == agent_id)
        .values(state="waiting", owner_id=None, claimed_at=None, card_stale=true())
    )
    if not (await conn.execute(freed)).rowcount:
        return False
    await add_event(conn, case_id, "released", now, actor_id=agent_id)
    return True


async def release_all_of(conn: AsyncConnection, agent_id: int, now: datetime) -> int:
    """Gives back whatever this agent holds: they no longer work here."""
    held = select(cases.c.case_id).where(cases.c.state == "claimed", cases.c.owner_id == agent_id)
    ids: list[int] = list((await conn.execute(held)).scalars())
    for case_id in ids:
        await release(conn, case_id, agent_id, now)
    return len(ids)


async def close(conn: AsyncConnection, case_id: int, outcome: str, actor_id: int, now: datetime) -> bool:
    """Closes an open case with its outcome; False if it was closed already."""
    shut = (
        update(cases)
        .where(cases.c.case_id == case_id, OPEN)
        .values(state="closed", outcome=outcome, closed_at=now, card_stale=true())
    )
    if not (await conn.execute(shut)).rowcount:
        return False
    await add_event(conn, case_id, "closed", now, actor_id=actor_id, body=outcome)
    return True


# --- History, and what is still to be told in the topic --------------------------------------------------------------


async def add_event(
    conn: AsyncConnection,
    case_id: int,
    kind: str,
    now: datetime,
    *,
    actor_id: int | None = None,
    body: str | None = None,
    to_tell: bool = False,
) -> None:
    row = {"case_id": case_id, "at": now, "kind": kind, "actor_id": actor_id, "body": body, "to_tell": to_tell}
    await conn.execute(insert(conn, case_events).values(**row))


async def events_to_tell(conn: AsyncConnection, case_id: int) -> list[tuple[int, str, str | None]]:
    """Number, kind and text of each event that the topic has not been told, oldest first."""
    query = (
        select(case_events.c.event_id, case_events.c.kind, case_events.c.body)
        .where(case_events.c.case_id == case_id, case_events.c.to_tell)
        .order_by(case_events.c.event_id)
    )
    return [(row.event_id, row.kind, row.body) for row in (await conn.execute(query)).all()]


async def told(conn: AsyncConnection, event_id: int) -> None:
    await conn.execute(update(case_events).where(case_events.c.event_id == event_id).values(to_tell=False))


async def had_event(conn: AsyncConnection, case_id: int, kind: str) -> bool:
    query = select(case_events.c.event_id).where(case_events.c.case_id == case_id, case_events.c.kind == kind).limit(1)
    return (await conn.execute(query)).first() is not None


async def was_introduced(conn: AsyncConnection, case_id: int, agent_id: int | None) -> bool:
    """Whether the customer was told the name of this agent (None: of any) in this case."""
    query = select(case_events.c.event_id).where(case_events.c.case_id == case_id, case_events.c.kind == "introduced")
    if agent_id is not None:
        query = query.where(case_events.c.actor_id == agent_id)
    return (await conn.execute(query.limit(1))).first() is not None


async def mark_card_stale(conn: AsyncConnection, customer_ids: Sequence[str]) -> None:
    await conn.execute(update(cases).where(cases.c.customer_id.in_(customer_ids), OPEN).values(card_stale=True))


# --- Topics ----------------------------------------------------------------------------------------------------------


async def begin_topic(conn: AsyncConnection, case_id: int, now: datetime, lost_before: datetime) -> bool:
    """Takes the right to open this case's topic; False if it has one, or somebody is opening it. An attempt begun
    before `lost_before` was cut short by a kill."""
    free = or_(cases.c.topic.in_(("none", "gone")), and_(cases.c.topic == "opening", cases.c.topic_at < lost_before))
    begun = update(cases).where(cases.c.case_id == case_id, free).values(topic="opening", topic_at=now)
    return (await conn.execute(begun)).rowcount > 0


async def set_topic(conn: AsyncConnection, case_id: int, topic: str, **columns: Any) -> None:
    await conn.execute(update(cases).where(cases.c.case_id == case_id).values(topic=topic, **columns))


async def set_card(conn: AsyncConnection, case_id: int, *, card_id: int | None = None, stale: bool = False) -> None:
    changes: dict[str, Any] = {"card_stale": stale}
    if card_id is not None:
        changes["card_id"] = card_id
    await conn.execute(update(cases).where(cases.c.case_id == case_id).values(**changes))


async def without_topic(conn: AsyncConnection, limit: int, tried_before: datetime) -> list[int]:
    """Open cases that have no topic yet, most urgent first; those tried since then are left alone for now."""
    query = (
        select(cases.c.case_id)
        .where(
            OPEN,
            cases.c.topic.in_(("none", "gone", "opening")),
            or_(cases.c.topic_at.is_(None), cases.c.topic_at < tried_before),
        )
        .order_by(cases.c.state != "claimed", *_most_urgent_first())
        .limit(limit)
    )
    return list((await conn.execute(query)).scalars())


async def with_topic_work(conn: AsyncConnection) -> list[int]:
    """Cases whose topic is behind: something untold, a card that is out of date, or a topic to close."""
    untold = exists().where(case_events.c.case_id == cases.c.case_id, case_events.c.to_tell)
    behind = or_(untold, cases.c.card_stale, cases.c.card_id.is_(None), cases.c.state == "closed")
    query = select(cases.c.case_id).where(cases.c.topic == "open", behind).order_by(cases.c.case_id)
    return list((await conn.execute(query)).scalars())
