"""Notices about the parts of plans: whom to remind of which part, and what a notice was about. `notices` sends them on,
as it does reminders."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.reminders.part_reminders import EARLIEST_DAYS
from storage.agreements.holds import IN_FORCE
from storage.agreements.promises_kept import covered_of_plan
from storage.facts.debts import Audience, Kind, is_of
from storage.runtime.capped_sums import sum_of
from storage.runtime.engine import insert
from storage.runtime.prepared import TODAY, prepared
from storage.runtime.statistics import for_sets
from storage.schema import holds, notices, part_notices, plan_parts

LAST = bindparam("given_last_day", type_=Date())


@dataclass(frozen=True, slots=True)
class ComingPart:
    """The next part of a customer's plan that is not covered yet."""

    customer_id: str
    plan_id: int
    part: int
    due_date: date


@dataclass(frozen=True, slots=True)
class PartNotice:
    """A reminder to be planned: of which part, at which step, when it may be sent and until when it is true."""

    coming: ComingPart
    step: int
    local_day: date
    send_after: datetime
    expires_at: datetime
    policy: str
    policy_version: str


async def coming(conn: AsyncConnection, audience: Audience) -> list[ComingPart]:
    """The next part of each customer of the audience who has a plan, if it is due within days; each with its steps
    still to be judged. Writes nothing."""
    values = {**audience.values(), LAST.key: audience.today + timedelta(days=EARLIEST_DAYS)}
    await for_sets(conn)
    found: dict[str, ComingPart] = {}
    for row in (await conn.execute(_coming(audience.kind), values)).all():
        found.setdefault(row.customer_id, ComingPart(row.customer_id, row.plan_id, row.part, row.due_date))
    return list(found.values())


@prepared
def _coming(kind: Kind) -> Select[*tuple[Any, ...]]:
    earlier = plan_parts.alias("earlier")
    so_far = (
        select(sum_of(earlier.c.amount))
        .where(earlier.c.plan_id == plan_parts.c.plan_id, earlier.c.part <= plan_parts.c.part)
        .correlate(plan_parts)
        .scalar_subquery()
    )
    return (
        select(holds.c.customer_id, plan_parts.c.plan_id, plan_parts.c.part, plan_parts.c.due_date)
        .join(plan_parts, plan_parts.c.plan_id == holds.c.plan_id)
        .where(
            IN_FORCE,
            holds.c.kind == "plan",
            is_of(kind, holds.c.customer_id),
            plan_parts.c.due_date.between(TODAY, LAST),
            so_far > covered_of_plan(),
        )
        .order_by(holds.c.customer_id, plan_parts.c.due_date)
    )


async def told(conn: AsyncConnection, plan_ids: Sequence[int]) -> set[tuple[int, int, int]]:
    """For which plan, part and step there is a notice, sent or not."""
    if not plan_ids:
        return set()
    rows = (await conn.execute(_told(), {"given_plan_ids": list(plan_ids)})).all()
    return {(row.plan_id, row.part, row.step) for row in rows}


@prepared
def _told() -> Select[*tuple[Any, ...]]:
    these = part_notices.c.plan_id.in_(bindparam("given_plan_ids", type_=BigInteger(), expanding=True))
    return select(part_notices.c.plan_id, part_notices.c.part, part_notices.c.step).where(these)


async def plan(conn: AsyncConnection, planned: Sequence[PartNotice], now: datetime) -> int:
    """Plans these, one for each customer at most; returns how many there are. Who has one that waits gets none."""
    if not planned:
        return 0
    batch = secrets.randbits(62)
    rows = [
        {
            "customer_id": each.coming.customer_id,
            "local_day": each.local_day,
            "state": "planned",
            "send_after": each.send_after,
            "expires_at": each.expires_at,
            "policy": each.policy,
            "policy_version": each.policy_version,
            "planned_at": now,
            "batch": batch,
            "kind": "part",
        }
        for each in planned
    ]
    await conn.execute(insert(conn, notices).on_conflict_do_nothing(), rows)
    made = (
        await conn.execute(select(notices.c.notice_id, notices.c.customer_id).where(notices.c.batch == batch))
    ).all()
    of_customer = {each.coming.customer_id: each for each in planned}
    items = [
        {
            "notice_id": row.notice_id,
            "plan_id": of_customer[row.customer_id].coming.plan_id,
            "part": of_customer[row.customer_id].coming.part,
            "step": of_customer[row.customer_id].step,
        }
        for row in made
    ]
    if items:
        await conn.execute(insert(conn, part_notices), items)
    return len(items)


async def about(conn: AsyncConnection, notice_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """The plan, part and step that each of these notices is about."""
    if not notice_ids:
        return {}
    rows = (await conn.execute(select(part_notices).where(part_notices.c.notice_id.in_(notice_ids)))).all()
    return {row.notice_id: (row.plan_id, row.part, row.step) for row in rows}
