"""Which channels are set up, and how they are built from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from bot.channels import Channel
from bot.clock import Clock
from bot.rules.channels import CHANNELS
from bot.settings import Settings

# A channel's client is imported only if the channel is set up.


def _email(url: str, settings: Settings, clock: Clock) -> Channel:
    from bot.channels.email import EmailChannel

    return EmailChannel(url, settings.brand, clock)


def _sms(url: str, settings: Settings, clock: Clock) -> Channel:
    from bot.channels.gateway import GatewayChannel

    return GatewayChannel("sms", url)


def _push(url: str, settings: Settings, clock: Clock) -> Channel:
    from bot.channels.gateway import GatewayChannel

    return GatewayChannel("push", url)


MAKERS: Mapping[str, Callable[[str, Settings, Clock], Channel]] = {"email": _email, "sms": _sms, "push": _push}
"""How each channel is made of its setting. Telegram is there already: the bot itself."""


def channel_names(settings: Settings) -> tuple[str, ...]:
    """The names of the channels that are set up; Telegram always is."""
    return tuple(c.name for c in CHANNELS if not c.setting or getattr(settings, c.setting) is not None)


def make_channels(settings: Settings, telegram: Channel, clock: Clock) -> dict[str, Channel]:
    """The channels that are set up, by name."""
    made: dict[str, Channel] = {telegram.name: telegram}
    for channel in CHANNELS:
        url: SecretStr | None = getattr(settings, channel.setting) if channel.setting else None
        if url is not None:
            made[channel.name] = MAKERS[channel.name](url.get_secret_value(), settings, clock)
    return made
