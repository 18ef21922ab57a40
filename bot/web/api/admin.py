"""Who works here, with which keys, and where events go: for the scope `admin`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import BaseModel, Field

from bot.rules.operations.hook_addresses import origin_of
from bot.web.api.access import Access
from bot.web.api.answers import as_json
from bot.web.api.routes import REFUSALS, VERSION
from bot.web.lazy_routes import LazyRouter
from bot.work.cases.assignment import list_agents
from bot.work.operations.api_keys import list_keys
from bot.work.operations.hooks import Listed, list_hooks
from bot.work.operations.listings import instant
from bot.work.runtime.parts import Parts


class AgentListed(BaseModel):
    agent_id: int = Field(examples=[900], description="Their Telegram id.")
    name: str = Field(examples=["Mei"])
    languages: list[str] = Field(examples=[["zh-Hant", "en"]], description="BCP 47, best first; none: all cases.")
    role: Literal["agent", "supervisor"]
    away_since: datetime | None = Field(None, description="Null: they get cases.")


class AgentsListed(BaseModel):
    """Everybody who may work the queue."""

    data: list[AgentListed]


class KeyListed(BaseModel):
    name: str = Field(examples=["billing"])
    scopes: list[Literal["read", "facts", "desk", "admin"]]
    agent_id: int | None = Field(None, description="As which agent it works.")
    made_at: datetime
    last_used_at: datetime | None = Field(None, description="To the minute.")


class KeysListed(BaseModel):
    """The keys that open something, without `DUEBOT_API_KEY`. Nobody can read a key itself."""

    data: list[KeyListed]


class HookListed(BaseModel):
    hook_id: int = Field(examples=[1])
    address: str = Field(
        examples=["https://crm.example"],
        description="Scheme, host and port. The rest may hold a secret; `duebot hook list` shows it.",
    )
    events: list[str] = Field(examples=[["promise.made", "case.closed"]], description="`*`: all of them.")
    own_secret: bool = Field(description="Whether events are signed by a secret of its own.")
    made_at: datetime
    delivered_at: datetime | None = Field(None, description="When the last event was delivered.")
    ended_at: datetime | None = Field(None, description="When its receiver answered 410; null: it gets events.")
    waiting: int = Field(examples=[0], description="Events that are on their way or tried again.")
    waits_since: datetime | None = Field(None, description="When the first of those that wait happened.")
    parked: int = Field(examples=[0], description="Events that failed for three days and are not tried any more.")
    reason: str | None = Field(None, examples=["HTTP status 500"], description="Why the last parked one failed.")


class HooksListed(BaseModel):
    """Where events go, and what has not arrived there."""

    data: list[HookListed]


def router(parts: Parts, access: Access) -> APIRouter:
    routes = LazyRouter(
        prefix=VERSION, responses=REFUSALS, dependencies=[Depends(access.needs("admin"))], tags=["admin"]
    )

    @routes.get("/agents", response_model=AgentsListed, summary="Read agents", operation_id="read_agents")
    async def read_agents() -> Response:
        known = await list_agents(parts.db)
        told = [
            {
                "agent_id": each.telegram_id,
                "name": each.name,
                "languages": each.languages,
                "role": each.role,
                "away_since": instant(each.away_since),
            }
            for each in known
        ]
        return as_json({"data": told})

    @routes.get("/keys", response_model=KeysListed, summary="Read keys", operation_id="read_keys")
    async def read_keys() -> Response:
        known = await list_keys(parts.db)
        told = [
            {
                "name": each.name,
                "scopes": each.scopes,
                "agent_id": each.agent_id,
                "made_at": instant(each.made_at),
                "last_used_at": instant(each.last_used_at),
            }
            for each in known
        ]
        return as_json({"data": told})

    @routes.get("/hooks", response_model=HooksListed, summary="Read hooks", operation_id="read_hooks")
    async def read_hooks() -> Response:
        known = await list_hooks(parts.db, parts.clock.now())
        return as_json({"data": [_of_hook(each) for each in known]})

    return routes


def _of_hook(listed: Listed) -> dict[str, object]:
    hook, backlog = listed.hook, listed.backlog
    return {
        "hook_id": hook.hook_id,
        "address": origin_of(hook.url),
        "events": hook.events.split(","),
        "own_secret": bool(hook.secrets),
        "made_at": instant(hook.made_at),
        "delivered_at": instant(hook.delivered_at),
        "ended_at": instant(hook.ended_at),
        "waiting": backlog.waiting,
        "waits_since": instant(backlog.waits_since),
        "parked": backlog.parked,
        "reason": backlog.reason,
    }
