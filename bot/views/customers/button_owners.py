"""The owner of a button: a button that acts for one customer carries a mark of them, because a chat may move to another
customer and old messages keep their buttons.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from bot.message import Message

OWNER = r"(?::(?P<owner>[0-9a-f]{8}))?"
"""The end of a pattern for a button that carries a mark; those of earlier releases carry none."""

# buttons that set or cancel a promise, a call or a dispute, or choose a setting
_ACTS = re.compile(r"(?:promise|call|dispute):[^:]+|set:(?!zones:)[a-z]+:[^:]+|privacy:.+|survey:.+")


def mark_of(customer_id: str) -> str:
    """The mark of a customer in a button: it can be compared, but reveals nothing."""
    return hashlib.sha256(f"button of {customer_id}".encode()).hexdigest()[:8]


def marked(message: Message, customer_id: str) -> Message:
    """The same message, with this customer's mark on the buttons that act for them."""
    mark = mark_of(customer_id)
    rows = tuple(
        tuple(replace(b, action=f"{b.action}:{mark}") if _ACTS.fullmatch(b.action) else b for b in row)
        for row in message.buttons
    )
    return replace(message, buttons=rows)
