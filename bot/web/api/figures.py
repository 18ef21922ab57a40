"""The field's figures over some days; `docs/figures.md` defines each."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from bot.rules.operations import periods
from bot.web.api.access import Access
from bot.web.api.answers import as_json
from bot.web.api.models import FROM_EXAMPLE, Period
from bot.web.api.routes import REFUSALS, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.work.operations.figures import read_figures
from bot.work.runtime.parts import Parts


class FiguresAsked(Period):
    by: Literal["day", "week", "month"] = Field(
        default_factory=lambda: None,  # type: ignore[arg-type]  # not given; the document knows no null
        description="Also the figures of each day, week (from Monday) or month.",
        examples=["week"],
    )


class Share(BaseModel):
    """`n` of `of`; `share` from 0 to 1, null of nothing."""

    n: int = Field(examples=[3])
    of: int = Field(examples=[4])
    share: float | None = Field(examples=[0.75])


class Bucket(BaseModel):
    """Debts that are so many days past due: customers by their oldest, instalments each by itself."""

    customers: int = Field(examples=[12])
    instalments: int = Field(examples=[15])
    amount: str = Field(examples=["4210.50"])


class Rolls(BaseModel):
    """Who was overdue on the evening of `since`, by bucket then and on the evening of `until`; current: cured."""

    since: date | None
    until: date | None
    moved: dict[str, dict[str, int]] = Field(examples=[{"1-29": {"current": 30, "1-29": 4, "30-59": 6}}])
    entered: dict[str, int] = Field(description="Overdue now, and not then.", examples=[{"1-29": 21}])
    overdue: dict[str, int] = Field(description="All who are overdue now.", examples=[{"1-29": 25, "30-59": 6}])
    forward: dict[str, Share] = Field(description="Rolled on into a later bucket, of each bucket.")
    cured: Share


class Coverage(BaseModel):
    """Customer-days by the guarantee's state, and those that were not silent."""

    customer_days: dict[str, int] = Field(examples=[{"in_grace": 40, "reached": 91, "silent": 0}])
    covered: Share
    silent_by_cause: dict[str, int] = Field(examples=[{"no_channel": 1}])


class Agreements(BaseModel):
    """Made in these days, and those that ended in them, by how; `kept` of those that were kept or not."""

    made: int
    ended: dict[str, int] = Field(examples=[{"kept": 9, "part": 1, "broken": 2, "not_needed": 1}])
    kept: Share


class CasesDone(BaseModel):
    opened: dict[str, int] = Field(description="By reason.", examples=[{"overdue": 14, "asked": 3}])
    closed: dict[str, dict[str, int]] = Field(
        description="By reason and outcome.", examples=[{"overdue": {"paid": 9, "promised": 2}}]
    )


class Sends(BaseModel):
    """Messages over one channel; `unanswered`: the channel has not said anything, or nobody knows."""

    accepted: int
    refused: int
    unanswered: int
    refusals: dict[str, int] = Field(description="By reason.", examples=[{"blocked": 2}])
    delivered: Share


class Scores(BaseModel):
    """How customers said it went, by score from 1 to 5; `mean` of none is null."""

    scores: dict[str, int] = Field(examples=[{"1": 0, "2": 1, "3": 0, "4": 2, "5": 9}])
    mean: float | None = Field(examples=[4.583])


class Ratings(Scores):
    """How customers said it went, and how many were asked."""

    asked: int


class PartFigures(BaseModel):
    """The figures of one part of the time."""

    since: date = Field(alias="from", examples=[FROM_EXAMPLE])
    to: date
    coverage: Coverage
    rolls: Rolls
    promises: Agreements
    plans: Agreements
    cases: CasesDone
    answers: Share = Field(description="First answers in time.")
    sends: dict[str, Sends] = Field(description="By channel.")
    ratings: Ratings


class CuredByPolicy(Share):
    """Of the customers whose oldest debt's ladder was begun under this version; null: no step had come."""

    policy: str | None = Field(examples=["humane"])
    version: str | None


class SharesOfParts(Share):
    """`periods`: the same in each of them; empty without `by`."""

    periods: list[Share]


class AnswersOfAgent(SharesOfParts):
    """First answers in time, of those this agent gave; null: nobody did."""

    agent_id: int | None
    name: str | None


class AnswersInLanguage(SharesOfParts):
    """First answers in time, by the customer's language; null: it is not known."""

    language: str | None = Field(examples=["zh"])


class ScoresOfParts(Scores):
    """`periods`: the same in each of them; empty without `by`."""

    periods: list[Scores]


class RatingsOfAgent(ScoresOfParts):
    """Of the cases that this agent had as they ended; null: nobody did."""

    agent_id: int | None
    name: str | None


class RatingsInLanguage(ScoresOfParts):
    """By the customer's language; null: it is not known."""

    language: str | None = Field(examples=["zh"])


class ClosedByAgent(BaseModel):
    """How many cases an agent closed."""

    agent_id: int
    name: str | None
    closed: int


class Figures(PartFigures):
    """The figures of the whole time. `aging` is as of now, whatever the days; by currency and days past due."""

    as_of: str = Field(examples=["2026-03-02T04:00:00+00:00"])
    by: Literal["day", "week", "month"] | None
    aging: dict[str, dict[str, Bucket]] = Field(
        examples=[{"TWD": {"current": {"customers": 12, "instalments": 15, "amount": "4210.50"}}}]
    )
    cured_by_policy: list[CuredByPolicy]
    answers_by_agent: list[AnswersOfAgent]
    answers_by_language: list[AnswersInLanguage]
    ratings_by_agent: list[RatingsOfAgent]
    ratings_by_language: list[RatingsInLanguage]
    closed_by_agent: list[ClosedByAgent]
    not_sent: dict[str, int] = Field(description="Planned messages, by reason.", examples=[{"no_longer_true": 4}])
    unwritten_days: dict[str, str] = Field(description="Evenings without a record, with the cause.", examples=[{}])
    kept_from: date | None = Field(description="Records of earlier days were removed; null: all are kept.")
    periods: list[PartFigures] = Field(description="Empty without `by`.")


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(prefix=VERSION, responses=REFUSALS, dependencies=[Depends(access.needs("read"))])

    @routes.get("/figures", response_model=Figures, tags=["figures"])
    async def read_the_figures(asked: Annotated[FiguresAsked, Query()]) -> Response:
        """Aging, roll and cure rates, coverage, promises kept, answers in time, messages."""
        whole = periods.Period(asked.since, asked.until)
        found = await read_figures(parts.db, parts.policies.current, whole, parts.clock.now(), asked.by)
        return as_json(found.as_json())

    return routes
