"""`/healthz`: the process answers. `/readyz`: it can do its work, and if not, why; and what troubles it anyway."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.work.checking import readiness
from bot.work.parts import Parts
from bot.work.watching import Watch


def router(parts: Parts, watch: Watch) -> APIRouter:
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        found = await readiness(parts.db, watch, parts.clock.now())
        response.status_code = 503 if found.faults else 200
        return found.as_json()

    return routes
