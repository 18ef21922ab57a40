"""What a round of desk upkeep may find, asked in one statement. Each question finds at least all cases that the full
query finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.absences import begins_or_ends
from storage.cases.cases import AWAKE, HAS_DEADLINE, OPEN
from storage.cases.deadlines import IDLE_SINCE, UNDATED
from storage.runtime.existence_checks import answers, glance
from storage.runtime.prepared import NOW, prepared, values_of
from storage.schema import Instant, agent_notices, agents, cases, import_state

STALE = frozenset({"unranked"})
CHANGES = frozenset({"undated", "absences", "idle", "absent", "snoozed", "kept"})
DEADLINES = frozenset({"soon", "late"})
NOTICES = frozenset({"notices"})


@dataclass(frozen=True, slots=True)
class Until:
    """Up to when something is due: ranks that may be old, leases that nobody has used, owners' absences, and deadlines
    of which the owners are reminded."""

    ranked: datetime
    used: datetime
    away: datetime
    soon: datetime


_RANKED, _USED, _AWAY, _SOON = (bindparam(name, type_=Instant()) for name in ("ranked", "used", "away", "soon"))


async def there_may_be(conn: AsyncConnection, until: Until, now: datetime) -> frozenset[str]:
    """The names of what there may be any of: some of those above."""
    return await answers(conn, _upkeep(), {**values_of(until), NOW.key: now})


@prepared
def _upkeep() -> Select[*tuple[Any, ...]]:
    heard_at = select(import_state.c.wallet_spoke_at).limit(1).scalar_subquery()
    known_before = or_(cases.c.urgency_at <= _RANKED, cases.c.urgency_at <= heard_at)
    held = select(cases).where(cases.c.state == "claimed")
    by_absent = held.join(agents, agents.c.telegram_id == cases.c.owner_id)
    due = (OPEN, AWAKE, HAS_DEADLINE)
    return glance(
        unranked=select(cases).where(OPEN, or_(cases.c.urgency_at.is_(None), known_before)),
        undated=select(cases).where(OPEN, AWAKE, UNDATED),
        absences=begins_or_ends(),
        idle=held.where(AWAKE, IDLE_SINCE <= _USED),
        absent=by_absent.where(or_(agents.c.removed_at.is_not(None), agents.c.away_since <= _AWAY)),
        snoozed=select(cases).where(OPEN, cases.c.snoozed_until <= NOW),
        kept=select(cases).where(OPEN, cases.c.for_agent.is_not(None)),
        soon=select(cases).where(*due, cases.c.due_at <= _SOON, cases.c.due_told == ""),
        late=select(cases).where(*due, cases.c.due_at <= NOW, cases.c.due_told != "alarmed"),
        notices=select(agent_notices),
    )
