"""Whether a round may find any agreement to handle, asked in one statement. Each question finds at least all that the
full query finds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rules.agreements.instalment_plans import ANSWER_WITHIN
from storage.agreements.holds import IN_FORCE
from storage.agreements.payments_received import COMING_IN
from storage.agreements.plan_answers import KEPT
from storage.cases.cases import OPEN
from storage.runtime.existence_checks import answers, glance
from storage.runtime.prepared import prepared
from storage.schema import Instant, case_events, cases, holds, plan_answers, plans

_SOON, _PROPOSED, _ANSWERED = (
    bindparam(f"given_{name}_by", type_=Instant()) for name in ("due", "proposed", "answered")
)


async def is_anything_due(conn: AsyncConnection, soon: datetime, now: datetime) -> bool:
    """Whether payments may have come in, plans been left without an answer, answers to a plan become unneeded, or calls
    and disputes be due by `soon`."""
    values = {_SOON.key: soon, _PROPOSED.key: now - ANSWER_WITHIN, _ANSWERED.key: now - KEPT}
    return bool(await answers(conn, _due(), values))


@prepared
def _due() -> Select[*tuple[Any, ...]]:
    return glance(
        came_in=select(case_events).where(COMING_IN),
        unanswered=select(plans).where(plans.c.state == "proposed", plans.c.proposed_at <= _PROPOSED),
        calls=select(cases).where(OPEN, cases.c.call_at <= _SOON),
        unneeded=select(plan_answers).where(plan_answers.c.changed_at < _ANSWERED),
        disputed=select(holds).where(IN_FORCE, holds.c.alarm_at <= _SOON),
    )
