"""Assignment: claiming a case, giving it to a colleague, and giving it back.

One rule holds for everything here: an open case has an owner or waits in the queue, and it has a deadline. Whenever
`due_kind` is emptied here, `bot.work.cases.desk_upkeep` computes the deadline again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from bot.rules.cases.agent_notices import ToldInPrivate
from bot.rules.cases.case import Case
from bot.rules.cases.case_events import Claimed, OwnerGone, Released, Transferred
from bot.rules.cases.event_codec import Event
from storage.cases.agent_notices import AgentNotice, keep
from storage.cases.cases import OPEN, add_event
from storage.cases.queue import most_urgent_first
from storage.cases.urgency import WAITS
from storage.customers.customer_languages import base_language
from storage.runtime.engine import put
from storage.runtime.prepared import NOW, prepared
from storage.schema import accounts, agents, cases, customers, instalments, update_claims

GIVEN_BACK = Released()
AGENT = bindparam("given_agent_id", type_=BigInteger())


async def held_by(conn: AsyncConnection, agent_id: int) -> int:
    """How many cases this agent holds."""
    held = select(func.count()).select_from(cases).where(cases.c.state == "claimed", cases.c.owner_id == agent_id)
    return int((await conn.execute(held)).scalar_one())


async def held_by_each(conn: AsyncConnection) -> dict[int, int]:
    """How many cases each agent holds; who holds none is not in it."""
    held = select(cases.c.owner_id, func.count().label("n")).where(cases.c.state == "claimed")
    return {row.owner_id: row.n for row in (await conn.execute(held.group_by(cases.c.owner_id))).all()}


@dataclass(frozen=True, slots=True)
class Terms:
    """For which products and segments an agent takes cases; empty: for any."""

    products: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitting:
    """The cases that one agent gets: `languages` (en, zh; None: all), and their `terms`. What meets none of
    `everybodys` terms fits as well, so that no case waits for ever."""

    languages: tuple[str, ...] | None = None
    terms: Terms = Terms()
    everybodys: tuple[Terms, ...] = ()


ANY = Fitting()


async def unfit(conn: AsyncConnection, fitting: Fitting) -> int:
    """How many waiting cases do not fit."""
    query = select(func.count()).select_from(cases).where(WAITS, ~_fits(fitting))
    return int((await conn.execute(query)).scalar_one())


async def fits(conn: AsyncConnection, case_id: int, fitting: Fitting) -> bool:
    """Whether this case is one of them."""
    query = select(cases.c.case_id).where(cases.c.case_id == case_id, _fits(fitting))
    return (await conn.execute(query)).first() is not None


def _fits(fitting: Fitting) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [true()]
    if fitting.languages is not None:  # one that is unknown fits
        parts.append(func.coalesce(base_language(cases.c.customer_id).in_(fitting.languages), true()))
    if fitting.terms != Terms():
        nobodys = [] if Terms() in fitting.everybodys else [~or_(*map(_meets, fitting.everybodys))]
        parts.append(or_(_meets(fitting.terms), *nobodys))
    return and_(*parts)


def _meets(terms: Terms) -> ColumnElement[bool]:
    """The case of a customer who owes nothing is about no product, so every agent may take it."""
    parts: list[ColumnElement[bool]] = [true()]
    if terms.products:
        of_account = instalments.c.account_id == accounts.c.account_id
        owed = (
            accounts.c.customer_id == cases.c.customer_id,
            exists().where(of_account, instalments.c.outstanding > 0),
        )
        parts.append(or_(exists().where(*owed, accounts.c.product.in_(terms.products)), ~exists().where(*owed)))
    if terms.segments:
        of_case = customers.c.customer_id == cases.c.customer_id
        parts.append(exists().where(of_case, customers.c.segment.in_(terms.segments)))
    return and_(*parts)


async def claim_next(conn: AsyncConnection, agent_id: int, now: datetime, fitting: Fitting = ANY) -> int | None:
    """Claims the most urgent waiting case for this agent, in one statement, so that nobody else gets it. Cases that are
    kept for this agent come first."""
    for kept in (True, False):
        if (case_id := await _claim(conn, _first(kept, fitting), agent_id, now)) is not None:
            return case_id
    return None


@prepared
def _first(kept: bool, fitting: Fitting) -> ReturningUpdate[Any]:
    """Claims the first case of those that are kept for the agent (`kept`), or of those that are kept for nobody."""
    first = (
        select(cases.c.case_id)
        .where(
            WAITS,
            cases.c.for_agent == AGENT if kept else cases.c.for_agent.is_(None),
            _fits(fitting),
        )
        .order_by(*most_urgent_first())
        .limit(literal_column("1"))  # a literal, because PostgreSQL plans better when it knows the number
        .with_for_update(skip_locked=True, of=cases)
        .scalar_subquery()
    )
    return _taking(cases.c.case_id == first)


async def claim(conn: AsyncConnection, case_id: int, agent_id: int, now: datetime) -> bool:
    """Claims this case if nobody holds it."""
    return await _claim(conn, _this(), agent_id, now, given_case_id=case_id) is not None


@prepared
def _this() -> ReturningUpdate[Any]:
    return _taking(cases.c.case_id == bindparam("given_case_id", type_=BigInteger()))


def _taking(which: ColumnElement[bool]) -> ReturningUpdate[*tuple[Any, ...]]:
    return (
        update(cases)
        .where(which, cases.c.state == "waiting")
        .values(state="claimed", owner_id=AGENT, claimed_at=NOW, for_agent=None, card_stale=true())
        .returning(cases.c.case_id)
    )


async def _claim(
    conn: AsyncConnection, taking: ReturningUpdate[Any], agent_id: int, now: datetime, **given: int
) -> int | None:
    values = {AGENT.key: agent_id, NOW.key: now, **given}
    case_id: int | None = (await conn.execute(taking, values)).scalar()
    if case_id is not None:
        await add_event(conn, case_id, Claimed(), now, actor_id=agent_id)
    return case_id


async def claimed_by_update(conn: AsyncConnection, update_id: int) -> int | None:
    """The case that this update claimed when it was handled before; None where it claimed none."""
    query = select(update_claims.c.case_id).where(update_claims.c.update_id == update_id)
    case_id: int | None = (await conn.execute(query)).scalar()
    return case_id


async def keep_claim_of_update(conn: AsyncConnection, update_id: int, case_id: int, now: datetime) -> None:
    row = {"update_id": update_id, "case_id": case_id, "claimed_at": now}
    await put(conn, update_claims, ["update_id"], row)


async def drop_claims_of_updates_before(conn: AsyncConnection, before: datetime) -> None:
    """Drops what was kept of updates that will not be handled again."""
    await conn.execute(delete(update_claims).where(update_claims.c.claimed_at < before))


async def transfer(conn: AsyncConnection, moved: Case, to: int, to_name: str, by: int | None, now: datetime) -> bool:
    """Gives a case to another agent, who is told; False if its owner has changed meanwhile."""
    given = (
        update(cases)
        .where(cases.c.case_id == moved.case_id, OPEN, cases.c.owner_id.is_not_distinct_from(moved.owner_id))
        .values(state="claimed", owner_id=to, claimed_at=now, for_agent=None, card_stale=true())
    )
    if not (await conn.execute(given)).rowcount:
        return False
    await add_event(conn, moved.case_id, Transferred(to_name), now, actor_id=by)
    if to != by:
        await keep(conn, AgentNotice(to, moved.case_id, Transferred, now))
    return True


async def release(
    conn: AsyncConnection, case_id: int, owner_id: int, now: datetime, *, why: Event = GIVEN_BACK, by: int | None = None
) -> bool:
    """Gives the case of `owner_id` back to the queue; False if it is not theirs. `why` is the event, `by` the agent who
    did it, if not the owner. A snoozed case stays snoozed, unless the owner gives it back."""
    values: dict[str, Any] = {"state": "waiting", "owner_id": None, "claimed_at": None, "card_stale": true()}
    if why == GIVEN_BACK:
        values |= {"snoozed_until": None, "due_kind": None}
    freed = update(cases).where(cases.c.case_id == case_id, cases.c.state == "claimed", cases.c.owner_id == owner_id)
    if not (await conn.execute(freed.values(**values))).rowcount:
        return False
    await add_event(conn, case_id, why, now, actor_id=owner_id if by is None else by)
    return True


async def release_all_of(conn: AsyncConnection, agent_id: int, now: datetime) -> int:
    """Gives back all cases that this agent holds or that are kept for them, because they no longer work here. Returns
    how many they held."""
    held = select(cases.c.case_id).where(cases.c.state == "claimed", cases.c.owner_id == agent_id)
    ids: list[int] = list((await conn.execute(held)).scalars())
    for case_id in ids:
        await release(conn, case_id, agent_id, now, why=OwnerGone())
    await free_for_all(conn, agent_id)
    return len(ids)


async def free_for_all(conn: AsyncConnection, agent_id: int) -> None:
    """Gives cases that are kept for this agent to anybody."""
    await conn.execute(update(cases).where(cases.c.for_agent == agent_id, OPEN).values(for_agent=None))


async def worked(conn: AsyncConnection, case_id: int, now: datetime, *, answered: bool = False) -> None:
    """Stores that the owner has worked on the case: the lease begins again, and the deadline is computed again. If the
    customer waits for an answer, only `answered` ends this wait."""
    await conn.execute(_working(answered=answered), {"given_case_id": case_id, NOW.key: now})


@prepared
def _working(*, answered: bool) -> Update:
    values: dict[str, Any] = {"worked_at": NOW, "due_kind": None}
    if answered:
        values |= {"waits_since": None, "urgency_at": None}
    this_case = cases.c.case_id == bindparam("given_case_id", type_=BigInteger())
    return update(cases).where(this_case, OPEN).values(**values)


async def keep_for(conn: AsyncConnection, case_id: int, agent_id: int, why: ToldInPrivate, now: datetime) -> None:
    """Keeps a waiting case for this agent and tells them, unless they are away. The topic was told already."""
    if not await is_there(conn, agent_id):
        return
    kept = update(cases).where(cases.c.case_id == case_id, cases.c.state == "waiting")
    if (await conn.execute(kept.values(for_agent=agent_id))).rowcount:
        await keep(conn, AgentNotice(agent_id, case_id, type(why), now, in_topic=True))


async def is_there(conn: AsyncConnection, agent_id: int) -> bool:
    return (await conn.execute(_present(), {AGENT.key: agent_id})).first() is not None


@prepared
def _present() -> Select[*tuple[Any, ...]]:
    here = (agents.c.telegram_id == AGENT, agents.c.away_since.is_(None), agents.c.removed_at.is_(None))
    return select(agents.c.telegram_id).where(*here)
