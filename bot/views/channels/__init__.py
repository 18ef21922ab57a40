"""What is said of each channel: what agents read it called, and how a customer answers a reminder that came by it. Each
has a file of its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from bot.rules.channels import NAMES
from bot.views.channels.words import ChannelWords

WORDS: Mapping[str, ChannelWords] = {name: import_module(f"bot.views.channels.{name}").WORDS for name in NAMES}
