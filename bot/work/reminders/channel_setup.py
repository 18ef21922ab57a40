"""Which channels are set up, and how they are made of the settings."""

from __future__ import annotations

from bot.channels import Channel
from bot.clock import Clock
from bot.settings import Settings


def channel_names(settings: Settings) -> tuple[str, ...]:
    """The names of the channels that are set up; Telegram always is."""
    urls = {"email": settings.smtp_url, "sms": settings.sms_url, "push": settings.push_url}
    return ("telegram", *(name for name, url in urls.items() if url is not None))


def make_channels(settings: Settings, telegram: Channel, clock: Clock) -> dict[str, Channel]:
    """The channels themselves, by name. What speaks for one is imported only where it is set up."""
    made: dict[str, Channel] = {"telegram": telegram}
    if settings.smtp_url is not None:
        from bot.channels.email import EmailChannel

        made["email"] = EmailChannel(settings.smtp_url.get_secret_value(), settings.brand, clock)
    if settings.sms_url is None and settings.push_url is None:
        return made
    from bot.channels.gateway import GatewayChannel

    if settings.sms_url is not None:
        made["sms"] = GatewayChannel("sms", settings.sms_url.get_secret_value())
    if settings.push_url is not None:
        made["push"] = GatewayChannel("push", settings.push_url.get_secret_value())
    return made
