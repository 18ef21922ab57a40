"""The HTTP side: Telegram's webhook, ending reminders from a mail, health, metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI
    from fastapi.telemetry import TelemetryConfig

# Of FastAPI's own spans and logs, which would have addresses with ids of customers in them: `bot.spans` makes ours.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


class AddressTaken(OSError):
    """The address in DUEBOT_LISTEN cannot be used."""


def add_routes(app: FastAPI, routes: APIRouter) -> None:
    """As `include_router` does, which would make each route once more at the first request."""
    app.router.routes.extend(routes.routes)
