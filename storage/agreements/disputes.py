"""Disputes of customers: holds of the kind `dispute`, and when their answers are due. `wallet_disputes` has those of
the wallet; `is_disputed` of `holds` counts both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements.holds import IN_FORCE, Hold, as_hold
from storage.runtime.prepared import prepared
from storage.schema import holds


async def note_reason(conn: AsyncConnection, hold_id: int, reason: str) -> None:
    """Notes what a customer says is wrong with a debt."""
    await conn.execute(update(holds).where(holds.c.hold_id == hold_id).values(reason=reason))


async def end_dispute(conn: AsyncConnection, hold_id: int, why: str, now: datetime) -> None:
    """Ends a dispute: the customer took it back, or it was answered that the debt is right (`rejected`)."""
    ended = update(holds).where(holds.c.hold_id == hold_id, IN_FORCE)
    await conn.execute(ended.values(ended_at=now, ended_why=why, alarm_at=None))


async def alarm(conn: AsyncConnection, hold_id: int, at: datetime | None) -> None:
    """When the agents are told next that the answer to a dispute is due; None: it was answered."""
    await conn.execute(update(holds).where(holds.c.hold_id == hold_id).values(alarm_at=at))


async def alarms_until(conn: AsyncConnection, until: datetime) -> list[Hold]:
    """The disputes in force whose answer is due until then, the earliest first."""
    return [as_hold(row) for row in (await conn.execute(_alarms(), {"given_until": until})).all()]


@prepared
def _alarms() -> Select[*tuple[Any, ...]]:
    until = bindparam("given_until", type_=holds.c.alarm_at.type)
    return select(holds).where(holds.c.alarm_at <= until, IN_FORCE).order_by(holds.c.alarm_at, holds.c.hold_id)
