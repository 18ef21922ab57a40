"""What is worked out when it is asked for: a customer's story, what being late costs, the guarantee, the forecast."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from bot.web.api.access import Access
from bot.web.api.answers import as_json, tagged
from bot.web.api.models import CLOSED, Period, Whole
from bot.web.api.routes import REFUSALS, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.web.problems import Problem
from bot.web.shared_answers import SharedAnswers
from bot.work.guarantee.guard import Audit, audit, past_audit
from bot.work.outlook.customer_timeline import story
from bot.work.outlook.forecast import forecast_days
from bot.work.outlook.late_fees import instalment_charges
from bot.work.reminders.channel_setup import channel_names
from bot.work.runtime.parts import Parts

MOST_FORECAST = 90  # days
OPEN = ConfigDict(extra="allow")
CustomerId = Annotated[str, Path(description="The wallet's id of the customer.", examples=["C1"])]
InstalmentId = Annotated[str, Path(description="The wallet's id of the instalment.", examples=["I1"])]


class Ahead(BaseModel):
    model_config = CLOSED
    days: Whole = Field(14, ge=1, le=MOST_FORECAST, description="From today on.")


class ChargeOfDay(BaseModel):
    day: date
    kind: Literal["late_fee", "daily", "wallet"] = Field(description="wallet: what it says that it has charged so far.")
    amount: str = Field(examples=["300.00"])


class InstalmentCharges(BaseModel):
    """What being late costs, if nothing more is paid. Days without charges are left out."""

    instalment_id: str
    currency: str
    charges: list[ChargeOfDay]


class Guarantee(BaseModel):
    """How many customers are overdue now, and how many of them are in each state. Nobody should be silent."""

    as_of: str = Field(examples=["2026-03-02T04:00:00+00:00"])
    overdue: int
    in_grace: int
    reached: int
    in_queue: int
    on_hold: int
    silent: int
    silent_customers: list[str]


class Hole(BaseModel):
    customer_id: str
    day: date
    cause: str


class PastGuarantee(BaseModel):
    """Customer-days by state, each silent one, and the evenings that were not written down, with the causes."""

    customer_days: dict[str, int]
    holes: list[Hole]
    unwritten_days: list[date]
    unwritten_causes: dict[str, str]


class Forecast(BaseModel):
    """What would be sent on the coming days if nobody paid and nobody answered."""

    model_config = OPEN
    as_of: str
    rate: float
    days: list[dict[str, Any]]
    first_day_that_does_not_fit: date | None


class Story(BaseModel):
    """The facts, what happened in order, and what comes next, when and why: what `duebot show` says."""

    model_config = OPEN
    customer: dict[str, Any]
    entries: list[dict[str, Any]]
    next: list[dict[str, Any]]


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=VERSION, responses=REFUSALS, dependencies=[Depends(access.needs("read"))])
    channels = channel_names(parts.settings)

    async def look() -> Audit:
        return await audit(parts.db, parts.policies.current, channels, parts.clock.now())

    guarantee = SharedAnswers(look)  # it looks at everybody

    @routes.get("/customers/{customer_id:segment}/story", response_model=Story, tags=["customers"])
    async def read_story(customer_id: CustomerId) -> Response:
        told = await story(parts.db, parts.policies.current, customer_id, parts.clock.now(), channels=channels)
        if told is None:
            raise Problem("not-found", f"there is no customer {customer_id[:64]!r}")
        return as_json(told.as_json())

    @routes.get("/instalments/{instalment_id:segment}/charges", response_model=InstalmentCharges, tags=["instalments"])
    async def read_charges(
        request: Request, instalment_id: InstalmentId, asked: Annotated[Period, Query()]
    ) -> Response:
        policy, now = parts.policies.current, parts.clock.now()
        found = await instalment_charges(parts.db, policy, instalment_id, asked.since, asked.until, now)
        if found is None:
            raise Problem("not-found", f"there is no instalment {instalment_id[:64]!r}")
        return tagged(request, found.as_json())

    @routes.get("/audit", response_model=Guarantee, tags=["audit"])
    async def read_audit() -> Response:
        return as_json((await guarantee.answer()).as_json())

    @routes.get("/audit/days", response_model=PastGuarantee, tags=["audit"])
    async def read_audit_days(asked: Annotated[Period, Query()]) -> Response:
        policy, now = parts.policies.current, parts.clock.now()
        return as_json((await past_audit(parts.db, policy, asked.since, asked.until, now)).as_json())

    @routes.get("/forecast", response_model=Forecast, tags=["forecast"])
    async def read_forecast(asked: Annotated[Ahead, Query()]) -> Response:
        rate, now = parts.settings.send_rate, parts.clock.now()
        return as_json((await forecast_days(parts.db, parts.policies, channels, rate, asked.days, now)).as_json())

    return routes
