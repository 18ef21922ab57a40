"""`/healthz`: the process answers. `/readyz`: whether it can do its work, why not, and its troubles."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.web.lazy_routes import LazyRouter
from bot.web.shared_answers import SharedAnswers
from bot.work.operations.monitoring import Watch
from bot.work.operations.readiness import Readiness, readiness
from bot.work.operations.write_probe import WriteProbe
from bot.work.runtime.parts import Parts


def router(parts: Parts, watch: Watch) -> APIRouter:
    routes = LazyRouter()
    probe = WriteProbe(parts.db, parts.clock)

    async def look() -> Readiness:
        return await readiness(parts.db, watch, parts.clock.now(), probe)

    ready = SharedAnswers(look)

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        found = await ready.answer()
        response.status_code = 503 if found.faults else 200
        return found.as_json()

    return routes
