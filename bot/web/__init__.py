"""The HTTP side: Telegram's webhook, ending reminders from a mail, health, metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

# Of FastAPI's own spans and logs, which would have addresses with ids of customers in them: `bot.spans` makes ours.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}


class AddressTaken(OSError):
    """The address in DUEBOT_LISTEN cannot be used."""
