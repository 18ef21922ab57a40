"""SMS, through a gateway."""

from __future__ import annotations

from bot.channels.gateway import GatewayChannel
from bot.clock import Clock


def make(url: str, brand: str, clock: Clock) -> GatewayChannel:
    """The channel for its setting."""
    return GatewayChannel("sms", url)
