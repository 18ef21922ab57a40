"""Whether a round of planning has any agreement or case to end. It is asked before anything is written: most rounds
have nothing to end, and reading does not make other writers wait."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.agreements.cases_closing import closes_any
from storage.agreements.holds_ending import JudgingTerms, ends_any
from storage.agreements.wallet_disputes import holds_any
from storage.facts.debts import Audience, Kind
from storage.runtime.prepared import NOW, prepared
from storage.runtime.statistics import for_sets


async def has_ended_work(conn: AsyncConnection, audience: Audience, by: JudgingTerms, now: datetime) -> bool:
    """Whether, for any customer of the audience, a hold is over, the wallet's disputes changed, or a case is
    settled."""
    values = {**audience.values(), **by.values(), NOW.key: now}
    await for_sets(conn)
    return bool((await conn.execute(_over(audience.kind), values)).scalar_one())


@prepared
def _over(kind: Kind) -> Select[bool]:
    return select(or_(ends_any(kind), holds_any(kind), closes_any(kind)))
