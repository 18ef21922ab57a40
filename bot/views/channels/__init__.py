"""The words of each channel: its name for agents, and how a customer answers a reminder that came by it. Each channel
has its own file.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from bot.rules.channels import NAMES
from bot.views.channels.words import ChannelWords

WORDS: Mapping[str, ChannelWords] = {name: import_module(f"bot.views.channels.{name}").WORDS for name in NAMES}
