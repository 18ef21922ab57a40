"""`/healthz`: the process answers. `/readyz`: it can do its work, and if not, why."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Response

from bot.work.checking import readiness
from bot.work.parts import Parts

PLANNER_LATE_AFTER = timedelta(minutes=5)


def router(parts: Parts) -> APIRouter:
    routes = APIRouter()

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        faults = await readiness(parts.db, parts.clock.now(), PLANNER_LATE_AFTER)
        response.status_code = 503 if faults else 200
        return {"status": "not ready" if faults else "ok", "faults": faults}

    return routes
