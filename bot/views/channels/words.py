"""What a channel has to say of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from locales import Html, Translator


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """`name` is what agents read. `how_to_answer` is a reminder's last paragraph, which even a shortened SMS keeps: how
    to answer and how to stop, with the brand's name. `has_buttons`: it is Telegram, with buttons and commands."""

    name: Callable[[Translator], str]
    how_to_answer: Callable[[Translator, str], Html]
    has_buttons: bool = False
