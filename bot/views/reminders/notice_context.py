"""What all messages that are sent by themselves have in common: whose they are, over which channel they go, and whether
they name amounts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """`brand` is the wallet's name, `pay_url` where one pays (empty: by the bot's command), `channel` where it is read.
    `amounts` False (the facts are old): the message names no amount that may have changed."""

    brand: str
    pay_url: str = ""
    amounts: bool = True
    channel: str = "telegram"
