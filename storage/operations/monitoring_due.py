"""What monitoring may find, asked in one statement: mostly there is nothing. Each question finds at least all that the
full query finds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.cases.case_events import Revealed
from storage.cases.cases import OPEN
from storage.cases.event_rows import is_a
from storage.runtime.existence_checks import answers, glance
from storage.runtime.prepared import prepared, values_of
from storage.schema import (
    Instant,
    alert_state,
    case_events,
    cases,
    clock_steps,
    contacts,
    customers,
    group_troubles,
    instalments,
    notices,
    overlooked,
    program_state,
    updates,
)


@dataclass(frozen=True, slots=True)
class Since:
    """From when on things matter: what went wrong, reminders that were to leave, deadlines that supervisors should know
    of, and the evidence that is kept."""

    wrong: datetime
    to_leave: datetime
    deadline: datetime
    kept: datetime


_WRONG, _TO_LEAVE, _DEADLINE, _KEPT = (
    bindparam(name, type_=Instant()) for name in ("wrong", "to_leave", "deadline", "kept")
)


async def there_may_be(conn: AsyncConnection, since: Since, reasons: Collection[str]) -> frozenset[str]:
    """The names of the kinds that there may be any of. `reasons`: why a reminder that was not sent is a trouble."""
    return await answers(conn, _watched(tuple(reasons)), values_of(since))


@prepared
def _watched(reasons: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    refused = (notices.c.state == "not_sent", notices.c.ended_at >= _WRONG, notices.c.send_after >= _TO_LEAVE)
    oldest = select(contacts.c.at).order_by(contacts.c.contact_id).limit(1)
    return glance(
        clock_steps=select(clock_steps).where(clock_steps.c.noticed_at >= _WRONG),
        rival=select(program_state).where(program_state.c.rival_since.is_not(None)),
        group=select(group_troubles),
        instalments=select(instalments),
        planned=select(notices).where(notices.c.state == "planned"),
        refused=select(notices).where(*refused, notices.c.reason.in_(reasons)),
        updates=select(updates).where(updates.c.state == "failed", updates.c.ended_at >= _WRONG),
        overlooked=select(overlooked).where(overlooked.c.at >= _WRONG),
        revealed=select(case_events).where(is_a(Revealed), case_events.c.at >= _WRONG),
        forgotten=select(customers).where(customers.c.forgotten_at.is_not(None)),
        old=oldest.scalar_subquery() < _KEPT,
        late=select(cases).where(OPEN, cases.c.due_at < _DEADLINE, cases.c.due_told != "alarmed"),
        unheard=select(alert_state).where(alert_state.c.unheard.is_not(None)),
    )
