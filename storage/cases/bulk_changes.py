"""Many open cases at once: select them, give them to an agent, put them on hold. Each case's history keeps what was
done to it, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.bulk_changes import Bulk, Filters
from bot.rules.cases.case_events import Released, Transferred
from bot.rules.cases.case_events_agreements import HoldSet
from bot.rules.cases.event_codec import Event
from storage.cases.agent_notices import AgentNotice, keep
from storage.cases.cases import OPEN
from storage.cases.event_rows import event_row
from storage.cases.queue import most_urgent_first
from storage.cases.resting import resting
from storage.customers.customer_languages import base_language
from storage.runtime.engine import insert, put
from storage.schema import accounts, bulk_changes, case_events, cases, customers, holds, instalments

AT_ONCE = 5000  # ids in one IN list


@dataclass(frozen=True, slots=True)
class Meant:
    """A case that an order applies to, with its current owner and its customer."""

    case_id: int
    customer_id: str
    owner_id: int | None
    zone: str


State = Literal["asked", "declined", "done", "over"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that a supervisor asked for; `over`: it can no longer be confirmed."""

    bulk: Bulk
    asked_by: int
    asked_at: datetime
    state: State


async def keep_asked(conn: AsyncConnection, key: int, bulk: Bulk, by: int, now: datetime) -> None:
    """Keeps what was asked for until the button is pressed. `key` is the update that asked."""
    said = bulk.filters
    row = {"asked_in": key, "asked_by": by, "asked_at": now, "state": "asked"}
    what = {"do": bulk.do, "most": bulk.most, "to_agent": bulk.to, "days": bulk.days}
    of_which = {"owner_id": said.owner_id, "waiting": said.waiting, "reason": said.reason}
    of_whom = {"language": said.language, "overdue_days": said.overdue_days}
    await put(conn, bulk_changes, ["asked_in"], {**row, **what, **of_which, **of_whom})


async def asked(conn: AsyncConnection, key: int) -> Asked | None:
    """What was asked for, locked until the transaction ends: another press of the button waits."""
    query = select(bulk_changes).where(bulk_changes.c.asked_in == key).with_for_update()
    row = (await conn.execute(query)).first()
    if row is None:
        return None
    filters = Filters(row.owner_id, row.waiting, row.reason, row.language, row.overdue_days)
    return Asked(Bulk(row.do, filters, row.most, row.to_agent, row.days), row.asked_by, row.asked_at, row.state)


async def set_state(conn: AsyncConnection, key: int, state: State) -> None:
    await conn.execute(update(bulk_changes).where(bulk_changes.c.asked_in == key).values(state=state))


async def drop_asked_before(conn: AsyncConnection, before: datetime) -> None:
    await conn.execute(delete(bulk_changes).where(bulk_changes.c.asked_at < before))


async def meant(
    conn: AsyncConnection, filters: Filters, most: int, opened_before: datetime, today: date
) -> list[Meant]:
    """The cases that match, the most urgent first, locked until the transaction ends."""
    query = (
        select(cases.c.case_id, cases.c.customer_id, cases.c.owner_id, customers.c.zone)
        .join(customers, customers.c.customer_id == cases.c.customer_id)
        .where(OPEN, cases.c.opened_at <= opened_before, *_such(filters, today))
        .order_by(*most_urgent_first())
        .limit(most)
        .with_for_update(of=cases)
    )
    return [Meant(row.case_id, row.customer_id, row.owner_id, row.zone) for row in (await conn.execute(query)).all()]


async def count(conn: AsyncConnection, filters: Filters, today: date) -> int:
    query = (
        select(func.count())
        .select_from(cases)
        .join(customers, customers.c.customer_id == cases.c.customer_id)
        .where(OPEN, *_such(filters, today))
    )
    return int((await conn.execute(query)).scalar_one())


def _such(filters: Filters, today: date) -> Iterator[ColumnElement[bool]]:
    if filters.owner_id is not None:
        yield and_(cases.c.state == "claimed", cases.c.owner_id == filters.owner_id)
    if filters.waiting:
        yield cases.c.state == "waiting"
    if filters.reason is not None:
        yield cases.c.reason == filters.reason
    if filters.overdue_days is not None:
        yield _overdue_by_more_than(filters.overdue_days, today)
    if filters.language is not None:
        yield base_language(cases.c.customer_id) == filters.language


def _overdue_by_more_than(days: int, today: date) -> ColumnElement[bool]:
    before = date.fromordinal(today.toordinal() - days)
    return exists().where(
        accounts.c.customer_id == cases.c.customer_id,
        instalments.c.account_id == accounts.c.account_id,
        instalments.c.outstanding > 0,
        instalments.c.due_date < before,
    )


async def move(
    conn: AsyncConnection,
    those: Sequence[Meant],
    to: int | None,
    to_name: str,
    by: int,
    now: datetime,
    *,
    as_they_are: bool = False,
) -> None:
    """Gives the cases to an agent, who is told once about all of them, or back to the queue (`to` None). With an agent,
    snoozed cases stay snoozed; in the queue, none is. `as_they_are`: rests and deadlines stay, in the queue too."""
    free: dict[str, Any] = {"state": "waiting", "owner_id": None, "claimed_at": None}
    given: dict[str, Any] = {"state": "claimed", "owner_id": to, "claimed_at": now}
    values = (free if to is None else given) | {"for_agent": None, "card_stale": true()}
    if not as_they_are:
        values |= {"due_kind": None} | ({"snoozed_until": None} if to is None else {})
    for chunk in _chunks(those):
        ids = [case.case_id for case in chunk]
        await conn.execute(update(cases).where(cases.c.case_id.in_(ids)).values(**values))
        await _write(conn, ids, Released() if to is None else Transferred(to_name), by, now)
        if to is not None and to != by:
            await keep(conn, *(AgentNotice(to, case_id, Transferred, now) for case_id in ids))


async def hold(
    conn: AsyncConnection,
    those: Sequence[Meant],
    until: Mapping[str, date],
    over: Mapping[str, datetime],
    by: int,
    now: datetime,
) -> None:
    """Puts the debts of these cases' customers on hold, and snoozes the cases until the hold is over. `until` is the
    last day by the customer's time zone, `over` the instant when the hold is over, by the same."""
    for chunk in _chunks(those):
        people = [case.customer_id for case in chunk]
        alone = (holds.c.kind == "hold", holds.c.plan_id.is_(None), holds.c.instalment_id.is_(None))
        earlier = update(holds).where(holds.c.customer_id.in_(people), holds.c.ended_at.is_(None), *alone)
        await conn.execute(earlier.values(ended_at=now, ended_why="replaced"))
        rows = [
            {
                "customer_id": case.customer_id,
                "kind": "hold",
                "set_at": now,
                "set_by": by,
                "until": until[case.zone],
                "case_id": case.case_id,
            }
            for case in chunk
        ]
        await conn.execute(insert(conn, holds), rows)
        for zone in {case.zone for case in chunk}:
            ids = [case.case_id for case in chunk if case.zone == zone]
            rests = update(cases).where(cases.c.case_id.in_(ids))
            await conn.execute(rests.values(worked_at=now, **resting(over[zone])))
            await _write(conn, ids, HoldSet(until[zone]), by, now)


async def _write(conn: AsyncConnection, case_ids: Sequence[int], event: Event, by: int, now: datetime) -> None:
    rows = [event_row(case_id, event, now, actor_id=by) for case_id in case_ids]
    await conn.execute(insert(conn, case_events), rows)


def _chunks(those: Sequence[Meant]) -> Iterator[Sequence[Meant]]:
    for start in range(0, len(those), AT_ONCE):
        yield those[start : start + AT_ONCE]
