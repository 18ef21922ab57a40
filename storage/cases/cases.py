"""One case: reading it, closing it, and its history, with the events that are still to be told in its topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Row,
    Select,
    Text,
    Update,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Closed, Introduced
from bot.rules.cases.case_outcomes import CaseOutcome
from bot.rules.cases.event_codec import BareEvent, Event, decode, encode
from storage.cases.event_rows import event_row, is_a
from storage.runtime import update_idempotency
from storage.runtime.prepared import prepared
from storage.schema import Instant, agents, case_events, cases, is_open

OPEN = is_open()
RESTS = cases.c.snoozed_until.is_not(None)  # until a day, a call, or the end of what was agreed
AWAKE = cases.c.snoozed_until.is_(None)
HAS_DEADLINE = cases.c.due_kind.is_not(None)  # it is computed; until then the case is stored as due at once
AGREED = ("promised", "plan", "dispute", "hardship")  # outcomes of a talk, here in writing or elsewhere
E = TypeVar("E", bound=Event)


async def case(conn: AsyncConnection, case_id: int) -> Case | None:
    return await _one(conn, _by_id(), {"given_case_id": case_id})


async def lock(conn: AsyncConnection, case_id: int) -> bool:
    """Whether there is this case; nobody else changes it before this transaction ends."""
    return (await conn.execute(_locked(), {"given_case_id": case_id})).first() is not None


@prepared
def _locked() -> Select[int]:
    this = cases.c.case_id == bindparam("given_case_id", type_=cases.c.case_id.type)
    return select(cases.c.case_id).where(this).with_for_update()


@prepared
def _by_id() -> Select[*tuple[Any, ...]]:
    return with_owners().where(cases.c.case_id == bindparam("given_case_id", type_=cases.c.case_id.type))


async def case_of_topic(conn: AsyncConnection, chat_id: int, thread_id: int) -> Case | None:
    return await _one(conn, _of_topic(), {"given_chat_id": chat_id, "given_thread_id": thread_id})


@prepared
def _of_topic() -> Select[*tuple[Any, ...]]:
    chat = cases.c.chat_id == bindparam("given_chat_id", type_=cases.c.chat_id.type)
    thread = cases.c.thread_id == bindparam("given_thread_id", type_=cases.c.thread_id.type)
    return with_owners().where(chat, thread).order_by(cases.c.case_id.desc()).limit(1)


async def open_case_of(conn: AsyncConnection, customer_id: str) -> Case | None:
    return await _one(conn, _open_of(), {"given_customer_id": customer_id})


@prepared
def _open_of() -> Select[*tuple[Any, ...]]:
    theirs = cases.c.customer_id == bindparam("given_customer_id", type_=cases.c.customer_id.type)
    return with_owners().where(theirs, OPEN).order_by(cases.c.case_id.desc()).limit(1)


async def cases_by_id(conn: AsyncConnection, case_ids: Sequence[int]) -> dict[int, Case]:
    rows = (await conn.execute(with_owners().where(cases.c.case_id.in_(case_ids)))).all()
    return {row.case_id: as_case(row) for row in rows}


async def _one(conn: AsyncConnection, query: Select[*tuple[Any, ...]], values: Mapping[str, int | str]) -> Case | None:
    row = (await conn.execute(query, values)).first()
    return as_case(row) if row else None


THESE = bindparam("given_customer_ids", type_=Text(), expanding=True)


async def names_of_owners(conn: AsyncConnection, customer_ids: Sequence[str]) -> dict[str, str]:
    """The name of the agent who claimed the customer's open case, by customer id."""
    claimed = await conn.execute(_with_owner(), {THESE.key: list(customer_ids)})
    return {row.customer_id: row.owner_name for row in claimed.all() if row.owner_name}


@prepared
def _with_owner() -> Select[*tuple[Any, ...]]:
    return with_owners().where(cases.c.customer_id.in_(THESE), cases.c.state == "claimed")


async def names_of_last_agents(conn: AsyncConnection, customer_ids: Sequence[str], since: datetime) -> dict[str, str]:
    """The agent whom each of these customers knows from a case closed since `since`, by customer id: the agent was
    introduced or made an agreement with them, and still works here."""
    known = await conn.execute(_last_agents(), {THESE.key: list(customer_ids), "given_since": since})
    return {row.customer_id: row.name for row in known.all()}


@prepared
def _last_agents() -> Select[*tuple[Any, ...]]:
    introduced = exists().where(
        case_events.c.case_id == cases.c.case_id,
        is_a(Introduced),
        case_events.c.actor_id == cases.c.owner_id,
    )
    known = or_(cases.c.outcome.in_(AGREED), introduced)
    return (
        select(cases.c.customer_id, agents.c.name)
        .join(agents, agents.c.telegram_id == cases.c.owner_id)
        .where(
            cases.c.customer_id.in_(THESE),
            cases.c.state == "closed",
            cases.c.closed_at >= bindparam("given_since", type_=Instant()),
            func.coalesce(cases.c.outcome, "") != "wrong_person",
            agents.c.removed_at.is_(None),
            known,
        )
        .order_by(cases.c.closed_at, cases.c.case_id)
    )


@prepared
def with_owners() -> Select[Any]:
    return select(cases, agents.c.name.label("owner_name")).outerjoin(agents, agents.c.telegram_id == cases.c.owner_id)


def as_case(row: Row[*tuple[Any, ...]]) -> Case:
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
        closed_at=row.closed_at,
        worked_at=row.worked_at,
        waits_since=row.waits_since,
        due_at=row.due_at,
        due_kind=row.due_kind,
        snoozed_until=row.snoozed_until,
        call_at=row.call_at,
        for_agent=row.for_agent,
    )


async def close(conn: AsyncConnection, case_id: int, outcome: CaseOutcome, actor_id: int, now: datetime) -> bool:
    """Closes an open case with its outcome; False if it was closed already."""
    shut = (
        update(cases)
        .where(cases.c.case_id == case_id, OPEN)
        .values(state="closed", outcome=outcome, closed_at=now, card_stale=true())
    )
    if not (await conn.execute(shut)).rowcount:
        return False
    await add_event(conn, case_id, Closed(outcome), now, actor_id=actor_id)
    return True


# --- History, and what is still to be told in the topic --------------------------------------------------------------


async def add_event(
    conn: AsyncConnection,
    case_id: int,
    event: Event,
    now: datetime,
    *,
    actor_id: int | None = None,
    to_tell: bool = False,
) -> int:
    """Adds an event to the case's history: `actor_id` is the agent who did it, `to_tell` whether the topic is to be
    told. Returns the event's id."""
    if actor_id is not None:
        await update_idempotency.keep_act(conn)
    row = event_row(case_id, event, now, actor_id=actor_id, to_tell=to_tell)
    event_id: int = (await conn.execute(_adding(), row)).scalar_one()
    return event_id


@prepared
def _adding() -> ReturningInsert[*tuple[Any, ...]]:
    return case_events.insert().returning(case_events.c.event_id)


@dataclass(frozen=True, slots=True)
class Untold:
    """An event that is still to be told in the topic; `who` is the name of the agent who did it, empty if none did."""

    event_id: int
    event: Event | BareEvent
    who: str


async def events_to_tell(conn: AsyncConnection, case_id: int) -> list[Untold]:
    """The events that are still to be told in the topic, oldest first."""
    rows = (await conn.execute(_to_tell(), {"given_case_id": case_id})).all()
    return [Untold(row.event_id, decode(row.kind, row.body), row.name or "") for row in rows]


@prepared
def _to_tell() -> Select[*tuple[Any, ...]]:
    of_case = case_events.c.case_id == bindparam("given_case_id", type_=case_events.c.case_id.type)
    by_whom = case_events.outerjoin(agents, agents.c.telegram_id == case_events.c.actor_id)
    query = select(case_events.c.event_id, case_events.c.kind, case_events.c.body, agents.c.name).select_from(by_whom)
    return query.where(of_case, case_events.c.to_tell).order_by(case_events.c.event_id)


async def tell_in_topic(conn: AsyncConnection, case_id: int, which: type[Event]) -> None:
    """Marks the case's last event of this kind as still to be told in the topic."""
    last = select(func.max(case_events.c.event_id)).where(case_events.c.case_id == case_id, is_a(which))
    await conn.execute(update(case_events).where(case_events.c.event_id == last.scalar_subquery()).values(to_tell=True))


async def tell_event(conn: AsyncConnection, event_id: int) -> None:
    """Marks this event as still to be told in the topic, unless it was erased with its customer."""
    there = (case_events.c.event_id == event_id, case_events.c.body.is_not(None))
    await conn.execute(update(case_events).where(*there).values(to_tell=True))


async def mark_told(conn: AsyncConnection, event_id: int) -> None:
    await conn.execute(_telling(), {"given_event_id": event_id})


@prepared
def _telling() -> Update:
    this = case_events.c.event_id == bindparam("given_event_id", type_=BigInteger())
    return update(case_events).where(this).values(to_tell=False)


async def had_event(conn: AsyncConnection, case_id: int, *events: type[Event]) -> bool:
    """Whether the case's history has one of these events."""
    return (await conn.execute(_had(*(event.kind for event in events)), {"given_case_id": case_id})).first() is not None


@prepared
def _had(*kinds: str) -> Select[*tuple[Any, ...]]:
    of_case = case_events.c.case_id == bindparam("given_case_id", type_=BigInteger())
    return select(case_events.c.event_id).where(of_case, case_events.c.kind.in_(kinds)).limit(literal_column("1"))


async def had_event_since(conn: AsyncConnection, case_id: int, event: Event, since: datetime) -> bool:
    """Whether the case's history has this event, with the same fields, since `since`."""
    same = (case_events.c.case_id == case_id, is_a(type(event)), case_events.c.body == encode(event))
    query = select(case_events.c.event_id).where(*same, case_events.c.at > since).limit(1)
    return (await conn.execute(query)).first() is not None


async def had_kind_since(conn: AsyncConnection, case_id: int, since: datetime, *events: type[Event]) -> bool:
    """Whether one of these events came into the case's history after `since`, whatever its fields."""
    query = select(case_events.c.event_id).where(case_events.c.case_id == case_id, is_a(*events))
    return (await conn.execute(query.where(case_events.c.at > since).limit(1))).first() is not None


async def last_event(conn: AsyncConnection, case_id: int, which: type[E]) -> E | None:
    """The case's last event of that kind; None if there is none or its fields were erased."""
    query = _last(which)  # type: ignore[arg-type]  # a class can be hashed
    row = (await conn.execute(query, {"given_case_id": case_id})).first()
    found = decode(which.kind, row.body) if row else None
    return found if isinstance(found, which) else None


@prepared
def _last(which: type[Event]) -> Select[*tuple[Any, ...]]:
    of_case = case_events.c.case_id == bindparam("given_case_id", type_=BigInteger())
    found = select(case_events.c.body).where(of_case, is_a(which))
    return found.order_by(case_events.c.event_id.desc()).limit(1)


async def introduced_last(conn: AsyncConnection, case_id: int) -> int | None:
    """The agent whose name the customer was told last in this case; None if they were told none."""
    last: int | None = (await conn.execute(_introduced(), {"given_case_id": case_id})).scalar()
    return last


@prepared
def _introduced() -> Select[*tuple[Any, ...]]:
    of_case = case_events.c.case_id == bindparam("given_case_id", type_=BigInteger())
    query = select(case_events.c.actor_id).where(of_case, is_a(Introduced))
    return query.order_by(case_events.c.event_id.desc()).limit(literal_column("1"))


async def mark_card_stale(conn: AsyncConnection, customer_ids: Sequence[str]) -> None:
    """Has the cards of these customers' open cases renewed and their urgency computed again, because facts changed."""
    await conn.execute(_stale(), {THESE.key: list(customer_ids)})


@prepared
def _stale() -> Update:
    return update(cases).where(cases.c.customer_id.in_(THESE), OPEN).values(card_stale=True, urgency_at=None)
