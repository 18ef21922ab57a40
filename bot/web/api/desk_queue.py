"""The queue as the agent sees it whose key asks: what `/queue` shows in the group, without names of customers."""

# No annotations of the future here: FastAPI reads one with a name that only the function knows.
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from bot.rules.cases.case import Mine, QueueRow
from bot.web.api.access import Access, agent_of_key
from bot.web.api.answers import as_json
from bot.web.api.routes import REFUSALS, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.work.cases.queue import see_queue
from bot.work.operations.api_keys import Caller
from bot.work.operations.listings import instant
from bot.work.runtime.parts import Parts


class Waits(BaseModel):
    case_id: int = Field(examples=[12])
    customer_id: str = Field(examples=["C1"])
    reason: str = Field(examples=["overdue"], description="Why it was opened.")
    language: str | None = Field(None, examples=["zh-Hant"], description="BCP 47; null: not known.")
    days_overdue: int = Field(examples=[5])
    waits_since: datetime
    points: dict[str, int] = Field(
        examples=[{"day_overdue": 50, "hour_waiting": 3}], description="What makes it urgent, the weightiest first."
    )


class Theirs(BaseModel):
    case_id: int = Field(examples=[12])
    customer_id: str = Field(examples=["C1"])
    due_at: datetime = Field(description="By when the next thing is to be done.")
    due_kind: str = Field(examples=["first_answer"])
    snoozed_until: datetime | None = Field(None, description="It rests until then.")


class QueueSeen(BaseModel):
    """The first cases that wait, the most urgent first; the agent's own, the earliest deadline first; and how many
    there are in all."""

    waiting: list[Waits]
    mine: list[Theirs]
    waiting_count: int
    claimed_count: int
    snoozed_count: int


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=VERSION, responses=REFUSALS)

    @routes.get(
        "/desk/queue",
        response_model=QueueSeen,
        summary="Read the queue",
        description="As the agent sees it whose key asks.",
        operation_id="read_queue",
        tags=["desk"],
    )
    async def read_queue(caller: Annotated[Caller, Depends(access.needs("desk"))]) -> Response:
        agent = await agent_of_key(parts, caller)
        seen = await see_queue(parts.db, parts.policies.current.desk, agent, parts.clock.now())
        return as_json(
            {
                "waiting": [_waiting(row) for row in seen.waiting],
                "mine": [_mine(each) for each in seen.mine],
                "waiting_count": seen.waiting_count,
                "claimed_count": seen.claimed_count,
                "snoozed_count": seen.snoozed_count,
            }
        )

    return routes


def _waiting(row: QueueRow) -> dict[str, object]:
    return {
        "case_id": row.case.case_id,
        "customer_id": row.case.customer_id,
        "reason": row.case.reason,
        "language": row.language,
        "days_overdue": row.days_overdue,
        "waits_since": instant(row.waits_since),
        "points": {reason.ground: reason.points for reason in row.reasons},
    }


def _mine(each: Mine) -> dict[str, object]:
    return {
        "case_id": each.case.case_id,
        "customer_id": each.case.customer_id,
        "due_at": instant(each.due.at),
        "due_kind": each.due.kind,
        "snoozed_until": instant(each.case.snoozed_until),
    }
