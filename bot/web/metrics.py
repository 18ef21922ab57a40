"""`/metrics` for Prometheus: counted from the database at each scrape, so that every process shows the same. The
guarantee and the troubles are at most a minute old.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bot.web.lazy_routes import LazyRouter
from bot.web.shared_answers import SharedAnswers
from bot.work.operations.monitoring import Watch
from bot.work.operations.readiness import figures
from bot.work.runtime.parts import Parts


def router(parts: Parts, watch: Watch, traffic: CollectorRegistry) -> APIRouter:
    """`traffic` has what this process itself counts."""
    routes = LazyRouter()

    async def count() -> bytes:
        registry = CollectorRegistry()
        gauges: dict[str, Gauge] = {}
        for figure in await figures(parts.db, watch, parts.clock.now()):
            labels = tuple(figure.labels)
            if figure.name not in gauges:
                gauges[figure.name] = Gauge(figure.name, figure.meaning, labels, registry=registry)
            gauge = gauges[figure.name]
            (gauge.labels(**figure.labels) if labels else gauge).set(figure.value)
        return generate_latest(registry)

    counted = SharedAnswers(count)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(await counted.answer() + generate_latest(traffic), media_type=CONTENT_TYPE_LATEST)

    return routes
