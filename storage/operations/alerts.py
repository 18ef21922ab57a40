"""The troubles that supervisors were told of, and those that could not be told. They are stored, so that a restart
neither repeats nor forgets any. `bot.work.operations.alerts` decides when supervisors are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, Insert, Row, Select, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.operations.troubles import TroubleKey
from storage.runtime.engine import put
from storage.runtime.prepared import prepared
from storage.schema import alert_state, troubles

_THE_ROW = 1


@dataclass(frozen=True, slots=True)
class AlertState:
    """`since` has when each trouble was first seen, `told` when supervisors were last told of it. `not_before` is the
    earliest time of the next message; `alarmed` says that supervisors were told of a trouble and not yet that it is
    over; `unheard` is why nobody could be told, empty if somebody was."""

    since: Mapping[TroubleKey, datetime] = field(default_factory=dict)
    told: Mapping[TroubleKey, datetime] = field(default_factory=dict)
    not_before: datetime | None = None
    alarmed: bool = False
    unheard: str = ""


@dataclass(frozen=True, slots=True)
class Unheard:
    """Why no supervisor could be told, and since when."""

    reason: str
    since: datetime


async def read(conn: AsyncConnection) -> AlertState:
    rows = (await conn.execute(_troubles())).all()
    state = (await conn.execute(_state())).first()
    return AlertState(
        {_key(row): row.since for row in rows if row.since is not None},
        {_key(row): row.told_at for row in rows if row.told_at is not None},
        state.not_before if state else None,
        state.alarmed if state else False,
        (state.unheard or "") if state else "",
    )


@prepared
def _troubles() -> Select[*tuple[Any, ...]]:
    return select(troubles)


@prepared
def _state() -> Select[*tuple[Any, ...]]:
    return select(alert_state)


def _key(row: Row[*tuple[Any, ...]]) -> TroubleKey:
    return TroubleKey(row.kind, row.subject, row.reason, row.size, row.day)


async def write(conn: AsyncConnection, state: AlertState, now: datetime) -> None:
    """Stores the state; it replaces the earlier one."""
    rows = [
        {**asdict(key), "since": state.since.get(key), "told_at": state.told.get(key)}
        for key in dict.fromkeys((*state.since, *state.told))
    ]
    await conn.execute(_clearing())
    if rows:
        await conn.execute(_adding(), rows)
    before = await unheard(conn)
    since = before.since if before is not None and before.reason == state.unheard else now
    told = {"alarmed": state.alarmed, "not_before": state.not_before}
    not_told = {"unheard": state.unheard or None, "unheard_since": since if state.unheard else None}
    await put(conn, alert_state, ["state_id"], {"state_id": _THE_ROW, **told, **not_told})


@prepared
def _clearing() -> Delete:
    return delete(troubles)


@prepared
def _adding() -> Insert:
    return insert(troubles)


async def unheard(conn: AsyncConnection) -> Unheard | None:
    """Why supervisors cannot be told; None if they can."""
    row = (await conn.execute(_state())).first()
    return Unheard(row.unheard, row.unheard_since) if row and row.unheard is not None else None
