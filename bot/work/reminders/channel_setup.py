"""Which channels are set up, and how they are made of the settings: each by `make` in the file of its name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from bot.channels import Channel
from bot.clock import Clock
from bot.rules.channels import CHANNELS
from bot.settings import Settings


def channel_names(settings: Settings) -> tuple[str, ...]:
    """The names of the channels that are set up; Telegram always is."""
    return tuple(c.name for c in CHANNELS if not c.setting or settings.url_of(c) is not None)


def make_channels(settings: Settings, telegram: Channel, clock: Clock) -> dict[str, Channel]:
    """The channels that are set up, by name. Telegram is there already: the bot itself."""
    made: dict[str, Channel] = {telegram.name: telegram}
    for channel in CHANNELS:
        if (url := settings.url_of(channel)) is not None:
            made[channel.name] = maker(channel.name)(url.get_secret_value(), settings.brand, clock)
    return made


def maker(name: str) -> Callable[[str, str, Clock], Channel]:
    """How a channel is made of its setting, the brand's name and a clock. What sends is imported only here, where the
    channel is set up."""
    make: Callable[[str, str, Clock], Channel] = import_module(f"bot.channels.{name}").make
    return make
