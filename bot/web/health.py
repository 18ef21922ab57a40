"""`/healthz`: the process answers. `/readyz`: it can do its work, and if not, why; and what troubles it anyway."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.web.sparing import Sparing
from bot.work.checking import Readiness, readiness
from bot.work.parts import Parts
from bot.work.watching import Watch
from bot.work.write_probe import WriteProbe


def router(parts: Parts, watch: Watch) -> APIRouter:
    routes = APIRouter()
    probe = WriteProbe(parts.db, parts.clock)

    async def look() -> Readiness:
        return await readiness(parts.db, watch, parts.clock.now(), probe)

    ready = Sparing(look)

    @routes.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        found = await ready.answer()
        response.status_code = 503 if found.faults else 200
        return found.as_json()

    return routes
