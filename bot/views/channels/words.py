"""The words that each channel has to provide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from locales import Html, Translator


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """`name` is for agents. `how_to_answer` is a reminder's last paragraph, which even a shortened SMS keeps: how to
    answer and how to stop, with the brand's name. `has_buttons`: messages have buttons and commands, as in Telegram."""

    name: Callable[[Translator], str]
    how_to_answer: Callable[[Translator, str], Html]
    has_buttons: bool = False
