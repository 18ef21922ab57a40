"""Whose button it is: what acts for one customer carries a mark of them, since a chat may move to another customer and
old messages keep their buttons."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from bot.message import Message

OWNER = r"(?::(?P<owner>[0-9a-f]{8}))?"
"""The end of a pattern for a button that carries a mark; those of earlier releases carry none."""

_ACTS = re.compile(r"(?:promise|call|dispute):[^:]+")  # by which a promise, a call or a dispute is set or taken back


def mark_of(customer_id: str) -> str:
    """The mark of a customer in a button: it is compared, and tells nobody anything."""
    return hashlib.sha256(f"button of {customer_id}".encode()).hexdigest()[:8]


def marked(message: Message, customer_id: str) -> Message:
    """The same message, with the mark of this customer on the buttons that act for them."""
    mark = mark_of(customer_id)
    rows = tuple(
        tuple(replace(b, action=f"{b.action}:{mark}") if _ACTS.fullmatch(b.action) else b for b in row)
        for row in message.buttons
    )
    return replace(message, buttons=rows)
