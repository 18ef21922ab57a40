"""Whose agreements or cases have come to an end, asked before anything is written: mostly nobody's, and a database that
is asked keeps nobody waiting."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CompoundSelect, union
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements.cases_closing import whose_close
from storage.agreements.holds_ending import JudgingTerms, whose_end
from storage.agreements.wallet_disputes import whose_change
from storage.facts.debts import Audience, Kind
from storage.runtime.prepared import NOW, prepared
from storage.runtime.statistics import for_sets


async def whose_is_over(conn: AsyncConnection, audience: Audience, by: JudgingTerms, now: datetime) -> tuple[str, ...]:
    """The customers of the audience of whom a hold has come to its end, what the wallet calls disputed changed, or a
    case is settled."""
    values = {**audience.values(), **by.values(), NOW.key: now}
    await for_sets(conn)
    return tuple((await conn.execute(_over(audience.kind), values)).scalars().all())


@prepared
def _over(kind: Kind) -> CompoundSelect[str]:
    return union(whose_end(kind), *whose_change(kind), whose_close(kind))
