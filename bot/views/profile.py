"""What Telegram shows of the bot itself: its name, what an empty chat with it says, and what its profile says."""

from __future__ import annotations

from bot.views.lines import clipped
from locales import Translator


def bot_name(t: Translator, brand: str) -> str:
    """Its name, of at most 64 characters."""
    return clipped(t.plain("{brand} assistant", brand=clipped(brand, 40)), 64)


def description(t: Translator, brand: str) -> str:
    """What an empty chat shows before Start is pressed, at most 512 characters."""
    return t.plain(
        "I let you know before payments to {brand} are due, answer what you’d like to know about them, and bring in a "
        "person whenever you want one. I never ask for passwords, codes or card numbers.",
        brand=clipped(brand, 40),
    )


def short_description(t: Translator, brand: str) -> str:
    """What its profile and a shared link show, at most 120 characters."""
    return t.plain(
        "Due dates at {brand}, kindly reminded. A person is there when you need one.", brand=clipped(brand, 40)
    )
